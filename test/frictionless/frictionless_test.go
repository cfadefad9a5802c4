// Package frictionless holds Socle against frictionless-py, fault by fault: on the values of the tests that its package
// carries, on the files of its repository, and on files made here. What differs must be one of the differences that
// docs/validation.md explains.
package frictionless

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"socle/internal/schema/frictionless"
	"socle/internal/validate"
)

// python is the Python that has frictionless-py; the test says what is missing.
func python(t *testing.T) string {
	p := os.Getenv("SOCLE_FRICTIONLESS")
	if p == "" {
		t.Skip("frictionless-py is not here: run make test-frictionless, or set SOCLE_FRICTIONLESS to a Python that has it")
	}
	return p
}

func ask(t *testing.T, mode string, cases, into any) {
	t.Helper()
	command := exec.Command(python(t), "judge.py", mode)
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(input), &said
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	if err := json.Unmarshal(output, into); err != nil {
		t.Fatal(err)
	}
}

// vector is one value of a test of frictionless-py, and whether it is of its type there.
type vector struct {
	Field   json.RawMessage `json:"field"`
	Source  string          `json:"source"`
	Valid   bool            `json:"valid"`
	Refused string          `json:"refused"`
}

// apart are the values that Socle judges otherwise, by type and format, with the reason. Docs: “Differences”.
var apart = map[string]string{
	"time invalid ": "a format without any directive is refused with the schema; frictionless-py takes it, and refuses every cell",
}

func TestTheValuesOfItsOwnTestsAreJudgedAlike(t *testing.T) {
	var vectors []vector
	ask(t, "vectors", nil, &vectors)
	alike, used := 0, map[string]bool{}
	for _, v := range vectors {
		if v.Refused != "" {
			continue
		}
		valid, err := cast(t, v)
		if err != nil {
			t.Errorf("%s %q: %v", v.Field, v.Source, err)
			continue
		}
		if valid == v.Valid {
			alike++
			continue
		}
		var def struct{ Type, Format string }
		if err := json.Unmarshal(v.Field, &def); err != nil {
			t.Fatal(err)
		}
		key := strings.TrimSpace(def.Type+" "+def.Format) + " " + v.Source
		if apart[key] == "" {
			t.Errorf("%q: Socle says %t, frictionless-py %t (field %s)", key, valid, v.Valid, v.Field)
		}
		used[key] = true
	}
	for key := range apart {
		if !used[key] {
			t.Errorf("%q is said to differ and does not", key)
		}
	}
	t.Logf("%d values judged alike, %d apart with a reason, of %d", alike, len(used), len(vectors))
}

// cast reports whether Socle takes the value as one of the field.
func cast(t *testing.T, v vector) (bool, error) {
	s, err := frictionless.Parse([]byte(`{"fields":[` + string(v.Field) + `,{"name":"other"}]}`))
	if err != nil {
		return false, err
	}
	var content bytes.Buffer
	w := csv.NewWriter(&content)
	if err := w.WriteAll([][]string{{"name", "other"}, {v.Source, "x"}}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "values.csv")
	if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	no := true
	r, err := validate.Check(context.Background(), validate.File{Path: path, Dialect: &frictionless.Dialect{Delimiter: ",", Header: &no}}, s, t.TempDir(), validate.Options{})
	if err != nil {
		return false, nil // the schema itself is refused, where frictionless-py refuses every value
	}
	return r.Valid, nil
}

// judged is what frictionless-py says of a file.
type judged struct {
	Path    string          `json:"path"`
	Failed  string          `json:"failed"`
	Schema  json.RawMessage `json:"schema"`
	Dialect json.RawMessage `json:"dialect"`
	Valid   bool            `json:"valid"`
	Errors  []struct {
		Type  string  `json:"type"`
		Row   int64   `json:"row"`
		Field int     `json:"field"`
		Name  string  `json:"name"`
		Cell  *string `json:"cell"`
		Note  string  `json:"note"`
	} `json:"errors"`
}

// wanted is a file to judge, with a schema of ours or the one that frictionless-py makes of it.
type wanted struct {
	Path   string          `json:"path"`
	Schema json.RawMessage `json:"schema,omitempty"`
}

func TestTheFilesOfItsRepositoryAreJudgedAlike(t *testing.T) {
	folder := os.Getenv("SOCLE_FRICTIONLESS_DATA")
	if folder == "" {
		t.Skip("set SOCLE_FRICTIONLESS_DATA to the folder data of the repository of frictionless-py")
	}
	var cases []wanted
	for _, pattern := range []string{"*.csv", "*.tsv", "*.xlsx", "*.ods", "*.ndjson", "*.jsonl", "fixtures/*.csv", "fixtures/*/*.csv", "tables/*.csv"} {
		files, _ := filepath.Glob(filepath.Join(folder, pattern))
		for _, f := range files {
			cases = append(cases, wanted{Path: f})
		}
	}
	compare(t, cases)
}

