package app

import (
	"errors"
	"strings"
	"testing"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/ingest"
	"socle/internal/quality/registry"
	"socle/internal/validate"
)

func TestADatasetThatDeclaresASchemaRefusesOrShowsWhatBreaksIt(t *testing.T) {
	program, err := Open(t.Context(), Config{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	ctx := identity.With(t.Context(), identity.System())
	own, err := program.People.Own(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ref := registry.Ref{Owner: own.Slug, Name: "salles"}
	const document = `{"fields":[{"name":"salle","type":"string","constraints":{"unique":true}},{"name":"places","type":"integer","constraints":{"minimum":1}}]}`
	if _, _, err := program.Schemas.Publish(ctx, registry.NewVersion{Ref: ref, Document: []byte(document)}); err != nil {
		t.Fatal(err)
	}
	if _, err := program.Assets.CreateDataset(ctx, asset.Dataset{Asset: asset.Asset{ID: "salles", OrgID: own.ID, Level: asset.Open}, Title: "Salles"}); err != nil {
		t.Fatal(err)
	}
	const bad, good = "salle,places\nA,12\nA,0\nB,3\n", "salle,places\nA,12\nB,3\n"
	publish := func(data string) (ingest.Result, error) {
		return program.Ingest.Publish(ctx, "salles.csv", strings.NewReader(data), ingest.Request{ID: "salles", AcceptLoss: "essai"})
	}
	if _, err := program.Schemas.Declare(ctx, "salles", registry.Rules{Schemas: []string{"nulle/part"}, Policy: validate.Block}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a schema that is not there is declared: %v", err)
	}
	declare := func(policy validate.Policy, schemas ...string) {
		if _, err := program.Schemas.Declare(ctx, "salles", registry.Rules{Schemas: schemas, Policy: policy}); err != nil {
			t.Fatal(err)
		}
	}
	declare(validate.Block, ref.String())
	_, err = publish(bad)
	var refused *fault.Error
	if !errors.As(err, &refused) || refused.Code != "schema_broken" || !strings.Contains(refused.Message.FR, "à partir de la ligne 3") {
		t.Errorf("a file that breaks the schema: %v", err)
	}
	d, err := program.Assets.Get(ctx, "salles")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := program.Lake.Head(ctx, d.UID); !fault.Is(err, fault.NotFound) {
		t.Errorf("something was published: %v", err)
	}
	if _, err := publish(good); err != nil {
		t.Errorf("a file that satisfies the schema: %v", err)
	}
	declare(validate.Warn, ref.String()+"@1.0.0")
	result, err := publish(bad)
	if err != nil {
		t.Fatal(err)
	}
	report, err := ingest.ReportOf(result.Version)
	if err != nil || len(report.Checked) != 1 || report.Checked[0].Faults != 2 || report.Checked[0].Schema != ref.String()+"@1.0.0" {
		t.Errorf("the report keeps %+v (%v)", report.Checked, err)
	}
	declare(validate.Warn)
	if rules, err := program.Schemas.RulesOf(ctx, d.UID); err != nil || len(rules.Schemas) != 0 {
		t.Errorf("the declaration stays: %+v (%v)", rules, err)
	}
}

func TestARuleLooksForValuesInADatasetOfThePlatform(t *testing.T) {
	program, err := Open(t.Context(), Config{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	ctx := identity.With(t.Context(), identity.System())
	own, err := program.People.Own(ctx)
	if err != nil {
		t.Fatal(err)
	}
	publish := func(id, data string, r ingest.Request) ingest.Result {
		r.ID, r.AcceptLoss = id, "essai"
		result, err := program.Ingest.Publish(ctx, id+".csv", strings.NewReader(data), r)
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	publish("sites", "code,nom\n01,Rennes\n02,Brest\n02,Brest encore\n", ingest.Request{})
	ref := registry.Ref{Owner: own.Slug, Name: "salles"}
	const document = `{"fields":[{"name":"salle","type":"string"},{"name":"site","type":"string"}],"custom_checks":[
		{"name":"in-list","params":{"column":"site","list":"sites:code"}},{"name":"in-list","params":{"column":"salle","list":"nulle-part"}}]}`
	if _, _, err := program.Schemas.Publish(ctx, registry.NewVersion{Ref: ref, Document: []byte(document)}); err != nil {
		t.Fatal(err)
	}
	result := publish("salles", "salle,site\nA,01\nB,03\nC,02\n", ingest.Request{Schema: ref.String(), Policy: validate.SetAside})
	if result.Version.Rows != 2 || result.Version.Quarantine.Aside != 1 || len(result.Checked) != 1 {
		t.Fatalf("%d rows, %+v, %+v", result.Version.Rows, result.Version.Quarantine, result.Checked)
	}
	if notes := result.Checked[0].Notes; len(notes) != 1 || !strings.Contains(notes[0].EN, "nulle-part") {
		t.Errorf("what was not checked is not said: %+v", notes)
	}
	if rules, err := program.Schemas.RulesOf(ctx, result.Dataset.UID); err != nil || rules.Policy != validate.SetAside {
		t.Errorf("%+v, %v", rules, err)
	}
}
