package app

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/quality/contract"
)

func limit(x float64) *float64 { return &x }

// mails counts the mails about a subject.
func (p portal) mails(subject string) (n int) {
	files, _ := filepath.Glob(filepath.Join(p.Config.DataDir, "mail", "*"))
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil && strings.Contains(string(text), subject) {
			n++
		}
	}
	return n
}

func TestABrokenContractIsToldOnceUntilItHoldsAgain(t *testing.T) {
	each(t, func(t *testing.T, p portal) {
		system := identity.With(t.Context(), identity.System())
		own, err := p.People.Own(system)
		if err != nil {
			t.Fatal(err)
		}
		d := p.publish("annuaire", "Annuaire", own.ID, asset.Open, schools(0, 100, 1))
		p.publish("resultats", "Resultats", own.ID, asset.Open, schools(50, 60, 1))
		d, err = p.Assets.ByUID(system, d.UID)
		if err != nil {
			t.Fatal(err)
		}
		d.Contact = "annuaire@demo.example"
		if d, err = p.Assets.UpdateDataset(system, d); err != nil {
			t.Fatal(err)
		}
		rules := []contract.Rule{{ID: "lignes", Kind: contract.Rows, Least: limit(90)}, {ID: "volume", Kind: contract.Volume, Limit: limit(10)}, {ID: "cle", Kind: contract.Unique, Fields: []string{"uai"}, Limit: limit(0)},
			{ID: "vides", Kind: contract.Empty, Fields: []string{"effectif"}, Limit: limit(0)}, {ID: "derive", Kind: contract.Drift, Fields: []string{"effectif"}, Limit: limit(0.25)},
			{ID: "reference", Kind: contract.Reference, Fields: []string{"uai"}, Dataset: "resultats", Field: "uai", Least: limit(60)}, {ID: "fraicheur", Kind: contract.Freshness, Limit: limit(30)}}
		if err := p.Contracts.Save(system, "annuaire", contract.Contract{Version: "1", Status: "active", Rules: rules}); err != nil {
			t.Fatal(err)
		}
		states := func(r contract.Result) (out string) {
			for _, rule := range rules {
				out += rule.ID + ":" + string(r.Of(rule.ID).State) + " "
			}
			return strings.TrimSpace(out)
		}
		first, err := p.Contracts.Check(system, d.UID, "publication")
		if want := "lignes:kept volume:unknown cle:kept vides:kept derive:unknown reference:broken fraicheur:kept"; err != nil || states(first) != want {
			t.Fatalf("%s\nwant %s (%v)", states(first), want, err)
		}
		if len(first.Fresh) != 1 || *first.Of("reference").Value != 50 {
			t.Errorf("half of the schools are in the results: %+v", first.Of("reference"))
		}
		if err := p.Start(system); err != nil {
			t.Fatal(err)
		}
		waitFor(t, func() bool { return p.mails("annuaire@demo.example") == 1 })

		again, err := p.Contracts.Check(system, d.UID, "publication")
		if err != nil || len(again.Fresh) != 0 {
			t.Errorf("broken twice in a row is told twice: %v (%v)", again.Fresh, err)
		}
		p.publish("annuaire", "Annuaire", own.ID, asset.Open, schools(0, 60, 2))
		waitFor(t, func() bool {
			v, err := p.Contracts.See(system, "annuaire")
			return err == nil && len(v.Results) > 0 && v.Results[0].Version == 2
		})
		v, err := p.Contracts.See(system, "annuaire")
		if want := "lignes:kept volume:broken cle:broken vides:kept derive:kept reference:broken fraicheur:kept"; err != nil || states(v.Results[0]) != want || len(v.Since) != 3 || len(v.Results[0].Fresh) != 2 {
			t.Errorf("%s, %d broken, new %v\nwant %s (%v)", states(v.Results[0]), len(v.Since), v.Results[0].Fresh, want, err)
		}
		waitFor(t, func() bool { return p.mails("annuaire@demo.example") == 2 })
		p.publish("annuaire", "Annuaire", own.ID, asset.Open, schools(50, 120, 1))
		waitFor(t, func() bool {
			v, err = p.Contracts.See(system, "annuaire")
			return err == nil && v.Results[0].Version == 3
		})
		if _, still := v.Since["cle"]; still || v.Results[0].Of("cle").State != contract.Kept {
			t.Errorf("the key holds again: %+v", v.Since)
		}
		if entries, err := p.Audit.List(system, audit.Filter{Action: "contract."}, audit.Page{}); err != nil || len(entries) != 1 || entries[0].Action != "contract.save" {
			t.Errorf("the record: %+v (%v)", entries, err)
		}
	})
}

func waitFor(t *testing.T, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if there() {
			return
		}
	}
	t.Fatal("it never came")
}

