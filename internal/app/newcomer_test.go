package app

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"socle/internal/identity"
	"socle/internal/quality/registry"
	"socle/internal/web/webtest"
)

// newcomer is a person who knows nothing of schemas. All they can do is read French and do, in their file, what the
// page says: the line, the column, what to write. They know no rule, and no fault of the file.
type newcomer struct {
	person
	file   [][]string // the lines of their file, from the header
	remove []int      // lines to take out once the others are mended, since that changes their numbers
}

// advice is what the page says of the faults of one kind.
type advice struct {
	Column   string            // that it speaks of; "" for the whole row or the header
	Expected string            // all that is written above the table
	Samples  map[string]string // right values, by column
	Faults   []struct {
		Line                    int
		Value, Finding, Propose string
	}
}

// readsAdvice reads the report from top to bottom.
func (n *newcomer) readsAdvice() []advice {
	return reads[[]advice](n.person, `[...document.querySelectorAll('main section[data-rule]')].map(section => {
		const text = e => e.innerText.replaceAll('\u00a0', ' ').replaceAll('\u202f', ' ').trim();
		return {
			Column: section.dataset.field, Expected: [...section.querySelectorAll(':scope > p')].map(text).join('\n'),
			Samples: Object.fromEntries([...section.querySelectorAll('code[data-sample]')].map(c => [c.dataset.sample, c.textContent])),
			Faults: [...section.querySelectorAll('tbody tr')].map(row => ({Line: Number(text(row.cells[0]).replaceAll(' ', '')),
				Value: row.cells[1].innerText, Finding: text(row.cells[2]), Propose: text(row.cells[3])})),
		}})`)
}

// The sentences that a newcomer understands.
var (
	joinCells    = regexp.MustCompile(`Réunissez « (.+?) » et « (.+?) »`)
	fromColumn   = regexp.MustCompile(`à partir de la colonne « (.+?) »`)
	sumIs        = regexp.MustCompile(`font (\S+), et non`)
	isSumOf      = regexp.MustCompile(`« (.+?) » est la somme de`)
	extraColumn  = regexp.MustCompile(`la colonne « (.+?) » n’est pas dans le schéma`)
	addColumn    = regexp.MustCompile(`Ajoutez la colonne « (.+?) »`)
	refersTo     = regexp.MustCompile(`Chaque valeur de « (.+?) » est aussi une valeur de « (.+?) » de ce fichier`)
	inEachRow    = regexp.MustCompile(`Dans chaque ligne, « (.+?) » .* « (.+?) »`)
	fillThis     = regexp.MustCompile(`Remplissez « (.+?) » quand`)
	oneOfThese   = regexp.MustCompile(`Remplissez au moins une de ces colonnes : ([^,.]+)`)
	nothingToSay = "à vous de voir"
)

// place is where a column of that name is.
func (n *newcomer) place(column string) int {
	n.t.Helper()
	i := slices.Index(n.file[0], column)
	if i < 0 {
		n.t.Fatalf("the page speaks of a column %q that the file does not have: %q", column, n.file[0])
	}
	return i
}

// writes puts a value in a cell.
func (n *newcomer) writes(line int, column, value string) {
	n.t.Helper()
	if line < 2 || line > len(n.file) {
		n.t.Fatalf("the page speaks of line %d; the file has %d", line, len(n.file))
	}
	i, row := n.place(column), &n.file[line-1]
	for len(*row) <= i {
		*row = append(*row, "")
	}
	(*row)[i] = value
}

