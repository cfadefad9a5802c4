package explore

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema"
)

func TestParametersOutOfTheirLimitsAreRefusedByName(t *testing.T) {
	for address, want := range map[string]string{
		"limit=101": "limit", "limit=-2": "limit", "limit=dix": "limit", "limit=1e2": "limit", "offset=-1": "offset",
		"limit=100&offset=9950": "offset", "limit=100&offset=9900": "offset", "offset=99999999999999999999": "offset",
		"limit=20001&group_by=a": "limit", "limit=1&limit=2": "limit", "lang=xx": "lang", "timezone=Mars/Phobos": "timezone",
		"timezone=Local": "timezone", "timezone=../../etc/passwd": "timezone", "include_links=peut-etre": "include_links",
		// and those within
		"limit=100&offset=9899": "", "limit=-1": "", "limit=20000&group_by=a": "", "timezone=Europe/Paris": "", "lang=fr": "",
		"include_links=TRUE": "", "limit=": "", "inconnu=1": "",
	} {
		p, err := parametersOf(httptest.NewRequest(http.MethodGet, "/?"+address, nil))
		if err != nil {
			t.Fatal(err)
		}
		p.page()
		p.shape()
		var e *fault.Error
		got := ""
		if errors.As(p.err, &e) {
			got = e.Field
		}
		if got != want {
			t.Errorf("%s: the parameter at fault is %q, want %q (%v)", address, got, want, p.err)
		}
	}
}

