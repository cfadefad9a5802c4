package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"socle/bench/kit"
)

// A question is the same thing asked of Socle over HTTP and of DuckDB in SQL.
type question struct {
	name string
	path func(i int) string // the API call; i makes each one new, so that no answer comes from a cache
	sql  func(i int, table string) string
}

var questions = []question{
	{
		name: "filtered page and its total",
		path: func(i int) string {
			return "records?limit=100&where=" + url.QueryEscape(fmt.Sprintf("effectif > %d and secteur = \"Public\"", 100+i))
		},
		sql: func(i int, table string) string {
			return fmt.Sprintf(`SELECT *, (SELECT count(*) FROM %[1]s WHERE effectif > %[2]d AND secteur = 'Public') FROM %[1]s
				WHERE effectif > %[2]d AND secteur = 'Public' LIMIT 100`, table, 100+i)
		},
	},
	{
		name: "group-by, three aggregates",
		path: func(i int) string {
			return "records?limit=100&group_by=departement&order_by=n%20desc&select=" +
				url.QueryEscape("count(*) as n, avg(effectif) as moyenne, max(taux_reussite) as maximum") + "&where=" + url.QueryEscape(fmt.Sprintf("effectif > %d", i))
		},
		sql: func(i int, table string) string {
			return fmt.Sprintf(`SELECT departement, count(*) AS n, avg(effectif), max(taux_reussite) FROM %s WHERE effectif > %d GROUP BY 1 ORDER BY n DESC LIMIT 100`, table, i)
		},
	},
}

// benchServe starts the server on the published folder and times questions and a whole export.
func benchServe(ctx context.Context, data, dir string, runs int) error {
	server, err := kit.StartSocle(ctx, data)
	if err != nil {
		return err
	}
	defer server.Stop()
	base := server.Base
	parquet, err := kit.Parquet(data)
	if err != nil {
		return err
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	table := "read_parquet(" + kit.Quote(parquet) + ")"

	fmt.Println("| question | Socle over HTTP | DuckDB in process | ratio | target |")
	fmt.Println("|---|---|---|---|---|")
	const times = 15
	for _, q := range questions {
		var ours, theirs []time.Duration
		for i := range times {
			one, err := timeGet(ctx, base+"/api/explore/v2.1/catalog/datasets/bench/"+q.path(i), io.Discard)
			if err != nil {
				return err
			}
			other, err := timeQuery(ctx, db, 1, q.sql(i, table))
			if err != nil {
				return err
			}
			ours, theirs = append(ours, one), append(theirs, other)
		}
		a, b := kit.Median(ours[1:]), kit.Median(theirs[1:])
		target := time.Duration(1.2*float64(b)) + 2*time.Millisecond
		fmt.Printf("| %s | %s | %s | %.2f | ≤ %s |\n", q.name, kit.Milliseconds(a), kit.Milliseconds(b), float64(a)/float64(b), kit.Milliseconds(target))
	}
	return benchExport(ctx, base, parquet, dir, runs)
}

// benchExport times the whole dataset as CSV, written to a file by both.
func benchExport(ctx context.Context, base, parquet, dir string, runs int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var ours, theirs []time.Duration
	for range runs {
		f, err := os.Create(filepath.Join(dir, "socle-export.csv"))
		if err != nil {
			return err
		}
		one, err := timeGet(ctx, base+"/api/explore/v2.1/catalog/datasets/bench/exports/csv", f)
		f.Close()
		if err != nil {
			return err
		}
		other, err := measure(ctx, self, "-peer", "export", parquet, filepath.Join(dir, "duckdb-export.csv"))
		if err != nil {
			return err
		}
		ours, theirs = append(ours, one), append(theirs, other.wall)
	}
	a, b := kit.Median(ours), kit.Median(theirs)
	fmt.Printf("| whole dataset as CSV | %s | %s | %.2f | |\n", kit.Milliseconds(a), kit.Milliseconds(b), float64(a)/float64(b))
	return nil
}

func timeGet(ctx context.Context, address string, w io.Writer) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Accept-Encoding", "identity")
	start := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 500))
		return 0, fmt.Errorf("%s: %s: %s", address, response.Status, body)
	}
	_, err = io.Copy(w, response.Body)
	return time.Since(start), err
}
