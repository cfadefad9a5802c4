package explore

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"socle/internal/api"
)

func TestACallerOverTheLimitIsToldInTheShapeOfTheAPI(t *testing.T) {
	h := portal(t)
	h.serve(api.Limits{Anonymous: 3, Key: 5})
	records := Prefix + "/catalog/datasets/etablissements/records"
	for range 3 {
		if answer, body := h.get(records); answer.StatusCode != http.StatusOK {
			t.Fatal(answer.Status, body)
		}
	}
	answer, body := h.get(records)
	var told struct {
		ErrorCode int       `json:"errorcode"`
		ResetTime time.Time `json:"reset_time"`
		Unit      string    `json:"limit_time_unit"`
		CallLimit int       `json:"call_limit"`
		Error     string    `json:"error"`
	}
	if err := json.Unmarshal([]byte(body), &told); err != nil || answer.StatusCode != http.StatusTooManyRequests || told.ErrorCode != 10002 ||
		told.CallLimit != 3 || told.Unit != "minute" || told.Error == "" || !told.ResetTime.After(time.Now()) {
		t.Fatalf("%s, %v: %s", answer.Status, err, body)
	}
	for _, name := range []string{"Retry-After", "RateLimit", "RateLimit-Policy", "X-RateLimit-Reset", "Access-Control-Allow-Origin"} {
		if answer.Header.Get(name) == "" {
			t.Errorf("no header %s: %v", name, answer.Header)
		}
	}
	if answer, body := h.do(http.MethodOptions, records); answer.StatusCode != http.StatusNoContent {
		t.Errorf("a browser may not even ask whether it may ask: %s %s", answer.Status, body)
	}
	if answer, body := h.get(records + "?apikey=" + h.secret); answer.StatusCode != http.StatusOK || answer.Header.Get("X-RateLimit-Limit") != "5" {
		t.Errorf("with a key: %s %s", answer.Status, body)
	}
	if answer, body := h.get(records + "?apikey=socle_faux"); answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("with a false key: %s %s", answer.Status, body)
	}
}

func TestACallerWhoMakesTheServerWorkTooMuchIsToldToWaitAndOthersAreAnswered(t *testing.T) {
	h := portal(t)
	h.serve(api.Limits{Anonymous: 1000, AnonymousWork: time.Millisecond, Address: func(r *http.Request) string { return r.URL.Query().Get("from") }})
	records := Prefix + "/catalog/datasets/etablissements/records"
	long := url.QueryEscape("nom in (" + strings.Repeat("'a',", longQuestion/4) + "'b')")
	if answer, body := h.get(records + "?from=192.0.2.1&where=" + long); answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, body)
	}
	answer, body := h.get(records + "?from=192.0.2.1&limit=11&where=" + long)
	if answer.StatusCode != http.StatusTooManyRequests || !strings.Contains(body, `"errorcode":10002`) || answer.Header.Get("Retry-After") == "" ||
		!strings.Contains(strings.Join(answer.Header.Values("RateLimit"), " "), `"work";r=0`) {
		t.Fatalf("%s %v: %s", answer.Status, answer.Header, body)
	}
	for name, path := range map[string]string{"a short question": "?from=192.0.2.1", "another address": "?from=192.0.2.2&limit=12&where=" + long} {
		if answer, body := h.get(records + path); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %s", name, answer.Status, body)
		}
	}
}
