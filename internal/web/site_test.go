package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/a-h/templ"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/web/ui"
)

// people knows one person, one session and one token.
type people struct{ signedOut bool }

var ada = identity.Principal{Kind: identity.Person, UserID: "u1", Name: "Ada", SessionID: "s1"}

func (p *people) SessionPrincipal(_ context.Context, secret string) (identity.Principal, error) {
	if secret == "good" && !p.signedOut {
		return ada, nil
	}
	return identity.Principal{}, fault.New(fault.Unauthenticated, "session_over", i18n.T("Session terminée.", "The session is over."))
}

func (p *people) TokenPrincipal(_ context.Context, secret string) (identity.Principal, error) {
	if secret == "socle_good" {
		return identity.Principal{Kind: identity.Application, UserID: "t1"}, nil
	}
	return identity.Principal{}, fault.New(fault.Unauthenticated, "bad_token", i18n.T("Jeton inconnu.", "Unknown token."))
}

func (p *people) SignIn(_ context.Context, email, password, _ string) (string, identity.Session, error) {
	if email == "ada@exemple.fr" && password == "secret" {
		return "good", identity.Session{ID: "s1", ExpiresAt: time.Now().Add(time.Hour)}, nil
	}
	return "", identity.Session{}, fault.New(fault.Unauthenticated, "bad_credentials",
		i18n.T("Adresse ou mot de passe inconnu.", "Unknown address or password."))
}

func (p *people) SignOut(context.Context, string) error { p.signedOut = true; return nil }

// testSite is a site with assets of its own, so that the tests do not ask for npm.
func testSite(logs io.Writer) *Site {
	s := New(Options{Name: i18n.T("Portail", "Portal"), People: &people{}, Log: slog.New(slog.NewTextHandler(logs, nil))})
	s.assets = LoadAssets(fstest.MapFS{
		"manifest.json": {Data: []byte(`{"app.js":"app-1.js","theme-neutral.css":"theme-1.css"}`)},
		"app-1.js":      {Data: []byte("plain")}, "app-1.js.br": {Data: []byte("brotli")},
	})
	s.mux = http.NewServeMux()
	s.mux.Handle("GET "+assetPrefix, s.assets)
	s.Handle(s.ownRoutes())
	s.Handle(Routes{
		{"GET /{$}", access.Public, say("bonjour")},
		{"GET /jeux", access.Public, say("jeux")},
		{"GET /prive", access.SignedIn, say("privé")},
		{"GET /gestion", access.Platform, say("gestion")},
		{"GET /long", access.Public, say(strings.Repeat("une phrase assez longue ", 200))},
		{"GET /panne", access.Public, func(http.ResponseWriter, *http.Request) error { return errors.New("password=hunter2") }},
		{"GET /panique", access.Public, func(http.ResponseWriter, *http.Request) error { panic("hunter2") }},
		{"GET /trop", access.Public, func(http.ResponseWriter, *http.Request) error {
			return fault.New(fault.TooMany, "slow_down", i18n.T("Revenez dans une minute.", "Come back in a minute."))
		}},
		{"POST /envoi", access.Public, func(w http.ResponseWriter, r *http.Request) error {
			if r.URL.Query().Get("limite") != "" {
				LimitBody(w, r, 3<<20)
			}
			n, err := io.Copy(io.Discard, r.Body)
			if err != nil {
				return err
			}
			return Redirect(w, r, "/", Flash{Success, i18n.T("Reçu <b>%d</b>", "Received <b>%d</b>", n)})
		}},
	})
	return s
}

func say(text string) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return Render(w, r, http.StatusOK, templ.Join(Page(PageInfo{Title: "Essai", Crumbs: []ui.Crumb{{Label: "Essai"}}}), ui.Prose(text)))
	}
}

func ask(s *Site, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestErrorsArePagesInTheLanguageOfTheReader(t *testing.T) {
	s := testSite(io.Discard)
	for _, tc := range []struct {
		name, target, cookie string
		status               int
		says                 string
	}{
		{"a page that does not exist", "/rien", "", 404, "Page introuvable"},
		{"in English for those who chose it", "/rien", "socle_lang=en", 404, "Page not found"},
		{"an internal error", "/panne", "", 500, "Erreur interne"},
		{"a panic", "/panique", "", 500, "Erreur interne"},
		{"too often", "/trop", "socle_lang=en", 429, "Come back in a minute."},
		{"somebody who may not", "/gestion", "socle_session=good", 403, "Accès refusé"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := ask(s, "GET", tc.target, "Cookie", tc.cookie)
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.says) || strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("answered %d: %s", w.Code, w.Body)
			}
			if tc.status == 500 && !strings.Contains(w.Body.String(), w.Header().Get("X-Request-Id")) {
				t.Error("the page does not give the number of the request")
			}
		})
	}
}

