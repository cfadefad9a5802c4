package frictionless

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"socle/internal/fault"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
)

// described is a description of files, made here, with the files that it speaks of.
type described struct {
	name, kind string // kind is package or resource
	document   string
	files      map[string]string
}

var ab = map[string]string{"a.csv": "k,n\n1,10\n2,20\n", "b.csv": "k\n1\n", "x.csv": "k,n\n1,x\n", "s.json": `{"fields":[{"name":"k"},{"name":"n","type":"integer"}]}`, "semi.csv": "k;n\n1;x\n"}

const fields = `{"fields":[{"name":"k"},{"name":"n","type":"integer"}]}`

var descriptions = []described{
	{"a right package", "package", `{"name":"p","resources":[{"name":"a","path":"a.csv","schema":` + fields + `},{"name":"b","path":"b.csv","schema":{"fields":[{"name":"k"}]}}]}`, ab},
	{"a fault in a table", "package", `{"name":"p","resources":[{"name":"x","path":"x.csv","schema":` + fields + `}]}`, ab},
	{"a reference to another table", "package", `{"name":"p","resources":[{"name":"a","path":"a.csv","schema":{"fields":[{"name":"k"},{"name":"n"}],"foreignKeys":[{"fields":["k"],"reference":{"resource":"b","fields":["k"]}}]}},{"name":"b","path":"b.csv","schema":{"fields":[{"name":"k"}]}}]}`, ab},
	{"a schema in a file", "package", `{"name":"p","resources":[{"name":"x","path":"x.csv","schema":"s.json"}]}`, ab},
	{"a dialect", "package", `{"name":"p","resources":[{"name":"s","path":"semi.csv","dialect":{"delimiter":";"},"schema":` + fields + `}]}`, ab},
	{"rows within the description", "package", `{"name":"p","resources":[{"name":"i","data":[["k","n"],["1","10"],["2","x"]],"schema":` + fields + `}]}`, ab},
	{"a dialect of frictionless-py", "package", `{"name":"p","resources":[{"name":"s","path":"semi.csv","dialect":{"csv":{"delimiter":";"}},"schema":` + fields + `}]}`, ab},
	{"a header and comments of frictionless-py", "package", `{"name":"p","resources":[{"name":"c","path":"c.csv","dialect":{"headerRows":[2],"commentChar":"#","skipBlankRows":true,"csv":{"delimiter":";"}},"schema":` + fields + `}]}`, map[string]string{"c.csv": "export;\nk;n\n1;x\n# rien\n\n2;3\n"}},
	{"a file that is not there", "package", `{"name":"p","resources":[{"name":"z","path":"z.csv","schema":` + fields + `}]}`, ab},
	{"a wrong size", "package", `{"name":"p","resources":[{"name":"a","path":"a.csv","bytes":3,"schema":` + fields + `}]}`, ab},
	{"a wrong digest", "package", `{"name":"p","resources":[{"name":"a","path":"a.csv","hash":"md5:00000000000000000000000000000000","schema":` + fields + `}]}`, ab},
	{"no list of files", "package", `{"name":"p"}`, ab},
	{"an empty list of files", "package", `{"name":"p","resources":[]}`, ab},
	{"a file without a name", "package", `{"name":"p","resources":[{"path":"a.csv","schema":` + fields + `}]}`, ab},
	{"two files of one name", "package", `{"name":"p","resources":[{"name":"a","path":"a.csv"},{"name":"a","path":"b.csv"}]}`, ab},
	{"neither path nor data", "package", `{"name":"p","resources":[{"name":"a"}]}`, ab},
	{"both path and data", "package", `{"name":"p","resources":[{"name":"a","path":"a.csv","data":[["k"],["1"]]}]}`, ab},
	{"a path that goes up", "package", `{"name":"p","resources":[{"name":"a","path":"../a.csv"}]}`, ab},
	{"an absolute path", "package", `{"name":"p","resources":[{"name":"a","path":"/etc/hostname"}]}`, ab},
	{"a type that does not exist", "package", `{"name":"p","resources":[{"name":"a","path":"a.csv","schema":{"fields":[{"name":"k","type":"entier"}]}}]}`, ab},
	{"a reference to a table that does not exist", "package", `{"name":"p","resources":[{"name":"a","path":"a.csv","schema":{"fields":[{"name":"k"},{"name":"n"}],"foreignKeys":[{"fields":["k"],"reference":{"resource":"zz","fields":["k"]}}]}}]}`, ab},
	{"a key that is no field", "package", `{"name":"p","resources":[{"name":"a","path":"a.csv","schema":{"fields":[{"name":"k"},{"name":"n"}],"primaryKey":["zz"]}}]}`, ab},
	{"a list where an object is expected", "package", `[1]`, ab},
	{"no JSON", "package", `{"name":`, ab},
	{"a right file", "resource", `{"name":"a","path":"a.csv","schema":` + fields + `}`, ab},
	{"a file with a fault", "resource", `{"name":"x","path":"x.csv","schema":` + fields + `}`, ab},
	{"a file with a dialect", "resource", `{"name":"s","path":"semi.csv","dialect":{"delimiter":";"},"schema":` + fields + `}`, ab},
	{"a description of a file without a name", "resource", `{"path":"a.csv","schema":` + fields + `}`, ab},
	{"a description of a file that goes up", "resource", `{"name":"a","path":"../a.csv"}`, ab},
	{"a description of no file", "resource", `{"name":"a"}`, ab},
	{"a description with a wrong schema", "resource", `{"name":"a","path":"a.csv","schema":{"fields":[{"name":"k","type":"entier"}]}}`, ab},
}

