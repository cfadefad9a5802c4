package catalog_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/network"

	"socle/internal/asset"
	"socle/internal/schema"
	"socle/internal/web/webtest"
)

func TestPagesAreAccessibleInEachThemeLightAndDarkOnPhoneAndDesktop(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser is slow: not with -short")
	}
	p := open(t)
	p.furnish()
	browser := webtest.Start(t)
	for _, page := range []struct{ name, who, path string }{
		{"home", "anonymous", "/"},
		{"catalogue", "anonymous", "/jeux?theme=" + url.QueryEscape("Établissements")},
		{"nothing", "anonymous", "/jeux?q=introuvablissime"},
		{"dataset", "steward", "/jeux/effectifs-colleges"},
		{"dictionary", "anonymous", "/jeux/effectifs-colleges/dictionnaire"},
		{"downloads", "anonymous", "/jeux/effectifs-colleges/telechargements"},
		{"organisation", "administrator", "/organisations/rectorat"},
		{"describe", "steward", "/jeux/effectifs-colleges/modifier"},
		{"columns", "steward", "/jeux/effectifs-colleges/modifier/dictionnaire"},
		{"access", "steward", "/jeux/suivi-eleves/acces"},
		{"members", "administrator", "/organisations/rectorat/modifier"},
		{"users", "platform", "/administration/utilisateurs"},
		{"record", "platform", "/administration/journal?verifier=oui"},
		{"help", "anonymous", "/aide"},
	} {
		t.Run(page.name, func(t *testing.T) { browser.Check(t, p.url+page.path, p.cookies(page.who)...) })
	}
}

// cookies are those of somebody's session, for a browser.
func (p *portal) cookies(who string) []*network.CookieParam {
	address := must(url.Parse(p.url))(p.t)
	var list []*network.CookieParam
	for _, c := range p.clients[who].Jar.Cookies(address) {
		list = append(list, &network.CookieParam{Name: c.Name, Value: c.Value, URL: p.url, HTTPOnly: true})
	}
	return list
}

// furnish adds datasets, so that lists look like those of a real portal.
func (p *portal) furnish() {
	themes := []string{"Établissements", "Élèves", "Résultats", "Sport", "Calendrier", "Personnels"}
	for i := range 26 {
		theme := themes[i%len(themes)]
		d := p.dataset(fmt.Sprintf("jeu-%02d", i), asset.Open, asset.Dataset{Title: fmt.Sprintf("%s : relevé n° %d de la région d’Armeline", theme, i),
			Description: "Un relevé inventé, pour voir à quoi ressemble une liste. Une ligne par objet relevé, avec sa commune, sa date et ses mesures.",
			Themes:      []string{theme}, Keywords: []string{"relevé", fmt.Sprintf("série %d", i%9)}, Frequency: "annual", CoverageStart: "2021", CoverageEnd: "2025"})
		p.publish(d, "a\n", schema.Schema{Fields: []schema.Field{{Name: "a", Label: "A", Type: schema.Integer}}}, int64(37*i*i+12))
	}
}