func TestLimitMinusOneTakesAllThatAPageMayHold(t *testing.T) {
	for address, want := range map[string]int{"limit=-1": 100, "limit=-1&group_by=a": 20000, "": 10, "limit=-1&offset=9950": 49} {
		p, err := parametersOf(httptest.NewRequest(http.MethodGet, "/?"+address, nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.page().Limit; got != want || p.err != nil {
			t.Errorf("%s: limit %d, want %d (%v)", address, got, want, p.err)
		}
	}
}

func text1(body []byte) int64 { return int64(len(body)) }

func TestIdenticalRequestsAreComputedOnce(t *testing.T) {
	c := newCache(1000, text1)
	release, calls := make(chan struct{}), 0
	compute := func(context.Context) ([]byte, error) {
		calls++
		<-release
		return []byte("answer"), nil
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if body, err := c.answer(t.Context(), "k", compute); err != nil || string(body) != "answer" {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
	waitFor(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.flights["k"] != nil && c.flights["k"].waiting == 8
	})
	close(release)
	group.Wait()
	if calls != 1 {
		t.Errorf("computed %d times", calls)
	}
}

func waitFor(t *testing.T, ready func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ready(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited for nothing")
		}
	}
}

func TestAComputationGoesOnForWhoStaysAndEndsWhenNobodyWaits(t *testing.T) {
	c := newCache(1000, text1)
	interrupted := make(chan struct{})
	compute := func(ctx context.Context) ([]byte, error) {
		<-ctx.Done()
		close(interrupted)
		return nil, ctx.Err()
	}
	first, leave := context.WithCancel(t.Context())
	second, leaveToo := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for _, ctx := range []context.Context{first, second} {
		group.Go(func() {
			if _, err := c.answer(ctx, "k", compute); !errors.Is(err, context.Canceled) {
				t.Errorf("who left got %v", err)
			}
		})
	}
	waitFor(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.flights["k"] != nil && c.flights["k"].waiting == 2
	})
	leave()
	select {
	case <-interrupted:
		t.Fatal("interrupted while somebody waited")
	case <-time.After(20 * time.Millisecond):
	}
	leaveToo()
	<-interrupted
	group.Wait()
}

func TestTheCacheStaysWithinItsBoundsAndForgetsTheLeastUsed(t *testing.T) {
	c := newCache(160, text1) // 10 at most for one answer
	give := func(key, body string) {
		if _, err := c.answer(t.Context(), key, func(context.Context) ([]byte, error) { return []byte(body), nil }); err != nil {
			t.Fatal(err)
		}
	}
	give("big", strings.Repeat("x", 50))
	for i := range 30 {
		give(string(rune('A'+i)), "123456")
		give("A", "123456")
	}
	if c.byKey["big"] != nil || c.size > 160 || c.byKey["A"] == nil || c.byKey["B"] != nil {
		t.Errorf("size %d, keys %d", c.size, len(c.byKey))
	}
	if _, err := c.answer(t.Context(), "panic", func(context.Context) ([]byte, error) { panic("broken") }); err == nil {
		t.Error("a panic must become an error")
	}
}

func TestAnErrorIsNotRemembered(t *testing.T) {
	c := newCache(1000, text1)
	for _, want := range []error{errors.New("first"), nil} {
		if _, err := c.answer(t.Context(), "k", func(context.Context) ([]byte, error) { return nil, want }); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

func TestPathsLoseTheirDotsOutsideQuotesOnly(t *testing.T) {
	for clause, want := range map[string]string{
		"dataset_id, metas.default.title":  "dataset_id, metas_default_title",
		`default.title = "metas.default"`:  `default_title = "metas.default"`,
		"records_count in [1..10]":         "records_count in [1..10]",
		"records_count > 1.5":              "records_count > 1.5",
		`title='a\'b.c' and default.theme`: `title='a\'b.c' and default_theme`,
		"":                                 "",
	} {
		if got := withoutDots(clause); got != want {
			t.Errorf("%s: got %s, want %s", clause, got, want)
		}
	}
}

func TestASimpleFilterIsWrittenInTheLanguageOfTheAPI(t *testing.T) {
	fields := schema.Schema{Fields: []schema.Field{{Name: "nom", Type: schema.Text}, {Name: "effectif", Type: schema.Integer}, {Name: "ips", Type: schema.Decimal},
		{Name: "ouvert", Type: schema.Boolean}, {Name: "jour", Type: schema.Date}, {Name: "pos", Type: schema.Point}}}
	for text, want := range map[string]string{
		`nom:contient:l"été\`:    "`nom` like \"*l\\\"été\\\\*\"",
		"nom:egal:a:b":           "`nom` = \"a:b\"",
		"effectif:min:1 234":     "`effectif` >= 1234",
		"ips:max:12,5":           "`ips` <= 12.5",
		"ouvert:egal:Oui":        "`ouvert` = true",
		"jour:min:1/9/2026":      "`jour` >= date\"2026-09-01\"",
		"jour:egal:2026":         "`jour` = date\"2026\"",
		"nom:vide:":              "`nom` is null",
		"pos:rempli:":            "`pos` is not null",
		"effectif:contient:dix":  "`effectif` = \"dix\"",
		"pos:egal:48,2":          "",
		"absent:egal:1":          "",
		"nom:supprime:tout":      "",
		"nom:egal:":              "",
		"effectif:different:0x1": "`effectif` != \"0x1\"",
	} {
		got := ""
		if f, ok := readFilter(text, fields); ok {
			got = f.odsql()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestACallIsQuotedForEachLanguage(t *testing.T) {
	c := apiCall{address: "https://portail.example/records"}
	c.add("where", `nom = "l'été $HOME \"`)
	for _, code := range c.codes() {
		if !strings.Contains(code.Code, "portail.example") || !strings.Contains(code.Code, "where") {
			t.Errorf("%s says too little: %s", code.Label, code.Code)
		}
	}
	if got := c.curl(); !strings.Contains(got, `'where=nom = "l'\''été $HOME \"'`) {
		t.Errorf("curl: %s", got)
	}
	if got := c.python(); !strings.Contains(got, `("where", "nom = \"l'été $HOME \\\"")`) {
		t.Errorf("Python: %s", got)
	}
}

func TestValuesAreWrittenForPeople(t *testing.T) {
	day := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		value any
		field schema.Field
		fr    string
		en    string
	}{
		{int64(12345), schema.Field{Name: "effectif", Type: schema.Integer}, "12\u202f345", "12,345"},
		{int64(2026), schema.Field{Name: "rentree_scolaire", Type: schema.Integer}, "2026", "2026"},
		{1234.5, schema.Field{Type: schema.Decimal}, "1\u202f234,5", "1,234.5"},
		{1.5e-7, schema.Field{Type: schema.Decimal}, "1,5e-07", "1.5e-07"},
		{"123456789012345678901.10", schema.Field{Type: schema.Decimal, Scale: 2}, "123456789012345678901,10", "123456789012345678901.10"},
		{true, schema.Field{Type: schema.Boolean}, "oui", "yes"},
		{day, schema.Field{Type: schema.Date}, "01/09/2026", "2026-09-01"},
		{schema.Coordinates{Lon: 2.35, Lat: 48.85}, schema.Field{Type: schema.Point}, "48.85000, 2.35000", "48.85000, 2.35000"},
	} {
		if got := valueText(i18n.FR, tc.value, tc.field); got != tc.fr {
			t.Errorf("%v in French: %q, want %q", tc.value, got, tc.fr)
		}
		if got := valueText(i18n.EN, tc.value, tc.field); got != tc.en {
			t.Errorf("%v in English: %q, want %q", tc.value, got, tc.en)
		}
	}
}

func TestJSONValuesAreThoseOfTheExploreAPI(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	moment := time.Date(2026, 6, 30, 22, 30, 0, 500e6, time.UTC)
	for _, tc := range []struct {
		value any
		typ   schema.Type
		want  string
	}{
		{nil, schema.Text, `null`},
		{"a\"\\\n\x01<é", schema.Text, `"a\"\\\n\u0001<é"`},
		{"12.30", schema.Decimal, `12.30`},
		{12.0, schema.Decimal, `12.0`},
		{moment, schema.Datetime, `"2026-07-01T00:30:00.5+02:00"`},
		{moment.Truncate(24 * time.Hour), schema.Date, `"2026-06-30"`},
		{schema.Coordinates{Lon: 4.5, Lat: 46.7}, schema.Point, `{"lon": 4.5, "lat": 46.7}`},
	} {
		got, err := appendValue(nil, tc.value, tc.typ, paris)
		if err != nil || string(got) != tc.want {
			t.Errorf("%v: %s, want %s (%v)", tc.value, got, tc.want, err)
		}
	}
}

// quiet is a log that shows errors when EXPLORE_LOG is set.
func quiet() *slog.Logger {
	if os.Getenv("EXPLORE_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	}
	return slog.New(slog.NewTextHandler(io.Discard, nil))
}

// whole is what somebody sees of an open asset.
func whole(t *testing.T) access.View {
	t.Helper()
	view, err := access.New(nil, nil).View(t.Context(), identity.Principal{}, asset.Asset{Level: asset.Open, State: asset.Published})
	if err != nil {
		t.Fatal(err)
	}
	return view
}

func TestOneParameterIsReadAsAllOfThemWouldBe(t *testing.T) {
	for _, raw := range []string{"", "apikey=a", "x=1&apikey=a%20b+c&apikey=d", "api%6bey=a", "apikey", "apikey=", "apikey=%zz&apikey=b", "apikey=a;b&apikey=c", "%zz=1&apikey=a", "apikeys=1&apikey=a",
		"where=apikey=3&apikey=a", "&&apikey=a=b"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.RawQuery = raw
		if got, want := parameter(r, "apikey"), r.URL.Query().Get("apikey"); got != want {
			t.Errorf("%s: %q, it is %q", raw, got, want)
		}
	}
}