// follows does what the page says of one kind of fault.
func (n *newcomer) follows(a advice) {
	n.t.Helper()
	for _, f := range a.Faults {
		said := func(sentence *regexp.Regexp) []string {
			return sentence.FindStringSubmatch(f.Finding + "\n" + a.Expected)
		}
		row := func() *[]string { return &n.file[f.Line-1] }
		switch {
		case strings.HasPrefix(f.Propose, "Ligne décalée"):
			// Another instruction puts the values of this line back first.
		case f.Propose != nothingToSay:
			n.writes(f.Line, a.Column, f.Propose)
		case said(joinCells) != nil:
			first, second := n.place(said(joinCells)[1]), n.place(said(joinCells)[2])
			(*row())[first] += ";" + (*row())[second]
			*row() = slices.Delete(*row(), second, second+1)
		case strings.Contains(f.Finding, "Supprimez cette cellule vide"):
			i := n.place(said(fromColumn)[1])
			*row() = slices.Delete(*row(), i, i+1)
		case strings.Contains(f.Finding, "Insérez à cet endroit la cellule qui manque"):
			*row() = slices.Insert(*row(), n.place(said(fromColumn)[1]), "")
		case said(extraColumn) != nil:
			i := n.place(said(extraColumn)[1])
			for j := range n.file {
				if i < len(n.file[j]) {
					n.file[j] = slices.Delete(n.file[j], i, i+1)
				}
			}
		case said(addColumn) != nil:
			n.file[0] = append(n.file[0], said(addColumn)[1])
		case said(sumIs) != nil:
			n.writes(f.Line, said(isSumOf)[1], said(sumIs)[1])
		case said(refersTo) != nil:
			n.writes(f.Line, said(refersTo)[1], n.file[1][n.place(said(refersTo)[2])])
		case said(inEachRow) != nil && strings.Contains(a.Expected, "peut-être inversées"):
			first, second := n.place(said(inEachRow)[1]), n.place(said(inEachRow)[2])
			(*row())[first], (*row())[second] = (*row())[second], (*row())[first]
		case said(fillThis) != nil:
			n.writes(f.Line, said(fillThis)[1], a.Samples[said(fillThis)[1]])
		case said(oneOfThese) != nil:
			n.writes(f.Line, said(oneOfThese)[1], a.Samples[said(oneOfThese)[1]])
		case strings.Contains(f.Finding, "n’est pas entièrement rempli"):
			// The cell that is empty has an instruction of its own.
		case strings.Contains(f.Finding, "est déjà à la ligne") && regexp.MustCompile(`(?i)retirez (la ligne en double|l’une des deux)`).MatchString(a.Expected), strings.Contains(a.Expected, "Comment corriger : Retirez la ligne."):
			n.remove = append(n.remove, f.Line)
		case strings.Contains(a.Expected, "Ajoutez à la fin de la ligne les cellules qui manquent"):
			for len(*row()) < len(n.file[0]) {
				*row() = append(*row(), "")
			}
		case strings.Contains(a.Expected, "Retirez la cellule si elle est de trop"):
			*row() = (*row())[:len(n.file[0])]
		case a.Column != "" && a.Samples[a.Column] != "":
			n.writes(f.Line, a.Column, a.Samples[a.Column])
		default:
			n.t.Fatalf("line %d, %q: the page does not say what to write.\n%s\n%s", f.Line, a.Column, f.Finding, a.Expected)
		}
	}
}

// mends does everything that the page says, from top to bottom.
func (n *newcomer) mends() {
	n.t.Helper()
	n.remove = nil
	for _, a := range n.readsAdvice() {
		n.follows(a)
	}
	slices.Sort(n.remove)
	for _, line := range slices.Backward(slices.Compact(n.remove)) {
		n.file = slices.Delete(n.file, line-1, line)
	}
}

// opensFile reads the lines of a file.
func (n *newcomer) opensFile(text string) {
	n.t.Helper()
	n.file = nil
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		reader := csv.NewReader(strings.NewReader(line))
		reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = ';', -1, true
		cells, _ := reader.Read() // a blank line has none
		n.file = append(n.file, cells)
	}
}

