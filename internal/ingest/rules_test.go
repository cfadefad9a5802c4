package ingest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"socle/internal/asset"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
	"socle/internal/web/ui"

	_ "github.com/duckdb/duckdb-go/v2"
)

// rules are the same for every dataset.
type rules struct {
	gate    validate.Gate
	started string // by the first publication
}

func (r *rules) Gate(context.Context, string) (validate.Gate, error) { return r.gate, nil }

func (r *rules) Choices(context.Context) ([]ui.Option, error) {
	return []ui.Option{{Value: "socle/salles-1", Label: "Salles"}}, nil
}

func (r *rules) Choose(_ context.Context, _ string, policy validate.Policy) (validate.Gate, error) {
	r.gate.Policy = policy
	return r.gate, nil
}

func (r *rules) Start(_ context.Context, d asset.Dataset, schema string, policy validate.Policy) error {
	r.started = d.ID + " " + schema + " " + string(policy)
	return nil
}

// gated is a world with a dataset "salles" whose files are held against a schema.
func gated(t *testing.T, policy validate.Policy, documents ...string) (*world, *rules) {
	t.Helper()
	w := newWorld(t)
	r := &rules{gate: validate.Gate{Policy: policy}}
	for i, document := range documents {
		table, err := frictionless.Parse([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		r.gate.Schemas = append(r.gate.Schemas, validate.Gated{Name: fmt.Sprintf("socle/salles-%d@1.0.0", i+1), Schema: table})
	}
	w.Rules = r
	_, err := w.Assets.CreateDataset(system(t), asset.Dataset{Asset: asset.Asset{ID: "salles", OrgID: w.org.ID, Level: asset.Open}, Title: "Salles"})
	if err != nil {
		t.Fatal(err)
	}
	return w, r
}

const roomSchema = `{"fields":[{"name":"salle","type":"string"},{"name":"places","type":"integer","constraints":{"minimum":1}},{"name":"ville","type":"string","constraints":{"required":true}}],"primaryKey":["salle"]}`

// cellsOf reads a version back, a row a line.
func cellsOf(t *testing.T, w *world, v lake.Version) []string {
	t.Helper()
	table, err := Resolver{w.Lake}.Resolve(t.Context(), query.Source{Dataset: v.DatasetUID, Version: v.Number})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var columns []string
	for _, f := range v.Schema.Fields {
		columns = append(columns, `coalesce(CAST("`+f.Name+`" AS VARCHAR), '')`)
	}
	rows, err := db.QueryContext(t.Context(), "SELECT concat_ws('|', "+strings.Join(columns, ", ")+") FROM read_parquet('"+table.Paths[0]+"')")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		out = append(out, line)
	}
	return out
}

func TestTheRowsThatBreakARuleAreSetAsideAndTheOthersPublished(t *testing.T) {
	w, _ := gated(t, validate.SetAside, roomSchema, `{"fields":[{"name":"salle","type":"string","constraints":{"pattern":"[A-Z]"}},{"name":"places"},{"name":"ville"}]}`)
	const file = "salle;places;ville\n" + // line 1
		"A;12;Rennes\n" +
		"B;0;Rennes\n" + // out of bounds
		"\n" + // blank: no row
		"C;douze;\n" + // two faults
		"salle;places;ville\n" + // the header again: no row
		"A;3;Brest\n" + // the key again
		"d;4;Brest\n" + // of the second schema
		"E;5\n" + // too short
		"F;6;Brest\n"
	result := w.must(t, "salles.csv", file, Request{ID: "salles"})
	v := result.Version
	if v.Rows != 2 || v.Quarantine.Aside != 5 || v.Quarantine.Rows != 1 || v.Quarantine.Cells != 0 {
		t.Errorf("%d rows, %+v", v.Rows, v.Quarantine)
	}
	if f, _ := v.Schema.Field("places"); f.Type != schema.Integer {
		t.Errorf("the type is decided by the rows that stay: %s", f.Type)
	}
	if got := cellsOf(t, w, v); !slices.Equal(got, []string{"A|12|Rennes", "F|6|Brest"}) {
		t.Errorf("published: %q", got)
	}
	type found struct {
		line, row int64
		broken    string
	}
	var got []found
	for e, err := range w.Quarantine(t.Context(), v) {
		if err != nil {
			t.Fatal(err)
		}
		var broken []string
		for _, b := range e.Broken {
			broken = append(broken, fmt.Sprintf("%s %s %q", b.Schema[6:14], b.Field, b.Value))
			if b.Rule.IsZero() || b.Message.IsZero() || b.Fix.IsZero() || b.Expect.IsZero() {
				t.Errorf("something is not said: %+v", b)
			}
		}
		got = append(got, found{e.Line, e.Row, strings.Join(broken, ", ")})
		if e.Row == 3 && !slices.Equal(e.Cells, []string{"C", "douze", ""}) {
			t.Errorf("the row set aside is %q", e.Cells)
		}
	}
	want := []found{
		{3, 2, `salles-1 places "0"`},
		{5, 3, `salles-1 places "douze", salles-1 ville ""`},
		{7, 4, `salles-1  "A"`},
		{8, 5, `salles-2 salle "d"`},
		{9, 6, `salles-1 ville "", salles-1 ville "", salles-2 ville ""`},
		{6, 0, ""},
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("quarantine:\n got %+v\nwant %+v", got, want)
		}
	}
	report, err := ReportOf(v)
	if err != nil || len(report.Checked) != 2 || report.Checked[0].Policy != validate.SetAside || report.Checked[0].Rows != 4 || report.Checked[1].Rows != 2 {
		t.Errorf("report: %+v, %v", report.Checked, err)
	}
	if got := original(t, w, v); got != file {
		t.Error("the original is not whole")
	}
	w.wantClean(t)
}

