package cli

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"socle/internal/engine/trinotest"
	"socle/internal/lake/laketest"
	"socle/internal/store/storetest"
)

// TestServeAsksTrinoOfLargeVersionsOnly serves with --engine and --engine-rows, as docs/operations.md says, and looks at what
// Trino was asked.
func TestServeAsksTrinoOfLargeVersionsOnly(t *testing.T) {
	dsn, bucket := storetest.DSN(t), laketest.Bucket(t)
	cluster := trinotest.Cluster(t, dsn, bucket)
	t.Setenv("SOCLE_DATABASE_URL", dsn)
	t.Setenv("SOCLE_BUCKET", bucket)
	t.Setenv("SOCLE_ENGINE_ROWS", strconv.Itoa(generation0))
	data := t.TempDir() // what commands keep on the machine of the operator
	server := start(t, "serve", "--data", t.TempDir(), "--engine", cluster)
	t.Setenv("SOCLE_TOKEN", token(t, "publisher", "publish", "--data", data))
	publishGeneration(t, 0, "--server", server)
	small := filepath.Join(t.TempDir(), "petit.csv")
	if err := os.WriteFile(small, []byte("rang;libelle\n1;un\n2;deux\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ok(t, program("publish", small, "--id", "petit", "--server", server))
	if listed := ok(t, program("tables", "--data", data, "--engine", cluster)); !strings.Contains(listed, "generations") || !strings.Contains(listed, "petit") {
		t.Errorf("tables: %s", listed)
	}
	records := func(server, id string) int {
		t.Helper()
		response, err := http.Get(server + "/api/explore/v2.1/catalog/datasets/" + id + "/records?order_by=rang+desc&limit=3")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	if n, most := askGeneration(t, server); n != generation0 || most != generation0-1 {
		t.Errorf("Trino counts %d rows up to %d", n, most)
	}
	if large, little := records(server, "generations"), records(server, "petit"); large != http.StatusOK || little != http.StatusOK {
		t.Errorf("status %d of the large version, %d of the small one", large, little)
	}
	db, err := sql.Open("trino", strings.Replace(cluster, "trino://", "http://", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var large, little int
	const asked = `SELECT count_if(query LIKE '%"generations"%'), count_if(query LIKE '%"petit"%') FROM system.runtime.queries WHERE source = 'socle'`
	if err := db.QueryRowContext(t.Context(), asked).Scan(&large, &little); err != nil || large < 2 || little != 0 {
		t.Errorf("Trino was asked %d times of the large version, %d times of the small one: %v", large, little, err)
	}

	alone := start(t, "serve", "--data", t.TempDir(), "--engine", "trino://socle@127.0.0.1:1/lake") // where nobody answers
	if large, little := records(alone, "generations"), records(alone, "petit"); large != http.StatusServiceUnavailable || little != http.StatusOK {
		t.Errorf("without the cluster: status %d of the large version, %d of the small one", large, little)
	}
	wrong := program("serve", "--data", t.TempDir(), "--engine", "trino.interne:8080")
	if out, err := wrong.CombinedOutput(); err == nil || !strings.Contains(string(out), "trino://user@host:8080/catalog") {
		t.Errorf("an address that is none: %v: %s", err, out)
	}
}