// sendsFile writes the file, and chooses it in the form.
func (n *newcomer) sendsFile() {
	n.t.Helper()
	path := filepath.Join(n.t.TempDir(), "mon fichier.csv")
	file, err := os.Create(path)
	if err != nil {
		n.t.Fatal(err)
	}
	writer := csv.NewWriter(file)
	writer.Comma = ';'
	err = writer.WriteAll(n.file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = chromedp.Do(n.tab.Ctx, chromedp.SetUploadFiles(chromedp.CSS("main input[type=file]"), []string{path}))
	}
	if err == nil {
		err = n.tab.Send(`document.querySelector('main input[type=file]').form.requestSubmit()`)
	}
	if err != nil {
		n.t.Fatal(err)
	}
}

// clubs is a schema with what that of the demonstration does not have: keys to the same table, rules between columns,
// lists with labels, other ways of writing.
const clubs = `{"title":"Activités du club","fieldsMatch":"equal","fields":[
	{"name":"code","type":"string","constraints":{"required":true,"unique":true,"pattern":"[A-Z]{2}-[0-9]{3}"}},
	{"name":"nom","title":"Nom de l’activité","type":"string","constraints":{"required":true,"minLength":3,"maxLength":40},"example":"Judo enfants"},
	{"name":"parent","title":"Activité dont elle dépend","type":"string"},
	{"name":"debut","type":"date","format":"%d/%m/%Y","constraints":{"required":true,"minimum":"01/01/2000"}},
	{"name":"fin","type":"date","format":"%d/%m/%Y"},
	{"name":"gratuit","type":"boolean","trueValues":["oui"],"falseValues":["non"],"constraints":{"required":true}},
	{"name":"prix","type":"number","decimalChar":",","constraints":{"minimum":0}},
	{"name":"telephone","type":"string","format":"phone"},
	{"name":"courriel","type":"string","format":"email"},
	{"name":"heure","type":"time"},{"name":"annee","type":"year"},{"name":"siret","type":"string","format":"siret"},
	{"name":"niveau","type":"string","categories":[{"value":"D","label":"débutant"},{"value":"C","label":"confirmé"}]}],
	"foreignKeys":[{"fields":"parent","reference":{"resource":"","fields":"code"}}],
	"custom_checks":[{"name":"date-order","params":{"start":"debut","end":"fin"}},{"name":"conditional-required","params":{"column":"prix","when":"gratuit","values":["non"]}},{"name":"at-least-one","params":{"columns":["telephone","courriel"]}}]}`