func TestWhatIsWrongForEveryRowIsRefusedRatherThanSetAside(t *testing.T) {
	w, r := gated(t, validate.SetAside, roomSchema)
	for name, tc := range map[string]struct{ file, says string }{
		"a column that is missing":  {"salle;places\nA;1\n", "Les colonnes de ce fichier"},
		"a column that nobody asks": {"salle;places;ville;x\nA;1;Rennes;2\n", "Les colonnes de ce fichier"},
		"no row that is right":      {"salle;places;ville\nA;0;Rennes\nB;0;\n", "Toutes les lignes"},
	} {
		_, err := w.publishText(t, "salles.csv", tc.file, Request{ID: "salles"})
		var broken *BrokenError
		if !errors.As(err, &broken) || !strings.Contains(broken.Fault.Message.FR, tc.says) || len(broken.Checked) != 1 || broken.Checked[0].Faults == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := w.Lake.Heads(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("published: %v, %v", list, err)
	}
	r.gate.Policy = validate.Warn
	if result := w.must(t, "salles.csv", "salle;places\nA;1\n", Request{ID: "salles"}); result.Checked[0].Faults != 1 || result.Version.Rows != 1 {
		t.Errorf("a warning: %+v", result.Checked)
	}
}

func TestSettingTooManyRowsAsideIsALossLikeAnother(t *testing.T) {
	w, _ := gated(t, validate.SetAside, roomSchema)
	good, bad := "salle;places;ville\n", "salle;places;ville\n"
	for i := range 20 {
		good += fmt.Sprintf("S%d;%d;Rennes\n", i, i+1)
		bad += fmt.Sprintf("S%d;%d;Rennes\n", i, i-4)
	}
	w.must(t, "salles.csv", good, Request{ID: "salles"})
	_, err := w.publishText(t, "salles.csv", bad, Request{ID: "salles"})
	var loss *LossError
	if !errors.As(err, &loss) || loss.Changes.RowsAfter != 15 {
		t.Fatalf("five rows of twenty: %v", err)
	}
	result := w.must(t, "salles.csv", bad, Request{ID: "salles", AcceptLoss: "fermées"})
	if result.Version.Rows != 15 || result.Version.Quarantine.Aside != 5 {
		t.Errorf("%+v", result.Version)
	}
	w.wantClean(t)
}

func TestAFileIsLookedAtAgainWhenTheRulesChanged(t *testing.T) {
	w, r := gated(t, validate.Warn, roomSchema)
	const file = "salle;places;ville\nA;12;Rennes\nB;0;Rennes\nC;1;Rennes\n"
	first := w.must(t, "salles.csv", file, Request{ID: "salles"})
	if again := w.must(t, "salles.csv", file, Request{ID: "salles"}); !again.Unchanged {
		t.Error("the same file under the same rules is another version")
	}
	r.gate.Policy = validate.SetAside
	second := w.must(t, "salles.csv", file, Request{ID: "salles"})
	if first.Version.Rows != 3 || second.Unchanged || second.Version.Rows != 2 {
		t.Errorf("%d rows, then %d", first.Version.Rows, second.Version.Rows)
	}
}

func TestEveryRowOfALargeFileIsPublishedOrSetAside(t *testing.T) {
	w, _ := gated(t, validate.SetAside, `{"fields":[{"name":"numero","type":"integer"},{"name":"texte","type":"string","constraints":{"maxLength":60}}],"primaryKey":["numero"]}`)
	var b strings.Builder
	b.WriteString("numero,texte\n")
	const rows = 200_000 // several blocks
	faulty := map[int64]bool{}
	for i := range int64(rows) {
		number, text := strconv.FormatInt(i, 10), strings.Repeat("x", 50)
		switch {
		case i%9973 == 5:
			number, faulty[i+1] = "x"+number, true
		case i%7919 == 7:
			text, faulty[i+1] = strings.Repeat("y", 70), true
		case i%50_021 == 50_020:
			number, faulty[i+1] = strconv.FormatInt(i-1, 10), true // of a row that may be in the block before
		case i%101 == 0:
			text = "\"deux\nlignes\""
		}
		b.WriteString(number + "," + text + "\n")
	}
	result := w.must(t, "salles.csv", b.String(), Request{ID: "salles"})
	if result.Version.Rows != rows-int64(len(faulty)) || result.Version.Quarantine.Aside != int64(len(faulty)) {
		t.Fatalf("%d published, %d aside, %d faulty", result.Version.Rows, result.Version.Quarantine.Aside, len(faulty))
	}
	last := int64(0)
	for e, err := range w.Quarantine(t.Context(), result.Version) {
		if err != nil || !faulty[e.Row] || e.Row <= last || len(e.Broken) == 0 {
			t.Fatalf("%+v after %d, %v", e, last, err)
		}
		last = e.Row
	}
	w.wantClean(t)
}

func TestAParquetFileIsHeldAgainstTheRulesToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "salles.parquet")
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `COPY (SELECT * FROM (VALUES ('A', 12, 'Rennes'), ('B', 0, 'Rennes'), ('C', 3, NULL), ('D', 4, 'Brest')) AS t(salle, places, ville)) TO '`+path+`' (FORMAT parquet)`)
	db.Close()
	if err != nil {
		t.Fatal(err)
	}
	w, r := gated(t, validate.Block, roomSchema)
	publish := func() (Result, error) { return w.PublishFile(system(t), path, Request{ID: "salles"}) }
	_, err = publish()
	var broken *BrokenError
	if !errors.As(err, &broken) || broken.Checked[0].Faults != 2 || !slices.Equal(broken.Checked[0].Broken[0].Lines, []int64{2}) {
		t.Fatalf("block: %v", err)
	}
	r.gate.Policy = validate.Warn
	result, err := publish()
	if err != nil || result.Version.Rows != 4 || result.Checked[0].Rows != 2 {
		t.Fatalf("warn: %+v, %v", result, err)
	}
	r.gate.Policy = validate.SetAside
	if result, err = publish(); err != nil {
		t.Fatal(err)
	}
	if got := cellsOf(t, w, result.Version); !slices.Equal(got, []string{"A|12|Rennes", "D|4|Brest"}) || result.Version.Quarantine.Aside != 2 {
		t.Errorf("quarantine: %q, %+v", got, result.Version.Quarantine)
	}
	if f, _ := result.Version.Schema.Field("places"); f.Type != schema.Integer {
		t.Errorf("the type of the file is %s", f.Type)
	}
	var lines []int64
	for e, err := range w.Quarantine(t.Context(), result.Version) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, e.Line)
	}
	if !slices.Equal(lines, []int64{2, 3}) {
		t.Errorf("rows set aside: %v", lines)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	w.wantClean(t)
}

