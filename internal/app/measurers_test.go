package app

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"socle/internal/asset"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/quality/contract"
	"socle/internal/quality/pivot"
	"socle/internal/quality/registry"
	"socle/internal/quality/score"
	"socle/internal/validate"
)

// line computes the score of a dataset and returns the line of a criterion.
func (p portal) line(uid, criterion string) score.Line {
	p.t.Helper()
	s, err := p.Score.Compute(p.t.Context(), uid)
	if err != nil {
		p.t.Fatal(err)
	}
	return s.Line(criterion)
}

func TestTheSchemasThatADatasetDeclaresAreMeasuredOnTheReportOfItsVersion(t *testing.T) {
	each(t, func(t *testing.T, p portal) {
		system := identity.With(t.Context(), identity.System())
		own, err := p.People.Own(system)
		if err != nil {
			t.Fatal(err)
		}
		ref := registry.Ref{Owner: own.Slug, Name: "salles"}
		for number, document := range map[string]string{"1.0.0": `{"fields":[{"name":"salle","type":"string"},{"name":"places","type":"integer","constraints":{"minimum":1}}]}`,
			"2.0.0": `{"fields":[{"name":"salle","type":"string"},{"name":"places","type":"integer"},{"name":"etage","type":"integer","constraints":{"required":true}}]}`} {
			if _, _, err := p.Schemas.Publish(system, registry.NewVersion{Ref: ref, Number: number, Document: []byte(document)}); err != nil {
				t.Fatal(err)
			}
		}
		declare := func(schemas ...string) {
			if _, err := p.Schemas.Declare(system, "salles", registry.Rules{Schemas: schemas, Policy: validate.Warn}); err != nil {
				t.Fatal(err)
			}
		}
		publish := func(csv string) asset.Dataset { return p.publish("salles", "Salles", own.ID, asset.Open, csv) }
		const good, bad = "salle,places\nA,12\nB,3\nC,4\nD,5\n", "salle,places\nA,12\nB,0\nC,4\nD,-1\n"
		d := publish(good)
		if l := p.line(d.UID, score.CriterionSchema); l.Measure.State != score.Inapplicable {
			t.Errorf("no schema is declared: %+v", l.Measure)
		}
		declare(ref.String() + "@1.0.0")
		if l := p.line(d.UID, score.CriterionSchema); l.Measure.State != score.Unmeasured {
			t.Errorf("declared after the version: %+v", l.Measure)
		}
		publish(bad)
		l := p.line(d.UID, score.CriterionSchema)
		if m := l.Measure; m.State != score.Measured || m.Bad != 2 || m.Total != 4 || l.Points != 0 || len(m.Findings) != 1 || m.Findings[0].Bad != 2 || m.Findings[0].Fields[0] != "places" || m.Link != "/jeux/salles/versions" {
			t.Errorf("two rows of four break it: %+v", l)
		}
		publish(good)
		if l := p.line(d.UID, score.CriterionSchema); l.Measure.Rate() != 0 || l.Points != l.Weight {
			t.Errorf("no row breaks it: %+v", l)
		}
		declare(ref.String() + "@2.0.0")
		if l := p.line(d.UID, score.CriterionSchema); l.Measure.State != score.Unmeasured {
			t.Errorf("what was checked is declared no more: %+v", l.Measure)
		}
		publish(bad)
		if l := p.line(d.UID, score.CriterionSchema); l.Measure.Bad != 4 || l.Measure.Total != 4 {
			t.Errorf("a column of the schema is missing, from every row: %+v", l.Measure)
		}
		declare()
		if l := p.line(d.UID, score.CriterionSchema); l.Measure.State != score.Inapplicable {
			t.Errorf("nothing is declared any more: %+v", l.Measure)
		}
	})
}

