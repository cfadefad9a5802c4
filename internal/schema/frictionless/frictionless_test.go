package frictionless

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"socle/internal/fault"
)

func TestASchemaIsWrittenAsItWasRead(t *testing.T) {
	for name, document := range map[string]string{
		"version 2 with everything": `{"$schema":"https://datapackage.org/profiles/2.0/tableschema.json","fieldsMatch":"subset",
			"missingValues":["",{"value":"-99","label":"refus","x":1}],
			"fields":[{"name":"a","type":"number","decimalChar":",","groupChar":" ","bareNumber":false,"constraints":{"required":false,"minimum":1e3,"perso":[1]}},
				{"name":"b","type":"string","format":"uuid","constraints":{"pattern":"[a-z]+","enum":["x"],"unique":true}},
				{"name":"c","categories":[{"value":1,"label":"un"},2],"categoriesOrdered":true,"missingValues":[]},
				{"name":"d","type":"list","delimiter":";","itemType":"date","rdfType":"https://example.org/C"},
				{"name":"e","type":"boolean","trueValues":["oui"],"falseValues":["non"],"example":true}],
			"primaryKey":["a"],"uniqueKeys":[["a","b"]],
			"foreignKeys":[{"fields":["a"],"reference":{"fields":["b"]}},{"fields":["a"],"reference":{"resource":"r","fields":["z"]}}]}`,
		"unknown properties, empty texts and nulls": `{"zz":{"a":[1,null]},"title":"","description":null,"fields":[{"consigne":"Écrire « oui »","name":"a","title":null,"type":"any","format":"default","constraints":{}}],"custom_checks":[{"name":"siret","params":{"column":"a"},"severity":"warn"}]}`,
		"a self reference of version 1":             `{"fields":[{"name":"a"}],"foreignKeys":[{"fields":["a"],"reference":{"resource":"","fields":["a"]}}]}`,
	} {
		s, err := Parse([]byte(document))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sameJSON(t, name, []byte(document), s)
	}
}

// sameJSON holds what is written against what was read, members in the same order.
func sameJSON(t *testing.T, name string, document []byte, s *Schema) {
	t.Helper()
	out, err := s.Marshal()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	var was, is any
	if json.Unmarshal(document, &was) != nil || json.Unmarshal(out, &is) != nil || !reflect.DeepEqual(was, is) {
		t.Errorf("%s: was\n%s\nis\n%s", name, document, out)
	}
	first := func(b []byte) string {
		members, _ := membersOf(b)
		var names []string
		for _, m := range members {
			names = append(names, m.Name)
		}
		return strings.Join(names, " ")
	}
	if first(document) != first(out) {
		t.Errorf("%s: the members were %s and are %s", name, first(document), first(out))
	}
}

