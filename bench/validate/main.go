// Command validate measures Socle's validation beside frictionless-py and others, on the same files, in one run.
//
// A file of 5,000,000 rows and 15 columns with one bad row in a hundred is held against a schema of 30 rules, by
// `socle validate`, by frictionless-py (on a slice, unless -whole), by pandera over polars and by a JSON Schema validator
// in Rust where their Python has them, and DuckDB merely reads and casts it, which is the limit. Then a file of 330,000 rows
// and 80 columns. The memory of Socle is measured on the first tenth, fifth and half of the rows too: it must not grow with
// them, though every row has a key that must be unique. Nothing here is a test: a number out of bounds is printed, not failed.
package main

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the limit

	"socle/bench/kit"
)

//go:embed peers.py
var peers string

func main() {
	log.SetFlags(0)
	b := bench{}
	flag.IntVar(&b.rows, "rows", 5_000_000, "rows of the generated file, of 15 columns")
	flag.IntVar(&b.slice, "slice", 50_000, "rows that frictionless-py validates")
	flag.BoolVar(&b.whole, "whole", false, "have frictionless-py validate the whole file (hours)")
	flag.IntVar(&b.runs, "runs", 3, "counted runs of Socle and DuckDB")
	flag.StringVar(&b.dir, "dir", "tmp/bench", "where the files go")
	flag.StringVar(&b.socle, "socle", "bin/socle", "the program")
	flag.StringVar(&b.python, "python", "bin/frictionless/bin/python", "a Python with frictionless-py, and perhaps pandera, polars and jsonschema-rs")
	peer := flag.String("peer", "", "internal: have DuckDB read and cast a file")
	flag.Parse()
	var err error
	if *peer != "" {
		err = cast(*peer)
	} else {
		err = b.run(context.Background())
	}
	if err != nil {
		log.Fatal("bench: ", err)
	}
}

type bench struct {
	rows, slice, runs          int
	whole                      bool
	dir, socle, python, script string
}

// run is what one process took.
type run struct {
	wall time.Duration
	peak int64 // bytes of resident memory at most
}

func (b *bench) run(ctx context.Context) error {
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	b.script = filepath.Join(b.dir, "peers.py")
	if err := os.WriteFile(b.script, []byte(peers), 0o644); err != nil {
		return err
	}
	source, schemaPath := filepath.Join(b.dir, fmt.Sprintf("validate-%d.csv", b.rows)), filepath.Join(b.dir, "validate.schema.json")
	quoted := make([]string, len(academies))
	for i, a := range academies {
		quoted[i] = `"` + a + `"`
	}
	if err := os.WriteFile(schemaPath, fmt.Appendf(nil, schema, strings.Join(quoted, ",")), 0o644); err != nil {
		return err
	}
	faults := b.rows/100 + min(1, max(0, b.rows%100-57))
	if _, err := os.Stat(source); err != nil {
		if faults, err = generate(source, b.rows); err != nil {
			return err
		}
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	fmt.Printf("# %s, %d rows × 15 columns, %.0f MB, %d rules, %d bad rows, median of %d runs\n\n", kit.Machine(), b.rows, float64(info.Size())/1e6, rules, faults, b.runs)
	fmt.Printf("%-34s %10s %14s %10s %12s %10s\n", "", "time", "rows/s", "memory", "faulty rows", "× Socle")
	socle, err := b.measureSocle(ctx, source, schemaPath)
	if err != nil {
		return err
	}
	limit, err := b.median(ctx, func() *exec.Cmd { return exec.CommandContext(ctx, os.Args[0], "-peer", source) })
	if err != nil {
		return err
	}
	line("DuckDB, read and cast", b.rows, limit, "", socle)
	for _, p := range []struct {
		name string
		rows int
	}{{"polars", b.rows}, {"pandera", min(b.rows, 20*b.slice)}, {"jsonschema-rs", min(b.rows, 10*b.slice)}, {"frictionless", b.slice}} {
		n := p.rows
		if p.name == "frictionless" && b.whole {
			n = b.rows
		}
		if err := b.peer(ctx, p.name, source, schemaPath, n, socle); err != nil {
			return err
		}
	}
	fmt.Printf("\nSocle takes %.2f times what DuckDB takes to read and cast (target: at most 2.5)\n\n", socle.wall.Seconds()/limit.wall.Seconds())
	if err := b.memory(ctx, source, schemaPath); err != nil {
		return err
	}
	return b.wide(ctx)
}

// wide measures the file of 26 million values.
func (b *bench) wide(ctx context.Context) error {
	const rows, columns = 330_000, 80
	source, schemaPath := filepath.Join(b.dir, "validate-wide.csv"), filepath.Join(b.dir, "validate-wide.schema.json")
	if err := os.WriteFile(schemaPath, []byte(wideSchema(columns)), 0o644); err != nil {
		return err
	}
	if _, err := os.Stat(source); err != nil {
		if err := wide(source, rows, columns); err != nil {
			return err
		}
	}
	fmt.Printf("# %d rows × %d columns, %.1f million values\n\n", rows, columns, rows*columns/1e6)
	socle, err := b.measureSocle(ctx, source, schemaPath)
	if err != nil {
		return err
	}
	limit, err := b.median(ctx, func() *exec.Cmd { return exec.CommandContext(ctx, os.Args[0], "-peer", source) })
	if err != nil {
		return err
	}
	line("DuckDB, read and cast", rows, limit, "", socle)
	return nil
}

func (b *bench) measureSocle(ctx context.Context, source, schemaPath string) (run, error) {
	report := filepath.Join(b.dir, "report.json")
	r, err := b.median(ctx, func() *exec.Cmd {
		return exec.CommandContext(ctx, b.socle, "validate", source, "--schema", schemaPath, "--format", "json", "--output", report)
	})
	if err != nil {
		return r, err
	}
	data, err := os.ReadFile(report)
	if err != nil {
		return r, err
	}
	var said struct {
		Stats struct{ Rows, FaultyRows, Errors int64 }
	}
	if err := json.Unmarshal(data, &said); err != nil {
		return r, err
	}
	line("Socle", int(said.Stats.Rows), r, fmt.Sprint(said.Stats.FaultyRows), r)
	return r, nil
}

// median runs a command several times and keeps the median time and the greatest memory. Exit code 1 says that faults were found.
func (b *bench) median(ctx context.Context, command func() *exec.Cmd) (run, error) {
	var times []time.Duration
	var peak int64
	for range b.runs {
		r, _, err := measure(command())
		if err != nil {
			return run{}, err
		}
		times, peak = append(times, r.wall), max(peak, r.peak)
	}
	return run{kit.Median(times), peak}, nil
}

func measure(command *exec.Cmd) (run, string, error) {
	var out strings.Builder
	command.Stdout, command.Stderr = &out, os.Stderr
	start := time.Now()
	err := command.Run()
	r := run{wall: time.Since(start)}
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.peak = usage.Maxrss * 1024
	}
	if command.ProcessState.ExitCode() == 1 {
		err = nil
	}
	return r, out.String(), err
}

