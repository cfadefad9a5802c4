package app_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"socle/internal/app"
	"socle/internal/identity"
	"socle/internal/ingest"
)

// exported is a row of the file that is exported: its place in the file, and a key that ten thousand rows share.
type exported struct{ place, group int }

func (r exported) line() string {
	return fmt.Sprintf("%d;groupe %02d;%d.5;Libellé n° %d\n", r.place, r.group, r.place*31%1000, r.place%977)
}

func written(rows []exported) string {
	var b strings.Builder
	b.WriteString("rang;groupe;valeur;libelle\n")
	for _, r := range rows {
		b.WriteString(r.line())
	}
	return b.String()
}

// TestAnExportIsTheSameBytesHoweverManyThreadsAndReaders takes a file of a million rows away, whole, in part and sorted on a
// column full of ties, by ten readers at once and on engines of one, two and eight threads. Rows that tie keep the order of
// the file.
func TestAnExportIsTheSameBytesHoweverManyThreadsAndReaders(t *testing.T) {
	rows := make([]exported, 1_000_000)
	for i := range rows {
		rows[i] = exported{i, i * 7919 % 100}
	}
	seventh := slices.DeleteFunc(slices.Clone(rows), func(r exported) bool { return r.group != 7 })
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b exported) int { return b.group - a.group })
	questions := []struct {
		name       string
		parameters url.Values
		want       string // digest
		rows       int
	}{
		{"whole", url.Values{}, digest(written(rows)), len(rows)},
		{"a part", url.Values{"where": {`groupe = "groupe 07"`}}, digest(written(seventh)), len(seventh)},
		{"sorted", url.Values{"order_by": {"groupe desc"}}, digest(written(sorted)), len(sorted)},
		{"a part of what is sorted", url.Values{"order_by": {"groupe desc"}, "limit": {"12345"}}, digest(written(sorted[:12345])), 12345},
	}
	for _, q := range questions {
		q.parameters.Set("with_bom", "false")
	}
	ctx := identity.With(context.Background(), identity.System())
	config := app.Config{DataDir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	for _, engine := range []struct{ threads, readers int }{{1, 1}, {2, 10}, {8, 1}} {
		config.Threads = engine.threads
		program, err := app.Open(ctx, config)
		if err != nil {
			t.Fatal(err)
		}
		if engine.threads == 1 {
			if _, err := program.Ingest.Publish(ctx, "a.csv", strings.NewReader(written(rows)), ingest.Request{ID: "million"}); err != nil {
				t.Fatal(err)
			}
		}
		server := httptest.NewServer(program.Handler())
		for _, q := range questions {
			var readers sync.WaitGroup
			for range engine.readers {
				readers.Go(func() {
					got, header, err := take(server.URL + "/api/explore/v2.1/catalog/datasets/million/exports/csv?" + q.parameters.Encode())
					if err != nil || got != q.want {
						t.Errorf("%s, on %d threads: digest %s, want %s; %v", q.name, engine.threads, got, q.want, err)
					}
					if n := header.Get("Socle-Row-Count"); n != fmt.Sprint(q.rows) {
						t.Errorf("%s, on %d threads: %q rows are announced", q.name, engine.threads, n)
					}
				})
			}
			readers.Wait()
		}
		server.Close()
		if err := program.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// take reads an answer to its end and returns the digest of its body, and its headers and trailers.
func take(address string) (string, http.Header, error) {
	response, err := http.Get(address)
	if err != nil {
		return "", nil, err
	}
	defer response.Body.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, response.Body); err != nil {
		return "", nil, err
	}
	maps.Copy(response.Header, response.Trailer)
	return hex.EncodeToString(hash.Sum(nil)), response.Header, nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
