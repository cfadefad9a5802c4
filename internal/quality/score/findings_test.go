package score_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"socle/internal/app"
	"socle/internal/asset"
	"socle/internal/french"
	"socle/internal/identity"
	"socle/internal/quality/registry"
	"socle/internal/quality/score"
	"socle/internal/store"
	"socle/internal/store/storetest"
	"socle/internal/validate"
)

// house is the whole program on a database.
type house struct {
	*app.App
	t   *testing.T
	ctx context.Context
}

func newHouse(t *testing.T, dsn string) *house {
	t.Helper()
	return furnish(t, app.Config{DatabaseURL: dsn, AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
}

// furnish is the whole program, as a configuration says.
func furnish(t *testing.T, config app.Config) *house {
	t.Helper()
	config.DataDir, config.Log, config.Threads = filepath.Join(t.TempDir(), "data"), slog.New(slog.DiscardHandler), 1
	program, err := app.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return &house{App: program, t: t, ctx: identity.With(t.Context(), identity.System())}
}

// publish publishes files one after the other as versions of one dataset, and returns its score.
func (h *house) publish(id string, describe func(*asset.Dataset), files ...string) score.Score {
	h.t.Helper()
	var d asset.Dataset
	for i, content := range files {
		if status, answer := h.send(id, content); status >= 300 {
			h.t.Fatalf("version %d: %d %s", i+1, status, answer)
		}
		var err error
		if d, err = h.Assets.Get(h.ctx, id); err != nil {
			h.t.Fatal(err)
		}
		if describe != nil && i == 0 {
			describe(&d)
			if d, err = h.Assets.UpdateDataset(h.ctx, d); err != nil {
				h.t.Fatal(err)
			}
		}
		if i < len(files)-1 {
			h.compute(d.UID)
		}
	}
	return h.compute(d.UID)
}

// declare makes a dataset that declares a schema, and shows what breaks it.
func (h *house) declare(id, document string) {
	h.t.Helper()
	own, err := h.People.Own(h.ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	ref := registry.Ref{Owner: own.Slug, Name: id}
	if _, _, err := h.Schemas.Publish(h.ctx, registry.NewVersion{Ref: ref, Document: []byte(document)}); err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.Assets.CreateDataset(h.ctx, asset.Dataset{Asset: asset.Asset{ID: id, OrgID: own.ID, Level: asset.Open}, Title: id}); err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.Schemas.Declare(h.ctx, id, registry.Rules{Schemas: []string{ref.String()}, Policy: validate.Warn}); err != nil {
		h.t.Fatal(err)
	}
}

// send publishes a file through the API, and returns the status and the text of the answer.
func (h *house) send(id, content string) (int, string) {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.ctx, http.MethodPost, "/api/v1/datasets/"+id+"/versions?name=fichier.csv&settings="+url.QueryEscape(`{"acceptLoss":"essai","confirmPersonal":true}`), strings.NewReader(content))
	r.Header.Set("Content-Type", "application/octet-stream")
	w := httptest.NewRecorder()
	h.API().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (h *house) compute(uid string) score.Score {
	h.t.Helper()
	s, err := h.Score.Compute(h.ctx, uid)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// found returns the finding of a kind, with the line that holds it.
func found(s score.Score, kind string) (score.Line, score.Finding, bool) {
	for _, l := range s.Lines {
		for _, f := range l.Measure.Findings {
			if f.Kind == kind {
				return l, f, true
			}
		}
	}
	return score.Line{}, score.Finding{}, false
}

// table writes a CSV of n rows.
func table(header string, n int, row func(i int) string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := range n {
		b.WriteString(row(i) + "\n")
	}
	return b.String()
}

// school is an invented row of a directory; the UAI has its right letter.
func uai(i int) string {
	const letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
	n := 590000 + i
	return fmt.Sprintf("%07d%c", n, letters[n%23])
}

// days writes the events of a calendar of schools.
func calendar(begin, end func(i int) string) string {
	return table("intitule;date_debut;date_fin", 30, func(i int) string { return fmt.Sprintf("Vacances %d;%s;%s", i, begin(i), end(i)) })
}

// faults are what auditors and readers found on a portal of the field: for each, a file that has it and the same file without it.
var faults = []struct {
	name   string
	kind   string
	bad    int64 // as counted
	faulty []string
	clean  []string
	schema string // that the dataset declares, if any
	hint   bool   // it may be right as it is, and costs no point
}{
	{name: "INSEE codes are integers without their zeros", kind: "lost-zeros", bad: 9,
		faulty: []string{table("code_insee;population", 30, func(i int) string { return fmt.Sprintf("%d;%d", 1001+i*1000, 100+i) })},
		clean:  []string{table("code_insee;population", 30, func(i int) string { return fmt.Sprintf("%05d;%d", 1001+i*1000, 100+i) })}},
	{name: "a column that was full is empty", kind: "emptied-column", bad: 40,
		faulty: []string{table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(200+i) }), table("uai;effectif", 40, func(i int) string { return uai(i) + ";" })},
		clean:  []string{table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(200+i) }), table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(201+i) })}},
	{name: "a column is almost empty", kind: "almost-empty", bad: 1,
		faulty: []string{table("uai;effectif;observation", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(200+i) + ";" })},
		clean:  []string{table("uai;effectif;observation", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(200+i) + ";vue " + fmt.Sprint(i) })}},
	{name: "whole départements are missing after an update", kind: "missing-category", bad: 10,
		faulty: []string{table("uai;code_departement", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(59+i/10) }), table("uai;code_departement", 30, func(i int) string { return uai(i) + ";" + fmt.Sprint(59+i/10) })},
		clean:  []string{table("uai;code_departement", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(59+i/10) }), table("uai;code_departement", 41, func(i int) string { return uai(i) + ";" + fmt.Sprint(59+min(i, 39)/10) })}},
	{name: "a first publication lacks the académies overseas", kind: "absent-territories", bad: 5, hint: true,
		faulty: []string{ofAcademies(false)}, clean: []string{ofAcademies(true)}},
	{name: "a first publication lacks whole départements", kind: "absent-territories", bad: 6, hint: true,
		faulty: []string{ofDepartements(95)}, clean: []string{ofDepartements(101)}},
	{name: "a calendar has the three zones and nothing overseas", kind: "absent-territories", bad: 5, hint: true,
		faulty: []string{holidays("Zone A", "Zone B", "Zone C", "Corse")}, clean: []string{holidays("Zone A", "Zone B", "Zone C", "Corse", "Guadeloupe", "Guyane", "Martinique", "Mayotte", "Réunion")}},
	{name: "only one school is left in a town after an update", kind: "shrunk-category", bad: 19,
		faulty: []string{table("uai;commune", 40, func(i int) string { return uai(i) + ";" + []string{"Nantes", "Rezé"}[i/20] }), table("uai;commune", 21, func(i int) string { return uai(i) + ";" + []string{"Rezé", "Nantes"}[i/20] })},
		clean:  []string{table("uai;commune", 40, func(i int) string { return uai(i) + ";" + []string{"Nantes", "Rezé"}[i/20] }), table("uai;commune", 35, func(i int) string { return uai(i) + ";" + []string{"Rezé", "Nantes"}[i/20] })}},
	{name: "an update is partial: a territory has only figures of the year before", kind: "partial-update", bad: 1,
		faulty: []string{table("rentree;code_departement;uai", 90, func(i int) string {
			return fmt.Sprintf("%d;%d;%s", store.Now().Year()-i%3-map[bool]int{true: 1}[i < 30 && i%3 == 0], 59+i/30, uai(i))
		})},
		clean: []string{table("rentree;code_departement;uai", 90, func(i int) string {
			return fmt.Sprintf("%d;%d;%s", store.Now().Year()-i%3, 59+i/30, uai(i))
		})}},
	{name: "calendar events begin at 22:00 or 23:00 where a day was meant", kind: "day-at-22-or-23", bad: 30,
		faulty: []string{calendar(func(i int) string { return fmt.Sprintf("2025-10-%02dT22:00:00Z", i%25+1) }, func(i int) string { return fmt.Sprintf("2025-11-%02dT23:00:00Z", i%25+1) })},
		clean:  []string{calendar(func(i int) string { return fmt.Sprintf("2025-10-%02d", i%25+1) }, func(i int) string { return fmt.Sprintf("2025-11-%02d", i%25+1) })}},
	{name: "an event runs over a year", kind: "over-a-year", bad: 1,
		faulty: []string{calendar(func(i int) string { return fmt.Sprintf("2025-09-%02d", i%25+1) }, func(i int) string {
			if i == 7 {
				return "2026-09-30"
			}
			return "2025-10-05"
		})},
		clean: []string{calendar(func(i int) string { return fmt.Sprintf("2025-09-%02d", i%25+1) }, func(int) string { return "2025-10-05" })}},
	{name: "a period ends before it begins", kind: "ends-before-it-begins", bad: 5,
		faulty: []string{calendar(func(i int) string { return fmt.Sprintf("2025-09-%02d", i%30+1) }, func(int) string { return "2025-09-25" })},
		clean:  []string{calendar(func(i int) string { return fmt.Sprintf("2025-09-%02d", i%25+1) }, func(int) string { return "2025-09-25" })}},
	{name: "girls and boys do not make the total", kind: "parts-and-total", bad: 3,
		faulty: []string{table("uai;nb_filles;nb_garcons;nb_eleves_total", 40, func(i int) string { return fmt.Sprintf("%s;%d;%d;%d", uai(i), 100+i, 90+i, 190+2*i+i/37) })},
		clean:  []string{table("uai;nb_filles;nb_garcons;nb_eleves_total", 40, func(i int) string { return fmt.Sprintf("%s;%d;%d;%d", uai(i), 100+i, 90+i, 190+2*i) })}},
	{name: "a total is not the sum of its levels", kind: "parts-and-total", bad: 2,
		faulty: []string{table("uai;sixieme;cinquieme;quatrieme;troisieme;total", 40, func(i int) string {
			return fmt.Sprintf("%s;%d;%d;%d;%d;%d", uai(i), 90+i, 80+i%7, 70+i%5, 60+i%3, 300+i+i%7+i%5+i%3+5*(i/38))
		})},
		clean: []string{table("uai;sixieme;cinquieme;quatrieme;troisieme;total", 40, func(i int) string {
			return fmt.Sprintf("%s;%d;%d;%d;%d;%d", uai(i), 90+i, 80+i%7, 70+i%5, 60+i%3, 300+i+i%7+i%5+i%3)
		})}},
	{name: "a row is shifted because a name held the separator", kind: "shifted-row", bad: 1,
		faulty: []string{table("uai;nom;commune;code_postal;effectif;indice", 60, shiftedRow(17))},
		clean:  []string{table("uai;nom;commune;code_postal;effectif;indice", 60, shiftedRow(-1))}},
	{name: "words that stand for nothing in place names", kind: "placeholder", bad: 4,
		faulty: []string{table("uai;commune", 40, func(i int) string {
			return uai(i) + ";" + append([]string{"Inconnu", "À compléter", "XXX", "n.c."}, slices.Repeat([]string{"Ville-sur-Lys"}, 36)...)[i]
		})},
		clean: []string{table("uai;commune", 40, func(i int) string { return fmt.Sprintf("%s;Ville %d", uai(i), i) })}},
	{name: "the same UAI is there twice", kind: "repeated-key", bad: 2,
		faulty: []string{table("uai;effectif", 40, func(i int) string { return fmt.Sprintf("%s;%d", uai(i%38), i) })},
		clean:  []string{table("uai;effectif", 40, func(i int) string { return fmt.Sprintf("%s;%d", uai(i), i) })}},
	{name: "the same row is there twice", kind: "repeated-row", bad: 2,
		faulty: []string{table("club;adherents", 40, func(i int) string { return fmt.Sprintf("Club %d;%d", i%38, 10+i%38) })},
		clean:  []string{table("club;adherents", 40, func(i int) string { return fmt.Sprintf("Club %d;%d", i, 10+i) })}},
	{name: "one code list has several spellings", kind: "several-spellings", bad: 4,
		faulty: []string{table("uai;secteur", 40, func(i int) string {
			if odd := map[int]string{3: "PUBLIC", 9: "public", 12: "privé", 15: "Prive"}[i]; odd != "" {
				return uai(i) + ";" + odd
			}
			return uai(i) + ";" + []string{"Public", "Privé"}[i%2]
		})},
		clean: []string{table("uai;secteur", 40, func(i int) string { return uai(i) + ";" + []string{"Public", "Privé"}[i%2] })}},
	{name: "a directory mixes closed schools with open ones", kind: "closed-among-open", bad: 3,
		faulty: []string{table("uai;nom;etat", 40, func(i int) string {
			return fmt.Sprintf("%s;École n° %d;%s", uai(i), i, append([]string{"FERMÉ", "Fermée", "FERMÉ", "À FERMER"}, slices.Repeat([]string{"OUVERT"}, 36)...)[i])
		})},
		clean: []string{table("uai;nom;etat", 40, func(i int) string {
			return fmt.Sprintf("%s;École n° %d;%s", uai(i), i, append([]string{"À OUVRIR", "À FERMER"}, slices.Repeat([]string{"OUVERT"}, 38)...)[i])
		})}},
	{name: "a directory keeps schools whose closing is past", kind: "closed-among-open", bad: 2,
		faulty: []string{table("uai;nom;date_fermeture", 40, func(i int) string {
			return fmt.Sprintf("%s;École n° %d;%s", uai(i), i, map[int]string{3: "2019-08-31", 8: "2021-08-31", 9: "2199-08-31"}[i])
		})},
		clean: []string{table("uai;nom;date_fermeture", 40, func(i int) string {
			return fmt.Sprintf("%s;École n° %d;%s", uai(i), i, map[int]string{3: "2198-08-31", 9: "2199-08-31"}[i])
		})}},
	{name: "a directory has schools to close", kind: "to-close", bad: 2, hint: true,
		faulty: []string{table("uai;nom;etat", 40, func(i int) string {
			return fmt.Sprintf("%s;École n° %d;%s", uai(i), i, append([]string{"À FERMER", "A fermer", "À OUVRIR"}, slices.Repeat([]string{"OUVERT"}, 37)...)[i])
		})},
		clean: []string{table("uai;nom;etat", 40, func(i int) string {
			return fmt.Sprintf("%s;École n° %d;%s", uai(i), i, []string{"OUVERT", "À OUVRIR"}[i%2])
		})}},
	{name: "two schools share a UAI", kind: "shared-identifier", bad: 2,
		faulty: []string{table("uai;nom;adresse", 40, func(i int) string { return fmt.Sprintf("%s;École n° %d;%d rue du Port", uai(i%38), i, i) })},
		clean: []string{table("uai;nom;adresse", 40, func(i int) string {
			return fmt.Sprintf("%s;École n° %d%s;%d rue du Port", uai(i%38), i%38, map[bool]string{true: " bis"}[i == 38], i%38)
		})}},
	{name: "one school has two names", kind: "one-identifier-several-names", bad: 1,
		faulty: []string{table("uai;nom_etablissement;classe", 80, func(i int) string {
			return fmt.Sprintf("%s;Collège n° %d%s;%d", uai(i/4), i/4, map[bool]string{true: " bis"}[i == 6], i%4+3)
		})},
		clean: []string{table("uai;nom_etablissement;classe", 80, func(i int) string { return fmt.Sprintf("%s;Collège n° %d;%d", uai(i/4), i/4, i%4+3) })}},
	{name: "column names mix French, English and codes", kind: "mixed-names", bad: 3,
		faulty: []string{table("nom;commune;number_of_students;phone;cd_ntr", 40, func(i int) string { return fmt.Sprintf("École %d;Ville;%d;0320000%03d;%d", i, 100+i, i, i%3+101) })},
		clean:  []string{table("nom;commune;nombre_eleves;telephone;code_nature", 40, func(i int) string { return fmt.Sprintf("École %d;Ville;%d;0320000%03d;%d", i, 100+i, i, i%3+101) })}},
	{name: "columns have no definition, or a vague one", kind: "no-definition", bad: 2,
		faulty: []string{table("uai;code_nature", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(101+i%3) })},
		clean:  []string{table("uai;code_nature", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(101+i%3) })}},
	{name: "a column of codes leads to no code list", kind: "no-code-list", bad: 1,
		faulty: []string{table("uai;code_nature", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(101+i%3) })},
		clean:  []string{table("uai;code_nature", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(101+i%3) })}},
	{name: "a region code is not INSEE’s", kind: "region-not-insee", bad: 20,
		faulty: []string{table("uai;code_region", 40, func(i int) string { return uai(i) + ";" + []string{"10", "32"}[i%2] })},
		clean:  []string{table("uai;code_region", 40, func(i int) string { return uai(i) + ";" + []string{"11", "32"}[i%2] })}},
	{name: "figures of years ago under a new date", kind: "stale-figures", bad: 1,
		faulty: []string{table("rentree;uai;effectif", 40, func(i int) string { return fmt.Sprintf("%d;%s;%d", 2018+i%2, uai(i), i) })},
		clean:  []string{table("rentree;uai;effectif", 40, func(i int) string { return fmt.Sprintf("%d;%s;%d", store.Now().Year()-i%2, uai(i), i) })}},
	{name: "the same data under a new date", kind: "same-data-new-date", bad: 1,
		faulty: []string{table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(200+i) }), table("uai;effectif", 40, func(i int) string { return uai(39-i) + ";" + fmt.Sprint(239-i) })},
		clean:  []string{table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(200+i) }), table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(205+i) })}},
	{name: "telephone numbers do not have ten digits", kind: "bad-phone", bad: 2,
		faulty: []string{table("uai;telephone", 40, func(i int) string {
			return uai(i) + ";" + map[bool]string{true: "03200000", false: fmt.Sprintf("03200000%02d", i)}[i < 2]
		})},
		clean: []string{table("uai;telephone", 40, func(i int) string { return uai(i) + ";" + fmt.Sprintf("03200000%02d", i) })}},
	{name: "e-mail addresses do not have the shape of one", kind: "bad-email", bad: 2,
		faulty: []string{table("uai;mail", 40, func(i int) string {
			return uai(i) + ";" + map[bool]string{true: "ce.ecole", false: fmt.Sprintf("ce.%d@demo.example", i)}[i < 2]
		})},
		clean: []string{table("uai;mail", 40, func(i int) string { return uai(i) + ";" + fmt.Sprintf("ce.%d@demo.example", i) })}},
	{name: "a school near Lille is located near Bordeaux", kind: "far-from-its-territory", bad: 1,
		faulty: []string{table("uai;code_departement;position", 40, func(i int) string {
			return fmt.Sprintf("%s;59;%s", uai(i), map[bool]string{true: `"44.8378,-0.5792"`, false: fmt.Sprintf(`"50.6%d31,3.0%d42"`, i%10, i%7)}[i == 5])
		})},
		clean: []string{table("uai;code_departement;position", 40, func(i int) string { return fmt.Sprintf(`%s;59;"50.6%d31,3.0%d42"`, uai(i), i%10, i%7) })}},
	{name: "a school is located in the next commune but one", kind: "outside-its-commune", bad: 2,
		faulty: []string{table("uai;code_commune;position", 40, func(i int) string {
			return fmt.Sprintf("%s;35238;%s", uai(i), map[bool]string{true: `"48.1170,-1.5081"`, false: fmt.Sprintf(`"48.1%d131,-1.6%d742"`, i%2, i%4+6)}[i%20 == 5])
		})},
		clean: []string{table("uai;code_commune;position", 40, func(i int) string { return fmt.Sprintf(`%s;35238;"48.1%d131,-1.6%d742"`, uai(i), i%2, i%4+6) })}},
	{name: "a position is in the Gulf of Guinea", kind: "outside-france", bad: 1,
		faulty: []string{table("uai;position", 40, func(i int) string {
			return fmt.Sprintf("%s;%s", uai(i), map[bool]string{true: `"0.0,0.0"`, false: fmt.Sprintf(`"50.6%d31,3.0%d42"`, i%10, i%7)}[i == 5])
		})},
		clean: []string{table("uai;position", 40, func(i int) string { return fmt.Sprintf(`%s;"50.6%d31,3.0%d42"`, uai(i), i%10, i%7) })}},
	{name: "positions are given to within ten kilometres", kind: "vague-position", bad: 3,
		faulty: []string{table("uai;position", 40, func(i int) string {
			return fmt.Sprintf("%s;%s", uai(i), map[bool]string{true: `"50.6,3.1"`, false: fmt.Sprintf(`"50.6%d31,3.0%d42"`, i%10, i%7)}[i < 3])
		})},
		clean: []string{table("uai;position", 40, func(i int) string { return fmt.Sprintf(`%s;"50.6%d31,3.0%d42"`, uai(i), i%10, i%7) })}},
	{name: "rows do not have the cells of the header", kind: "irregular-row", bad: 1,
		faulty: []string{table("uai;effectif;classes", 40, func(i int) string {
			return fmt.Sprintf("%s;%d;%d%s", uai(i), i, i, map[bool]string{true: ";9"}[i == 3])
		})},
		clean: []string{table("uai;effectif;classes", 40, func(i int) string { return fmt.Sprintf("%s;%d;%d", uai(i), i, i) })}},
	{name: "cells are not of the type of their column", kind: "misfit", bad: 1,
		faulty: []string{table("uai;effectif", 200, func(i int) string {
			return uai(i) + ";" + map[bool]string{true: "beaucoup", false: fmt.Sprint(i)}[i == 3]
		})},
		clean: []string{table("uai;effectif", 200, func(i int) string { return uai(i) + ";" + fmt.Sprint(i) })}},
	{name: "the check letter of a UAI is wrong", kind: "bad-code", bad: 2,
		faulty: []string{table("uai;effectif", 40, func(i int) string {
			return map[bool]string{true: "0590000" + "IO"[i%2:i%2+1], false: uai(i)}[i < 2] + ";" + fmt.Sprint(i)
		})},
		clean: []string{table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(i) })}},
	{name: "cells are left empty", kind: "gaps", bad: 10,
		faulty: []string{table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + map[bool]string{false: fmt.Sprint(i)}[i < 10] })},
		clean:  []string{table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(i) })}},
	{name: "a dictionary does not say how values are entered", kind: "slots", bad: 2,
		faulty: []string{table("uai;commune", 40, func(i int) string { return uai(i) + ";Ville" })},
		clean:  []string{table("uai;commune", 40, func(i int) string { return uai(i) + ";Ville" })}},
	{name: "nobody said how sensitive a column about people is", kind: "sensitivity-not-said", bad: 1,
		faulty: []string{table("ine;niveau", 40, func(i int) string { return fmt.Sprintf("%09dAB;6e", i) })},
		clean:  []string{table("ine;niveau", 40, func(i int) string { return fmt.Sprintf("%09dAB;6e", i) })}},
	{name: "the file is not in UTF-8", kind: "not-utf-8", bad: 1,
		faulty: []string{table("uai;nom", 40, func(i int) string { return uai(i) + ";\xc9cole" })},
		clean:  []string{table("uai;nom", 40, func(i int) string { return uai(i) + ";École" })}},
	{name: "rows break the schema that the dataset declares", kind: "schema-rule", bad: 3,
		schema: `{"fields":[{"name":"uai","type":"string"},{"name":"effectif","type":"integer","constraints":{"minimum":1}}]}`,
		faulty: []string{table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(max(0, i-2)) })},
		clean:  []string{table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(i+1) })}},
	{name: "two columns have the same header", kind: "bad-header", bad: 1,
		faulty: []string{table("uai;effectif;effectif", 40, func(i int) string { return fmt.Sprintf("%s;%d;%d", uai(i), i, i) })},
		clean:  []string{table("uai;effectif;classes", 40, func(i int) string { return fmt.Sprintf("%s;%d;%d", uai(i), i, i) })}},
}