func TestFilesMadeHereAreJudgedAlike(t *testing.T) {
	folder := t.TempDir()
	var cases []wanted
	for i, c := range made {
		path := filepath.Join(folder, fmt.Sprintf("%02d.csv", i))
		if err := os.WriteFile(path, []byte(c.data), 0o600); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, wanted{path, json.RawMessage(c.schema)})
	}
	compare(t, cases)
}

// compare holds the faults of both against each other: type, row, column.
func compare(t *testing.T, cases []wanted) {
	var all []judged
	ask(t, "files", cases, &all)
	alike, faults, reasons := 0, 0, map[string]int{}
	for i, j := range all {
		name := filepath.Base(j.Path)
		if j.Failed != "" {
			reasons["frictionless-py itself fails"]++
			continue
		}
		ours, err := socle(t, j)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		theirs := map[string]bool{}
		for _, e := range j.Errors {
			if e.Type == "primary-key" || e.Type == "foreign-key" || e.Type == "blank-row" || e.Row == 0 && e.Type != "incorrect-label" && !strings.HasSuffix(e.Type, "-label") {
				e.Field = 0
			}
			theirs[fmt.Sprintf("%s row %d column %d", e.Type, e.Row, e.Field)] = true
		}
		faults += len(theirs)
		var odd []string
		for f := range ours {
			if !theirs[f] {
				odd = append(odd, "+ "+f)
			}
		}
		for f := range theirs {
			if _, found := ours[f]; !found {
				odd = append(odd, "- "+f)
			}
		}
		sort.Strings(odd)
		odd = slices.DeleteFunc(odd, func(f string) bool {
			why := explain(f, ours, theirs, j)
			if why != "" {
				reasons[why]++
			}
			return why != ""
		})
		if len(odd) > 0 {
			t.Errorf("%s (%d): with schema %.400s\n  %s", name, i, j.Schema, strings.Join(odd, "\n  "))
			continue
		}
		alike++
	}
	t.Logf("%d files of %d alike, %d faults; differences with a reason: %v", alike, len(all), faults, reasons)
}

// socle judges a file, and gives its faults with the cell of each, with the schema and the dialect that frictionless-py used.
func socle(t *testing.T, j judged) (map[string]string, error) {
	s, err := frictionless.Parse(j.Schema)
	if err != nil {
		return nil, err
	}
	d, err := frictionless.ParseDialect(dialect(t, j))
	if err != nil {
		return nil, err
	}
	r, err := validate.Check(context.Background(), validate.File{Path: j.Path, Dialect: d}, s, t.TempDir(), validate.Options{})
	if err != nil {
		return nil, err
	}
	out := map[string]string{} // with the cell
	for _, g := range r.Errors {
		for _, e := range g.Examples {
			column := e.FieldNumber
			if g.Type == "primary-key" || g.Type == "foreign-key" || g.Type == "blank-row" || g.Tags[0] == "#file" {
				column = 0
			}
			out[fmt.Sprintf("%s row %d column %d", g.Type, e.RowNumber, column)] = e.Cell
		}
	}
	return out, nil
}

// dialect writes the dialect of frictionless-py, which holds one object a format, as a Table Dialect.
func dialect(t *testing.T, j judged) []byte {
	var said struct {
		Header *bool `json:"header,omitempty"`
		CSV    struct {
			Delimiter string `json:"delimiter,omitempty"`
			QuoteChar string `json:"quoteChar,omitempty"`

			SkipInitialSpace bool `json:"skipInitialSpace,omitempty"`
		} `json:"csv"`
		HeaderRows []int `json:"headerRows,omitempty"`
	}
	if err := json.Unmarshal(j.Dialect, &said); err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if ext := filepath.Ext(j.Path); ext == ".csv" || ext == ".tsv" {
		out["delimiter"] = said.CSV.Delimiter
		if said.CSV.Delimiter == "" {
			out["delimiter"] = ","
		}
		if said.CSV.SkipInitialSpace {
			out["skipInitialSpace"] = true
		}
		if ext == ".tsv" {
			out["delimiter"] = "\t"
		}
	}
	if said.CSV.QuoteChar != "" {
		out["quoteChar"] = said.CSV.QuoteChar
	}
	if said.Header != nil {
		out["header"] = *said.Header
	}
	if len(said.HeaderRows) > 0 {
		out["headerRows"] = said.HeaderRows
	}
	raw, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
