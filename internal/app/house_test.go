package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"

	"socle/internal/access"
	"socle/internal/catalog"
	"socle/internal/demo"
	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/web"
)

// house is the whole program with the demonstration, served on a free port.
type house struct {
	t       testing.TB
	app     *App
	url     string
	clients map[string]*http.Client
}

// The people of a house: nobody in particular, and the accounts of the demonstration.
const (
	visitor     = ""
	contributor = "brouillon@demo.example"
	publisher   = "publication@demo.example"
	steward     = "gestion@demo.example"
	platform    = "administration@demo.example"
)

// TestMain lets the test program be the process that runs SQL.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == engine.SQLWorkerArgument {
		if err := engine.ServeSQL(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// furnished starts a house.
func furnished(t testing.TB) *house {
	t.Helper()
	if !web.EmbeddedAssets().Built() {
		t.Fatal("the assets of the pages are not built: run “make assets”")
	}
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String()
	program, err := Open(t.Context(), Config{URL: address, DataDir: filepath.Join(t.TempDir(), "data"), Demo: true, ThemeSwitch: true, Version: "essai",
		Name: i18n.T("Données de l’éducation", "Education data"), Tagline: i18n.T("Portail de démonstration", "Demonstration portal"),
		Operator: i18n.T("Ministère de démonstration", "Demonstration ministry"),
		Notice: i18n.T("Données fictives : cette région, ses établissements et ses chiffres n’existent pas.",
			"Invented data: this region, its schools and its figures do not exist."),
		Legal: catalog.Legal{Publisher: "Ministère de démonstration", Contact: "contact@demo.example", Security: "mailto:securite@demo.example"},
		Log:   slog.New(slog.DiscardHandler), SQLWorker: []string{os.Args[0], engine.SQLWorkerArgument}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	seeder := demo.Seeder{People: program.People, Assets: program.Assets, Publisher: program.DemoPublisher(), Registry: program.DemoRegistry(), Finish: program.FinishDemo}
	if err := seeder.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := program.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	// Errors that no address gives on purpose.
	program.site.Handle(web.Routes{
		{Pattern: "GET /essai/panne", Permission: access.Public, Handler: func(http.ResponseWriter, *http.Request) error { return errors.New("on purpose") }},
		{Pattern: "GET /essai/lourd", Permission: access.Public, Handler: func(http.ResponseWriter, *http.Request) error {
			return fault.New(fault.TooLarge, "too_large", i18n.T("L’envoi dépasse la limite de 20 Go.", "What was sent is over the limit of 20 GB."))
		}},
	})
	server.Config.Handler = program.Handler()
	server.Start()
	t.Cleanup(server.Close)
	h := &house{t: t, app: program, url: address, clients: map[string]*http.Client{}}
	h.clients[visitor] = h.client()
	for _, a := range demo.Accounts() {
		h.clients[a.Email] = h.client()
		if to := h.post(a.Email, "/connexion", url.Values{"email": {a.Email}, "password": {a.Password}}); to == "" {
			t.Fatalf("%s cannot sign in", a.Email)
		}
	}
	return h
}

func (h *house) client() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// cookies are those of somebody's session, for a browser.
func (h *house) cookies(who string) []*network.CookieParam {
	address, err := url.Parse(h.url)
	if err != nil {
		h.t.Fatal(err)
	}
	var list []*network.CookieParam
	for _, c := range h.clients[who].Jar.Cookies(address) {
		list = append(list, &network.CookieParam{Name: c.Name, Value: c.Value, URL: h.url, HTTPOnly: true})
	}
	return list
}

// get returns the status, the kind and the text of a page.
func (h *house) get(who, path string) (status int, media, text string) {
	h.t.Helper()
	answer, err := h.clients[who].Get(h.url + path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Content-Type"), string(body)
}

// post sends a form and returns where the answer leads, "" when it leads nowhere.
func (h *house) post(who, path string, form url.Values) string {
	h.t.Helper()
	return h.send(who, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (h *house) send(who, path, media string, body io.Reader) string {
	h.t.Helper()
	answer, err := h.clients[who].Post(h.url+path, media, body)
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.Header.Get("Location")
}

// deposit sends a file from the page and returns the address of its draft.
func (h *house) deposit(who, dataset, name, content string) string {
	h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("jeu", dataset)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	to := h.send(who, "/publier", form.FormDataContentType(), &body)
	if to == "" {
		h.t.Fatalf("%s was not received", name)
	}
	return to
}

// check sends a file to be held against a schema, and returns the address of the report.
func (h *house) check(who, schema, name, content string) string {
	h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("schema", schema)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	to := h.send(who, "/valider", form.FormDataContentType(), &body)
	if to == "" {
		h.t.Fatalf("%s was not checked", name)
	}
	return to
}

// submit asks for the publication of a draft, and waits until the page says something.
func (h *house) submit(who, draft, says string, form url.Values) {
	h.t.Helper()
	form.Set("action", "publier")
	h.post(who, draft, form)
	for range 300 {
		if _, _, text := h.get(who, draft); strings.Contains(text, says) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	_, _, text := h.get(who, draft)
	h.t.Fatalf("the draft never says %q:\n%s", says, text)
}
