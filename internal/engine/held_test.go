package engine

import (
	"bytes"
	"database/sql"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"socle/internal/fault"
	"socle/internal/query"
)

func TestAnAnswerThatIsHeldKeepsEachOfItsRows(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT range FROM range(3)")
	if err != nil {
		t.Fatal(err)
	}
	h, err := hold(&direct{rows: rows, explain: func(err error) error { return err }, cancel: func() {}}, 1)
	if err != nil || rows.Err() != nil {
		t.Fatal(err, rows.Err())
	}
	raw := make([]any, 1)
	for want := range int64(3) {
		if err := h.read(raw); err != nil || raw[0] != want {
			t.Errorf("row %d is %v, %v", want, raw[0], err)
		}
	}
	if err := h.read(raw); err != io.EOF {
		t.Errorf("after the last row: %v", err)
	}
}

// withBrief adds to a bench a version small enough to be answered whole, 7, and the same one of a size that is not known, 8.
func withBrief(t *testing.T, options Options) bench {
	t.Helper()
	b := open(t, options)
	path := filepath.Join(b.folder, "brief.parquet")
	if _, err := b.raw.Exec("COPY (" + sample + " FROM range(300) t(i)) TO " + text(path) + " (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	b.tables[7] = Table{Paths: []string{path}, Schema: fields, Rows: 300}
	b.tables[8] = Table{Paths: []string{path}, Schema: fields}
	if !brief(b.tables[7]) || brief(b.tables[8]) {
		t.Fatal("the version is not brief, or that of an unknown size is")
	}
	return b
}

func TestABriefVersionIsAnsweredAsAnyOther(t *testing.T) {
	b := withBrief(t, Options{})
	for _, r := range []query.Request{{Limit: -1}, {Where: []string{"effectif > 12"}, OrderBy: "nom desc", Limit: -1}, {Where: []string{"id = 5000"}, Limit: -1}, {Limit: 7, Offset: 290}} {
		r.Select = "id, uai, nom, position, maj"
		one, other := bind(t, 7, r), bind(t, 8, r)
		if got, want := b.rows(t, one), b.rows(t, other); !slices.Equal(got, want) {
			t.Errorf("%+v:\n%v\nwant %v", r, got, want)
		}
		for _, format := range []Format{CSV, JSON, NDJSON} {
			var got, want bytes.Buffer
			n, err := b.Copy(t.Context(), one, CopyOptions{Format: format}, &got)
			if err != nil {
				t.Fatal(err)
			}
			if m, err := b.Copy(t.Context(), other, CopyOptions{Format: format}, &want); err != nil || n != m || !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Errorf("%+v as %s: %d rows, want %d (%v)\n%s\nwant %s", r, format, n, m, err, got.Bytes(), want.Bytes())
			}
		}
	}
}

func TestAnExportOfABriefVersionHasTheTimeOfAPage(t *testing.T) {
	b := withBrief(t, Options{Timeout: time.Nanosecond})
	var out bytes.Buffer
	_, err := b.Copy(t.Context(), bind(t, 7, query.Request{Select: "id", Limit: -1}), CopyOptions{Format: CSV}, &out)
	if fault.KindOf(err) != fault.TooLarge || out.Len() > 0 {
		t.Errorf("it goes on beyond the time of a page: %v, %d bytes", err, out.Len())
	}
}
