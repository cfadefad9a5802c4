package contract_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"socle/internal/app"
	"socle/internal/asset"
	"socle/internal/identity"
	"socle/internal/notify"
	"socle/internal/quality/contract"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// house is the whole program on a database, at a moment that the test decides.
type house struct {
	*app.App
	t   *testing.T
	ctx context.Context
	now time.Time
}

func newHouse(t *testing.T, dsn string) *house {
	t.Helper()
	program, err := app.Open(t.Context(), app.Config{DataDir: filepath.Join(t.TempDir(), "data"), DatabaseURL: dsn, URL: "https://socle.example", Log: slog.New(slog.DiscardHandler), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	h := &house{App: program, t: t, ctx: identity.With(t.Context(), identity.System()), now: store.Now()}
	h.Contracts.Now = func() time.Time { return h.now }
	return h
}

// publish publishes a file as a version of an open dataset.
func (h *house) publish(id, csv string) asset.Dataset {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.ctx, http.MethodPost, "/api/v1/datasets/"+id+"/versions?name=fichier.csv&settings="+url.QueryEscape(`{"acceptLoss":"essai","confirmPersonal":true}`), strings.NewReader(csv))
	r.Header.Set("Content-Type", "application/octet-stream")
	w := httptest.NewRecorder()
	h.API().ServeHTTP(w, r)
	if w.Code >= 300 {
		h.t.Fatalf("%s: %d %s", id, w.Code, w.Body)
	}
	d, err := h.Assets.Get(h.ctx, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

// promise puts a dataset under a contract, in place of the one that it has.
func (h *house) promise(id string, rules ...contract.Rule) {
	h.t.Helper()
	sight, err := h.Contracts.See(h.ctx, id)
	if err == nil {
		err = h.Contracts.Save(h.ctx, id, contract.Contract{Edition: sight.Contract.Edition, Version: "1", Status: "active", Rules: rules})
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) check(d asset.Dataset) contract.Result {
	h.t.Helper()
	result, err := h.Contracts.Check(h.ctx, d.UID, "publication")
	if err != nil {
		h.t.Fatal(err)
	}
	return result
}

// rows writes a CSV of so many rows.
func rows(header string, n int, row func(i int) string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := range n {
		b.WriteString(row(i) + "\n")
	}
	return b.String()
}

func bound(x float64) *float64 { return &x }

// by counts départements: 50 rows of the first, the others of the second.
func by(n int) string {
	return rows("id;departement", n, func(i int) string {
		return fmt.Sprintf("E%03d;%s", i, map[bool]string{true: "Finistère", false: "Morbihan"}[i < 50])
	})
}

func TestEachPromiseHoldsUpToItsBoundAndBreaksBeyond(t *testing.T) {
	same := rows("id;age", 100, func(i int) string { return fmt.Sprintf("E%03d;%d", i, 10+i) })
	for i, tc := range []struct {
		name          string
		before, after string // versions; one only when before is empty
		rule          contract.Rule
		value         float64 // measured
		holds, breaks float64 // bounds
		says          string  // in the sentence of what broke
	}{
		{"rows, at least", "", by(80), contract.Rule{Kind: contract.Rows}, 80, 80, 81, "80 lignes"},
		{"rows, at most", "", by(80), contract.Rule{Kind: contract.Rows}, 80, -80, -79, "80 lignes"},
		{"volume of the whole, fewer rows", by(100), by(80), contract.Rule{Kind: contract.Volume}, 20, -20, -19.9, "De 100 à 80 lignes"},
		{"volume of the whole, more rows", by(80), by(100), contract.Rule{Kind: contract.Volume}, 25, -25, -24.9, "De 80 à 100 lignes"},
		{"volume of a category", by(100), by(85), contract.Rule{Kind: contract.ByPart, Fields: []string{"departement"}}, 30, -30, -29, "« Morbihan » (de 50 à 35 lignes)"},
		{"a category that is gone", by(100), by(50), contract.Rule{Kind: contract.ByPart, Fields: []string{"departement"}}, 100, -100, -99, "« Morbihan » (de 50 à 0 lignes)"},
		{"drift of a category: 0.3 ln 1.6 + 0.3 ln 2.5", by(100), rows("id;departement", 100, func(i int) string {
			return fmt.Sprintf("E%03d;%s", i, map[bool]string{true: "Finistère", false: "Morbihan"}[i < 80])
		}), contract.Rule{Kind: contract.Drift, Fields: []string{"departement"}}, 0.3*math.Log(1.6) + 0.3*math.Log(2.5), -0.42, -0.41, "Indice de stabilité de 0,416"},
		{"drift of numbers that do not move", same, same + "E100;59\n", contract.Rule{Kind: contract.Drift, Fields: []string{"age"}}, math.NaN(), -0.01, math.NaN(), ""},
		{"drift of numbers that all pass the last tenth", same, rows("id;age", 100, func(i int) string { return fmt.Sprintf("E%03d;%d", i, 300+i) }),
			contract.Rule{Kind: contract.Drift, Fields: []string{"age"}}, math.NaN(), -20, -1, "Indice de stabilité"},
		{"a type that changes is a drift", same, rows("id;age", 100, func(i int) string { return fmt.Sprintf("E%03d;jeune", i) }),
			contract.Rule{Kind: contract.Drift, Fields: []string{"age"}}, math.NaN(), math.NaN(), -1000, "Le type du champ a changé"},
		{"empty cells", "", rows("id;tarif", 100, func(i int) string { return fmt.Sprintf("E%03d;%s", i, map[bool]string{false: "3"}[i < 4]) }),
			contract.Rule{Kind: contract.Empty, Fields: []string{"tarif"}}, 4, -4, -3.9, "4 lignes sans valeur"},
		{"repeated keys", "", rows("id;tarif", 100, func(i int) string { return fmt.Sprintf("E%03d;%d", i/50*50+max(i%50, 2), i) }),
			contract.Rule{Kind: contract.Unique, Fields: []string{"id"}}, 4, -4, -3, "4 lignes"},
		{"values of a reference", "", rows("id;tarif", 100, func(i int) string { return fmt.Sprintf("E%03d;%d", i+10, i) }),
			contract.Rule{Kind: contract.Reference, Fields: []string{"id"}, Dataset: "reference", Field: "id"}, 90, 90, 90.1, "90 lignes sur 100"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t, "")
			h.publish("reference", by(100))
			id := fmt.Sprintf("jeu-%d", i)
			if tc.before != "" {
				h.publish(id, tc.before)
			}
			d := h.publish(id, tc.after)
			for state, limit := range map[contract.State]float64{contract.Kept: tc.holds, contract.Broken: tc.breaks} {
				if math.IsNaN(limit) {
					continue
				}
				rule := tc.rule
				rule.ID = "regle"
				if limit < 0 { // at most
					rule.Limit = bound(-limit)
				} else {
					rule.Least = bound(limit)
				}
				h.promise(id, rule)
				got := h.check(d).Of("regle")
				if got.State != state {
					t.Errorf("bound %v: %s, want %s (%s)", limit, got.State, state, got.Text.FR)
				}
				if !math.IsNaN(tc.value) && (got.Value == nil || math.Abs(*got.Value-tc.value) > 1e-3) {
					t.Errorf("bound %v: measured %v, want %v", limit, got.Value, tc.value)
				}
				if text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(got.Text.FR); state == contract.Broken && !strings.Contains(text, tc.says) {
					t.Errorf("it says %q, want %q in it", text, tc.says)
				}
			}
		})
	}
}

func TestWhatCannotBeMeasuredIsSaidAndBreaksNothing(t *testing.T) {
	h := newHouse(t, "")
	h.publish("reference", by(100))
	d := h.publish("jeu", by(100))
	h.promise("jeu", contract.Rule{ID: "volume", Kind: contract.Volume, Limit: bound(1)}, contract.Rule{ID: "parts", Kind: contract.ByPart, Fields: []string{"departement"}, Limit: bound(1)},
		contract.Rule{ID: "derive", Kind: contract.Drift, Fields: []string{"departement"}, Limit: bound(0.1)}, contract.Rule{ID: "absent", Kind: contract.Empty, Fields: []string{"tarif"}, Limit: bound(1)},
		contract.Rule{ID: "reference", Kind: contract.Reference, Fields: []string{"id"}, Dataset: "reference", Field: "id", Least: bound(50)})
	result := h.check(d)
	for _, id := range []string{"volume", "parts", "derive", "absent"} {
		if o := result.Of(id); o.State != contract.Unknown || o.Text.FR == "" {
			t.Errorf("%s: %+v", id, o)
		}
	}
	if len(result.Fresh) != 0 || result.Of("reference").State != contract.Kept {
		t.Errorf("newly broken: %v; the reference: %+v", result.Fresh, result.Of("reference"))
	}
	reference, err := h.Assets.Get(h.ctx, "reference")
	if err == nil {
		err = h.Assets.SetState(h.ctx, reference.UID, asset.Withdrawn, "essai")
	}
	if err != nil {
		t.Fatal(err)
	}
	if o := h.check(d).Of("reference"); o.State != contract.Unknown {
		t.Errorf("a reference that was withdrawn: %+v", o)
	}
}

// post is a mailer that keeps what it is given.
type post struct {
	mu   sync.Mutex
	sent []notify.Message
}

// Send implements [notify.Mailer].
func (p *post) Send(_ context.Context, m notify.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, m)
	return nil
}

// letters waits for so many mails, and returns those that came.
func (p *post) letters(n int) []notify.Message {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		p.mu.Lock()
		list := slices.Clone(p.sent)
		p.mu.Unlock()
		if len(list) >= n {
			return list
		}
	}
	return nil
}

