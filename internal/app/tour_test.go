package app

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"socle/internal/web/webtest"
)

// visit is a page to look at, as somebody.
type visit struct {
	who, path string
	act       func(*webtest.Tab) error // what is done there first; may be nil
	scripted  []string                 // lines that only scripts write
}

// visits are every page of the site, in the states that it can have.
func (h *house) visits() []visit {
	const directory, canteens, sections = "/jeux/annuaire-etablissements", "/jeux/restauration-scolaire", "/schemas/academie-saint-aurele/sections-sportives"
	misfits := h.deposit(publisher, "", "Relevé des salles.csv", misfitCSV)
	held := h.deposit(publisher, "effectifs-premier-degre", "effectifs.csv", lossCSV)
	h.submit(publisher, held, "Pourquoi cette perte est voulue", url.Values{})
	published := h.deposit(publisher, "", "Clubs de l’académie.csv", "club;adhérents\nAlpha;12\nBêta;25\n")
	h.submit(publisher, published, "est publiée", url.Values{"titre": {"Clubs de l’académie"}, "org": {"academie-saint-aurele"}, "niveau": {"internal"}, "destination": {"nouveau"}})
	if err := h.app.Score.ComputeAll(h.t.Context(), func(int, int) {}); err != nil {
		h.t.Fatal(err)
	}
	const sectionsName = "academie-saint-aurele/sections-sportives"
	faulty, right := h.check(visitor, sectionsName, "sections.csv", faultyCSV), h.check(visitor, sectionsName+"@1.0.0", "sections.csv", rightCSV)
	mended := h.post(visitor, faulty+"/suite", url.Values{})
	agenda := h.check(visitor, "", "zone-b.ics", agendaICS)
	continued := h.post(visitor, h.check(visitor, sectionsName+"@1.0.0", "à peine.csv", strings.Replace(rightCSV, "2025-09-01", "01/09/2025", 1))+"/suite", url.Values{})
	workshop := h.post(steward, sections+"/brouillon", url.Values{})
	h.post(contributor, canteens+"/remarques", url.Values{"champ": {"uai"}, "de": {"3"}, "texte": {"Cet établissement est fermé depuis la rentrée."}})
	copied, dropped := []string{"Copier"}, []string{"ou déposez le fichier ici"}
	return []visit{
		{path: "/"}, {path: "/jeux"}, {path: "/jeux?q=colege+annuere"}, {path: "/jeux?q=introuvablissime"}, {path: "/jeux.atom"}, {path: "/datasets"},
		{path: directory, scripted: copied},
		{path: directory + "?q=lyc%C3%A9e&lignes=10&tri=-effectif&filtre=commune:contient:Saint", scripted: copied},
		{path: directory + "?where=effectif+%3E%3E+3"},
		{path: directory + "/dictionnaire"}, {path: directory + "/colonnes"},
		{path: directory + "/qualite", scripted: copied}, {path: canteens + "/qualite", scripted: copied}, {path: directory + "/qualite.svg"}, {path: directory + "/qualite.json"}, {path: directory + "/qualite.jsonld"},
		{path: "/qualite"}, {path: "/qualite/criteres"},
		{path: directory + "/dictionnaire/document"}, {path: directory + "/dictionnaire/historique"}, {path: directory + "/dictionnaire/fichier/xlsx"},
		{path: canteens + "/remarques"}, {who: contributor, path: canteens + "/remarques?champ=uai"}, {who: steward, path: canteens + "/remarques"}, {who: steward, path: "/compte/travail"},
		{who: steward, path: canteens + "/modifier/dictionnaire?propositions=oui"}, {who: steward, path: canteens + "/modifier/dictionnaire/fichier", scripted: dropped},
		{path: directory + "/carte"}, {path: directory + "/telechargements"}, {path: directory + "/api", scripted: copied}, {path: directory + "/versions"},
		{path: canteens, scripted: copied},
		{path: canteens + "/versions/2"}, {path: canteens + "/versions/2/ecarts"},
		{path: directory + "/versions/1/quarantaine"}, {path: directory + "/versions/1/quarantaine.csv"}, {path: directory + "/versions/1/original"},
		{path: "/jeux/sections-sportives-2025", scripted: copied}, {path: "/jeux/sections-sportives-2025/versions/1"}, {path: "/jeux/sections-sportives-2024/versions/1/quarantaine"}, {path: "/jeux/sections-sportives-2024/versions/1/lignes-de-cote.csv"},
		{who: steward, path: "/jeux/sections-sportives-2024/versions/1/quarantaine", scripted: dropped}, {path: "/jeux/sections-sportives-2024/qualite", scripted: copied},
		{who: steward, path: "/jeux/sections-sportives-2025/regles"}, {who: steward, path: canteens + "/regles", act: press(map[string]string{"policy": "block"}, "enregistrer")},
		{path: "/schemas"}, {path: "/schemas?q=introuvablissime"}, {path: "/schemas/schemas.json"}, {path: "/schemas/schemas.atom"},
		{path: sections, scripted: copied}, {path: sections + "/1.0.0", scripted: copied}, {path: sections + "/flux.atom"}, {path: sections + "/latest/schema.json"},
		{path: "/valider?schema=" + sectionsName, scripted: dropped}, {path: "/valider", act: fill(map[string]string{"adresse": "http://127.0.0.1/secret.csv"}), scripted: dropped},
		{path: faulty, scripted: dropped}, {path: faulty + "?tri=nombre&exemples=tous", scripted: dropped}, {path: continued}, {path: mended, scripted: dropped}, {path: faulty + "/fautes.csv"}, {path: faulty + "/corrige.csv"}, {path: right}, {path: agenda, scripted: dropped}, {path: "/valider/inconnue"},
		{path: "/organisations"}, {path: "/organisations/academie-saint-aurele"},
		{path: "/sql", scripted: copied}, {path: "/sql?vue=graphique&sql=" + url.QueryEscape(crossing), scripted: copied}, {path: "/sql?sql=SELECT+*+FROM+introuvable"},
		{path: "/pivots"}, {path: "/pivots/uai"}, {path: "/pivots/introuvable"}, {path: "/pivots/uai/couverture?a=annuaire-etablissements&b=effectifs-second-degre", scripted: copied},
		{path: canteens + "/contrat"}, {path: canteens + "/contrat.yaml"}, {who: steward, path: canteens + "/contrat"}, {who: steward, path: canteens + "/contrat/modifier", scripted: dropped},
		{who: steward, path: canteens + "/contrat/modifier", act: fill(map[string]string{"document": "apiVersion: v2"}), scripted: dropped}, {path: directory + "/contrat"},
		{who: steward, path: "/pivots/propositions"}, {who: platform, path: "/pivots/propositions"}, {who: platform, path: "/pivots"},
		{path: "/connexion"}, {path: "/connexion", act: fill(map[string]string{"email": "personne@demo.example", "password": "mauvais"})},
		{path: "/connexion/oubli"}, {path: h.passwordLink()},
		{path: "/aide"}, {path: "/aide/api", scripted: copied}, {path: "/documentation/api", scripted: copied}, {path: "/accessibilite"}, {path: "/mentions-legales"},
		{path: "/sitemap.xml"}, {path: "/robots.txt"}, {path: "/.well-known/security.txt"},
		{path: "/nulle-part"}, {path: "/jeux/nulle-part"}, {path: "/deconnexion"}, {path: "/essai/panne", act: func(*webtest.Tab) error { return nil }}, {path: "/essai/lourd"}, {who: publisher, path: "/administration"},

		{who: publisher, path: "/publier", scripted: dropped}, {who: publisher, path: "/publier?jeu=effectifs-premier-degre", scripted: dropped},
		{who: publisher, path: "/publier", act: fill(map[string]string{"adresse": "http://127.0.0.1/secret.csv"})},
		{who: publisher, path: misfits}, {who: publisher, path: held}, {who: publisher, path: published},
		{who: publisher, path: "/jeux/clubs-de-l-academie", scripted: copied},
		{who: publisher, path: "/compte"}, {who: publisher, path: "/compte", act: fill(map[string]string{"name": "export mensuel"})},
		{who: contributor, path: "/compte/brouillons"},

		{who: steward, path: canteens, scripted: copied}, {who: steward, path: canteens + "/modifier"}, {who: steward, path: canteens + "/modifier/dictionnaire"},
		{who: steward, path: canteens + "/acces"}, {who: steward, path: "/jeux/lutte-contre-le-decrochage/acces"}, {who: steward, path: canteens + "/versions/1/suppression"},

		{who: steward, path: "/schemas"}, {who: steward, path: sections, scripted: copied}, {who: steward, path: "/schemas/nouveau", scripted: dropped},
		{who: steward, path: "/schemas/nouveau", act: fill(map[string]string{"adresse": "http://127.0.0.1/schema.json"}), scripted: dropped},
		{who: steward, path: workshop}, {who: steward, path: workshop, act: press(map[string]string{"nom": "Un nom impossible"}, "publier")}, {who: steward, path: workshop + "/apercu"},
		{who: steward, path: workshop + "/document"}, {who: steward, path: workshop + "/document", act: fill(map[string]string{"document": `{"fields":[{"type":1},{"name":2}]}`})},
		{who: steward, path: workshop + "/champs/0"}, {who: steward, path: workshop + "/champs/nouveau"}, {who: steward, path: workshop + "/regles"},
		{who: steward, path: workshop + "/cles"}, {who: steward, path: workshop + "/cles?vers=."}, {who: steward, path: workshop + "/cles?vers=academie-saint-aurele/annuaire-etablissements"},
		{who: steward, path: workshop + "/champs/0", act: press(map[string]string{"motif": "(?=a)b", "minimum": "hier"}, "enregistrer")},

		{who: platform, path: "/organisations/academie-saint-aurele/modifier"}, {who: platform, path: "/administration"},
		{who: platform, path: "/administration/utilisateurs"}, {who: platform, path: "/administration/utilisateurs/" + h.userID(publisher)},
		{who: platform, path: "/administration/organisations"}, {who: platform, path: "/administration/journal?verifier=oui"}, {who: platform, path: "/administration/taches"},
	}
}