func TestAnotherMethodAndAFinalSlashAreAnswered(t *testing.T) {
	s := testSite(io.Discard)
	if w := ask(s, "DELETE", "/jeux"); w.Code != 405 || !strings.Contains(w.Header().Get("Allow"), "GET") {
		t.Errorf("answered %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	if w := ask(s, "GET", "/jeux/?q=a"); w.Code != 301 || w.Header().Get("Location") != "/jeux?q=a" {
		t.Errorf("answered %d, Location %q", w.Code, w.Header().Get("Location"))
	}
	if w := ask(s, "HEAD", "/jeux"); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("HEAD answered %d with %d bytes", w.Code, w.Body.Len())
	}
}

func TestPagesRefuseWhatIsNotTheirs(t *testing.T) {
	s := testSite(io.Discard)
	policy := ask(s, "GET", "/").Header().Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "script-src 'self';") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("policy %q", policy)
	}
	if w := ask(s, "POST", "/envoi", "Sec-Fetch-Site", "cross-site", "Cookie", "socle_session=good"); w.Code != 403 {
		t.Errorf("a request made by another site answered %d", w.Code)
	}
	if w := ask(s, "POST", "/envoi", "Sec-Fetch-Site", "cross-site", "Authorization", "Bearer socle_good"); w.Code != 303 {
		t.Errorf("a token from another site answered %d", w.Code)
	}
	if w := ask(s, "GET", "/jeux", "Authorization", "Basic YTpi", "Accept", "application/json"); w.Code != 401 {
		t.Errorf("another scheme answered %d", w.Code)
	}
}

func TestABodyOverTheLimitIsRefusedAndTheLimitCanBeMoved(t *testing.T) {
	s := testSite(io.Discard)
	for target, status := range map[string]int{"/envoi": 413, "/envoi?limite=3": 303} {
		r := httptest.NewRequest("POST", target, bytes.NewReader(make([]byte, 2<<20)))
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s answered %d, want %d", target, w.Code, status)
		}
	}
}

func TestAMessageIsShownOnceAndStaysText(t *testing.T) {
	server := httptest.NewServer(testSite(io.Discard).Handler())
	defer server.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	read := func(response *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if page := read(client.Post(server.URL+"/envoi", "text/plain", strings.NewReader("abc"))); !strings.Contains(page, "Reçu &lt;b&gt;3&lt;/b&gt;") {
		t.Error("the message is not on the next page")
	}
	if page := read(client.Get(server.URL + "/")); strings.Contains(page, "Reçu") {
		t.Error("the message is shown twice")
	}
}

func TestSigningInLeadsBackAndOnlyInsideTheSite(t *testing.T) {
	s := testSite(io.Discard)
	if w := ask(s, "GET", "/prive?page=2"); w.Header().Get("Location") != "/connexion?suite="+url.QueryEscape("/prive?page=2") {
		t.Errorf("sent to %q", w.Header().Get("Location"))
	}
	post := func(next, password string) *httptest.ResponseRecorder {
		form := url.Values{"email": {"ada@exemple.fr"}, "password": {password}, "suite": {next}}
		r := httptest.NewRequest("POST", "/connexion", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w
	}
	w := post("/prive", "secret")
	cookie := w.Header().Get("Set-Cookie")
	if w.Header().Get("Location") != "/prive" || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("led to %q with %q", w.Header().Get("Location"), cookie)
	}
	if w := post("https://ailleurs.exemple/", "secret"); w.Header().Get("Location") != "/" {
		t.Errorf("led out of the site, to %q", w.Header().Get("Location"))
	}
	if w := post("/", "wrong"); w.Code != 401 || !strings.Contains(w.Body.String(), "Adresse ou mot de passe inconnu") {
		t.Errorf("a wrong password answered %d", w.Code)
	}
	if w := ask(s, "GET", "/prive", "Cookie", "socle_session=good"); w.Code != 200 || !strings.Contains(w.Body.String(), "Ada") {
		t.Errorf("somebody signed in is answered %d", w.Code)
	}
	if w := ask(s, "GET", "/jeux", "Cookie", "socle_session=old"); w.Code != 200 || !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("a session that is over answers %d and keeps its cookie", w.Code)
	}
}

func TestAPathFromARequestNeverLeavesTheSite(t *testing.T) {
	for target, want := range map[string]string{
		"/jeux?q=a#b": "/jeux?q=a#b", "//ailleurs.fr": "/", "https://ailleurs.fr": "/", `/\ailleurs.fr`: "/", "javascript:alert(1)": "/",
		"jeux": "/", "": "/", "/a\r\nSet-Cookie: x": "/",
	} {
		if got := LocalPath(target, "/"); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", target, got, want)
		}
	}
}

