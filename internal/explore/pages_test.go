package explore

import (
	"bytes"
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/identity"
)

// page draws a tab of a dataset for somebody who asks an address.
func (h *house) page(who identity.Principal, id, address string, tab func(*http.Request, asset.Dataset) (templ.Component, error)) string {
	h.t.Helper()
	d, err := h.assets.Get(h.admin, id)
	h.must(err)
	r := httptest.NewRequest(http.MethodGet, address, nil)
	r = r.WithContext(i18n.With(identity.With(h.t.Context(), who), i18n.FR))
	component, err := tab(r, d)
	h.must(err)
	if component == nil {
		return ""
	}
	var b bytes.Buffer
	h.must(component.Render(context.WithoutCancel(r.Context()), &b))
	return b.String()
}

var nobody = identity.Principal{Kind: identity.Anonymous}

// linkTo returns the address of the first link whose text contains a word.
func linkTo(page, word string) string {
	for _, match := range regexp.MustCompile(`(?s)<a[^>]* href="([^"]*)"[^>]*>(.*?)</a>`).FindAllStringSubmatch(page, -1) {
		if strings.Contains(match[2], word) {
			return html.UnescapeString(match[1])
		}
	}
	return ""
}

func TestTheTableIsGoneThroughPageByPageAndBack(t *testing.T) {
	h := portal(t)
	address, seen := "/jeux/etablissements?lignes=100&tri=-effectif", map[string]bool{}
	uai := regexp.MustCompile(`>\s*(\d{7}X)\s*<`)
	var pages []string
	for range 4 {
		page := h.page(nobody, "etablissements", address, h.service.Table)
		for _, match := range uai.FindAllStringSubmatch(page, -1) {
			if seen[match[1]] {
				t.Fatalf("%s is on two pages", match[1])
			}
			seen[match[1]] = true
		}
		pages = append(pages, page)
		if address = linkTo(page, "Suivante"); address == "" {
			break
		}
	}
	if len(pages) != 3 || len(seen) != 300 {
		t.Fatalf("%d pages, %d rows", len(pages), len(seen))
	}
	if !strings.Contains(pages[1], "101 à 200 sur 300 lignes") {
		t.Error("the second page does not say where it is")
	}
	back := h.page(nobody, "etablissements", linkTo(pages[2], "Précédente"), h.service.Table)
	if uai.FindString(back) != uai.FindString(pages[1]) {
		t.Error("going back does not lead to the page before")
	}
}

func TestTheTableIsFilteredByItsAddress(t *testing.T) {
	h := portal(t)
	for address, want := range map[string]string{
		"?filtre=secteur:egal:Public":                            "1 à 50 sur 150 lignes",
		"?champ=effectif&op=max&valeur=16":                       "sur 3 lignes",
		"?q=hugo+299":                                            "sur 1 lignes",
		"?where=code+is+null&filtre=academie:contient:paris":     "sur 20 lignes",
		"?filtre=rentree:min:01/09/2021":                         "sur 60 lignes",
		"?filtre=ouvert:egal:oui":                                "sur 150 lignes",
		"?filtre=code:vide:":                                     "sur 60 lignes",
		"?filtre=nom:egal:rien":                                  "Aucune ligne ne correspond",
		"?where=effectif+%3E":                                    "n’a pas pu être comprise",
		"?where=absent+%3D+1":                                    "n’a pas pu être comprise",
		"?apres=abc":                                             "n’a pas pu être comprise",
		"?filtre=absent:egal:1&tri=absent&lignes=7&page=3":       "sur 300 lignes",
		"?colonnes=nom&colonnes=effectif":                        "2 colonnes sur 12",
		"?filtre=nom:contient:%3Cscript%3Ealert(1)%3C/script%3E": "Aucune ligne ne correspond",
	} {
		page := h.page(nobody, "etablissements", "/jeux/etablissements"+address, h.service.Table)
		if !strings.Contains(page, want) {
			t.Errorf("%s: the page does not say %q", address, want)
		}
		if strings.Contains(page, "<script>alert") {
			t.Errorf("%s: what was typed became markup", address)
		}
	}
}

func TestTheCallsOfTheTableGiveItsRows(t *testing.T) {
	h := portal(t)
	page := h.page(nobody, "etablissements", "/jeux/etablissements?lignes=20&tri=-effectif&filtre=secteur:egal:Public&q=hugo", h.service.Table)
	code := html.UnescapeString(regexp.MustCompile(`(?s)<code[^>]*>(curl.*?)</code>`).FindStringSubmatch(page)[1])
	params := []string{}
	for _, match := range regexp.MustCompile(`--data-urlencode '(\w+)=(.*?)'(?: \\|$)`).FindAllStringSubmatch(strings.ReplaceAll(code, "\n", ""), -1) {
		params = append(params, match[1], match[2])
	}
	answer := h.json("/catalog/datasets/etablissements/records", params...)
	rows := answer["results"].([]any)
	if answer["total_count"] != 150.0 || len(rows) != 20 {
		t.Fatalf("%v: %v rows of %v", params, len(rows), answer["total_count"])
	}
	if first := rows[0].(map[string]any)["uai"].(string); !strings.Contains(page, first) {
		t.Errorf("the first row of the call, %s, is not on screen", first)
	}
	for _, language := range []string{"import requests", "library(httr2)", "await fetch"} {
		if !strings.Contains(page, language) {
			t.Errorf("no call with %q", language)
		}
	}
}

func TestStatisticsTellAboutEachColumn(t *testing.T) {
	h := portal(t)
	page := h.page(nobody, "etablissements", "/jeux/etablissements/colonnes", h.service.Statistics)
	for _, want := range []string{"Code UAI", "Valeurs différentes", "60 (20\u00a0%)", "<svg", "Répartition de", "Valeurs les plus fréquentes", "Val-d’Ombre"} {
		if !strings.Contains(page, want) {
			t.Errorf("the statistics do not say %q", want)
		}
	}
}

func TestTheMapHasPointsAndAListInWords(t *testing.T) {
	h := portal(t)
	page := h.page(nobody, "etablissements", "/jeux/etablissements/carte?filtre=secteur:egal:Public", h.service.Map)
	source := html.UnescapeString(regexp.MustCompile(`data-map="([^"]*)"`).FindStringSubmatch(page)[1])
	answer, body := h.get(source)
	if answer.StatusCode != 200 || strings.Count(body, `"Feature"`) != 150 {
		t.Errorf("%s: status %d, %d points", source, answer.StatusCode, strings.Count(body, `"Feature"`))
	}
	if !strings.Contains(page, "150\u00a0lieux") || !strings.Contains(page, "Les premiers lieux, en liste") || !strings.Contains(page, "48.00000") {
		t.Error("the map says too little in words")
	}
	if h.page(nobody, "calendrier", "/jeux/calendrier/carte", h.service.Map) != "" {
		t.Error("a dataset without place has no map")
	}
}

func TestTheTabOfCallsNamesTheEntryPoints(t *testing.T) {
	h := portal(t)
	page := h.page(nobody, "etablissements", "/jeux/etablissements/api", h.service.Calls)
	for _, want := range []string{"/catalog/datasets/etablissements/records", "/facets", "/exports", "curl --fail", "within_distance", "group_by="} {
		if !strings.Contains(page, want) {
			t.Errorf("the tab does not say %q", want)
		}
	}
}