// crossing reads two datasets of the demonstration together.
const crossing = `SELECT etat, count(*) AS n FROM "annuaire-etablissements" JOIN "restauration-scolaire" USING (uai) GROUP BY etat`

// misfitCSV has dates in the French order, codes with leading zeros, and cells that do not fit.
const misfitCSV = `Code;Salle;Contrôlée le;Places;Surface
0010;Gymnase A;03/09/2025;120;410,5
0011;Gymnase B;15/10/2025;80;220,25
0012;Salle C;bientôt;45;98
0013;Salle D;02/11/2025;beaucoup;64,5
`

// rightCSV satisfies the schema of the demonstration; faultyCSV does not, in many ways.
const (
	rightCSV  = "uai;etablissement;sport;code_commune;ouverte_le;filles;garcons;total;heures\n9730001N;Collège des Embruns;Natation;97310;2025-09-01;12;14;26;4.5\n"
	faultyCSV = `UAI;etablissement;sport;code_commune;ouverte_le;filles;garcons;total;heures;courriel
973 0001n;Collège des Embruns;natation;97310;01/09/2025;12;14;26;4,5;section@demo.example
9730001N;Collège des Embruns;Natation;97310;2025-09-01;12;14;30;4.5;section arobase demo

9730002X;;Curling;9731;septembre;dix;4;14;25;
`
)