func TestTimeAloneBreaksFreshnessAndTheProducerIsToldOnce(t *testing.T) {
	h, box := newHouse(t, storetest.DSN(t)), &post{}
	h.Contracts.Mailer = box
	d := h.publish("jeu", by(100))
	d.Contact = "jeu@demo.example"
	d, err := h.Assets.UpdateDataset(h.ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	h.promise("jeu", contract.Rule{ID: "fraicheur", Kind: contract.Freshness, Limit: bound(30)}, contract.Rule{ID: "lignes", Kind: contract.Rows, Least: bound(200)})
	if first := h.check(d); first.Of("fraicheur").State != contract.Kept || !slices.Equal(first.Fresh, []string{"lignes"}) {
		t.Errorf("on the first day: %+v", first)
	}
	clock := func(days int) contract.Result {
		t.Helper()
		h.now = h.now.AddDate(0, 0, days)
		if err := h.Contracts.CheckClock(h.ctx); err != nil {
			t.Fatal(err)
		}
		sight, err := h.Contracts.See(h.ctx, "jeu")
		if err != nil {
			t.Fatal(err)
		}
		return sight.Results[0]
	}
	if r := clock(29); r.Cause != "publication" {
		t.Errorf("nothing changed, and a result is kept: %+v", r)
	}
	broken := clock(3) // the version came a moment after the first day began
	if broken.Cause != "schedule" || broken.Of("fraicheur").State != contract.Broken || math.Floor(*broken.Of("fraicheur").Value) != 31 || !slices.Equal(broken.Fresh, []string{"fraicheur"}) || broken.Of("lignes").State != contract.Broken {
		t.Errorf("after 31 days: %+v", broken)
	}
	if again := clock(1); again.ID != broken.ID {
		t.Errorf("a day later, another result: %+v", again)
	}
	if err := h.Start(h.ctx); err != nil {
		t.Fatal(err)
	}
	letters := box.letters(2)
	if len(letters) != 2 {
		t.Fatalf("%d letters", len(letters))
	}
	slices.SortFunc(letters, func(a, b notify.Message) int { return strings.Compare(a.Paragraphs[1].FR, b.Paragraphs[1].FR) })
	for i, want := range []string{"Au moins 200 lignes. 100 lignes.", "Une version a moins de 30 jours. Dernière version publiée le "} {
		letter := letters[i]
		if letter.To.Email != "jeu@demo.example" || !strings.Contains(letter.Subject.FR, d.Title) || letter.Link == nil || letter.Link.URL != "https://socle.example/jeux/jeu/contrat" || len(letter.Paragraphs) != 3 ||
			!strings.HasPrefix(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(letter.Paragraphs[1].FR), want) {
			t.Errorf("the letter about “%s”: %+v", want, letter)
		}
	}
}

func TestWithoutAMailboxThoseWhoStewardTheDatasetAreTold(t *testing.T) {
	h, box := newHouse(t, ""), &post{}
	h.Contracts.Mailer = box
	d := h.publish("jeu", by(100))
	for email, role := range map[string]identity.Role{"gestion@demo.example": identity.Steward, "publication@demo.example": identity.Publisher, "lecture@demo.example": identity.Contributor} {
		user, err := h.People.CreateUser(h.ctx, email, email, "une phrase assez longue")
		if err == nil {
			err = h.People.SetMembership(h.ctx, user.ID, d.OrgID, role)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	h.promise("jeu", contract.Rule{ID: "lignes", Kind: contract.Rows, Least: bound(200)})
	h.check(d)
	if err := h.Start(h.ctx); err != nil {
		t.Fatal(err)
	}
	if letters := box.letters(1); len(letters) != 1 || letters[0].To.Email != "gestion@demo.example" {
		t.Errorf("told: %+v", letters)
	}
}
