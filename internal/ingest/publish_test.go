package ingest

import (
	"slices"
	"testing"

	"socle/internal/fault"
	"socle/internal/lake"
	"socle/internal/schema"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

const schools = "UAI;Nom;Effectif;Ouverture;Privé\n" +
	"0350001A;École du Bois;120;01/09/1998;non\n" +
	"0350002B;École du Lac;85;15/09/2003;oui\n" +
	"0350003C;École des Prés;dix;03/09/1975;non\n"

func TestAFileBecomesAVersionWithTypes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorldOn(t, db, Options{})
		result := w.must(t, "écoles de la région.csv", schools, Request{Types: map[string]schema.Type{"effectif": schema.Integer}})
		if !result.Created || result.Version.Number != 1 || result.Version.Rows != 3 {
			t.Errorf("%+v", result)
		}
		if result.Dataset.ID != "ecoles-de-la-region" || result.Dataset.Title != "écoles de la région" || result.Dataset.Level != "open" ||
			result.Dataset.State != "published" || result.Dataset.OrgID != w.org.ID {
			t.Errorf("dataset: %+v", result.Dataset)
		}
		want := []schema.Type{schema.Text, schema.Text, schema.Integer, schema.Date, schema.Boolean}
		for i, field := range result.Version.Schema.Fields {
			if field.Type != want[i] {
				t.Errorf("%s is %s, want %s", field.Name, field.Type, want[i])
			}
		}
		q := result.Version.Quarantine
		if q.Cells != 1 || len(q.Columns) != 1 || q.Columns[0].Name != "effectif" || q.File == nil {
			t.Fatalf("quarantine: %+v", q)
		}
		for entry, err := range w.Quarantine(t.Context(), result.Version) {
			if err != nil || entry.Line != 4 || entry.Row != 3 || entry.Value != "dix" {
				t.Errorf("entry: %+v, %v", entry, err)
			}
			if got := Explain(entry, result.Version.Schema).FR; got != "Ligne 4, colonne «\u00a0Effectif\u00a0»\u00a0: «\u00a0dix\u00a0» n’est pas un nombre entier\u202f; la cellule est laissée vide." {
				t.Error(got)
			}
		}
		if got := original(t, w, result.Version); got != schools {
			t.Errorf("the original came back as %q", got)
		}
		w.wantClean(t)
	})
}

func TestTheSameBytesWithTheSameSettingsAreTheSameVersion(t *testing.T) {
	w := newWorld(t)
	w.must(t, "ecoles.csv", schools, Request{ID: "ecoles"})
	same := w.must(t, "autre-nom.csv", schools, Request{ID: "ecoles"})
	if !same.Unchanged || same.Version.Number != 1 {
		t.Errorf("same bytes: %+v", same)
	}
	titled := w.must(t, "ecoles.csv", schools, Request{ID: "ecoles", Title: "Écoles publiques"})
	if !titled.Unchanged || titled.Dataset.Title != "Écoles publiques" {
		t.Errorf("a new title alone: %+v", titled)
	}
	typed := w.must(t, "ecoles.csv", schools, Request{ID: "ecoles", Types: map[string]schema.Type{"prive": schema.Text}})
	if typed.Unchanged || typed.Version.Number != 2 {
		t.Errorf("other types: %+v", typed)
	}
	w.wantClean(t)
}

func TestALaterPublicationKeepsWhatItDoesNotName(t *testing.T) {
	w := newWorld(t)
	first := w.must(t, "ecoles.csv", schools, Request{ID: "ecoles", Title: "Écoles", Level: "internal", Key: []string{"uai"},
		Types: map[string]schema.Type{"effectif": schema.Text}, Labels: map[string]string{"nom": "Nom de l’école"}})
	second := w.must(t, "ecoles-2.csv", schools+"0350004D;École Neuve;12;02/09/2024;oui\n", Request{ID: "ecoles"})
	if second.Created || second.Version.Number != 2 || second.Dataset.Title != "Écoles" || second.Dataset.Level != "internal" ||
		second.Dataset.UID != first.Dataset.UID || !slices.Equal(second.Dataset.Key, []string{"uai"}) {
		t.Errorf("%+v", second.Dataset)
	}
	if f, _ := second.Version.Schema.Field("effectif"); f.Type != schema.Text {
		t.Errorf("the forced type was lost: %s", f.Type)
	}
	if f, _ := second.Version.Schema.Field("nom"); f.Label != "Nom de l’école" {
		t.Errorf("the label was lost: %s", f.Label)
	}
	if second.Changes == nil || second.Changes.RowsBefore != 3 || second.Changes.RowsAfter != 4 || second.Changes.Large() {
		t.Errorf("changes: %+v", second.Changes)
	}
}

func TestADryRunPublishesNothing(t *testing.T) {
	w := newWorld(t)
	result := w.must(t, "ecoles.csv", schools, Request{ID: "ecoles", DryRun: true})
	if !result.DryRun || result.Version.Rows != 3 || result.Version.Number != 1 || len(result.Columns) != 5 {
		t.Errorf("%+v", result)
	}
	if _, err := w.Assets.Get(t.Context(), "ecoles"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the dataset was made: %v", err)
	}
	w.wantClean(t)
}

func TestWhatCannotBeAskedIsRefusedAndPublishesNothing(t *testing.T) {
	w := newWorld(t)
	for name, tc := range map[string]struct {
		r    Request
		code string
	}{
		"a type for no column":      {Request{Types: map[string]schema.Type{"absent": schema.Text}}, "unknown_field"},
		"a key that is no column":   {Request{Key: []string{"absent"}}, "unknown_field"},
		"an identifier with spaces": {Request{ID: "mes écoles"}, "id_invalid"},
		"an unknown organisation":   {Request{Org: "personne"}, "organization_unknown"},
		"an unknown level":          {Request{Level: "secret"}, "level_invalid"},
	} {
		_, err := w.publishText(t, "x.csv", schools, tc.r)
		if fault.CodeOf(err) != tc.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := w.Lake.Heads(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("published: %v, %v", list, err)
	}
	w.wantClean(t)
}

func original(t testing.TB, w *world, v lake.Version) string {
	t.Helper()
	reader, err := w.Lake.Open(t.Context(), v, v.Original)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	data := make([]byte, v.Original.Bytes)
	if _, err := reader.Read(data); err != nil {
		t.Fatal(err)
	}
	return string(data)
}
