package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"socle/internal/web/webtest"
)

func TestTheMapOfLinesIsDrawnInABrowser(t *testing.T) {
	h := furnished(t)
	browser := webtest.Start(t)
	tab := browser.Open(t, h.url+"/jeux/lignes-transport-scolaire/carte", webtest.Views()[0])
	err := chromedp.Do(tab.Ctx, chromedp.ScrollIntoView(chromedp.CSS("[data-map-tiles]")), chromedp.WaitVisible(chromedp.CSS("[data-map-tiles][data-drawn] canvas")))
	if err != nil {
		t.Fatal("the map is not drawn: ", err)
	}
	drawn, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[string](`document.querySelector("[data-map-tiles]").dataset.drawn`))
	if err != nil || drawn == "0" || drawn == "" {
		t.Errorf("the map shows %q places, %v", drawn, err)
	}
	for _, problem := range tab.Problems() {
		t.Error(problem)
	}
	if dir := os.Getenv("SOCLE_SCREENS"); dir != "" {
		picture, err := chromedp.Run(tab.Ctx, chromedp.Screenshot(chromedp.CSS("[data-map]")))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "map-lines.png"), picture, 0o644)
		}
		if err != nil {
			t.Error(err)
		}
	}
}