func TestRowsSetAsideAreNoFaultOfWhatIsPublishedAndAreMissingFromIt(t *testing.T) {
	each(t, func(t *testing.T, p portal) {
		system := identity.With(t.Context(), identity.System())
		own, err := p.People.Own(system)
		if err != nil {
			t.Fatal(err)
		}
		ref := registry.Ref{Owner: own.Slug, Name: "salles"}
		if _, _, err := p.Schemas.Publish(system, registry.NewVersion{Ref: ref, Document: []byte(`{"fields":[{"name":"salle","type":"string"},{"name":"places","type":"integer","constraints":{"minimum":1}}]}`)}); err != nil {
			t.Fatal(err)
		}
		const good, bad = "salle,places\nA,12\nB,3\nC,4\nD,5\n", "salle,places\nA,12\nB,0\nC,4\nD,5\n"
		d := p.publish("salles", "Salles", own.ID, asset.Open, good)
		if _, err := p.Schemas.Declare(system, "salles", registry.Rules{Schemas: []string{ref.String()}, Policy: validate.SetAside}); err != nil {
			t.Fatal(err)
		}
		p.publish("salles", "Salles", own.ID, asset.Open, bad)
		if m := p.line(d.UID, score.CriterionSchema).Measure; m.State != score.Measured || m.Bad != 0 || m.Total != 3 || len(m.Findings) != 0 {
			t.Errorf("the three rows that are published satisfy the schema: %+v", m)
		}
		m := p.line(d.UID, "complete-population").Measure
		if m.Bad != 1 || m.Total != 4 || len(m.Findings) != 1 || m.Findings[0].Kind != "set-aside" || m.Link != "/jeux/salles/versions/2/quarantaine" {
			t.Errorf("one row of the four that were sent is missing: %+v", m)
		}
		p.publish("salles", "Salles", own.ID, asset.Open, good)
		if m := p.line(d.UID, "complete-population").Measure; m.Bad != 0 {
			t.Errorf("nothing is set aside any more: %+v", m)
		}
	})
}

func TestOnlyAnActiveContractThatWasCheckedIsMeasured(t *testing.T) {
	each(t, func(t *testing.T, p portal) {
		system := identity.With(t.Context(), identity.System())
		own, err := p.People.Own(system)
		if err != nil {
			t.Fatal(err)
		}
		d := p.publish("annuaire", "Annuaire", own.ID, asset.Open, schools(0, 40, 1))
		save := func(edition int64, status string, least float64) {
			err := p.Contracts.Save(system, "annuaire", contract.Contract{Edition: edition, Version: "1", Status: status,
				Rules: []contract.Rule{{ID: "lignes", Kind: contract.Rows, Least: limit(least)}, {ID: "cle", Kind: contract.Unique, Fields: []string{"uai"}, Limit: limit(0)}}})
			if err != nil {
				t.Fatal(err)
			}
		}
		check := func() {
			if _, err := p.Contracts.Check(system, d.UID, "publication"); err != nil {
				t.Fatal(err)
			}
		}
		save(0, "active", 50)
		if m := p.line(d.UID, score.CriterionContracts).Measure; m.State != score.Unmeasured {
			t.Errorf("nobody checked it yet: %+v", m)
		}
		check()
		if m := p.line(d.UID, score.CriterionContracts).Measure; m.Bad != 1 || m.Total != 2 {
			t.Errorf("one promise of two is broken: %+v", m)
		}
		save(1, "active", 30)
		if m := p.line(d.UID, score.CriterionContracts).Measure; m.State != score.Unmeasured {
			t.Errorf("what was promised before the change is measured: %+v", m)
		}
		check()
		if m := p.line(d.UID, score.CriterionContracts).Measure; m.Bad != 0 || m.Total != 2 {
			t.Errorf("both hold: %+v", m)
		}
		save(2, "draft", 50)
		if m := p.line(d.UID, score.CriterionContracts).Measure; m.State != score.Inapplicable {
			t.Errorf("a draft promises nothing: %+v", m)
		}
	})
}

