package app

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/demo"
	"socle/internal/fault"
	"socle/internal/french"
	"socle/internal/identity"
	"socle/internal/quality/pivot"
	"socle/internal/store/storetest"
)

// portal is the whole program on one of the databases, with three datasets: a directory, results that miss a few schools
// of it, and restricted follow-up of another organisation.
type portal struct {
	*App
	t *testing.T
}

func each(t *testing.T, test func(t *testing.T, p portal)) {
	for name, dsn := range map[string]func(*testing.T) string{"sqlite": func(*testing.T) string { return "" }, "postgresql": func(t *testing.T) string { return storetest.DSN(t) }} {
		t.Run(name, func(t *testing.T) {
			program, err := Open(t.Context(), Config{DataDir: filepath.Join(t.TempDir(), "data"), DatabaseURL: dsn(t), Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = program.Close() })
			test(t, portal{program, t})
		})
	}
}

func (p portal) publish(id, title, org string, level asset.Level, csv string) asset.Dataset {
	p.t.Helper()
	ctx := identity.With(p.t.Context(), identity.System())
	d, err := p.Assets.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		d, err = p.Assets.CreateDataset(ctx, asset.Dataset{Asset: asset.Asset{ID: id, OrgID: org, Level: level}, Title: title})
	}
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.DemoPublisher().Publish(ctx, demo.Publication{Dataset: d, Name: id + ".csv", Data: []byte(csv), AcceptLoss: "essai"}); err != nil {
		p.t.Fatal(err)
	}
	if err := p.Pivots.StudyLate(ctx); err != nil {
		p.t.Fatal(err)
	}
	return d
}

// schools writes a file with the UAI of the schools from a number on.
func schools(from, n, rowsEach int) string {
	var b strings.Builder
	b.WriteString("uai;effectif;courriel\n")
	for i := range n * rowsEach {
		code := french.UAI(fmt.Sprintf("035%04dA", from+i/rowsEach))
		uai := code.Canonical
		if uai == "" {
			uai = code.Suggestion
		}
		fmt.Fprintf(&b, "%s;%d;personne%d@example.org\n", uai, i, from+i/rowsEach)
	}
	return b.String()
}