// peer has a program of others validate the first rows of the file.
func (b *bench) peer(ctx context.Context, name, source, schemaPath string, rows int, socle run) error {
	part := source
	if rows < b.rows {
		part = filepath.Join(b.dir, fmt.Sprintf("validate-first-%d.csv", rows))
		if err := first(source, part, rows); err != nil {
			return err
		}
	}
	if exec.CommandContext(ctx, b.python, b.script, name, "").Run() != nil {
		fmt.Printf("%-34s not here\n", name)
		return nil
	}
	r, out, err := measure(exec.CommandContext(ctx, b.python, b.script, name, part, schemaPath))
	if err != nil {
		return err
	}
	var said struct {
		Seconds float64
		Faulty  string
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r.wall = time.Duration(said.Seconds * float64(time.Second)) // without the start of Python
	shown := name
	if rows < b.rows {
		shown = fmt.Sprintf("%s, first %d rows", name, rows)
	}
	perRow := run{wall: time.Duration(float64(socle.wall) * float64(rows) / float64(b.rows))}
	line(shown, rows, r, said.Faulty, perRow)
	return nil
}

// first copies the header and the first rows.
func first(source, target string, rows int) error {
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	defer out.Close()
	buffer := make([]byte, 1<<20)
	left := rows + 1
	for left > 0 {
		n, err := in.Read(buffer)
		for i, c := range buffer[:n] {
			if c == '\n' {
				if left--; left == 0 {
					n = i + 1
					break
				}
			}
		}
		if _, e := out.Write(buffer[:n]); e != nil {
			return e
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	return out.Close()
}

func line(name string, rows int, r run, faulty string, socle run) {
	fmt.Printf("%-34s %8.2f s %14.0f %7.0f MB %12s %9.1f×\n", name, r.wall.Seconds(), float64(rows)/r.wall.Seconds(), float64(r.peak)/1e6, faulty, r.wall.Seconds()/socle.wall.Seconds())
}

// cast has DuckDB read every column of a file as text and cast it to its type, as TRY_CAST does: what is not of the type
// becomes null. It counts what remains, and checks nothing else.
func cast(path string) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	types := []string{"BIGINT", "", "", "", "", "DATE", "BIGINT", "BIGINT", "DOUBLE", "BOOLEAN", "", "DOUBLE", "DOUBLE", "TIMESTAMP", ""}
	if strings.Contains(path, "wide") {
		types = nil
		for range 80 {
			types = append(types, [6]string{"BIGINT", "DOUBLE", "DATE", "", "", "BOOLEAN"}[len(types)%6])
		}
	}
	var columns, counts []string
	for i, t := range types {
		columns = append(columns, fmt.Sprintf("'c%d': 'VARCHAR'", i))
		if t == "" {
			counts = append(counts, fmt.Sprintf("count(c%d)", i))
		} else {
			counts = append(counts, fmt.Sprintf("count(TRY_CAST(c%d AS %s))", i, t))
		}
	}
	rows, err := db.Query("SELECT " + strings.Join(counts, ", ") + " FROM read_csv(" + kit.Quote(path) + ", header=true, auto_detect=false, delim=',', quote='\"', columns={" + strings.Join(columns, ", ") + "})")
	if err != nil {
		return err
	}
	_, err = kit.ReadAll(rows)
	return err
}
