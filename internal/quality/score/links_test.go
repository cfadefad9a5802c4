package score_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"socle/internal/app"
	"socle/internal/asset"
	"socle/internal/jobs"
	"socle/internal/quality/score"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// pages is a site of which some pages are there, some are not, and one does not always answer.
func pages(t *testing.T) (address string, asked *atomic.Int64, broken *atomic.Bool) {
	t.Helper()
	asked, broken = &atomic.Int64{}, &atomic.Bool{}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch {
		case strings.HasPrefix(r.URL.Path, "/absente"):
			http.NotFound(w, r)
		case r.URL.Path == "/panne" && broken.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path == "/reservee":
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(site.Close)
	return site.URL, asked, broken
}

func TestLinksThatLeadNowhereAreFoundAndRemembered(t *testing.T) {
	h := newHouse(t, storetest.DSN(t))
	site, asked, broken := pages(t)
	now := store.Now()
	h.Score.Now = func() time.Time { return now }
	file := table("uai;nom;web", 60, func(i int) string {
		return fmt.Sprintf("%s;École n° %d;%s/%s%d", uai(i), i, site, map[bool]string{true: "absente", false: "ecole"}[i%2 == 0], i%6)
	})
	h.publish("liens", func(d *asset.Dataset) {
		d.Description = "Voir [la page](" + site + "/page), [celle-ci](" + site + "/absente), " + site + "/panne. Et https://demo.example/nulle-part."
		d.Contact = site + "/reservee"
	}, file)
	d, err := h.Assets.Get(h.ctx, "liens")
	if err != nil {
		t.Fatal(err)
	}
	if m := h.compute(d.UID).Line(score.CriterionLinks).Measure; m.State != score.Unmeasured {
		t.Errorf("nobody asked the links yet: %+v", m)
	}
	round := func() (score.Measure, int64, []string) {
		t.Helper()
		before := asked.Load()
		changed, err := h.Score.CheckLinks(h.ctx)
		if err != nil {
			t.Fatal(err)
		}
		return h.compute(d.UID).Line(score.CriterionLinks).Measure, asked.Load() - before, changed
	}
	// Four of the description and the six different ones of the column, four of which lead nowhere; what is made for examples
	// is not asked.
	m, requests, changed := round()
	var dead []string
	for _, f := range m.Findings {
		dead = append(dead, strings.TrimPrefix(f.Examples[0].Cells[0].Value, site))
	}
	slices.Sort(dead)
	if m.Bad != 4 || m.Total != 10 || strings.Join(dead, " ") != "/absente /absente0 /absente2 /absente4" || !slices.Equal(changed, []string{d.UID}) {
		t.Errorf("%v of %v lead nowhere: %v; changed: %v", m.Bad, m.Total, dead, changed)
	}
	if requests == 0 {
		t.Error("nothing was asked")
	}
	if _, requests, changed = round(); requests != 0 || len(changed) != 0 {
		t.Errorf("asked again at once: %d requests, %v", requests, changed)
	}
	// A server in trouble once is not dead; twice it is. Then it comes back.
	broken.Store(true)
	for day, want := range []float64{4, 5} {
		now = now.AddDate(0, 0, 8+day)
		if m, _, _ = round(); m.Bad != want {
			t.Errorf("in trouble for round %d: %v dead, want %v", day+1, m.Bad, want)
		}
	}
	broken.Store(false)
	now = now.AddDate(0, 0, 8)
	if m, _, changed = round(); m.Bad != 4 || len(changed) != 1 {
		t.Errorf("back again: %v dead, changed %v", m.Bad, changed)
	}
}

func TestAPortalThatIsCutOffSaysNothingOfLinks(t *testing.T) {
	h := newHouse(t, "")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	h.publish("liens", func(d *asset.Dataset) { d.Contact = gone.URL + "/contact" }, table("uai;nom", 40, func(i int) string { return uai(i) + ";École" }))
	d, err := h.Assets.Get(h.ctx, "liens")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if changed, err := h.Score.CheckLinks(h.ctx); err != nil || len(changed) != 0 {
			t.Errorf("changed %v (%v)", changed, err)
		}
	}
	if m := h.compute(d.UID).Line(score.CriterionLinks).Measure; m.State != score.Unmeasured {
		t.Errorf("measured although nothing answers: %+v", m)
	}
}

func TestTheJobChecksLinksWithinTheRulesOfWhatGoesOut(t *testing.T) {
	site, asked, _ := pages(t)
	row := func(i int) string { return fmt.Sprintf("%s;%s/absente%d", uai(i), site, i) }
	for _, tc := range []struct {
		name    string
		private []netip.Prefix // that the program may reach
		level   asset.Level
		bad     float64
		total   float64
		asked   bool
	}{
		{"an open dataset", []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, asset.Open, 3, 4, true},
		{"a restricted one: what its columns have is not told to a server", []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, asset.Restricted, 1, 2, true},
		{"a server on a private network is not reached", nil, asset.Open, 0, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := asked.Load()
			h := furnish(t, app.Config{AllowPrivate: tc.private})
			h.publish("liens", func(d *asset.Dataset) { d.Level, d.Contact, d.Source = tc.level, site+"/contact", site+"/absente" }, table("uai;web", 2, row))
			d, err := h.Assets.Get(h.ctx, "liens")
			if err != nil {
				t.Fatal(err)
			}
			if err := h.Start(h.ctx); err != nil {
				t.Fatal(err)
			}
			h.runs("quality.links")
			m := h.compute(d.UID).Line(score.CriterionLinks).Measure
			if m.Bad != tc.bad || m.Total != tc.total {
				t.Errorf("%v of %v lead nowhere, want %v of %v: %+v", m.Bad, m.Total, tc.bad, tc.total, m.Findings)
			}
			if reached := asked.Load() > before; reached != tc.asked {
				t.Errorf("the server was asked: %v, want %v", reached, tc.asked)
			}
			// The score that readers are shown was computed again by a job of its own.
			if tc.asked {
				h.runs("quality.score")
				if kept, _, err := h.Score.Get(h.ctx, d.UID); err != nil || kept.Line(score.CriterionLinks).Measure.Bad != tc.bad {
					t.Errorf("what is shown: %+v, %v", kept.Line(score.CriterionLinks), err)
				}
			}
		})
	}
}

// runs waits until a job of a kind has run and none is under way.
func (h *house) runs(kind string) {
	h.t.Helper()
	for range 600 {
		list, err := h.Jobs.List(h.ctx, jobs.Filter{Kind: kind, Limit: 100})
		if err != nil {
			h.t.Fatal(err)
		}
		done := len(list) > 0
		for _, j := range list {
			if j.State == jobs.Failed {
				h.t.Fatalf("%s: %+v", kind, j)
			}
			done = done && j.State == jobs.Done
		}
		if done {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	h.t.Fatalf("%s never ended", kind)
}
