package explore

import (
	"net/url"
	"testing"

	"socle/internal/web/webtest"
)

func TestTheConsoleIsAccessibleInEachThemeLightAndDarkOnPhoneAndDesktop(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser is slow: not with -short")
	}
	h := portal(t)
	h.results()
	browser := webtest.Start(t)
	const text = "SELECT academie, secteur, count(*) AS etablissements, round(avg(ips), 1) AS ips_moyen, sum(effectif) AS eleves\nFROM etablissements\nGROUP BY academie, secteur\nORDER BY eleves DESC"
	for name, values := range map[string]url.Values{
		"empty": {},
		"table": {"sql": {text}},
		"chart": {"sql": {text}, "vue": {"graphique"}},
		"line":  {"sql": {"SELECT session, taux FROM \"resultats-examens\" WHERE uai = '0750000X'"}, "vue": {"graphique"}},
	} {
		t.Run(name, func(t *testing.T) { browser.Check(t, h.server.URL+PathConsole+"?"+values.Encode()) })
	}
	t.Run("error", func(t *testing.T) {
		browser.Check(t, h.server.URL+PathConsole+"?sql="+url.QueryEscape("SELECT academi\nFROM etablissements"))
	})
}
