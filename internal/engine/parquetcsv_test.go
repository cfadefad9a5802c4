package engine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAParquetFileIsWrittenAsTextThatTellsNullsFromEmptyTexts(t *testing.T) {
	dir := t.TempDir()
	source, target := filepath.Join(dir, "in.parquet"), filepath.Join(dir, "out.csv")
	w := writer(t)
	db, err := w.open([]string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `COPY (SELECT * FROM (VALUES (1, 'a"b', DATE '2024-01-31', [1, 2], true), (NULL, '', NULL, NULL, NULL)) AS v(n, s, d, l, b)) TO `+text(source)+` (FORMAT parquet)`)
	db.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ParquetAsCSV(t.Context(), source, target); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	if want := "n,\"s\",d,\"l\",b\n1,\"a\"\"b\",2024-01-31,\"[1,2]\",true\n,\"\",,,\n"; string(got) != want {
		t.Errorf("%q", got)
	}
	if err := w.ParquetAsCSV(t.Context(), target, source+"x"); err == nil {
		t.Error("a file that is no Parquet is written as text")
	}
}
