package app

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"socle/internal/identity"
)

func TestEveryDoorCountsTheSameCalls(t *testing.T) {
	a, err := Open(identity.With(t.Context(), identity.System()), Config{DataDir: t.TempDir(), AnonymousCalls: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	ask := func(method, path, body string) (int, http.Header, string) {
		r := httptest.NewRequest(method, "http://socle.test"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		return w.Code, w.Header(), w.Body.String()
	}
	page := "/sql?" + url.Values{"sql": {"SELECT 1"}}.Encode()
	ping := `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	for i, call := range []struct{ method, path, body string }{{"GET", "/api/explore/v2.1/catalog/datasets", ""}, {"POST", "/mcp", ping}, {"GET", page, ""}} {
		if status, header, body := ask(call.method, call.path, call.body); status == http.StatusTooManyRequests || header.Get("X-RateLimit-Remaining") != string(rune('2'-i)) {
			t.Errorf("%s: status %d, %v: %.200s", call.path, status, header, body)
		}
	}
	for _, call := range []struct{ method, path, body string }{{"GET", "/api/explore/v2.1/catalog/datasets", ""}, {"POST", "/mcp", ping}, {"GET", page, ""}} {
		if status, header, body := ask(call.method, call.path, call.body); status != http.StatusTooManyRequests || header.Get("Retry-After") == "" {
			t.Errorf("%s over the limit: status %d, %v: %.200s", call.path, status, header, body)
		}
	}
	if status, header, _ := ask("GET", "/sql", ""); status != http.StatusOK || header.Get("RateLimit") != "" {
		t.Errorf("the page without a statement counts as a call: %d %v", status, header)
	}
}
