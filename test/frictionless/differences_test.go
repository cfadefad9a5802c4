package frictionless

import (
	"fmt"
	"path/filepath"
	"strings"
)

// explain says why a fault is found by one only; "" when there is no reason for it. Docs: “Differences”.
func explain(fault string, ours map[string]string, theirs map[string]bool, j judged) string {
	var code string
	var row, column int
	if _, err := fmt.Sscanf(fault[2:], "%s row %d column %d", &code, &row, &column); err != nil {
		return ""
	}
	said := func(label string) bool {
		_, found := ours[fmt.Sprintf("%s row 0 column %d", label, column)]
		return found
	}
	sheet := filepath.Ext(j.Path) == ".xlsx" || filepath.Ext(j.Path) == ".ods"
	socleOnly := fault[0] == '+'
	switch {
	case !socleOnly && code == "extra-cell" && said("extra-label"):
		return "an extra column is said once, at the header"
	case !socleOnly && said("missing-label"):
		return "a missing column is said once, at the header"
	case !socleOnly && code == "primary-key" && blank(ours, row):
		return "a blank row is said to be so, once"
	case strings.HasSuffix(code, "-label") && (said("missing-label") || said("extra-label") || code == "incorrect-label" || code == "missing-label" || code == "extra-label") && shifted(ours):
		return "a column that is missing, or in excess, among the others is said once, and not those after it"
	case socleOnly && code == "duplicate-label" && said("extra-label"):
		return "an extra column may also repeat a name"
	case socleOnly && code == "type-error" && strings.Contains(ours[fault[2:]], "_"):
		return "1_000 is a number of Python, not of the standard"
	case socleOnly && code == "row-constraint":
		return "a row whose values are shifted is said to be so, besides its faults"
	case socleOnly && code == "row-error":
		return "a line that repeats the header is said to be so"
	case sheet && code == "blank-row":
		return "the gaps of a sheet are no rows"
	case sheet && strings.HasSuffix(code, "-label"):
		return "a sheet begins with its first row that holds something, and ends with its last column that does"
	}
	return ""
}

// blank reports whether a row is said to be blank.
func blank(ours map[string]string, row int) bool {
	_, found := ours[fmt.Sprintf("blank-row row %d column 0", row)]
	return found
}

// shifted reports whether the header is at fault for columns that are missing or in excess alone.
func shifted(ours map[string]string) bool {
	some := false
	for fault := range ours {
		if strings.HasPrefix(fault, "incorrect-label") {
			return false
		}
		some = some || strings.HasPrefix(fault, "missing-label") || strings.HasPrefix(fault, "extra-label")
	}
	return some
}

// made are files with every kind of fault.
var made = []struct{ schema, data string }{
	{`{"fields":[{"name":"id","type":"integer","constraints":{"required":true,"unique":true}},{"name":"name","type":"string","constraints":{"minLength":2,"maxLength":5,"pattern":"[a-z]+"}}]}`,
		"id,name\n1,abc\n1,a\n,abcdefgh\nx,ABC\n2,\n"},
	{`{"fields":[{"name":"d","type":"date","constraints":{"minimum":"2020-01-01","maximum":"2020-12-31"}},{"name":"n","type":"number","constraints":{"minimum":1.5,"maximum":"9.5"}},{"name":"e","type":"string","constraints":{"enum":["a","b"]}}]}`,
		"d,n,e\n2020-02-30,1.4,a\n2019-12-31,9.5,c\n2021-01-01,9.50001,\n2020-06-01,1e1,b\n"},
	{`{"fields":[{"name":"a"},{"name":"b","type":"integer"}],"primaryKey":["a","b"]}`, "a,b\nx,1\nx,2\nx,1\n,\ny,z\n"},
	{`{"fields":[{"name":"a"},{"name":"b"}]}`, "a,b\n1,2,3\n1\n\n1,2\n,\n"},
	{`{"fields":[{"name":"id","type":"integer"},{"name":"parent","type":"integer"}],"foreignKeys":[{"fields":["parent"],"reference":{"resource":"","fields":["id"]}}]}`,
		"id,parent\n1,\n2,1\n3,7\n4,3\n5,x\n"},
	{`{"fields":[{"name":"a","type":"boolean","trueValues":["oui"],"falseValues":["non"]},{"name":"b","type":"year"},{"name":"c","type":"datetime"}],"missingValues":["","NC"]}`,
		"a,b,c\noui,2020,2020-01-01T10:00:00Z\nnon,20,2020-01-01\nOUI,NC,2020-13-01T10:00:00\nNC,99999,2020-01-01T25:00:00\n"},
	{`{"fields":[{"name":"a"},{"name":"b"},{"name":"c"}]}`, "a,B,b,b\n1,2,3,4\n"},
	{`{"fields":[{"name":"a","type":"number","decimalChar":",","groupChar":" ","bareNumber":false}]}`, "a\n\"1 000,5\"\n\"12,5 %\"\n1.5\nabc\n€95\n"},
	{`{"fields":[{"name":"a","type":"array","constraints":{"minLength":2}},{"name":"b","type":"object"},{"name":"c","type":"geopoint"}]}`,
		"a;b;c\n[1];{};1,2\n[1,2];[];200,1\nx;{\"a\":1};a,b\n"},
}