// ofAcademies writes figures by académie, of all or of those of the mainland and Corsica.
func ofAcademies(overseas bool) string {
	list := slices.DeleteFunc(french.Academies(), func(a french.AcademyRecord) bool { return !overseas && len(a.Departements[0]) == 3 })
	return table("academie;eleves", len(list), func(i int) string { return fmt.Sprintf("%s;%d", list[i].Name, 1000+i) })
}

// ofDepartements writes figures by département, for so many of them.
func ofDepartements(n int) string {
	list := french.Levels()[0].Places
	return table("code_departement;eleves", n, func(i int) string { return fmt.Sprintf("%s;%d", list[i].Code, 1000+i) })
}

// holidays writes a calendar of zones.
func holidays(zones ...string) string {
	return table("intitule;zones;date_debut", 10*len(zones), func(i int) string {
		return fmt.Sprintf("Vacances %d;%s;2025-10-%02d", i/len(zones), zones[i%len(zones)], i%25+1)
	})
}

// shiftedRow writes a directory, one row of which is shifted as a portal exported it: with as many cells as the others.
func shiftedRow(shifted int) func(int) string {
	return func(i int) string {
		if i == shifted {
			return fmt.Sprintf("%s;Collège Jean; Moulin;Lille;59000;412", uai(i))
		}
		return fmt.Sprintf("%s;Collège n° %d;Ville;59%03d;%d;%d", uai(i), i, i, 300+i%90, 80+i%60)
	}
}

