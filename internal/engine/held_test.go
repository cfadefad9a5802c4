package engine

import (
	"database/sql"
	"io"
	"testing"
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
