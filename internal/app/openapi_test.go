package app_test

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"slices"
	"testing"

	"socle/internal/app"
)

var parameterOfPath = regexp.MustCompile(`\{([^}]+)\}`)

// TestEveryParameterOfAPathIsRead reads the description of the API: what stands between braces in a path and is not among
// the parameters of the operation would be dropped without a word.
func TestEveryParameterOfAPathIsRead(t *testing.T) {
	program, err := app.Open(t.Context(), app.Config{DataDir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	answer := httptest.NewRecorder()
	program.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/api/v1/openapi.json", nil))
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &document); err != nil || len(document.Paths) == 0 {
		t.Fatalf("status %d: %v", answer.Code, err)
	}
	for path, operations := range document.Paths {
		for method, operation := range operations {
			var o struct{ Parameters []struct{ Name, In string } }
			if json.Unmarshal(operation, &o) != nil { // what holds for the whole path
				continue
			}
			for _, wanted := range parameterOfPath.FindAllStringSubmatch(path, -1) {
				if !slices.ContainsFunc(o.Parameters, func(p struct{ Name, In string }) bool { return p.Name == wanted[1] && p.In == "path" }) {
					t.Errorf("%s %s: nothing reads {%s}", method, path, wanted[1])
				}
			}
		}
	}
}

func TestSQLIsDescribedLikeTheRest(t *testing.T) {
	program, err := app.Open(t.Context(), app.Config{DataDir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	answer := httptest.NewRecorder()
	program.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/api/v1/openapi.json", nil))
	var document struct {
		Paths map[string]map[string]struct {
			Parameters  []struct{ Name string }
			RequestBody struct{ Content map[string]any }
			Responses   map[string]struct{ Content map[string]any }
		}
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	get, post := document.Paths["/sql"]["get"], document.Paths["/sql"]["post"]
	if len(get.Parameters) != 3 || get.Parameters[0].Name != "sql" || get.Responses["200"].Content["application/json"] == nil || get.Responses["429"].Content["application/problem+json"] == nil {
		t.Errorf("GET: %+v", get)
	}
	for _, media := range []string{"application/json", "text/plain", "application/sql"} {
		if post.RequestBody.Content[media] == nil {
			t.Errorf("POST takes no %s: %+v", media, post)
		}
	}
}