func TestAContractTellsNobodyOfWhatTheyMayNotSee(t *testing.T) {
	each(t, func(t *testing.T, p portal) {
		system := identity.With(t.Context(), identity.System())
		own, err := p.People.Own(system)
		if err != nil {
			t.Fatal(err)
		}
		p.publish("ouvert", "Ouvert", own.ID, asset.Open, schools(0, 30, 1))
		p.publish("restreint", "Restreint", own.ID, asset.Restricted, schools(0, 30, 1))
		refers := func(to string) contract.Contract {
			return contract.Contract{Version: "1", Status: "active", Rules: []contract.Rule{{ID: "r", Kind: contract.Reference, Fields: []string{"uai"}, Dataset: to, Field: "uai", Least: limit(60)}}}
		}
		if err := p.Contracts.Save(system, "ouvert", refers("restreint")); !fault.Is(err, fault.Invalid) {
			t.Errorf("an open dataset promises to be in a restricted one: %v", err)
		}
		if err := p.Contracts.Save(system, "restreint", refers("ouvert")); err != nil {
			t.Error(err)
		}
		if _, err := p.Contracts.See(t.Context(), "restreint"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a visitor sees the contract of a restricted dataset: %v", err)
		}
		if err := p.Contracts.Save(t.Context(), "ouvert", contract.Contract{Version: "1", Status: "active"}); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a visitor writes a contract: %v", err)
		}
		if err := p.Contracts.Save(system, "ouvert", contract.Contract{Version: "1", Status: "draft"}); err != nil {
			t.Fatal(err)
		}
		if v, err := p.Contracts.See(t.Context(), "ouvert"); err != nil || v.Contract.Edition != 0 {
			t.Errorf("a visitor sees a draft: %+v (%v)", v.Contract, err)
		}
		if err := p.Contracts.Save(system, "ouvert", contract.Contract{Version: "2", Status: "active"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("a change made from no edition: %v", err)
		}
		for name, rule := range map[string]contract.Rule{"no value": {Kind: contract.Drift, Fields: []string{"uai"}}, "no field": {Kind: contract.Empty, Limit: limit(1)}, "bounds out of order": {Kind: contract.Rows, Least: limit(2), Limit: limit(1)},
			"a kind of nobody": {Kind: "magic"}, "a share over 100": {Kind: contract.Reference, Fields: []string{"uai"}, Dataset: "ouvert", Field: "uai", Least: limit(101)}, "a field that is not there": {Kind: contract.Reference, Fields: []string{"uai"}, Dataset: "ouvert", Field: "x", Least: limit(1)}} {
			if err := p.Contracts.Save(system, "ouvert", contract.Contract{Edition: 1, Version: "2", Status: "active", Rules: []contract.Rule{rule}}); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAContractIsWrittenInAFormAndFromADocument(t *testing.T) {
	h := furnished(t)
	const path = "/jeux/restauration-scolaire/contrat"
	if _, _, page := h.get(visitor, path); !strings.Contains(page, "Rompu") || !strings.Contains(page, "Haute-Serpine") {
		t.Error("the contract of the demonstration does not say what its second version lost")
	}
	if _, _, page := h.get(visitor, "/jeux/restauration-scolaire"); !strings.Contains(page, "Contrat de données") || !strings.Contains(page, "Rompu") {
		t.Error("the page of the dataset does not show the break")
	}
	status, media, document := h.get(visitor, path+".yaml")
	if status != 200 || !strings.HasPrefix(media, "application/yaml") || !strings.Contains(document, "kind: DataContract") {
		t.Fatalf("the document: %d %s", status, media)
	}
	if to := h.post(steward, path+"/document", url.Values{"document": {strings.Replace(document, "version: 1.0.0", "version: 1.1.0", 1)}}); to != path {
		t.Errorf("the document that was given is not taken back: %q", to)
	}
	if to := h.post(steward, path+"/document", url.Values{"document": {"kind: DataContract"}}); to != "" {
		t.Errorf("half a document is taken: %q", to)
	}
	if to := h.post(steward, path+"/modifier", url.Values{"edition": {"2"}, "nom": {"N"}, "version": {"2.0.0"}, "etat": {"active"}, "regle.0.genre": {"rows"}, "regle.0.id": {"lignes"}, "regle.0.min": {"1 000,5"}, "action": {"enregistrer"}}); to != path {
		t.Errorf("the form is not taken: %q", to)
	}
	if _, _, page := h.get(visitor, path); !strings.Contains(page, "2.0.0") || !strings.Contains(page, "1 000,5") && !strings.Contains(page, "1000,5") {
		t.Error("what the form said does not show")
	}
	if status, _, text := h.get(visitor, "/api/v1/datasets/restauration-scolaire/contract"); status != 200 || !strings.Contains(text, `"state":"broken"`) {
		t.Errorf("by the API: %d %s", status, text)
	}
	if status, _, text := h.get(visitor, "/api/v1/datasets/restauration-scolaire/contract/results"); status != 200 || !strings.Contains(text, `"cause":"person"`) {
		t.Errorf("the results by the API: %d %s", status, text)
	}
	if status, _, _ := h.get(visitor, "/jeux/annuaire-etablissements/contrat"); status != 404 {
		t.Errorf("a dataset without a contract answers %d", status)
	}
}
