package engine

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestEachRowOfAVersionCarriesItsPlaceForDatabasesThatDoNotCountRows(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, rows := range []int{0, 1, 2, 128, 129, 2048, 300_000} {
		path := filepath.Join(t.TempDir(), "rows.parquet")
		_, err := db.Exec(fmt.Sprintf("COPY (SELECT i AS id, 'x' || i AS nom, CASE WHEN i %% 3 > 0 THEN {'lon': i / 2.0, 'lat': 1.0} END AS lieu FROM range(%d) AS t(i)) TO '%s' (FORMAT parquet, ROW_GROUP_SIZE 122880)", rows, path))
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := numberRows(t.Context(), path); err != nil {
			t.Fatalf("%d rows: %v", rows, err)
		}
		after, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if cost := after.Size() - info.Size(); cost > 2000+int64(rows/16) {
			t.Errorf("%d rows: the numbers take %d bytes", rows, cost)
		}
		var n, wrong, unnamed int
		err = db.QueryRow(fmt.Sprintf("SELECT count(*), count(*) FILTER (_row IS DISTINCT FROM file_row_number OR id <> _row), count(*) FILTER (nom <> 'x' || _row OR (lieu.lon <> id / 2.0)) FROM read_parquet('%s')", path)).Scan(&n, &wrong, &unnamed)
		if err != nil || n != rows || wrong != 0 || unnamed != 0 {
			t.Errorf("%d rows: read %d, %d with another number, %d with other values, %v", rows, n, wrong, unnamed, err)
		}
		var groups, sum int
		if err := db.QueryRow(fmt.Sprintf("SELECT count(*), coalesce(sum(n), 0) FROM (SELECT max(row_group_num_rows) AS n FROM parquet_metadata('%s') WHERE path_in_schema = '_row' AND TRY_CAST(stats_min_value AS BIGINT) <= TRY_CAST(stats_max_value AS BIGINT) GROUP BY row_group_id)", path)).Scan(&groups, &sum); err != nil || sum != rows {
			t.Errorf("%d rows: the row groups count %d rows, %v", rows, sum, err)
		}
	}
}
