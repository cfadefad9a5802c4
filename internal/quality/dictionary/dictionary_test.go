package dictionary

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/schema"
	"socle/internal/schema/frictionless"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// sample is a dictionary with every slot, and texts that formats could lose.
func sample() Dictionary {
	docs := map[string]asset.FieldDoc{
		"uai": {Label: "Code UAI", Description: "Identifiant de l’établissement ; sept chiffres, une lettre.", Instructions: "Sept chiffres\npuis une lettre.", Example: "0750655E",
			Norm: "RAMSESE", Sensitivity: asset.SensitivityPublic, Concept: "uai"},
		"code_nature": {Label: "Nature", Description: "=1+1 n’est pas une formule.", Nomenclature: "nature-uai#code", Sensitivity: asset.SensitivityInternal},
		"effectif":    {Label: "Effectif", Unit: "élèves", Example: "412", Sensitivity: asset.SensitivityPublic},
	}
	d := Dictionary{Dataset: asset.Dataset{Asset: asset.Asset{ID: "annuaire"}, Title: "Annuaire", Fields: docs}, Version: 1}
	for _, f := range fields {
		d.Entries = append(d.Entries, Entry{Field: described(f, docs[f.Name]), Doc: docs[f.Name], Key: f.Name == "uai"})
	}
	return d
}

var fields = []schema.Field{{Name: "uai", Label: "UAI", Type: schema.Text}, {Name: "code_nature", Label: "code nature", Type: schema.Text}, {Name: "effectif", Label: "effectif", Type: schema.Integer}}

func TestADictionaryComesBackFromEachFormatAsItWas(t *testing.T) {
	d := sample()
	for format := range mediaTypes {
		var file bytes.Buffer
		if err := d.Write(&file, format, "https://portail.example"); err != nil {
			t.Fatal(err)
		}
		docs, err := Read("dictionnaire."+format, file.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		back, unknown := Lay(asset.Dataset{}, fields, docs)
		if len(unknown) != 0 || !maps.Equal(back.Fields, d.Dataset.Fields) {
			t.Errorf("%s comes back as\n%+v\n(unknown %v), was\n%+v", format, back.Fields, unknown, d.Dataset.Fields)
		}
	}
}

func TestTheFormatsOfOthersAreWrittenAsTheyAreSpecified(t *testing.T) {
	d := sample()
	for format, golden := range map[string]string{FormatSchema: "table-schema.json", FormatCSVW: "csvw.json", FormatCSV: "dictionnaire.csv"} {
		var file bytes.Buffer
		if err := d.Write(&file, format, "https://portail.example"); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join("testdata", golden)
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(file.Bytes(), want) {
			t.Errorf("%s (%v):\n%s", format, err, file.Bytes())
		}
	}
	var file bytes.Buffer
	if err := d.Write(&file, FormatSchema, ""); err != nil {
		t.Fatal(err)
	}
	s, err := frictionless.Parse(file.Bytes())
	if err != nil || len(s.Notes) != 0 || s.PrimaryKey[0] != "uai" || s.Field("effectif").Type != frictionless.Integer {
		t.Errorf("as a Table Schema: %+v (%v)", s, err)
	}
}

func TestWhatOthersWriteIsRead(t *testing.T) {
	for _, tc := range []struct{ name, file, content, want string }{
		{"a sheet with English headers", "d.csv", "name,title,description,unit\nEffectif,Pupils,Pupils at the start,pupils\n", "Pupils"},
		{"a sheet that Excel saved", "d.csv", "\ufeffChamp;Libellé;Consigne de saisie\r\neffectif;Pupils;Un entier\r\n", "Pupils"},
		{"CSVW with texts by language", "d.json", `{"@context":"http://www.w3.org/ns/csvw","url":"x.csv","tableSchema":{"columns":[{"name":"effectif","titles":{"en":"Other","fr":["Pupils"]},"dc:description":{"@value":"d","@language":"fr"}}]}}`, "Pupils"},
		{"CSVW of a group of tables", "d.json", `{"@context":"http://www.w3.org/ns/csvw","tables":[{"url":"x.csv","tableSchema":{"columns":[{"titles":"Effectif"}]}}]}`, "Effectif"},
		{"a Table Schema", "d.json", `{"fields":[{"name":"effectif","title":"Pupils","type":"integer","example":412}]}`, "Pupils"},
	} {
		docs, err := Read(tc.file, []byte(tc.content))
		if err != nil || docs["effectif"].Label != tc.want {
			t.Errorf("%s: %+v (%v)", tc.name, docs, err)
		}
	}
	for _, bad := range []string{"", "{", "{}", "[]", "a;b\n1;2\n", "PK\x03\x04not a book", `{"@context":"http://www.w3.org/ns/csvw"}`} {
		if docs, err := Read("x", []byte(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v (%v)", bad, docs, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("champ;libelle\na;b\n"))
	f.Add([]byte(`{"fields":[{"name":"a","title":"b"}]}`))
	f.Add([]byte(`{"@context":"http://www.w3.org/ns/csvw","tableSchema":{"columns":[{"titles":["x"]}]}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		docs, err := Read("x", content)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("not a fault about what was given: %v", err)
		}
		for name := range docs {
			if name != "" && schema.Name(name) != name {
				t.Errorf("%q is no technical name", name)
			}
		}
	})
}

func TestEachChangeIsKeptWithWhatWasSaidBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := identity.With(t.Context(), identity.System())
		if err := db.Migrate(ctx, audit.Migrations, identity.Migrations, asset.Migrations, Migrations); err != nil {
			t.Fatal(err)
		}
		log := audit.New(db)
		org, err := identity.New(db, log).Setup(ctx, "", "")
		if err != nil {
			t.Fatal(err)
		}
		assets := asset.New(db, log)
		s := New(Options{Store: db, Assets: assets})
		assets.Described = s.Described
		d, err := assets.CreateDataset(ctx, asset.Dataset{Asset: asset.Asset{OrgID: org.ID}, Title: "A"})
		if err != nil {
			t.Fatal(err)
		}
		yes := true
		for _, doc := range []asset.FieldDoc{{Label: "Un"}, {Label: "Deux", Unit: "m"}, {Label: "Deux", Unit: "m", Facet: &yes}} {
			d.Fields = map[string]asset.FieldDoc{"x": doc}
			if d, err = assets.UpdateDataset(ctx, d); err != nil {
				t.Fatal(err)
			}
		}
		d.Fields = nil
		if d, err = assets.UpdateDataset(ctx, d); err != nil {
			t.Fatal(err)
		}
		changes, err := s.History(ctx, d.UID)
		if err != nil || len(changes) != 3 {
			t.Fatalf("%d changes: %+v (%v)", len(changes), changes, err)
		}
		var told []string
		for _, c := range changes {
			var slots []string
			for _, slot := range c.Slots() {
				slots = append(slots, slot.Name+": "+c.Before.Get(slot.Name)+" → "+c.After.Get(slot.Name))
			}
			told = append(told, strings.Join(slots, ", "))
		}
		if got := strings.Join(told, " | "); got != "libelle: Deux → , unite: m →  | libelle: Un → Deux, unite:  → m | libelle:  → Un" {
			t.Errorf("told as %s", got)
		}
	})
}
