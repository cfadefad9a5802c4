// Command publish measures Socle beside DuckDB alone, on the same files, in one run, and prints ratios.
//
// Publishing, a filtered page, a group-by and a full export are timed as a user meets them: the program for
// publishing, HTTP for the rest. DuckDB does the same work in a process of its own without HTTP. The targets are
// those of docs/performance.md. Nothing here is a test: a number out of bounds is printed, not failed.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"socle/bench/kit"
)

func main() {
	log.SetFlags(0)
	rows := flag.Int("rows", 5_000_000, "rows of the generated file, of 15 columns")
	runs := flag.Int("runs", 3, "counted runs of each publication and export")
	dir := flag.String("dir", "tmp/bench", "where the files go")
	peer := flag.String("peer", "", "internal: do one piece of DuckDB's work and print its time")
	flag.Parse()
	if *peer != "" {
		if err := runPeer(*peer, flag.Args()); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := bench(context.Background(), *dir, *rows, *runs); err != nil {
		log.Fatal("bench: ", err)
	}
}

// bench runs everything and prints the tables.
func bench(ctx context.Context, dir string, rows, runs int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	source, err := kit.File(dir, rows)
	if err != nil {
		return err
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	fmt.Printf("# %s, %d rows × 15 columns, %.0f MB, median of %d runs\n\n", kit.Machine(), rows, float64(info.Size())/1e6, runs)

	data := filepath.Join(dir, "data")
	if err := benchPublish(ctx, source, data, runs); err != nil {
		return err
	}
	return benchServe(ctx, data, dir, runs)
}

// A run is what one process took.
type run struct {
	wall time.Duration
	peak int64 // bytes of resident memory at most
}

// measure starts a command and waits for it.
func measure(ctx context.Context, name string, args ...string) (run, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Stderr = os.Stderr
	start := time.Now()
	if err := command.Run(); err != nil {
		return run{}, fmt.Errorf("%s %v: %w", filepath.Base(name), args, err)
	}
	usage, _ := command.ProcessState.SysUsage().(*syscall.Rusage)
	return run{wall: time.Since(start), peak: usage.Maxrss * 1024}, nil
}

// benchPublish times `socle publish` into an empty folder, in turn with DuckDB's COPY of the same file.
func benchPublish(ctx context.Context, source, data string, runs int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var ours, theirs []run
	for range runs {
		if err := os.RemoveAll(data); err != nil {
			return err
		}
		one, err := measure(ctx, "bin/socle", "publish", source, "--data", data, "--id", "bench", "--title", "Bench", "--access", "open")
		if err != nil {
			return err
		}
		ours = append(ours, one)
		target := filepath.Join(filepath.Dir(source), "duckdb.parquet")
		if one, err = measure(ctx, self, "-peer", "copy", source, target); err != nil {
			return err
		}
		theirs = append(theirs, one)
	}
	ourWall, ourPeak := summary(ours)
	theirWall, theirPeak := summary(theirs)
	fmt.Println("| publishing | seconds | peak memory |")
	fmt.Println("|---|---|---|")
	fmt.Printf("| `socle publish` | %.2f | %d MB |\n", ourWall.Seconds(), ourPeak/1e6)
	fmt.Printf("| DuckDB `COPY … TO parquet` | %.2f | %d MB |\n", theirWall.Seconds(), theirPeak/1e6)
	fmt.Printf("| ratio (target ≤ 1.6) | %.2f | %.2f |\n\n", ourWall.Seconds()/theirWall.Seconds(), float64(ourPeak)/float64(theirPeak))
	return nil
}

func summary(runs []run) (time.Duration, int64) {
	var walls []time.Duration
	var peaks []int64
	for _, r := range runs {
		walls, peaks = append(walls, r.wall), append(peaks, r.peak)
	}
	return kit.Median(walls), kit.Median(peaks)
}
