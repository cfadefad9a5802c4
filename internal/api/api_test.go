package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
)

type input struct {
	ID    string `path:"id"`
	Count int    `query:"count" minimum:"1" default:"1"`
}

type output struct{ Body struct{ ID string } }

func testAPI() *API {
	a := New(Options{Version: "test", DocsURL: "/documentation/api", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	Register(a, access.Public, huma.Operation{OperationID: "get-thing", Method: http.MethodGet, Path: "/things/{id}", Summary: "One thing"},
		func(_ context.Context, in *input) (*output, error) {
			switch in.ID {
			case "missing":
				return nil, fault.New(fault.NotFound, "thing_not_found", i18n.T("Cet objet n’existe pas.", "This thing does not exist.")).At("id")
			case "broken":
				return nil, errors.New("password=hunter2")
			}
			out := &output{}
			out.Body.ID = in.ID
			return out, nil
		})
	Register(a, access.SignedIn, huma.Operation{OperationID: "make-thing", Method: http.MethodPost, Path: "/things", Summary: "Make one"},
		func(context.Context, *struct{}) (*output, error) { return &output{}, nil })
	a.Handle(Routes{{Pattern: "GET  /api/raw", Permission: access.SignedIn, Handler: func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "raw")
		return err
	}}}, nil)
	return a
}

func ask(a *API, method, path, language string, who identity.Principal) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Language", language)
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r.WithContext(identity.With(r.Context(), who)))
	return w
}

func TestErrorsAreProblemsInTheLanguageOfTheCaller(t *testing.T) {
	a := testAPI()
	for _, tc := range []struct {
		name, method, path, language string
		status                       int
		code, says                   string
	}{
		{"a fault keeps its code and its sentence", "GET", "/api/v1/things/missing", "fr", 404, "thing_not_found", "n’existe pas"},
		{"in English when English is asked", "GET", "/api/v1/things/missing", "de, en-GB;q=0.8", 404, "thing_not_found", "does not exist"},
		{"an internal error shows nothing of itself", "GET", "/api/v1/things/broken", "en", 500, "internal", "internal error"},
		{"a parameter out of bounds is named", "GET", "/api/v1/things/a?count=0", "fr", 422, "invalid_request", "count"},
		{"nobody may not", "POST", "/api/v1/things", "en", 401, "", ""},
		{"nobody may not on raw routes either", "GET", "/api/raw", "en", 401, "", ""},
		{"an unknown address", "GET", "/api/v1/nothing", "fr", 404, "operation_not_found", "openapi.json"},
		{"another method", "DELETE", "/api/v1/things", "fr", 405, "method_not_allowed", "POST"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := ask(a, tc.method, tc.path, tc.language, identity.Principal{})
			if w.Code != tc.status || w.Header().Get("Content-Type") != problemMedia {
				t.Fatalf("answered %d %s: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
			var p Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			if p.Status != tc.status || tc.code != "" && p.Code != tc.code || !strings.Contains(p.Message, tc.says) || strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("problem %+v", p)
			}
		})
	}
}

func TestAnswersAreTypedAndAPersonPasses(t *testing.T) {
	a := testAPI()
	if w := ask(a, "GET", "/api/v1/things/x", "fr", identity.Principal{}); w.Code != 200 || strings.TrimSpace(w.Body.String()) != `{"ID":"x"}` {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if w := ask(a, "GET", "/api/raw", "fr", identity.Principal{Kind: identity.Person, UserID: "u"}); w.Code != 200 || w.Body.String() != "raw" {
		t.Errorf("raw answered %d %s", w.Code, w.Body)
	}
}

func TestTheDocumentIsOpenAPI31AndSaysWhatEachOperationAsks(t *testing.T) {
	w := ask(testAPI(), "GET", DocumentPath, "fr", identity.Principal{})
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Security  []map[string][]string
			Responses map[string]struct{ Content map[string]any }
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("version %q", document.OpenAPI)
	}
	if make := document.Paths["/things"]["post"]; len(make.Security) != 1 || make.Responses["401"].Content[problemMedia] == nil {
		t.Errorf("the document does not say that a token is needed: %+v", make)
	}
	if get := document.Paths["/things/{id}"]["get"]; len(get.Security) != 0 || get.Responses["404"].Content[problemMedia] == nil {
		t.Errorf("the document does not say that it may not exist: %+v", get)
	}
	if w := ask(testAPI(), "GET", "/api/v1/docs", "fr", identity.Principal{}); w.Header().Get("Location") != "/documentation/api" {
		t.Errorf("docs lead to %q", w.Header().Get("Location"))
	}
}

func TestTheDescriptionSaysHowSomethingIsLeftOut(t *testing.T) {
	a := New(Options{Log: slog.New(slog.DiscardHandler)})
	type body struct {
		Body struct {
			Name string `json:"name"`
			Kind string `json:"kind,omitempty" enum:"a,b"`
		}
		Since time.Time `query:"since"`
	}
	Register(a, access.Public, huma.Operation{OperationID: "make", Method: http.MethodPost, Path: "/things", Summary: "Make"},
		func(context.Context, *body) (*output, error) { return &output{}, nil })
	r := httptest.NewRequest("POST", "/api/v1/things?since=", strings.NewReader(`{"name":"x","kind":null}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	text, err := a.Document()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"allowEmptyValue":true`, `"enum":["a","b",null],"type":["string","null"]`, `"name":{"type":"string"}`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("no %s in %s", part, text)
		}
	}
}