func TestAPersonWhoKnowsNothingOfSchemasTakesABadFileToAGoodOneFromThePageAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser is slow: not with -short")
	}
	h := furnished(t)
	if _, _, err := h.app.Schemas.Publish(identity.With(t.Context(), identity.System()), registry.NewVersion{Ref: registry.Ref{Owner: "academie-saint-aurele", Name: "activites"}, Document: []byte(clubs)}); err != nil {
		t.Fatal(err)
	}
	browser := webtest.Start(t)
	for name, c := range map[string]struct {
		schema, file string
		lines        int      // of the good file
		kept         []string // of it: what was right, or could only be mended so
	}{
		"sections-sportives": {"academie-saint-aurele/sections-sportives", `UAI;etablissement;sport;code_commune;ouverte_le;filles;garcons;total;heures;courriel;remarque
9730001N;Collège des Embruns;natation;97310;01/09/2025;12;14;26;4,5;section@demo.example;
9730002P;Lycée du Phare;Voile;97311;2025-13-01;10;8;18;3;voile@demo.example;vu
9730003R;Collège du Morne; annexe;Judo;97312;2024-09-01;5;7;12;2.5;judo@demo.example
9730004R;;Curling;9731;septembre;dix;4;14;25;section arobase demo;
9730001N;Collège des Embruns;Natation;97310;2025-09-01;12;14;30;4.5;section@demo.example;

9730006T;Lycée de la Savane;Handball;97330;2023-09-01;1 200;9;1209;3,5;;
UAI;etablissement;sport;code_commune;ouverte_le;filles;garcons;total;heures;courriel;remarque
973001V;Lycée Zéphyr;Athletisme;97331;1/9/1975;11;11;22;0;x@demo.example;
9730010Y;Collège Azur;Rugby;97332;2025-09-01;;9;9;2;;
9730011Z;Collège Bleu;Rugby;2025-09-01;4;9;13;2.5;;
9730012A;Collège Vert;Voile;97332;2025-09-01;4;9;13
`, 10, []string{"9730001N;Collège des Embruns;Natation;97310;2025-09-01;12;14;26;4.5;section@demo.example", "\"Collège du Morne; annexe\";Judo;97312;2024-09-01;5;7;12;2.5;judo@demo.example", "9730006U;Lycée de la Savane;Handball;97330;2023-09-01;1200;9;1209;3.5;"}},
		"activites": {"academie-saint-aurele/activites", `code;nom;parent;debut;fin;gratuit;prix;telephone;courriel;heure;annee;siret;couleur
AB-001;Judo;;2025-09-01;30/06/2026;OUI;;0199000000;;14h30;2025;110 043 015 00012;rouge
AB-2;Ju;;01/09/2025;30/06/2025;oui;12.5;0199000000;;9:00;25;11004301500013;bleu
AB-003;Yoga enfants;ZZ-999;01/09/2025;;non;;;;;2025;;bleu
AB-003;Tir à l’arc;AB-001;01/09/1925;30/06/2026;peut-être;-3;12;a@b;25:00;2025-2026;;vert
AB-004;Escrime;;01/09/2025;;oui;;0199000000;;;2025;;vert
`, 5, []string{"AB-001;Judo;;01/09/2025;30/06/2026;oui;;0199000000;;14:30:00;2025;11004301500012;"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := &newcomer{person: person{t, browser.Open(t, h.url+"/valider", webtest.Views()[0])}}
			n.opensFile(c.file)
			n.fills("schema", c.schema)
			n.sendsFile()
			const valid, continues = "Ce fichier est valable", "Continuer avec le fichier corrigé"
			for rounds := 1; ; rounds++ {
				page := reads[string](n.person, `document.querySelector('main').innerText`)
				if strings.Contains(page, valid) {
					t.Logf("valid after %d reports", rounds)
					break
				}
				if rounds > 8 {
					t.Fatalf("after %d reports the file is still not valid:\n%s", rounds, page)
				}
				if strings.Contains(page, continues) {
					if err := n.tab.Send(`[...document.querySelectorAll('main button')].find(b => b.innerText.includes(` + fmt.Sprintf("%q", continues) + `)).click()`); err != nil {
						t.Fatal(err)
					}
					continue
				}
				if strings.Contains(page, "Téléchargez le fichier corrigé") {
					n.opensFile(reads[string](n.person, `fetch([...document.querySelectorAll('main a')].find(a => a.innerText.includes('Téléchargez le fichier corrigé')).href).then(r => r.text())`))
				}
				n.mends()
				n.sendsFile()
			}
			if strings.Contains(reads[string](n.person, `document.querySelector('main').innerText`), "Télécharger le fichier corrigé") {
				n.opensFile(reads[string](n.person, `fetch([...document.querySelectorAll('main a')].find(a => a.innerText.includes('Télécharger le fichier corrigé')).href).then(r => r.text())`))
			}
			var good strings.Builder
			writer := csv.NewWriter(&good)
			writer.Comma = ';'
			if err := writer.WriteAll(n.file); err != nil {
				t.Fatal(err)
			}
			if len(n.file) != c.lines {
				t.Errorf("the good file has %d lines, want %d:\n%s", len(n.file), c.lines, good.String())
			}
			for _, line := range c.kept {
				if !strings.Contains(good.String(), line) {
					t.Errorf("the good file does not hold %q:\n%s", line, good.String())
				}
			}
			for _, problem := range n.tab.Problems() {
				t.Error(problem)
			}
		})
	}
}