func TestAScoreIsComputedAgainWhateverChangesWhatItMeasures(t *testing.T) {
	each(t, func(t *testing.T, p portal) {
		system := identity.With(t.Context(), identity.System())
		own, err := p.People.Own(system)
		if err != nil {
			t.Fatal(err)
		}
		d := p.publish("annuaire", "Annuaire", own.ID, asset.Open, schools(0, 100, 1))
		other := p.publish("resultats", "Résultats", own.ID, asset.Open, schools(50, 60, 1))
		ref := registry.Ref{Owner: own.Slug, Name: "annuaire"}
		if _, _, err := p.Schemas.Publish(system, registry.NewVersion{Ref: ref, Document: []byte(`{"fields":[{"name":"uai","type":"string"}]}`)}); err != nil {
			t.Fatal(err)
		}
		asked := func(d asset.Dataset) int {
			list, err := p.Jobs.List(system, jobs.Filter{Kind: "quality.score", Asset: d.UID, Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		decide := func(id string, state pivot.State) func(context.Context) error {
			return func(ctx context.Context) error { return p.Pivots.Decide(ctx, id, "uai", "uai", state) }
		}
		for _, step := range []struct {
			name string
			do   func(ctx context.Context) error
			also bool // the other dataset is computed again too
		}{
			{"a schema is declared", func(ctx context.Context) error {
				_, err := p.Schemas.Declare(ctx, "annuaire", registry.Rules{Schemas: []string{ref.String()}, Policy: validate.Warn})
				return err
			}, false},
			{"a contract is written", func(ctx context.Context) error {
				return p.Contracts.Save(ctx, "annuaire", contract.Contract{Version: "1", Status: "active", Rules: []contract.Rule{{Kind: contract.Rows, Least: limit(1)}}})
			}, false},
			{"a contract is checked", func(ctx context.Context) error {
				_, err := p.Contracts.Check(ctx, d.UID, "person")
				return err
			}, false},
			{"a contract is removed", func(ctx context.Context) error { return p.Contracts.Remove(ctx, "annuaire") }, false},
			{"a field is confirmed as a pivot", decide("annuaire", pivot.Confirmed), false},
			{"another dataset joins the pivot", decide("resultats", pivot.Confirmed), true},
			{"the values of a pivot are read again", func(ctx context.Context) error { return p.Pivots.Study(ctx, other.UID) }, true},
			{"another dataset leaves the pivot", decide("resultats", pivot.Refused), true},
			{"a decision is taken back", func(ctx context.Context) error { return p.Pivots.TakeBack(ctx, "annuaire", "uai", "uai") }, false},
			{"the dictionary says more", func(ctx context.Context) error {
				d, err := p.Assets.ByUID(ctx, d.UID)
				if err != nil {
					return err
				}
				d.Fields = map[string]asset.FieldDoc{"uai": {Description: "Identifiant de l’établissement dans le répertoire national."}}
				_, err = p.Assets.UpdateDataset(ctx, d)
				return err
			}, false},
		} {
			before, beforeOther := asked(d), asked(other)
			if err := step.do(system); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			if asked(d) == before {
				t.Errorf("%s, and no score is asked for", step.name)
			}
			if step.also && asked(other) == beforeOther {
				t.Errorf("%s, and no score of the other is asked for", step.name)
			}
		}
	})
}

func TestReferencesToASchoolThatTheDirectorySaysClosedAreFound(t *testing.T) {
	each(t, func(t *testing.T, p portal) {
		system := identity.With(t.Context(), identity.System())
		own, err := p.People.Own(system)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(schools(0, 60, 1)), "\n")[1:]
		directory, references, dated := "uai;etat\n", "uai;effectif\n", "rentree;uai;effectif\n"
		for i, line := range lines {
			uai, _, _ := strings.Cut(line, ";")
			state := "OUVERT"
			if i < 3 {
				state = "FERMÉ"
			}
			directory += uai + ";" + state + "\n"
			if i%2 == 0 {
				references += fmt.Sprintf("%s;%d\n", uai, 100+i)
				dated += fmt.Sprintf("2019;%s;%d\n", uai, 100+i)
			}
		}
		annuaire := p.publish("annuaire", "Annuaire", own.ID, asset.Open, directory)
		clubs := p.publish("clubs", "Clubs", own.ID, asset.Open, references)
		past := p.publish("effectifs", "Effectifs", own.ID, asset.Open, dated)
		if m := p.line(annuaire.UID, score.CriterionClosed).Measure; m.Bad != 3 || m.Total != 60 {
			t.Errorf("the directory itself: %+v", m)
		}
		if m := p.line(clubs.UID, score.CriterionClosed).Measure; m.State != score.Inapplicable {
			t.Errorf("nobody said that it refers to the directory: %+v", m)
		}
		for _, id := range []string{"annuaire", "clubs", "effectifs"} {
			if err := p.Pivots.Decide(system, id, "uai", "uai", pivot.Confirmed); err != nil {
				t.Fatal(err)
			}
		}
		m := p.line(clubs.UID, score.CriterionClosed).Measure
		if m.Bad != 2 || m.Total != 30 || len(m.Findings) != 1 || m.Findings[0].Kind != "reference-to-closed" || len(m.Findings[0].Examples) != 2 || m.Findings[0].Examples[1].Row != 2 {
			t.Errorf("two of thirty schools are closed: %+v", m)
		}
		if m := p.line(past.UID, score.CriterionClosed).Measure; m.State != score.Inapplicable {
			t.Errorf("the figures of 2019 name schools that were open then: %+v", m)
		}
		p.publish("annuaire", "Annuaire", own.ID, asset.Open, strings.ReplaceAll(directory, "FERMÉ", "OUVERT"))
		p.line(annuaire.UID, score.CriterionClosed)
		if m := p.line(clubs.UID, score.CriterionClosed).Measure; m.Bad != 0 {
			t.Errorf("no school is closed any more: %+v", m)
		}
	})
}