func TestTheReaderChoosesTheLanguageAndTheColours(t *testing.T) {
	s := testSite(io.Discard)
	if page := ask(s, "GET", "/").Body.String(); !strings.Contains(page, `<html lang="fr" data-scheme="system"`) {
		t.Error("French and the colours of the system come first")
	}
	w := ask(s, "GET", "/?lang=en&scheme=dark")
	if !strings.Contains(w.Body.String(), `<html lang="en" data-scheme="dark"`) || len(w.Result().Cookies()) != 2 {
		t.Error("the choice is not followed and remembered")
	}
	if page := ask(s, "GET", "/", "Cookie", "socle_lang=en"); !strings.Contains(page.Body.String(), `<html lang="en"`) {
		t.Error("the choice is not remembered")
	}
	if page := ask(s, "GET", `/?lang="><script>`).Body.String(); !strings.Contains(page, `<html lang="fr"`) || strings.Contains(page, "<script>\"") {
		t.Error("an unknown language must be ignored")
	}
}

func TestAnswersAreCompressedForThoseWhoAcceptIt(t *testing.T) {
	s := testSite(io.Discard)
	for _, tc := range []struct{ accept, encoding string }{{"gzip, br", "br"}, {"gzip", "gzip"}, {"br;q=0, gzip;q=0.5", "gzip"}, {"identity", ""}, {"", ""}} {
		if w := ask(s, "GET", "/long", "Accept-Encoding", tc.accept); w.Header().Get("Content-Encoding") != tc.encoding {
			t.Errorf("%q got %q, want %q", tc.accept, w.Header().Get("Content-Encoding"), tc.encoding)
		}
	}
	zipped, err := gzip.NewReader(ask(s, "GET", "/long", "Accept-Encoding", "gzip").Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(zipped); err != nil || string(text) != ask(s, "GET", "/long").Body.String() {
		t.Errorf("what is unzipped differs (%v)", err)
	}
}

func TestAssetsAreKeptForAYearAndComeCompressed(t *testing.T) {
	s := testSite(io.Discard)
	w := ask(s, "GET", "/assets/app-1.js", "Accept-Encoding", "br")
	if w.Body.String() != "brotli" || w.Header().Get("Content-Encoding") != "br" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("answered %q %v", w.Body, w.Header())
	}
	for _, name := range []string{"manifest.json", "../web.go", "app-1.js.br", "none.js"} {
		if w := ask(s, "GET", "/assets/"+name); w.Code == 200 {
			t.Errorf("%s was served", name)
		}
	}
}

func TestWithoutAssetsPagesSayWhichCommandToRun(t *testing.T) {
	s := testSite(io.Discard)
	s.assets = LoadAssets(fstest.MapFS{})
	if w := ask(s, "GET", "/"); w.Code != 503 || !strings.Contains(w.Body.String(), "make assets") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

func TestAnUnchangedPageIsNotSentAgain(t *testing.T) {
	s := testSite(io.Discard)
	s.Handle(Routes{{"GET /stable", access.Public, func(w http.ResponseWriter, r *http.Request) error {
		if NotModified(w, r, "v1", time.Time{}) {
			return nil
		}
		return say("stable")(w, r)
	}}})
	etag := ask(s, "GET", "/stable").Header().Get("ETag")
	if w := ask(s, "GET", "/stable", "If-None-Match", etag); etag == "" || w.Code != 304 {
		t.Errorf("answered %d for %q", w.Code, etag)
	}
	if w := ask(s, "GET", "/stable", "If-None-Match", etag, "Cookie", "socle_lang=en"); w.Code != 200 {
		t.Errorf("another language answered %d", w.Code)
	}
	if w := ask(s, "GET", "/stable", "If-None-Match", etag, "Cookie", "socle_session=good"); w.Code != 200 {
		t.Errorf("another reader answered %d", w.Code)
	}
}

func TestTheLogSaysNothingOfWhoAsks(t *testing.T) {
	var logs bytes.Buffer
	s := testSite(&logs)
	ask(s, "GET", "/jeux?email=ada@exemple.fr", "Cookie", "socle_session=good", "User-Agent", "navigateur-ada")
	line := logs.String()
	if !strings.Contains(line, "path=/jeux") || !strings.Contains(line, "status=200") {
		t.Errorf("log %q", line)
	}
	for _, secret := range []string{"ada", "192.0.2", "good"} {
		if strings.Contains(line, secret) {
			t.Errorf("the log holds %q: %s", secret, line)
		}
	}
}

func TestReadinessIsAskedOfTheProgram(t *testing.T) {
	s := New(Options{Ready: func(context.Context) error { return errors.New("store away") }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if w := ask(s, "GET", "/readyz"); w.Code != 503 || strings.Contains(w.Body.String(), "store") {
		t.Errorf("ready answered %d %s", w.Code, w.Body)
	}
	if w := ask(s, "GET", "/healthz"); w.Code != 200 {
		t.Errorf("health answered %d", w.Code)
	}
}