func TestADraftShowsWhatItsFileBreaksBeforeAnythingIsPublished(t *testing.T) {
	w, r := gated(t, validate.Warn, roomSchema)
	const file = "salle;places;ville\nA;12;Rennes\nB;0;Rennes\nC;1;Rennes\n"
	ctx := system(t)
	draft, err := w.Stage(ctx, "salles.csv", strings.NewReader(file), Request{ID: "nouvelles", Schema: "socle/salles-1", Policy: validate.Block})
	if err == nil {
		draft, err = w.Submit(ctx, draft.ID)
	}
	if err != nil || draft.State != DraftReady || draft.Code != "schema_broken" || len(draft.Checked) != 1 || draft.Checked[0].Faults != 1 {
		t.Fatalf("refused: %+v, %v", draft, err)
	}
	asked := draft.Request
	asked.Policy = validate.SetAside
	if draft, err = w.Adjust(ctx, draft.ID, asked); err == nil {
		draft, err = w.Submit(ctx, draft.ID)
	}
	if err != nil || draft.State != DraftPrepared || draft.Prepared.Version.Quarantine.Aside != 1 || draft.Checked[0].Rows != 1 {
		t.Fatalf("to confirm: %+v, %v", draft, err)
	}
	if _, err := w.Assets.Get(ctx, "nouvelles"); err == nil {
		t.Error("the dataset is made before its owner agreed")
	}
	if draft, err = w.Submit(ctx, draft.ID); err != nil || draft.State != DraftPublished || r.started != "nouvelles socle/salles-1 quarantine" {
		t.Errorf("published: %+v, %q, %v", draft, r.started, err)
	}
	w.wantClean(t)
}
