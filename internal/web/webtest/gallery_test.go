package webtest

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func TestEveryComponentIsAccessibleInEachThemeLightAndDarkOnPhoneAndDesktop(t *testing.T) {
	server := httptest.NewServer(Gallery().Handler())
	defer server.Close()
	browser := Start(t)
	if len(Themes()) < 2 {
		t.Log("the theme of the State is not in this build, so nobody looked at it: internal/web/assets/README.md says how to have it")
	}
	t.Run("map", func(t *testing.T) {
		tab := browser.Open(t, server.URL+"/galerie", Views()[0])
		err := chromedp.Do(tab.Ctx, chromedp.ScrollIntoView(chromedp.CSS("[data-map]")),
			chromedp.WaitVisible(chromedp.CSS("[data-map][data-ready] canvas")), chromedp.Sleep(2*time.Second))
		if err != nil {
			t.Error("the map is not drawn: ", err)
		}
		for _, problem := range tab.Problems() {
			t.Error(problem)
		}
		if dir := os.Getenv("SOCLE_SCREENS"); dir != "" {
			picture, err := chromedp.Run(tab.Ctx, chromedp.Screenshot(chromedp.CSS("[data-map]")))
			if err == nil {
				err = os.MkdirAll(dir, 0o755)
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "map.png"), picture, 0o644)
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("gallery", func(t *testing.T) {
		browser.Look(t, Page{URL: server.URL + "/galerie", Scripted: []string{"Copier", "ou déposez le fichier ici"}})
	})
	t.Run("sign-in", func(t *testing.T) { browser.Check(t, server.URL+"/connexion") })
	t.Run("api", func(t *testing.T) { browser.Check(t, server.URL+"/documentation/api") })
	t.Run("not-found", func(t *testing.T) { browser.Check(t, server.URL+"/nulle-part") })
}
