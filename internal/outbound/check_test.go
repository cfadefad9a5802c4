package outbound

import (
	"net/http"
	"testing"

	"socle/internal/fault"
)

func TestAnAddressIsCheckedWithoutReadingWhatItGives(t *testing.T) {
	answers := map[string]int{"/": 200, "/login": 401, "/private": 403, "/often": 429, "/absent": 404, "/gone": 410, "/trouble": 503}
	site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/no-head" && r.Method == http.MethodHead {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if status := answers[r.URL.Path]; status != 0 {
			w.WriteHeader(status)
		}
	})
	client := New(Options{AllowPrivate: loopback})
	for _, path := range []string{"/", "/login", "/private", "/often", "/no-head"} {
		if err := client.Check(t.Context(), site+path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	wantFault(t, client.Check(t.Context(), site+"/absent"), fault.Invalid, "outbound_status")
	wantFault(t, client.Check(t.Context(), site+"/gone"), fault.Invalid, "outbound_status")
	wantFault(t, client.Check(t.Context(), site+"/trouble"), fault.Unavailable, "outbound_status")
	wantFault(t, New(Options{}).Check(t.Context(), site), fault.Forbidden, "outbound_address_refused")
	wantFault(t, client.Check(t.Context(), "file:///etc/passwd"), fault.Invalid, "outbound_address_invalid")
}