// agendaICS is an agenda that others refuse: a zone with two names, a day written as an instant.
const agendaICS = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Demo//FR\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\nBEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n" +
	"TZNAME:CET\r\nTZNAME:MET\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:toussaint@demo.example\r\nDTSTAMP:20250901T080000Z\r\nSUMMARY:Vacances de la Toussaint\r\nDTSTART:20251017T220000Z\r\nDTEND:20251102T230000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// lossCSV keeps little of what the dataset holds.
const lossCSV = "rentree;uai;nom\n2025;9730001A;École inventée\n"

// fill fills in the form that holds the named fields, sends it and waits for the page that answers.
func fill(values map[string]string) func(*webtest.Tab) error { return press(values, "") }

// press is fill with the button of an action, "" for the first one.
func press(values map[string]string, action string) func(*webtest.Tab) error {
	return func(tab *webtest.Tab) error {
		for name, value := range values {
			script := fmt.Sprintf(`(() => { const field = document.querySelector('main [name="%s"]'); field.value = %q; window.sending = field.form })()`, name, value)
			if _, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[any](script)); err != nil {
				return err
			}
		}
		return tab.Send(fmt.Sprintf(`sending.requestSubmit(sending.querySelector('[name="action"][value=%q]'))`, action))
	}
}

func (h *house) userID(email string) string {
	user, err := h.app.People.UserByEmail(h.t.Context(), email)
	if err != nil {
		h.t.Fatal(err)
	}
	return user.ID
}

