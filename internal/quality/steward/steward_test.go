package steward_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"socle/internal/app"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/quality/steward"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// house is the whole program with one dataset, its steward, and a reader who belongs to nobody.
type house struct {
	*app.App
	t        *testing.T
	d        asset.Dataset
	producer context.Context
	reader   context.Context
	stranger context.Context
}

func newHouse(t *testing.T, dsn string) *house {
	t.Helper()
	system := identity.With(t.Context(), identity.System())
	program, err := app.Open(t.Context(), app.Config{DataDir: filepath.Join(t.TempDir(), "data"), DatabaseURL: dsn, URL: "https://portail.example", Log: slog.New(slog.DiscardHandler), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	h := &house{App: program, t: t}
	org, err := program.People.Own(system)
	if err != nil {
		t.Fatal(err)
	}
	person := func(name string, role identity.Role) context.Context {
		u, err := program.People.CreateUser(system, name+"@demo.example", name, "une phrase de passe bien longue")
		if err == nil && role > 0 {
			err = program.People.SetMembership(system, u.ID, org.ID, role)
		}
		if err != nil {
			t.Fatal(err)
		}
		who, err := program.People.PrincipalOf(system, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		return identity.With(t.Context(), who)
	}
	h.producer, h.reader, h.stranger = person("gestion", identity.Steward), person("lecture", 0), person("autre", 0)
	r := httptest.NewRequestWithContext(system, http.MethodPost, "/api/v1/datasets/cantines/versions?name=f.csv&settings="+url.QueryEscape(`{"title":"Cantines"}`), strings.NewReader("uai;repas\n0750655E;12\n0750656F;40\n"))
	r.Header.Set("Content-Type", "application/octet-stream")
	w := httptest.NewRecorder()
	program.API().ServeHTTP(w, r)
	if h.d, err = program.Assets.Get(system, "cantines"); err != nil {
		t.Fatal(err, w.Body.String())
	}
	return h
}

func (h *house) say(ctx context.Context, c steward.Comment) (steward.Comment, error) {
	return h.Steward.Say(ctx, h.d, c)
}

func TestACommentIsAnsweredResolvedAndRemoved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, "")
		if db.Dialect == store.PostgreSQL {
			h = newHouse(t, storetest.DSN(t))
		}
		c, err := h.say(h.reader, steward.Comment{Field: "repas", From: 2, Body: "  Quarante repas, c’est faux. "})
		if err != nil || c.State != steward.Open || c.Version != 1 || c.To != 2 || c.Body != "Quarante repas, c’est faux." {
			t.Fatalf("said as %+v (%v)", c, err)
		}
		if err := h.Steward.Reply(h.stranger, h.d, c.ID, "Moi aussi."); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a stranger answers: %v", err)
		}
		waiting := func() int {
			t.Helper()
			by, err := h.Steward.WaitingByField(h.reader, h.d.UID)
			if err != nil {
				t.Fatal(err)
			}
			return by["repas"]
		}
		state := func() steward.Comment {
			t.Helper()
			c, err := h.Steward.Get(h.reader, h.d.UID, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		for _, step := range []struct {
			name string
			do   func() error
			want steward.State
		}{
			{"the producer answers", func() error { return h.Steward.Reply(h.producer, h.d, c.ID, "Nous vérifions.") }, steward.Answered},
			{"the reader insists", func() error { return h.Steward.Reply(h.reader, h.d, c.ID, "Toujours faux.") }, steward.Open},
			{"the producer resolves it at the next version", func() error { return h.Steward.Resolve(h.producer, h.d, c.ID, 2) }, steward.Resolved},
		} {
			if err := step.do(); err != nil || state().State != step.want {
				t.Errorf("%s: %s (%v)", step.name, state().State, err)
			}
			if got := waiting(); (got == 1) != (step.want == steward.Open) {
				t.Errorf("%s: %d comments wait on the field", step.name, got)
			}
		}
		if got := state(); len(got.Answers) != 2 || !got.Answers[0].Producer || got.Answers[1].Producer || got.ResolvedIn != 2 {
			t.Errorf("the talk: %+v", got)
		}
		if got := state(); got.AuthorName != "lecture" {
			t.Errorf("said by %q", got.AuthorName)
		}
		if err := h.Steward.Remove(h.reader, h.d, c.ID, "je préfère"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a reader removes: %v", err)
		}
		if err := h.Steward.Remove(h.producer, h.d, c.ID, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("removed without a reason: %v", err)
		}
		if err := h.Steward.Remove(h.producer, h.d, c.ID, "hors sujet"); err != nil {
			t.Fatal(err)
		}
		if list, err := h.Steward.List(h.reader, h.d.UID); err != nil || len(list) != 0 || state().Body != "" || len(state().Answers) != 0 {
			t.Errorf("after the removal: %+v, %+v (%v)", list, state(), err)
		}
		if err := h.People.EraseUser(identity.With(t.Context(), identity.System()), identity.From(h.reader).UserID); err != nil || state().AuthorName == "lecture" {
			t.Errorf("somebody who was erased is still named: %q (%v)", state().AuthorName, err)
		}
		entries, err := h.Audit.List(t.Context(), audit.Filter{Asset: h.d.UID}, audit.Page{})
		if err != nil || entries[0].Action != "comment.remove" || entries[0].Detail["reason"] != "hors sujet" {
			t.Errorf("recorded as %+v (%v)", entries[0], err)
		}
	})
}

