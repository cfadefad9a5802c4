package engine

import (
	"context"
	"testing"
	"time"

	"socle/internal/query"
)

func TestWhatReadsMuchOfALargeVersionIsApart(t *testing.T) {
	b := open(t, Options{})
	large := Table{Paths: []string{"x"}, Rows: scannedRows}
	for name, tc := range map[string]struct {
		table Table
		ask   query.Request
		apart bool
	}{
		"a page":                        {large, query.Request{Limit: 20, Offset: 9000}, false},
		"a condition":                   {large, query.Request{Where: []string{"effectif > 3"}, Limit: 20}, true},
		"a facet":                       {large, query.Request{Refine: []string{"academie:Rennes"}, Limit: 20}, true},
		"an order":                      {large, query.Request{OrderBy: "ips", Limit: 20}, true},
		"a group":                       {large, query.Request{GroupBy: "academie", Select: "count(*)", Limit: 20}, true},
		"a lookup":                      {large, query.Request{Where: []string{"effectif = 3"}, Limit: 20}, true},
		"a lookup until rows are there": {Table{awaits: true, Rows: scannedRows}, query.Request{Where: []string{"effectif = 3"}, Limit: 20}, false},
		"the same, sorted":              {Table{awaits: true, Rows: scannedRows}, query.Request{Where: []string{"effectif = 3"}, OrderBy: "ips", Limit: 20}, true},
		"a range until rows are there":  {Table{awaits: true, Rows: scannedRows}, query.Request{Where: []string{"effectif > 3"}, Limit: 20}, true},
		"a condition on few rows":       {Table{Paths: []string{"x"}, Rows: scannedRows - 1}, query.Request{Where: []string{"effectif > 3"}}, false},
		"a condition on a sorted copy":  {Table{sorted: "y", Rows: scannedRows}, query.Request{Where: []string{"effectif = 3"}}, false},
		"a condition on another engine": {Table{Far: &Far{}, Rows: scannedRows}, query.Request{Where: []string{"effectif = 3"}}, false},
	} {
		if got := scanned(tc.table, bind(t, 1, tc.ask)); got != tc.apart {
			t.Errorf("%s: apart %v, want %v", name, got, tc.apart)
		}
	}
	// What is apart is answered the same.
	for version, table := range b.tables {
		table.Rows = scannedRows
		b.tables[version] = table
	}
	plan := bind(t, 1, query.Request{Select: "id", Where: []string{"effectif = 12"}, OrderBy: "ips desc", Limit: 25})
	if rows := b.rows(t, plan); len(rows) != 25 {
		t.Errorf("%d rows, want 25", len(rows))
	}
	if n, err := b.Count(t.Context(), plan); err != nil || n < 25 {
		t.Errorf("%d rows counted (%v)", n, err)
	}
}

func TestAPageIsAnsweredWhileEveryPlaceOfScansIsTaken(t *testing.T) {
	b := open(t, Options{Concurrency: 2, Timeout: time.Second})
	for version, table := range b.tables {
		table.Rows = scannedRows
		b.tables[version] = table
	}
	for range cap(b.scans.short) {
		b.scans.short <- struct{}{}
	}
	if _, err := b.Count(context.Background(), bind(t, 1, query.Request{Where: []string{"effectif > 12"}})); err == nil {
		t.Error("a scan found a place where all are taken")
	}
	none := func(context.Context, *Measures) error { return nil }
	if err := b.Measure(context.Background(), []query.Source{{Dataset: "d", Version: 1}}, none); err == nil {
		t.Error("a measure of a whole version found a place where all are taken")
	}
	if rows := b.rows(t, bind(t, 1, query.Request{Select: "id", Limit: 20})); len(rows) != 20 {
		t.Errorf("%d rows, want 20", len(rows))
	}
}
