package french

import (
	"slices"
	"testing"
)

func TestEveryDepartementHasOneAcademieAndEachAcademieARegion(t *testing.T) {
	academies := Academies()
	if len(academies) != 30 {
		t.Errorf("%d académies, want 30", len(academies))
	}
	seen := map[string]string{}
	for _, a := range academies {
		if !slices.ContainsFunc(Regions(), func(r RegionRecord) bool { return r.Code == a.Region }) {
			t.Errorf("%s is in the region %s, which does not exist", a.Name, a.Region)
		}
		for _, d := range a.Departements {
			if !Departement(d).Valid {
				t.Errorf("%s of %s is not a département", d, a.Name)
			}
			if other := seen[d]; other != "" {
				t.Errorf("%s is in %s and in %s", d, other, a.Name)
			}
			seen[d] = a.Name
		}
	}
	if len(seen) != 103 { // 96 of Europe, five of overseas, Saint-Barthélemy and Saint-Martin
		t.Errorf("%d départements, want 103", len(seen))
	}
	for departement, want := range map[string]string{"35": "Rennes", "035": "Rennes", "2A": "Corse", "620": "Corse", "720": "Corse", "976": "Mayotte", "76": "Normandie"} {
		if a, found := AcademyOf(departement); !found || a.Name != want {
			t.Errorf("the académie of %s is %q, want %q", departement, a.Name, want)
		}
	}
	if a, found := AcademyOf("988"); found {
		t.Errorf("New Caledonia has a vice-rectorat, not the académie of %s", a.Name)
	}
}

func TestTheExampleOfEachConceptIsRight(t *testing.T) {
	for _, c := range Concepts() {
		if v := c.Check(c.Example); !v.Valid {
			t.Errorf("%s: %q is refused: %s", c.Name, c.Example, v.Reason.EN)
		}
		if found, ok := ConceptOf(c.Name); !ok || found.Label.FR == "" || found.Label.EN == "" {
			t.Errorf("%s is not found by its name, or has no label", c.Name)
		}
		if v := c.Check("n’importe quoi"); v.Valid || v.Reason.IsZero() {
			t.Errorf("%s accepts anything", c.Name)
		}
	}
}