// differently are the descriptions judged otherwise, with the reason. Docs: “Differences”.
var differently = map[string]string{
	"an empty list of files":                              "the standard wants one file at least; frictionless-py accepts none",
	"datapackage.json":                                    "an old XLS workbook is refused, with what to do; frictionless-py passes it",
	"invalid/datapackage.json":                            "a blank row is said to be so, and not to have an empty primary key as well",
	"issue-494.package.json":                              "a file without path nor data is refused with the place; frictionless-py says that it is not there",
	"multipart.package.json":                              "a line that repeats the header is said to be so; frictionless-py drops it in each part",
	"package-1067.json":                                   "an extra column is said once, at the header",
	"package-with-dereferencing.json":                     "a missing column is said once, at the header",
	"resource-with-dereferencing.json":                    "likewise",
	"package-with-missingvalues-993.json":                 "what is said at the wrong level is kept and means nothing; frictionless-py guesses that it was meant for the schema",
	"resource-with-missingvalues-993.json":                "likewise",
	"resource-with-fields-993.json":                       "likewise",
	"package-with-pipeline.json":                          "its files are on the Internet: neither reads them here, and each says so in its way",
	"package-with-pipeline-multiple-tables-to-write.json": "likewise",
	"zipped-resources/datapackage.json":                   "two fields of one name are a note, as a file that has them may be checked; frictionless-py refuses the schema",
	"issue-991.resource.json":                             "it speaks of the rows of its header in the words of version 4 (layout)",
}

// described by frictionless-py.
type judgedDescription struct {
	Path    string   `json:"path"`
	Failed  string   `json:"failed"`
	Refused []string `json:"refused"`
	Errors  []struct {
		Table string `json:"table"`
		Type  string `json:"type"`
		Row   int64  `json:"row"`
		Field int    `json:"field"`
	} `json:"errors"`
}

type wantedDescription struct {
	Path string `json:"path"`
	Kind string `json:"kind"`
}

