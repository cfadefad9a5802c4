package explore

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"socle/internal/api"
)

// What a small answer costs when it is asked again: finding the dataset, binding the plan, the body from memory.
func BenchmarkASmallAnswerAskedAgain(b *testing.B) {
	h := portal(b)
	door := api.New(api.Options{Version: "test", Log: quiet()})
	door.Handle(h.service.Routes(), h.service.Fail)
	handler := door.Handler()
	for name, address := range map[string]string{"records": with("/catalog/datasets/etablissements/records", "where", `academie = "Paris"`, "limit", "20"),
		"catalogue": with("/catalog/datasets", "limit", "10"), "dataset": with("/catalog/datasets/etablissements")} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body.String())
				}
			}
		})
	}
}