// documented describes the columns that the clean files of the dictionary need.
func documented(d *asset.Dataset) {
	d.Fields = map[string]asset.FieldDoc{
		"uai": {Description: "Identifiant de l’établissement dans le répertoire national.", Instructions: "Sept chiffres et une lettre.",
			Example: "0590000J", Sensitivity: asset.SensitivityPublic},
		"commune":     {Description: "Commune où est l’établissement, en toutes lettres.", Instructions: "Le nom officiel.", Example: "Lille", Sensitivity: asset.SensitivityPublic},
		"ine":         {Sensitivity: asset.SensitivityPersonal},
		"code_nature": {Description: "Nature de l’établissement, par son code à trois chiffres.", Nomenclature: "nature-uai"},
	}
}

func TestEachFaultThatAuditorsFoundIsFoundOnAFileMadeToHaveIt(t *testing.T) {
	h, covered := newHouse(t, ""), map[string]bool{}
	for i, tc := range faults {
		t.Run(tc.name, func(t *testing.T) {
			h.t = t
			for _, id := range []string{fmt.Sprintf("faulty-%d", i), fmt.Sprintf("clean-%d", i)} {
				if tc.schema != "" {
					h.declare(id, tc.schema)
				}
			}
			s := h.publish(fmt.Sprintf("faulty-%d", i), nil, tc.faulty...)
			line, finding, ok := found(s, tc.kind)
			if !ok || finding.Bad != tc.bad {
				t.Errorf("found %d times (%v), want %d; all that was found: %s", finding.Bad, ok, tc.bad, kinds(s))
			}
			covered[line.ID] = covered[line.ID] || !tc.hint
			if ok && tc.hint != (line.Gain <= 0 && len(s.Hints()) > 0) {
				t.Errorf("nothing to gain by mending it, or a hint that costs points: %+v", line)
			}
			describe := func(*asset.Dataset) {}
			if slices.Contains([]string{"no-definition", "no-code-list", "slots", "sensitivity-not-said"}, tc.kind) {
				describe = documented
			}
			clean := h.publish(fmt.Sprintf("clean-%d", i), describe, tc.clean...)
			if _, finding, ok := found(clean, tc.kind); ok {
				t.Errorf("found on the clean file: %+v", finding)
			}
		})
	}
	for _, c := range h.Score.Rules().Criteria {
		if !covered[c.ID] && !slices.Contains(elsewhere, c.ID) {
			t.Errorf("no file has the fault that the criterion %q measures", c.ID)
		}
	}
}