func TestAPivotIsProposedConfirmedAndShownToWhoMayReadIt(t *testing.T) {
	each(t, func(t *testing.T, p portal) {
		system := identity.With(t.Context(), identity.System())
		own, err := p.People.Own(system)
		if err != nil {
			t.Fatal(err)
		}
		other, err := p.People.CreateOrganization(system, identity.Organization{Slug: "autre", Name: "Autre", Kind: "academie"})
		if err != nil {
			t.Fatal(err)
		}
		p.publish("annuaire", "Annuaire", own.ID, asset.Open, schools(0, 100, 1))
		p.publish("resultats", "Résultats", own.ID, asset.Open, schools(50, 60, 2))
		p.publish("suivi", "Suivi", other.ID, asset.Restricted, schools(0, 20, 1))

		proposals, err := p.Pivots.Proposals(system)
		if err != nil || len(proposals) != 3 {
			t.Fatalf("%d proposals, want the UAI of three datasets and no address (%v)", len(proposals), err)
		}
		for _, proposal := range proposals {
			if proposal.Pivot != "uai" || proposal.Ref.Field != "uai" {
				t.Errorf("%s of %s is proposed for %s", proposal.Ref.Field, proposal.Dataset.ID, proposal.Pivot)
			}
			if open := proposal.Dataset.Level == asset.Open; open != (len(proposal.Examples) > 0) {
				t.Errorf("%s: %d examples", proposal.Dataset.ID, len(proposal.Examples))
			}
			if proposal.Dataset.ID == "resultats" {
				if l := proposal.Links[0]; l.Other.Dataset.ID != "annuaire" || l.Overlap.Shared != 50 || l.Overlap.Margin != 0 || l.Overlap.InB < 0.83 || l.Overlap.InB > 0.84 {
					t.Errorf("the strongest link of the results: %+v", l)
				}
			}
			if err := p.Pivots.Decide(system, proposal.Dataset.ID, "uai", "uai", pivot.Confirmed); err != nil {
				t.Fatal(err)
			}
		}

		all, err := p.Pivots.Pivot(system, "uai")
		if err != nil || len(all.Members) != 3 || all.Reference().Dataset.ID != "annuaire" {
			t.Fatalf("%d members, the reference is %v (%v)", len(all.Members), all.Members, err)
		}
		a, _ := all.Member("annuaire")
		b, _ := all.Member("resultats:uai")
		coverage, err := p.Pivots.Cover(system, a, b)
		if err != nil || coverage.A.Matched != 50 || coverage.A.Rows != 100 || coverage.B.Matched != 100 || coverage.B.Rows != 120 || coverage.B.MostRows != 2 || coverage.Rows != 100 || len(coverage.A.Unmatched) == 0 {
			t.Errorf("%+v (%v)", coverage, err)
		}
		again, err := p.Pivots.Cover(system, a, b)
		if err != nil || again.Rows != coverage.Rows || len(again.A.Unmatched) != len(coverage.A.Unmatched) {
			t.Errorf("remembered: %+v (%v)", again, err)
		}

		visitor := t.Context()
		seen, err := p.Pivots.Pivot(visitor, "uai")
		if err != nil || len(seen.Members) != 2 {
			t.Errorf("a visitor sees %d members, want the two that are open (%v)", len(seen.Members), err)
		}
		if _, err := seen.Member("suivi"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a visitor learns of a restricted dataset: %v", err)
		}
		if err := p.Pivots.Decide(visitor, "annuaire", "uai", "uai", pivot.Refused); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a visitor decides: %v", err)
		}
		if err := p.Pivots.Decide(system, "annuaire", "courriel", "uai", pivot.Confirmed); !fault.Is(err, fault.NotFound) {
			t.Errorf("an address is a pivot: %v", err)
		}
		if err := p.Pivots.Decide(system, "annuaire", "uai", "siret", pivot.Confirmed); !fault.Is(err, fault.Invalid) {
			t.Errorf("a UAI is a SIRET: %v", err)
		}

		// With one of the two refused, a visitor sees one member: the pivot must not say that there is another.
		if err := p.Pivots.Decide(system, "resultats", "uai", "uai", pivot.Refused); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Pivots.Pivot(visitor, "uai"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a pivot with one visible member is shown: %v", err)
		}
		if left, err := p.Pivots.Proposals(system); err != nil || len(left) != 0 {
			t.Errorf("%d proposals after every decision (%v)", len(left), err)
		}
		entries, err := p.Audit.List(system, audit.Filter{Action: "pivot."}, audit.Page{})
		if err != nil || len(entries) != 4 || entries[0].Action != "pivot.refuse" || entries[0].Detail["field"] != "uai" {
			t.Errorf("the record of the decisions: %+v (%v)", entries, err)
		}

		// What was decided is taken back, and the field is proposed again.
		if decided, err := p.Pivots.Decided(system); err != nil || len(decided) != 3 || decided[1].Dataset.ID != "resultats" || decided[1].State != pivot.Refused || decided[1].Pivot != "uai" {
			t.Errorf("%+v (%v)", decided, err)
		}
		if err := p.Pivots.TakeBack(visitor, "annuaire", "uai", "uai"); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a visitor takes a decision back: %v", err)
		}
		if err := p.Pivots.TakeBack(system, "annuaire", "uai", "siret"); !fault.Is(err, fault.NotFound) {
			t.Errorf("taken back from a pivot in which it is not: %v", err)
		}
		for _, id := range []string{"annuaire", "resultats"} {
			if err := p.Pivots.TakeBack(system, id, "uai", "uai"); err != nil {
				t.Fatal(err)
			}
			if err := p.Pivots.TakeBack(system, id, "uai", "uai"); !fault.Is(err, fault.NotFound) {
				t.Errorf("taken back twice: %v", err)
			}
		}
		if again, err := p.Pivots.Proposals(system); err != nil || len(again) != 2 {
			t.Errorf("%d proposals once two decisions were taken back (%v)", len(again), err)
		}
		entries, err = p.Audit.List(system, audit.Filter{Action: "pivot.reopen"}, audit.Page{})
		if err != nil || len(entries) != 2 || entries[0].Detail["was"] != "refused" || entries[1].Detail["was"] != "confirmed" || entries[1].Detail["pivot"] != "uai" {
			t.Errorf("the record of what was taken back: %+v (%v)", entries, err)
		}
	})
}

func TestAVersionThatFollowsChangesWhatIsKnown(t *testing.T) {
	each(t, func(t *testing.T, p portal) {
		system := identity.With(t.Context(), identity.System())
		own, err := p.People.Own(system)
		if err != nil {
			t.Fatal(err)
		}
		p.publish("annuaire", "Annuaire", own.ID, asset.Open, schools(0, 100, 1))
		p.publish("resultats", "Résultats", own.ID, asset.Open, schools(200, 10, 1))
		if list, err := p.Pivots.Proposals(system); err != nil || len(list) != 0 {
			t.Fatalf("%d proposals though nothing is shared (%v)", len(list), err)
		}
		p.publish("resultats", "Résultats", own.ID, asset.Open, schools(95, 10, 1))
		list, err := p.Pivots.Proposals(system)
		if err != nil || len(list) != 2 || list[0].Links[0].Overlap.Shared != 5 {
			t.Errorf("%+v (%v)", list, err)
		}
	})
}
