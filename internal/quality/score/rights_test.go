package score_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/quality/score"
	"socle/internal/store/storetest"
)

// reader is somebody signed in, who asks for pages and operations.
func (h *house) reader(email string) func(path string) (int, string) {
	h.t.Helper()
	const password = "une phrase de passe assez longue"
	if _, err := h.People.CreateUser(h.ctx, email, "Personne d’essai", password); err != nil {
		h.t.Fatal(err)
	}
	server := httptest.NewServer(h.Handler())
	h.t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(server.URL+"/connexion", url.Values{"email": {email}, "password": {password}})
	if err != nil || answer.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("sign in: %v %v", answer, err)
	}
	answer.Body.Close()
	return func(path string) (int, string) {
		h.t.Helper()
		answer, err := client.Get(server.URL + path)
		if err != nil {
			h.t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			h.t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
}

func TestWhoSeesAPartOfTheDataLearnsNothingOfTheRestFromItsScore(t *testing.T) {
	h := newHouse(t, storetest.DSN(t))
	// 1,237 rows, of which 17 are of the département that the reader is given; a column that they are not given has codes that are
	// wrong, and a town spelt in two ways.
	const rows = 1237
	file := table("uai;code_departement;code_secret;ville", rows, func(i int) string {
		departement, town := "59", "Roubaix"
		if i < 17 {
			departement = "62"
		}
		if i%200 == 150 {
			town = "ROUBAIX"
		}
		return fmt.Sprintf("%s;%s;%s;%s", uai(max(i, 30)), departement, map[bool]string{true: "0590000Z", false: uai(i)}[i == 600], town)
	})
	h.publish("reserve", func(d *asset.Dataset) {
		d.Level, d.Themes = asset.Restricted, []string{"Établissements"}
		d.Fields = map[string]asset.FieldDoc{"code_secret": {Label: "Colonne tue"}}
	}, file)
	d, err := h.Assets.Get(h.ctx, "reserve")
	if err != nil {
		t.Fatal(err)
	}
	whole, part := h.reader("tout@demo.example"), h.reader("partie@demo.example")
	for email, g := range map[string]access.Grant{"tout@demo.example": {}, "partie@demo.example": {Fields: []string{"uai", "code_departement"}, RowFilter: `code_departement = "62"`}} {
		person, err := h.People.UserByEmail(h.ctx, email)
		if err != nil {
			t.Fatal(err)
		}
		g.SubjectKind, g.SubjectID, g.AssetUID, g.Purpose = access.ToPerson, person.ID, d.UID, "Essai"
		if _, err := h.Access.Grant(h.ctx, g); err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{"/api/v1/datasets/reserve/score", "/jeux/reserve/qualite", "/jeux/reserve/qualite.json", "/jeux/reserve/qualite.jsonld", "/jeux/reserve/qualite.svg", "/api/v1/datasets/reserve/score/history",
		"/qualite", "/qualite/criteres", "/api/v1/scores/organizations", "/api/v1/scores/domains"}
	// What tells of the rest: how many rows there are, values, the names of columns.
	telling := []string{"1237", "1\u202f237", "1,237", "1236", "0590000Z", "Roubaix", "ROUBAIX", "code_secret", "Colonne tue", "/quarantaine"}
	seen := map[string]bool{}
	for _, path := range paths {
		status, body := whole(path)
		if status != http.StatusOK {
			t.Fatalf("%s answers who sees everything %d", path, status)
		}
		for _, word := range telling {
			seen[word] = seen[word] || strings.Contains(body, word)
		}
		if status, body = part(path); status != http.StatusOK {
			t.Errorf("%s answers who sees a part %d", path, status)
		}
		for _, word := range telling {
			if i := strings.Index(body, word); i >= 0 {
				t.Errorf("%s tells who sees a part %q: …%s…", path, word, body[max(0, i-80):min(len(body), i+80)])
			}
		}
	}
	for _, word := range []string{"0590000Z", "code_secret", "Roubaix"} {
		if !seen[word] {
			t.Errorf("who sees everything is not shown %q: the test shows nothing", word)
		}
	}
	// Nor may the rates be counted back into rows: two figures, of no denominator.
	_, body := part("/api/v1/datasets/reserve/score")
	var got answer
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	counting := regexp.MustCompile(`^0(\.0*[0-9]{1,2})?$|^1$|^[0-9.]+e-0[0-9]$`)
	for _, c := range got.Criteria {
		if c.State == string(score.Measured) && (c.Total != 1 || !counting.MatchString(fmt.Sprint(c.Bad))) || len(c.Evidence) > 0 {
			t.Errorf("%s tells who sees a part: %v of %v, %+v", c.ID, c.Bad, c.Total, c.Evidence)
		}
	}
	if _, body := whole("/api/v1/datasets/reserve/score"); strings.Count(body, `"total":1237`) == 0 {
		t.Error("who sees everything is not told how many rows were counted")
	}
}
