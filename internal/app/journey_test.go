package app

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"socle/internal/demo"
	"socle/internal/web/webtest"
)

// person is somebody in front of a browser.
type person struct {
	t   *testing.T
	tab *webtest.Tab
}

// look evaluates a script on the page, again and again until it says yes.
func (p person) look(what, script string) {
	p.t.Helper()
	var last error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		yes, err := chromedp.Run(p.tab.Ctx, chromedp.Evaluate[bool](script))
		if yes {
			return
		}
		last = err // between two pages there is nothing to look at
	}
	text, _ := chromedp.Run(p.tab.Ctx, chromedp.Evaluate[string](`location.href + '\n' + document.querySelector('main').innerText`))
	p.t.Fatalf("nobody sees %s (%v) on the page:\n%s", what, last, text)
}

// sees waits for a text on the page.
func (p person) sees(text string) {
	p.t.Helper()
	p.look("“"+text+"”", fmt.Sprintf(`document.readyState === 'complete' && document.body.innerText.replaceAll('\u00a0', ' ').includes(%q)`, text))
}

// clicks clicks on the visible button, link or fold whose words begin so, in the page before the menu.
func (p person) clicks(text string) {
	p.t.Helper()
	p.look("a way to “"+text+"”", fmt.Sprintf(`(() => {
		const found = ['main button', 'main a', 'main summary', 'nav a'].flatMap(s => [...document.querySelectorAll(s)]).find(e => e.checkVisibility() && e.innerText.trim().startsWith(%q));
		found?.click(); return Boolean(found) })()`, text))
}

// fills writes in a field, or chooses in a list.
func (p person) fills(name, value string) {
	p.t.Helper()
	p.look("the field "+name, fmt.Sprintf(`(() => { const field = document.querySelector('main [name="%s"]'); if (!field) return false;
		field.value = %q; field.dispatchEvent(new Event('change', {bubbles: true})); return field.value === %q })()`, name, value, value))
}

// types writes with the keyboard in the field of that name, and presses Enter.
func (p person) types(name, value string) {
	p.t.Helper()
	err := chromedp.Do(p.tab.Ctx, chromedp.SendKeys(chromedp.CSS(`main [name="`+name+`"]`), value+kb.Enter))
	if err != nil {
		p.t.Fatal(err)
	}
}

// sends chooses a file on the page of publication.
func (p person) sends(name, content string) {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.look("a place for a file", `Boolean(document.querySelector('main input[type=file]'))`)
	if err := chromedp.Do(p.tab.Ctx, chromedp.SetUploadFiles(chromedp.CSS("main input[type=file]"), []string{path})); err != nil {
		p.t.Fatal(err)
	}
	p.clicks("Envoyer et vérifier")
}

// reads returns what a script makes of the page.
func reads[T any](p person, script string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.tab.Ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	return value
}

// inspections writes the file of the journey: codes with leading zeros, dates in the French order, two cells that do
// not fit.
func inspections(rows int) string {
	var b strings.Builder
	b.WriteString("Code;Salle;Contrôlée le;Places;Étage\n")
	for i := range rows {
		date, places := fmt.Sprintf("%02d/%02d/2025", i%28+1, i%12+1), fmt.Sprint(20+i%50)
		switch i {
		case 3:
			date = "bientôt"
		case 7:
			places = "beaucoup"
		}
		fmt.Fprintf(&b, "%05d;%s %d;%s;%s;%d\n", i, []string{"Gymnase", "Salle", "Piscine"}[i%3], i, date, places, i%4)
	}
	return b.String()
}

func TestSomebodyPublishesAFileFindsItTakesItAwayAndPublishesAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser is slow: not with -short")
	}
	h := furnished(t)
	p := person{t, webtest.Start(t).Open(t, h.url+"/connexion?suite=/publier", webtest.Views()[0])}
	account := demo.Accounts()[slices.IndexFunc(demo.Accounts(), func(a demo.Account) bool { return a.Email == publisher })]
	p.fills("email", account.Email)
	p.types("password", account.Password)

	// A file, its types corrected, a publication.
	p.sends("Contrôles des salles.csv", inspections(300))
	p.sees("Vérifier avant de publier")
	for name, want := range map[string]string{"code": "text", "controlee_le": "date", "places": "integer", "etage": "integer"} {
		if got := reads[string](p, `document.querySelector('[name="type:`+name+`"]').value`); got != want {
			t.Errorf("the type of %s is %q, want %q", name, got, want)
		}
	}
	p.fills("titre", "Contrôles des gymnases et des piscines")
	p.fills("type:etage", "text")
	p.clicks("Continuer")
	p.sees("La version 1 est publiée")

	// Found with a mistake, filtered, taken away, asked of the API.
	p.clicks("Jeux de données")
	p.sees("Catalogue")
	p.types("q", "controle des gimnases")
	p.clicks("Contrôles des gymnases et des piscines")
	p.sees("L’essentiel")
	p.sees("2 valeurs de forme inattendue")
	p.clicks("Filtrer")
	p.fills("champ", "salle")
	p.fills("valeur", "Gymnase")
	p.clicks("Ajouter ce filtre")
	p.sees("1 à 50 sur 100 lignes")
	shown := reads[[]string](p, `[...document.querySelectorAll('#lignes tbody tr')].map(row => row.cells[0].innerText.trim())`)
	if len(shown) != 50 || shown[0] != "00000" || shown[1] != "00003" {
		t.Errorf("the table shows %d rows: %q…", len(shown), shown[:min(3, len(shown))])
	}
	h.compareDownload(t, reads[string](p, `[...document.querySelectorAll('main a[href*="/exports/csv"]')][0].href`), shown)
	code := reads[string](p, `[...document.querySelectorAll('main pre code')].map(c => c.textContent).find(c => c.includes('fetch('))`)
	text := reads[string](p, `(async () => { `+code+"\n"+`return JSON.stringify(rows.map(row => row.code)) })()`)
	var called []string
	if err := json.Unmarshal([]byte(text), &called); err != nil || !slices.Equal(called, shown) {
		t.Errorf("the call shown gives %v (%v), the page shows %v", called, err, shown)
	}

	// Again, with much less: held, explained, published; the history tells it.
	p.clicks("Publier une version")
	p.sends("controles.csv", inspections(40))
	p.clicks("Continuer")
	p.sees("Cette version ferait perdre beaucoup de données")
	p.fills("perte", "Seules les salles ouvertes restent.")
	p.clicks("Publier")
	p.sees("La version 2 est publiée")
	p.clicks("Voir le jeu de données")
	p.sees("Seules les salles ouvertes restent.")
	p.clicks("Versions")
	p.sees("Perte confirmée")
	p.clicks("Écarts")
	p.sees("260\nlignes retirées")
	for _, problem := range p.tab.Problems() {
		t.Error(problem)
	}
}

// compareDownload takes a CSV away and compares its first column with what a page of the table shows.
func (h *house) compareDownload(t *testing.T, address string, shown []string) {
	t.Helper()
	answer, err := h.clients[publisher].Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", address, answer.StatusCode, err)
	}
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff")))
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	if err != nil || len(rows) != 101 {
		t.Fatalf("the file has %d lines (%v), want 101", len(rows), err)
	}
	for i, code := range shown {
		if rows[i+1][0] != code {
			t.Errorf("line %d of the file is about %q, row %d of the page about %q", i+2, rows[i+1][0], i+1, code)
		}
	}
	if want := []string{"00000", "Gymnase 0", "2025-01-01", "20", "0"}; !slices.Equal(rows[1], want) {
		t.Errorf("the first row of the file is %q, want %q", rows[1], want)
	}
}