func TestTheKeysOfVersion1AreRead(t *testing.T) {
	s, err := Parse([]byte(`{"fields":[{"name":"a","type":"date","format":"fmt:%d/%m/%Y"},{"name":"a"}],"primaryKey":"a",
		"foreignKeys":[{"fields":"a","reference":{"resource":"","fields":"a"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if s.Fields[0].Format != "%d/%m/%Y" || s.PrimaryKey[0] != "a" || s.ForeignKeys[0].Resource != "" || s.ForeignKeys[0].Reference[0] != "a" {
		t.Errorf("%+v", s)
	}
	if len(s.Notes) != 1 || s.Notes[0].Path != "fields[1].name" {
		t.Errorf("a field said twice is tolerated and noted: %v", s.Notes)
	}
	if m := s.Missing(&s.Fields[0]); len(m) != 1 || m[0].Value != "" {
		t.Errorf("what stands for nothing by default: %v", m)
	}
}

func TestASchemaThatIsNotOneIsRefusedWithThePlaceAndWhatWasExpected(t *testing.T) {
	for document, wants := range map[string][]string{
		``:                        {": this is not JSON: it breaks on line 1"},
		"{\n\"fields\": [,]}":     {": this is not JSON: it breaks on line 2, character 12"},
		`[]`:                      {": an object is expected, between braces; a list was found"},
		`{}`:                      {"fields: a schema has a list “fields”"},
		`{"fields":{}}`:           {"fields: a list is expected, between brackets; an object was found"},
		`{"fields":["a"]}`:        {`fields[0]: an object is expected, between braces; the text "a" was found`},
		`{"fields":[{"name":3}]}`: {"fields[0].name: a text is expected, between quotes; the number 3 was found"},
		`{"fields":[{}],"fieldsMatch":"all"}`: {"fields[0].name: a field has a name",
			"fieldsMatch: “exact”, “equal”, “subset”, “superset” or “partial” is expected; “all” was found"},
		`{"fields":[{"name":"a","type":"text"}]}`:                                              {"fields[0].type: “text” is not a type: string, number"},
		`{"fields":[{"name":"a","constraints":{"minLength":"3","unique":"yes","enum":"x"}}]}`:  {"minLength: a whole number", "unique: true or false", "enum: a list"},
		`{"fields":[{"name":"a"}],"primaryKey":["b"],"uniqueKeys":[["c"],[]]}`:                 {"primaryKey[0]: “b” is not a field", "uniqueKeys[0][0]: “c” is not", "uniqueKeys[1]: a key names at least one"},
		`{"fields":[{"name":"a"}],"foreignKeys":[{"fields":["a"]}]}`:                           {"foreignKeys[0].reference: a foreign key has an object"},
		`{"fields":[{"name":"a"}],"foreignKeys":[{"fields":["a"],"reference":{"fields":[]}}]}`: {"foreignKeys[0].reference.fields: as many fields as in the key are expected: 1; 0 were found"},
		`{"fields":[{"name":"a"}],"missingValues":[3,{"label":"x"}]}`:                          {"missingValues[0]: a text", "missingValues[1]: a missing value has"},
		`{"fields":[{"name":"a","type":"string","categories":[[1]]}]}`:                         {"categories[0]: a text or a whole number is expected; a list"},
		`{"fields":[{"name":"a"}],"custom_checks":[{"params":3}]}`:                             {"custom_checks[0].name: a check has a name", "custom_checks[0].params: an object"},
	} {
		_, err := Parse([]byte(document))
		if !fault.Is(err, fault.Invalid) || fault.CodeOf(err) != "schema_invalid" {
			t.Errorf("%s: %v", document, err)
			continue
		}
		var all Problems
		errors.As(err, &all)
		for _, want := range wants {
			if !strings.Contains(all.Error(), want) {
				t.Errorf("%s: said %q, want %q", document, all.Error(), want)
			}
		}
		if len(ProblemsOf(err)) != len(wants) {
			t.Errorf("%s: %d problems, want %d: %v", document, len(ProblemsOf(err)), len(wants), all)
		}
	}
}

func TestRealSchemasAreReadAndWrittenBack(t *testing.T) {
	folder := os.Getenv("SOCLE_REAL_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	files, _ := filepath.Glob(filepath.Join(folder, "schemas", "*.json"))
	if len(files) == 0 {
		t.Skip("no real files here: set SOCLE_REAL_DATA to the folder that has them")
	}
	for _, path := range files {
		document, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(document)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		if len(s.PrimaryKey) == 0 { // a key alone is written as a list
			sameJSON(t, filepath.Base(path), document, s)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"fields":[{"name":"a","type":"integer","constraints":{"enum":[1]}}],"primaryKey":"a"}`))
	f.Add([]byte(`{"fields":[{"name":"a"}],"foreignKeys":[{"fields":["a"],"reference":{"resource":"","fields":["a"]}}],"missingValues":[{"value":"-"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse(data)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("a defect: %v", err)
			}
			return
		}
		once, err := s.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, once)
		}
		twice, err := again.Marshal()
		if err != nil || string(once) != string(twice) {
			t.Fatalf("written twice, it differs:\n%s\n%s", once, twice)
		}
	})
}

func TestAPackageIsWrittenAsItWasReadAndMayNotLeaveItsFolder(t *testing.T) {
	document := `{"name":"p","licenses":[{"name":"etalab-2.0"}],"resources":[
		{"name":"ecoles","path":"donnees/ecoles.csv","profile":"tabular-data-resource","dialect":{"delimiter":";","header":false,"csvddfVersion":1},"schema":{"fields":[{"name":"a"}],"foreignKeys":[{"fields":["a"],"reference":{"resource":"autre","fields":["b"]}}]}},
		{"name":"autre","path":["b1.csv","b2.csv"],"schema":"schemas/b.json","bytes":12,"hash":"sha256:00","x":null},
		{"name":"dedans","data":[{"a":1}],"type":"table"}]}`
	p, err := ParsePackage([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.MarshalJSON()
	var was, is any
	if err != nil || json.Unmarshal([]byte(document), &was) != nil || json.Unmarshal(out, &is) != nil || !reflect.DeepEqual(was, is) {
		t.Errorf("%v\n%s", err, out)
	}
	if !p.Resources[0].Tabular() || p.Resource("autre").SchemaPath != "schemas/b.json" || p.Resources[0].Dialect.Delimiter != ";" {
		t.Errorf("%+v", p.Resources)
	}
	for document, want := range map[string]string{
		`{}`: "resources: a package has a list",
		`{"resources":[{"name":"a","path":"../b.csv"}]}`:                       "resources[0].path[0]: “../b.csv” leaves the folder",
		`{"resources":[{"name":"a","path":"/etc/passwd"}]}`:                    "leaves the folder",
		`{"resources":[{"name":"a","path":"c:\\x.csv"}]}`:                      "leaves the folder",
		`{"resources":[{"name":"a","path":"x/.secret/a.csv"}]}`:                "leaves the folder",
		`{"resources":[{"name":"a","data":[],"path":"x"}]}`:                    "exclude each other",
		`{"resources":[{"name":"a"}]}`:                                         "has a path (“path”) or its data",
		`{"resources":[{"name":"a","path":"x"},{"name":"a","path":"y"}]}`:      "“a” is already the name of resources[0]",
		`{"resources":[{"name":"a","path":"x","dialect":{"delimiter":"::"}}]}`: "resources[0].dialect.delimiter: a single character",
		`{"resources":[{"name":"a","path":"x","schema":{"fields":[{"name":"a"}],"foreignKeys":[{"fields":["a"],"reference":{"resource":"z","fields":["a"]}}]}}]}`: "“z” is not a file of the package",
	} {
		_, err := ParsePackage([]byte(document))
		if fault.CodeOf(err) != "package_invalid" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", document, err, want)
		}
	}
}
