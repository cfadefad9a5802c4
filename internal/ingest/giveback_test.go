package ingest

import (
	"slices"
	"strings"
	"testing"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/validate"
)

const roomFile = "Salle;Places;Ville\nA;12;Rennes\nB;0;Rennes\nC;4;Brest\nD;0;Brest\n"

// asideWorld is a world whose dataset "salles" has two rows set aside.
func asideWorld(t *testing.T) (*world, *rules) {
	t.Helper()
	w, r := gated(t, validate.SetAside, `{"fields":[{"name":"Salle","type":"string"},{"name":"Places","type":"integer","constraints":{"minimum":1}},{"name":"Ville","type":"string"}]}`)
	w.must(t, "salles.csv", roomFile, Request{ID: "salles", Read: format.Options{Encoding: "windows-1252"}})
	return w, r
}

func uidOf(t *testing.T, w *world) string {
	t.Helper()
	d, err := w.Assets.Get(system(t), "salles")
	if err != nil {
		t.Fatal(err)
	}
	return d.UID
}

// finishDraft publishes a draft as its owner would: what is shown is confirmed.
func (w *world) finishDraft(t *testing.T, d Draft) Draft {
	t.Helper()
	for range 3 {
		var err error
		if d, err = w.Submit(system(t), d.ID); err != nil {
			t.Fatal(err)
		}
		if d.State == DraftPublished {
			return d
		}
		if !d.Problem.IsZero() {
			t.Fatal(d.Problem.FR)
		}
		d.Request.AcceptLoss = "essai"
		if d, err = w.Adjust(system(t), d.ID, d.Request); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("the draft is %s", d.State)
	return d
}

func TestCorrectedRowsTakeThePlaceOfThoseSetAside(t *testing.T) {
	w, _ := asideWorld(t)
	d, err := w.Mend(system(t), "salles", "corrigées.csv", strings.NewReader("\ufeffVille,Places,Salle\nRennes,8,B\nBrest,-1,D\n"))
	if err != nil {
		t.Fatal(err)
	}
	d = w.finishDraft(t, d)
	head, err := w.Lake.Head(t.Context(), uidOf(t, w))
	if err != nil {
		t.Fatal(err)
	}
	if got := cellsOf(t, w, head); !slices.Equal(got, []string{"A|12|Rennes", "C|4|Brest", "B|8|Rennes"}) || head.Quarantine.Aside != 1 || head.Number != 2 {
		t.Errorf("version %d: %q, %d set aside", head.Number, got, head.Quarantine.Aside)
	}
	if !strings.Contains(head.Note, "2") || d.Request.Mends != 1 {
		t.Errorf("the note of the version: %q", head.Note)
	}
	// How this file was read is not how those to come are: the earlier choice stays.
	if text := string(head.Settings); !strings.Contains(text, "windows-1252") || strings.Contains(text, "utf-8") {
		t.Errorf("settings: %s", text)
	}
	again := w.must(t, "salles.csv", "Salle;Places;Ville\n\xc9;3;Rennes\nF;4;Brest\nG;5;Brest\n", Request{ID: "salles", AcceptLoss: "essai"})
	if got := cellsOf(t, w, again.Version); got[0] != "É|3|Rennes" {
		t.Errorf("the next file is read as %q", got)
	}
	w.wantClean(t)
}

func TestRowsThatAStewardJudgesRightArePublishedAsTheyAre(t *testing.T) {
	w, _ := asideWorld(t)
	d, err := w.GiveBack(system(t), "salles", "Ces salles sont fermées pour travaux.")
	if err != nil {
		t.Fatal(err)
	}
	w.finishDraft(t, d)
	head, err := w.Lake.Head(t.Context(), uidOf(t, w))
	if err != nil {
		t.Fatal(err)
	}
	if got := cellsOf(t, w, head); len(got) != 4 || got[1] != "B|0|Rennes" || head.Quarantine.Aside != 0 || head.Note != "Ces salles sont fermées pour travaux." {
		t.Errorf("%q, note %q", got, head.Note)
	}
	report, err := ReportOf(head)
	if err != nil || len(report.Checked) != 1 || report.Checked[0].Rows != 2 || report.Checked[0].Policy != validate.Warn {
		t.Errorf("what the version says of the rules: %+v, %v", report.Checked, err)
	}
	// The judgement holds for these rows: the same file sent anew is held against the rules again.
	again := w.must(t, "salles.csv", roomFile, Request{ID: "salles", AcceptLoss: "essai"})
	if again.Unchanged || again.Version.Quarantine.Aside != 2 {
		t.Errorf("sent anew: %+v", again.Version.Quarantine)
	}
	w.wantClean(t)
}

func TestWhatCannotBeGivenBackIsRefusedWithTheReason(t *testing.T) {
	w, _ := asideWorld(t)
	for name, tc := range map[string]struct{ file, code string }{
		"another column":         {"Salle;Places;Ville;Étage\nB;1;Rennes;2\n", "columns_differ"},
		"a column that is gone":  {"Salle;Places\nB;1\n", "columns_differ"},
		"nothing but the header": {"Salle;Places;Ville\n", "header_only"},
	} {
		if _, err := w.Mend(system(t), "salles", "x.csv", strings.NewReader(tc.file)); fault.CodeOf(err) != tc.code {
			t.Errorf("%s: %v, want %s", name, err, tc.code)
		}
	}
	if _, err := w.GiveBack(system(t), "salles", " "); fault.CodeOf(err) != "reason_required" {
		t.Errorf("without a reason: %v", err)
	}
	w.must(t, "salles.csv", "Salle;Places;Ville\nA;12;Rennes\nB;1;Rennes\n", Request{ID: "salles", AcceptLoss: "essai"})
	if _, err := w.GiveBack(system(t), "salles", "Justes."); fault.CodeOf(err) != "nothing_set_aside" {
		t.Errorf("when nothing is set aside: %v", err)
	}
	w.wantClean(t)
}
