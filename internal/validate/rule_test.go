package validate

import (
	"strings"
	"testing"
)

func TestTheReportSaysWhatToDoInWordsThatAnybodyKnows(t *testing.T) {
	const rules = `{"fields":[{"name":"nom","type":"string","constraints":{"required":true}},{"name":"sport","type":"string","constraints":{"enum":["Judo","Voile"]}},{"name":"code","type":"string","constraints":{"pattern":"[0-9]{5}"}},
		{"name":"le","type":"date","constraints":{"minimum":"2000-01-01"}},{"name":"filles","type":"integer"},{"name":"garcons","type":"integer"},{"name":"total","type":"integer","constraints":{"required":true}},{"name":"heure","type":"time"},{"name":"chef","type":"string"},
		{"name":"mixte","type":"boolean","trueValues":["oui"],"falseValues":["non"]}],
		"primaryKey":["nom","sport"],"foreignKeys":[{"fields":"chef","reference":{"resource":"","fields":"nom"}}],
		"custom_checks":[{"name":"sum-columns-value","params":{"column":"total","columns":["filles","garcons"]}},{"name":"compare-columns-value","params":{"column":"filles","op":"<=","column2":"total"}}]}`
	const head = "nom,sport,code,le,filles,garcons,total,heure,chef,mixte\n"
	for name, c := range map[string]struct{ row, rule, says string }{
		"a text that the delimiter cut": {"Tir, à l’arc,Judo,12345,2020-01-01,1,2,3,,,\n", "shifted-row", "Ligne 2 : à partir de la colonne « sport », chaque valeur est une colonne trop à droite. Réunissez « nom » et « sport », qui sont un seul texte coupé"},
		"an empty cell in excess":       {"Arc,Judo,,12345,2020-01-01,1,2,3,,,\n", "shifted-row", "à partir de la colonne « code », chaque valeur est une colonne trop à droite. Supprimez cette cellule vide"},
		"a cell that is missing":        {"Arc,Judo,2020-01-01,1,2,3,08:00:00,,oui\n", "shifted-row", "à partir de la colonne « code », chaque valeur est une colonne trop à gauche. Insérez à cet endroit la cellule qui manque"},
		"a sum":                         {"Arc,Judo,12345,2020-01-01,1,2,4,,,\n", "sum-columns-value", "« filles » et « garcons » font 3, et non 4."},
		"a comparison":                  {"Arc,Judo,12345,2020-01-01,5,-1,4,,,\n", "compare-columns-value", "« filles » ne dépasse pas « total » n’est pas vrai ici (5, 4)."},
		"a required cell":               {"Arc,Judo,12345,2020-01-01,1,2,,,,\n", "required", "Ligne 2 : « total » est vide."},
		"an early date":                 {"Arc,Judo,12345,1999-12-31,1,2,3,,,\n", "minimum", "est hors des limites (2000-01-01 ou après)."},
		"a reference":                   {"Arc,Judo,12345,,1,2,3,,Tir,\n", "foreignKeys", "« Tir » n’est pas une valeur de « nom » de ce fichier."},
		"neither yes nor no":            {"Arc,Judo,12345,,1,2,3,,,bof\n", "type", "« bof » ne dit ni oui ni non."},
		"a year where an hour goes":     {"Arc,Judo,12345,,1,2,3,2025,,\n", "type", "« 2025 » n’est pas une heure."},
		"a form":                        {"Arc,Judo,1234,,1,2,3,,,\n", "pattern", "« 1234 » n’a pas la forme attendue."},
		"an empty key":                  {"Arc,,12345,,1,2,3,,,\n", "primaryKey", "Ligne 2 : ce qui la désigne n’est pas entièrement rempli (nom, sport)."},
	} {
		report := validated(t, rules, head+c.row, Options{})
		text := ""
		for _, g := range report.Errors {
			if g.Rule == c.rule {
				text = strings.ReplaceAll(g.Examples[0].Message.FR, "\u00a0", " ")
			}
		}
		if !strings.Contains(text, strings.ReplaceAll(c.says, "\u00a0", " ")) {
			t.Errorf("%s: %q does not say %q\n%s", name, text, c.says, found(report))
		}
	}
	g := validated(t, rules, head+"Arc,Judo,1234,,1,2,3,,,\n", Options{}).Errors[0]
	if want := "Écrivez une valeur comme 12345 (5 chiffres)."; g.Instruction.FR != want {
		t.Errorf("the instruction is %q, want %q", g.Instruction.FR, want)
	}
}