func TestWhatMayNotBeSaidIsRefused(t *testing.T) {
	h := newHouse(t, "")
	for _, tc := range []struct {
		name string
		who  context.Context
		c    steward.Comment
		want fault.Kind
	}{
		{"nobody in particular", t.Context(), steward.Comment{Body: "x"}, fault.Unauthenticated},
		{"nothing", h.reader, steward.Comment{Body: " \n"}, fault.Invalid},
		{"a column that there is not", h.reader, steward.Comment{Field: "prix", Body: "x"}, fault.Invalid},
		{"a row that there is not", h.reader, steward.Comment{From: 3, Body: "x"}, fault.Invalid},
		{"rows backwards", h.reader, steward.Comment{From: 2, To: 1, Body: "x"}, fault.Invalid},
		{"a book", h.reader, steward.Comment{Body: strings.Repeat("x", 4001)}, fault.TooLarge},
	} {
		if _, err := h.say(tc.who, tc.c); !fault.Is(err, tc.want) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	for i := range 31 {
		if _, err := h.say(h.reader, steward.Comment{Body: "encore"}); (err == nil) != (i < 30) || err != nil && !fault.Is(err, fault.TooMany) {
			t.Fatalf("the comment number %d of a day: %v", i+1, err)
		}
	}
	d, err := h.Assets.ByUID(h.producer, h.d.UID)
	if err != nil {
		t.Fatal(err)
	}
	d.Level = asset.Restricted
	if h.d, err = h.Assets.UpdateDataset(h.producer, d); err != nil {
		t.Fatal(err)
	}
	if _, err := h.say(h.stranger, steward.Comment{Body: "x"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("on a dataset that they may not read: %v", err)
	}
}

func TestTheTeamAndTheReaderAreWrittenTo(t *testing.T) {
	h := newHouse(t, "")
	if err := h.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	c, err := h.say(h.reader, steward.Comment{Field: "repas", Body: "Une valeur fausse."})
	if err != nil {
		t.Fatal(err)
	}
	h.waitForMail("gestion@demo.example", "Une remarque")
	if err := h.Steward.Resolve(h.producer, h.d, c.ID, 0); err != nil {
		t.Fatal(err)
	}
	h.waitForMail("lecture@demo.example", "Votre remarque")
}

// waitForMail waits for a mail to somebody.
func (h *house) waitForMail(to, subject string) {
	h.t.Helper()
	for range 200 {
		files, _ := filepath.Glob(filepath.Join(h.Config.DataDir, "mail", "*"))
		for _, name := range files {
			if text, err := os.ReadFile(name); err == nil && strings.Contains(string(text), to) && strings.Contains(strings.ReplaceAll(string(text), "_", " "), subject) {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	h.t.Errorf("no mail %q came to %s", subject, to)
}

func TestTheWorkListPutsFirstWhatMattersToMost(t *testing.T) {
	h := newHouse(t, "")
	system := identity.With(t.Context(), identity.System())
	other, err := h.Assets.CreateDataset(system, asset.Dataset{Asset: asset.Asset{OrgID: h.d.OrgID}, Title: "Peu lu"})
	if err != nil {
		t.Fatal(err)
	}
	for _, uid := range []string{h.d.UID, other.UID} {
		if _, err := h.Score.Compute(system, uid); err != nil {
			t.Fatal(err)
		}
	}
	for range 500 {
		h.Steward.Used(h.d.UID)
	}
	if err := h.Steward.WriteUses(system); err != nil {
		t.Fatal(err)
	}
	h.Steward.Used(h.d.UID)
	list, err := h.Steward.WorkList(h.producer)
	if err != nil || len(list) != 2 || list[0].Dataset.UID != h.d.UID || list[0].Uses != 501 || len(list[0].Worth.Tasks) == 0 || list[0].Worth.Tasks[0].Gain <= 0 {
		t.Fatalf("the list: %+v (%v)", list, err)
	}
	// Comments that wait come before more uses.
	for range 10 {
		if _, err := h.Steward.Say(h.reader, h.d, steward.Comment{Body: "et ceci ?"}); err != nil {
			t.Fatal(err)
		}
	}
	if list, err = h.Steward.WorkList(h.producer); err != nil || list[0].Waiting != 10 {
		t.Errorf("with comments: %+v (%v)", list, err)
	}
	if list, err = h.Steward.WorkList(h.reader); err != nil || len(list) != 0 {
		t.Errorf("a reader has work: %+v (%v)", list, err)
	}
}
