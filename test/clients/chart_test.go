package clients

import (
	"encoding/csv"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/evanw/esbuild/pkg/api"

	"socle/internal/web"
	"socle/internal/web/webtest"
)

// drawing is what the page says of its canvas.
type drawing struct {
	Labels []string
	Bars   []struct {
		Value, Height float64
		Colour        string
	}
}

func TestTheOfficialComponentsDrawAChartOfWhatTheClientReads(t *testing.T) {
	enabled(t)
	p := start(t)
	site := anotherSite(t)

	tab := webtest.Start(t).Open(t, site.URL+"/chart.html?portal="+p.url, webtest.View{Theme: web.ThemeNeutral, Scheme: "light", Width: 800, Height: 600})
	seen, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[drawing](`window.chartDrawn`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%v; the browser says: %v", err, tab.Problems())
	}
	if picture := os.Getenv("SOCLE_PICTURE"); picture != "" {
		if err := tab.Screenshot(picture); err != nil {
			t.Error(err)
		}
	}

	names, sums := largest(t, p, 5)
	if !slices.Equal(seen.Labels, names) {
		t.Errorf("labels %q, the file gives %q", seen.Labels, names)
	}
	if len(seen.Bars) != len(sums) {
		t.Fatalf("%d bars, want %d", len(seen.Bars), len(sums))
	}
	for i, bar := range seen.Bars {
		if bar.Value != sums[i] || bar.Colour != "#1f6f8b" {
			t.Errorf("%s: a bar of %v in %s, the file gives %v", names[i], bar.Value, bar.Colour, sums[i])
		}
		if want := seen.Bars[0].Height * sums[i] / sums[0]; math.Abs(bar.Height-want) > 1 {
			t.Errorf("%s: %v pixels high, want %v", names[i], bar.Height, want)
		}
	}
	asked := 0
	for _, problem := range tab.Problems() {
		if strings.HasPrefix(problem, "a request to another host: "+p.url+"/api/explore/v2.1/") {
			asked++ // to the portal, which is another site than that of the page
			continue
		}
		t.Error(problem)
	}
	if asked == 0 {
		t.Error("the page asked nothing of the portal")
	}
}

// anotherSite serves the page of the chart, bundled.
func anotherSite(t *testing.T) *httptest.Server {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	built := api.Build(api.BuildOptions{AbsWorkingDir: folder, EntryPoints: []string{"./chart.js"}, Outdir: "out", Bundle: true, Format: api.FormatIIFE,
		Target: api.ES2023, LogLevel: api.LogLevelSilent, Define: map[string]string{"process.env.NODE_ENV": `"production"`}})
	if len(built.Errors) > 0 {
		t.Fatalf("bundle the page: %+v", built.Errors)
	}
	page, err := os.ReadFile("chart.html")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /chart.html", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) })
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, file := range built.OutputFiles {
		mux.HandleFunc("GET /"+path.Base(file.Path), func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, path.Base(file.Path), time.Time{}, strings.NewReader(string(file.Contents)))
		})
	}
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	return site
}

// largest adds up the published file itself: the federations with the most licences, and how many they have.
func largest(t *testing.T, p portal, n int) (names []string, sums []float64) {
	t.Helper()
	answer, err := http.Get(p.url + "/api/explore/v2.1/catalog/datasets/licences-sportives/attachments/original")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	rows, err := csv.NewReader(answer.Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	federation, total := slices.Index(rows[0], "federation"), slices.Index(rows[0], "total")
	by := map[string]float64{}
	for _, row := range rows[1:] {
		licences, err := strconv.ParseFloat(row[total], 64)
		if err != nil {
			t.Fatal(err)
		}
		by[row[federation]] += licences
	}
	for name := range by {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return int(by[b] - by[a]) })
	for _, name := range names[:n] {
		sums = append(sums, by[name])
	}
	return names[:n], sums
}
