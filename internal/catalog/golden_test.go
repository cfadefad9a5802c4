package catalog

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/schema"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update to write it)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got:\n%s", name, got)
	}
}

// example is a dataset with everything said of it.
func example() (asset.Dataset, identity.Organization, lake.Version) {
	at := time.Date(2026, 9, 1, 8, 30, 0, 0, time.UTC)
	d := asset.Dataset{Asset: asset.Asset{UID: "0190c1f0-0000-7000-8000-000000000001", ID: "effectifs-colleges", Level: asset.Open,
		State: asset.Published, CreatedAt: at.AddDate(-1, 0, 0)}, Title: "Effectifs des collèges", Description: "Les élèves **par collège** & par rentrée.",
		Licence: asset.DefaultLicence, Keywords: []string{"élèves"}, Themes: []string{"Établissements"}, Frequency: "annual",
		CoverageStart: "2019", CoverageEnd: "2025-09", Spatial: "Région d’Armeline", Source: "https://exemple.fr/enquete",
		DescribedAt: at.Add(time.Hour), PublishedAt: at}
	v := lake.Version{Number: 3, PublishedAt: at, Rows: 1200, Original: lake.File{Name: "effectifs.csv", Bytes: 51234, SHA256: "ab12"},
		Schema: schema.Schema{Fields: []schema.Field{{Name: "uai", Label: "UAI", Type: schema.Text, Description: "Code de l’établissement"},
			{Name: "effectif", Label: "Effectif", Type: schema.Integer, Unit: "élèves"}, {Name: "position", Label: "Position", Type: schema.Point}}}}
	return d, identity.Organization{Slug: "rectorat", Name: "Rectorat d’essai"}, v
}

func TestSearchEnginesReadADatasetAsSchemaOrgSays(t *testing.T) {
	d, o, v := example()
	ld := ldOf(ldContent{Dataset: d, Producer: o, Description: NewMarkdown().Plain(d.Description), Site: "Portail d’essai",
		Base: "https://portail.exemple.fr", Fields: v.Schema.Fields, Version: v.Number, PublishedAt: v.PublishedAt, Downloads: downloadsOf(d, seen{v, true})})
	text, err := json.MarshalIndent(ld, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "dataset.jsonld", append(text, '\n'))
	if n := len([]rune(ld.Description)); n < ldShortest || n > ldLongest {
		t.Errorf("the description has %d characters; search engines want between %d and %d", n, ldShortest, ldLongest)
	}
}

func TestReadersFollowTheCatalogueInAtom(t *testing.T) {
	d, o, _ := example()
	entries := []Entry{
		{UID: d.UID, ID: d.ID, Title: d.Title + " & <lycées>", Summary: "Les élèves par collège.", OrgName: o.Name, Theme: "Établissements", UpdatedAt: d.DescribedAt},
		{UID: "0190c1f0-0000-7000-8000-000000000002", ID: "agents", Title: "Agents", OrgName: o.Name, UpdatedAt: d.PublishedAt},
	}
	site := Site{Name: i18n.T("Portail d’essai", "Trial portal"), Description: i18n.T("Des données inventées.", "Invented data.")}
	wanted := wish{Text: "élèves", Refine: map[string][]string{FacetTheme: {"Établissements"}}, Page: 1}
	var out bytes.Buffer
	if err := feedOf(i18n.FR, site, "https://portail.exemple.fr", wanted, entries).write(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "catalogue.atom", out.Bytes())
}

func TestAPeriodReadsAsASentence(t *testing.T) {
	for _, c := range []struct{ start, end, fr, en, iso string }{
		{"", "", "", "", ""},
		{"2024", "2024", "2024", "2024", "2024"},
		{"2019", "2024", "de 2019 à 2024", "from 2019 to 2024", "2019/2024"},
		{"2024-08-01", "2025-04", "du 1er août 2024 à avril 2025", "from 1 August 2024 to April 2025", "2024-08-01/2025-04"},
		{"2024-08", "2024-08-31", "d’août 2024 au 31 août 2024", "from August 2024 to 31 August 2024", "2024-08/2024-08-31"},
		{"2024-09", "", "depuis septembre 2024", "since September 2024", "2024-09/.."},
		{"", "2024-08-01", "jusqu’au 1er août 2024", "until 1 August 2024", "../2024-08-01"},
	} {
		got := period(c.start, c.end)
		if got.FR != c.fr || got.EN != c.en {
			t.Errorf("period(%q, %q) = %q, %q", c.start, c.end, got.FR, got.EN)
		}
		if iso := ldPeriod(c.start, c.end); iso != c.iso {
			t.Errorf("ldPeriod(%q, %q) = %q, want %q", c.start, c.end, iso, c.iso)
		}
	}
}
