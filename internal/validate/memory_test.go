package validate

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"socle/internal/schema/frictionless"
)

// liveWhile is the most that the heap held alive while something was done, beyond what it held before. The collector runs
// often meanwhile, since that is when it is known.
func liveWhile(t *testing.T, do func()) int64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	live := func() int64 {
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	runtime.GC()
	before, most := live(), int64(0)
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
				most = max(most, live())
			}
		}
	})
	do()
	close(done)
	watch.Wait()
	return max(most, live()) - before
}

// TestMemoryDoesNotGrowWithTheRows holds two files against the same schema, one ten times the other: a key on every row,
// which goes to disk, a reference of the table to itself, and one fault a row, never the same, in two rules. A million
// distinct faults and more are counted, and what is alive stays what it was once the buffers are full.
func TestMemoryDoesNotGrowWithTheRows(t *testing.T) {
	if testing.Short() {
		t.Skip("two million rows: not with -short")
	}
	s, err := frictionless.Parse([]byte(`{"fields":[{"name":"id","type":"string"},{"name":"n","type":"integer"},{"name":"d","type":"date"},{"name":"parent"}],
		"primaryKey":"id","foreignKeys":[{"fields":["parent"],"reference":{"resource":"","fields":["id"]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	check := func(rows int) (live int64) {
		path := filepath.Join(t.TempDir(), "d.csv")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(file)
		fmt.Fprintln(w, "id,n,d,parent")
		for i := range rows {
			fmt.Fprintf(w, "identifiant-%08d,valeur-%d,jour-%d,identifiant-%08d\n", i, i, i, i+rows/2)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		live = liveWhile(t, func() {
			r, err := Check(context.Background(), File{Path: path}, s, t.TempDir(), Options{Memory: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			if want := int64(2*rows + rows/2); r.Stats.Errors != want || r.Stats.FaultyRows != int64(rows) {
				t.Errorf("%d rows: %d faults in %d rows, want %d", rows, r.Stats.Errors, r.Stats.FaultyRows, want)
			}
		})
		return live
	}
	const rows = 200_000
	few, many := check(rows), check(10*rows)
	t.Logf("%d rows: %d KB alive at most; %d rows: %d KB", rows, few/1024, 10*rows, many/1024)
	if 2*many > 3*few {
		t.Errorf("%d rows hold %d KB alive, ten times as many %d KB", rows, few/1024, many/1024)
	}
}