var linkIn = regexp.MustCompile(`/mot-de-passe/[A-Za-z0-9_-]+`)

// passwordLink asks for a link and reads it in the mail that comes.
func (h *house) passwordLink() string {
	h.post(visitor, "/connexion/oubli", url.Values{"courriel": {contributor}})
	for range 100 {
		files, _ := filepath.Glob(filepath.Join(h.app.Config.DataDir, "mail", "*"))
		for _, name := range files {
			if text, err := os.ReadFile(name); err == nil {
				if link := linkIn.FindString(strings.ReplaceAll(string(text), "=\r\n", "")); link != "" {
					return link
				}
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	h.t.Fatal("no mail came")
	return ""
}

func TestEveryPageIsVisitedAndIsAccessibleCalmAndReadable(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser is slow: not with -short")
	}
	h := furnished(t)
	visits := h.visits()
	h.mustCover(t, visits)
	browser := webtest.Start(t)
	for _, v := range visits {
		name := strings.Trim(v.who[:max(0, strings.Index(v.who, "@"))]+v.path, "/")
		if v.act != nil {
			name += " sent"
		}
		if !h.isPage(t, v) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			browser.Look(t, webtest.Page{URL: h.url + v.path, Cookies: h.cookies(v.who), Act: v.act, Scripted: v.scripted})
		})
	}
}

// isPage reports whether what a visit meets is a page rather than a file or a way to another page, and fails the
// test for a file that does not come.
func (h *house) isPage(t *testing.T, v visit) bool {
	status, media, text := h.get(v.who, v.path)
	if status >= 300 && status < 400 {
		return false
	}
	if !strings.HasPrefix(media, "text/html") {
		if status != http.StatusOK || text == "" {
			t.Errorf("%s: %d, %d bytes of %s", v.path, status, len(text), media)
		}
		return false
	}
	return true
}

// mustCover fails the test for a route that nobody visits.
func (h *house) mustCover(t *testing.T, visits []visit) {
	t.Helper()
	routes := http.NewServeMux()
	missing := map[string]bool{}
	for _, r := range h.app.Pages() {
		if pattern := strings.Join(strings.Fields(r.Pattern), " "); strings.HasPrefix(pattern, "GET ") {
			routes.HandleFunc(pattern, http.NotFound)
			missing[pattern] = true
		}
	}
	for _, v := range visits {
		_, pattern := routes.Handler(httptest.NewRequestWithContext(context.Background(), http.MethodGet, v.path, nil))
		delete(missing, pattern)
	}
	for pattern := range missing {
		t.Errorf("nobody visits %q: add it to the visits of this test", pattern)
	}
}
