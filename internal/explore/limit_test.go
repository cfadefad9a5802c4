package explore

import (
	"encoding/json"
	"net/http"
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