func TestDescriptionsMadeHereAreJudgedAlike(t *testing.T) {
	var names []string
	var cases []wantedDescription
	for _, d := range descriptions {
		folder := t.TempDir()
		path := filepath.Join(folder, "data"+d.kind+".json")
		if err := os.WriteFile(path, []byte(d.document), 0o600); err != nil {
			t.Fatal(err)
		}
		for name, content := range d.files {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		names, cases = append(names, d.name), append(cases, wantedDescription{path, d.kind})
	}
	compareDescriptions(t, names, cases)
}

func TestTheDescriptionsOfItsRepositoryAreJudgedAlike(t *testing.T) {
	folder := os.Getenv("SOCLE_FRICTIONLESS_DATA")
	if folder == "" {
		t.Skip("set SOCLE_FRICTIONLESS_DATA to the folder data of the repository of frictionless-py")
	}
	var names []string
	var cases []wantedDescription
	for kind, patterns := range map[string][]string{"package": {"*package*.json", "*/datapackage.json", "package*.json"}, "resource": {"*resource*.json", "*/resource.json"}} {
		for _, pattern := range patterns {
			files, _ := filepath.Glob(filepath.Join(folder, pattern))
			for _, f := range files {
				name, err := filepath.Rel(folder, f)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Contains(names, name) && !(kind == "resource" && strings.Contains(name, "package")) {
					names, cases = append(names, name), append(cases, wantedDescription{f, kind})
				}
			}
		}
	}
	compareDescriptions(t, names, cases)
}

// compareDescriptions holds what both say of descriptions: refused, or the faults of the files by table, type, row and column.
func compareDescriptions(t *testing.T, names []string, cases []wantedDescription) {
	var all []judgedDescription
	ask(t, "descriptors", cases, &all)
	alike, used := 0, map[string]bool{}
	for i, theirs := range all {
		if theirs.Failed != "" {
			t.Logf("%s: frictionless-py itself fails: %s", names[i], theirs.Failed)
		}
		want := []string{}
		for _, e := range theirs.Errors {
			if slices.Contains([]string{"primary-key", "foreign-key", "blank-row"}, e.Type) || e.Row == 0 {
				e.Field = 0
			}
			want = append(want, fmt.Sprintf("%s: %s row %d column %d", e.Table, e.Type, e.Row, e.Field))
		}
		if len(theirs.Refused) > 0 || theirs.Failed != "" {
			want = []string{"refused"}
		}
		got := ourDescription(t, cases[i])
		sort.Strings(want)
		sort.Strings(got)
		if slices.Equal(slices.Compact(got), slices.Compact(want)) {
			alike++
			continue
		}
		used[names[i]] = true
		if differently[names[i]] == "" {
			t.Errorf("%q: Socle says %q, frictionless-py %q %q", names[i], got, want, theirs.Refused)
		}
	}
	for _, name := range names {
		if differently[name] != "" && !used[name] {
			t.Errorf("%q is said to differ and does not", name)
		}
	}
	t.Logf("%d descriptions of %d alike, %d apart with a reason", alike, len(all), len(used))
}

func ourDescription(t *testing.T, c wantedDescription) []string {
	data, err := os.ReadFile(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	parse := frictionless.ParsePackage
	if c.Kind == "resource" {
		parse = frictionless.ParseResource
	}
	p, err := parse(data)
	var r *validate.Report
	if err == nil {
		r, err = validate.Bundle{Folder: filepath.Dir(c.Path), Scratch: t.TempDir()}.Package(context.Background(), p, validate.Options{})
	}
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			t.Errorf("%s: %v", c.Path, err)
		}
		return []string{"refused"}
	}
	out := []string{}
	for _, g := range r.Errors {
		table := g.Table
		if table == "" && len(p.Resources) > 0 {
			table = p.Resources[0].Name
		}
		for _, e := range g.Examples {
			column := e.FieldNumber
			if slices.Contains([]string{"primary-key", "foreign-key", "blank-row"}, g.Type) || e.RowNumber == 0 {
				column = 0
			}
			out = append(out, fmt.Sprintf("%s: %s row %d column %d", table, g.Type, e.RowNumber, column))
		}
	}
	return out
}