// elsewhere are the criteria that another test shows a fault of: those of the description, and those that neighbours measure.
var elsewhere = []string{"open-licence", "open-findable", "open-contact", "understood-description", "timely-due", "traced-source", "traced-coverage",
	score.CriterionPivots, score.CriterionContracts, score.CriterionLinks}

func kinds(s score.Score) string {
	var list []string
	for _, l := range s.Lines {
		for _, f := range l.Measure.Findings {
			list = append(list, fmt.Sprintf("%s (%s, %d/%d)", f.Kind, l.ID, f.Bad, f.Total))
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// What is refused or mended before it can be a fault of a version.
func TestFaultsOfTheDescriptionAreFound(t *testing.T) {
	h := newHouse(t, storetest.DSN(t))
	plain := table("uai;effectif", 40, func(i int) string { return uai(i) + ";" + fmt.Sprint(i) })
	s := h.publish("bare", func(d *asset.Dataset) { d.Licence = asset.NoLicence }, plain)
	for criterion, want := range map[string]float64{"open-licence": 1, "open-findable": 1, "understood-description": 1, "timely-due": 1, "traced-source": 1, "traced-coverage": 1, "open-contact": 1} {
		if got := s.Line(criterion).Measure.Rate(); got != want {
			t.Errorf("%s: rate %v, want %v", criterion, got, want)
		}
	}
	full := h.publish("full", func(d *asset.Dataset) {
		d.Licence, d.Keywords, d.Themes, d.Frequency = "Licence Ouverte v2.0 (Etalab)", []string{"écoles"}, []string{"Établissements"}, "annual"
		d.Description, d.Source, d.Spatial, d.CoverageStart, d.Contact = strings.Repeat("Ce que contient ce jeu. ", 10), "Enquête", "France", "2025", "contact@demo.example"
	}, plain)
	for _, criterion := range []string{"open-licence", "open-findable", "understood-description", "timely-due", "traced-source", "traced-coverage", "open-contact"} {
		if l := full.Line(criterion); l.Measure.Rate() != 0 || l.Points != l.Weight {
			t.Errorf("%s: %+v", criterion, l)
		}
	}
	if full.France.Points != 9 || full.Europe.Points != 405 || full.Europe.Of != 405 {
		t.Errorf("data.gouv.fr %d/9, MQA %d/%d", full.France.Points, full.Europe.Points, full.Europe.Of)
	}
	// The other spelling of the licence is the same licence.
	again := h.publish("spelt", func(d *asset.Dataset) { d.Licence = "licence ouverte / open licence 2.0" }, plain)
	one, _ := h.Assets.Get(h.ctx, "full")
	two, _ := h.Assets.Get(h.ctx, "spelt")
	if one.Licence != two.Licence || again.Line("open-licence").Measure.Rate() != 0 {
		t.Errorf("one licence spelt in two ways is %q and %q", one.Licence, two.Licence)
	}
}

func TestADatasetWithoutRowsIsWorthE(t *testing.T) {
	h := newHouse(t, "")
	if status, answer := h.send("vide", "uai;nom\n"); status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
		t.Errorf("a file without a row: %d %s", status, answer)
	}
	org, err := h.People.Own(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	d, err := h.Assets.CreateDataset(h.ctx, asset.Dataset{Asset: asset.Asset{OrgID: org.ID}, Title: "Annoncé, jamais publié"})
	if err != nil {
		t.Fatal(err)
	}
	if s := h.compute(d.UID); s.Letter != "E" || len(s.Ceilings) != 1 {
		t.Errorf("worth %s (%v points), ceilings %v", s.Letter, s.Points, s.Ceilings)
	}
}

func TestTheSameInputGivesTheSameScoreAndTimeAloneChangesIt(t *testing.T) {
	h := newHouse(t, "")
	h.publish("rythme", func(d *asset.Dataset) {
		d.Frequency, d.Level = "monthly", asset.Internal
		d.Fields = map[string]asset.FieldDoc{"ine": {Description: "Identifiant national de l’élève, fictif ici."}}
	}, table("ine;effectif", 40, func(i int) string { return fmt.Sprintf("%09dAB;%d", i, i%39) }))
	d, err := h.Assets.Get(h.ctx, "rythme")
	if err != nil {
		t.Fatal(err)
	}
	now := store.Now()
	h.Score.Now = func() time.Time { return now }
	text := func() string {
		out, err := json.Marshal(h.compute(d.UID))
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	first := text()
	if again := text(); again != first {
		t.Errorf("the same input gives\n%s\nthen\n%s", first, again)
	}
	if strings.Contains(first, "000000039AB") {
		t.Error("an identifier of a person is in the evidence")
	}
	before := h.compute(d.UID)
	now = now.AddDate(0, 3, 0)
	after := h.compute(d.UID)
	if before.Line("timely-due").Measure.Rate() != 0 || after.Line("timely-due").Measure.Rate() != 1 || after.Points >= before.Points {
		t.Errorf("three months later: %v points instead of %v", after.Points, before.Points)
	}
	history, err := h.Score.History(h.ctx, d.UID)
	if err != nil || len(history) < 2 || history[0].Points != after.Points {
		t.Errorf("the history: %+v (%v)", history, err)
	}
}

// BenchmarkReading reads a directory of a hundred thousand rows with every detector at work.
func BenchmarkReading(b *testing.B) {
	program, err := app.Open(b.Context(), app.Config{DataDir: filepath.Join(b.TempDir(), "data"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer program.Close()
	ctx := identity.With(b.Context(), identity.System())
	const rows = 100_000
	content := table("uai;nom;commune;code_postal;code_departement;telephone;filles;garcons;total;ouverture;fermeture;position", rows, func(i int) string {
		return fmt.Sprintf(`%s;Collège n° %d;Ville %d;59%03d;59;0320%06d;%d;%d;%d;2001-09-%02d;2026-07-%02d;"50.%06d,3.%06d"`, uai(i), i, i%500, i%1000, i, i%300, i%280, i%300+i%280, i%28+1, i%28+1, 100000+i, 100000+i)
	})
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/v1/datasets/grand/versions?name=f.csv&settings="+url.QueryEscape(`{"confirmPersonal":true}`), strings.NewReader(content))
	r.Header.Set("Content-Type", "application/octet-stream")
	w := httptest.NewRecorder()
	program.API().ServeHTTP(w, r)
	d, err := program.Assets.Get(ctx, "grand")
	if err != nil {
		b.Fatal(err, w.Body.String())
	}
	for b.Loop() {
		if _, err := program.Store.ExecContext(ctx, `DELETE FROM quality_scores`); err != nil {
			b.Fatal(err)
		}
		if _, err := program.Score.Compute(ctx, d.UID); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
