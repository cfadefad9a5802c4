package schema

import (
	"slices"
	"testing"
)

func TestAHeaderBecomesATechnicalName(t *testing.T) {
	for header, want := range map[string]string{
		"Rentrée scolaire":     "rentree_scolaire",
		"Numéro de l'école":    "numero_de_l_ecole",
		"  Code   UAI ":        "code_uai",
		"REP +":                "rep",
		"Œuvre n°2":            "oeuvre_n_2",
		"select":               "select",
		"2024":                 "2024",
		"Secteur Public/Privé": "secteur_public_prive",
		"…":                    "",
		"taux_de_reussite (%)": "taux_de_reussite",
		"Nombre_d_eleves":      "nombre_d_eleves",
		"École élémentaire":    "ecole_elementaire",
	} {
		if got := Name(header); got != want {
			t.Errorf("Name(%q) = %q, want %q", header, got, want)
		}
	}
}

func TestNamesAreUniqueAndNeverEmpty(t *testing.T) {
	got := Names([]string{"a", "A", "", "a_2", "é", "E"})
	want := []string{"a", "a_2", "colonne_3", "a_2_2", "e", "e_2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
