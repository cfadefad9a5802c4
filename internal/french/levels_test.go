package french

import "testing"

func TestEachLevelHasItsOfficialNumberOfPlacesAndFindsThem(t *testing.T) {
	sizes := map[string]int{"departement": 101, "academie": 30, "region": 18, "zone": 9}
	levels := map[string]Level{}
	for _, l := range Levels() {
		levels[l.Name] = l
		if len(l.Places) != sizes[l.Name] {
			t.Errorf("%s: %d places, want %d", l.Name, len(l.Places), sizes[l.Name])
		}
		for i, p := range l.Places {
			if l.Find(p.Name) != i || p.Code != "" && l.Find(p.Code) != i {
				t.Errorf("%s: %+v is not found as itself", l.Name, p)
			}
		}
	}
	covered := map[string]bool{}
	for _, a := range Academies() {
		for _, d := range a.Departements {
			covered[d] = true
		}
	}
	for _, p := range levels["departement"].Places {
		if !covered[p.Code] {
			t.Errorf("no académie has the département %+v", p)
		}
	}
	for _, tc := range []struct{ level, value, want string }{
		{"departement", "1", "Ain"}, {"departement", "035", "Ille-et-Vilaine"}, {"departement", "620", "Corse-du-Sud"}, {"departement", "02B", "Haute-Corse"},
		{"departement", "COTE D'OR", "Côte-d’Or"}, {"departement", "Réunion", "La Réunion"}, {"academie", "Caen", "Normandie"}, {"academie", "21", "Normandie"},
		{"academie", "Académie Orléans-Tours", "Orléans-Tours"}, {"region", "Ile de France", "Île-de-France"}, {"zone", "zone b", "Zone B"}, {"zone", "Réunion", "La Réunion"},
		{"departement", "20", ""}, {"departement", "étranger", ""}, {"region", "", ""}, {"academie", "0", ""},
	} {
		got := ""
		if i := levels[tc.level].Find(tc.value); i >= 0 {
			got = levels[tc.level].Places[i].Name
		}
		if got != tc.want {
			t.Errorf("%s %q: %q, want %q", tc.level, tc.value, got, tc.want)
		}
	}
}
