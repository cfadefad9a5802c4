package webtest

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// Gallery returns a site that shows every component, at /galerie.
func Gallery() *web.Site {
	site := web.New(web.Options{
		Name: i18n.T("Données du Val fictif", "Data of the Invented Valley"), ThemeSwitch: true,
		Tagline:     i18n.T("Éducation, jeunesse et sports", "Education, youth and sport"),
		Operator:    i18n.T("Région académique fictive", "Invented academic region"),
		Notice:      i18n.T("Données fictives : tout ce que montre ce site est inventé.", "Invented data: nothing on this site is real."),
		People:      nobody{},
		SignInHint:  i18n.T("Compte de démonstration : ada@exemple.fr", "Demonstration account: ada@exemple.fr"),
		OpenAPI:     func() ([]byte, error) { return []byte(document), nil },
		FooterLinks: []web.FooterLink{{Label: i18n.T("Accessibilité", "Accessibility"), URL: "/accessibilite"}},
		Menu: []web.MenuItem{
			{Key: "donnees", Label: i18n.T("Jeux de données", "Datasets"), URL: "/galerie", Permission: access.Public},
			{Key: "organisations", Label: i18n.T("Organisations", "Organisations"), URL: "/organisations", Permission: access.Public},
			{Key: "api", Label: i18n.T("API", "API"), URL: "/api", Permission: access.Public},
		},
	})
	site.Handle(web.Routes{
		{Pattern: "GET /galerie", Permission: access.Public, Handler: func(w http.ResponseWriter, r *http.Request) error {
			return web.Render(w, r, http.StatusOK, gallery())
		}},
		{Pattern: "GET /galerie/points.geojson", Permission: access.Public, Handler: func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "application/geo+json")
			_, err := io.WriteString(w, points)
			return err
		}},
	})
	return site
}

// nobody lets nobody in: the gallery has no accounts.
type nobody struct{}

var errNobody = fault.New(fault.Unauthenticated, "nobody", i18n.T("Adresse ou mot de passe inconnu.", "Unknown address or password."))

func (nobody) SessionPrincipal(context.Context, string) (identity.Principal, error) {
	return identity.Principal{}, errNobody
}

func (nobody) TokenPrincipal(context.Context, string) (identity.Principal, error) {
	return identity.Principal{}, errNobody
}

func (nobody) SignIn(context.Context, string, string, string) (string, identity.Session, error) {
	return "", identity.Session{}, errNobody
}

func (nobody) SignOut(context.Context, string) error { return nil }

const document = `{"openapi":"3.1.0","info":{"title":"API Socle","version":"1.0"},"servers":[{"url":"/api/v1"}],"paths":{
"/datasets":{"get":{"operationId":"list-datasets","summary":"List datasets","parameters":[{"name":"limit","in":"query","schema":{"type":"integer"},"description":"How many"}],"responses":{"200":{"description":"OK"}}},
"post":{"operationId":"create-dataset","summary":"Create a dataset","security":[{"token":[]}],"responses":{"201":{"description":"Created"}}}}}}`

const points = `{"type":"FeatureCollection","features":[
{"type":"Feature","geometry":{"type":"Point","coordinates":[2.1,46.2]},"properties":{"nom":"Collège des Tilleuls","eleves":612}},
{"type":"Feature","geometry":{"type":"Point","coordinates":[2.3,46.4]},"properties":{"nom":"Lycée Sophie-Germain","eleves":1204}},
{"type":"Feature","geometry":{"type":"Point","coordinates":[2.9,46.1]},"properties":{"nom":"École de la Fontaine","eleves":null}}]}`

func wideColumns() []ui.Column {
	columns := make([]ui.Column, 18)
	for i := range columns {
		columns[i] = ui.Column{Label: "colonne_" + strconv.Itoa(i+1), Numeric: i%3 == 2, SortURL: "#c" + strconv.Itoa(i)}
	}
	return columns
}

func wideCells() []ui.Cell {
	cells := make([]ui.Cell, 18)
	for i := range cells {
		cells[i] = ui.Cell{Text: "valeur " + strconv.Itoa(i+1), Numeric: i%3 == 2}
	}
	return cells
}
