package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// memory measures what Socle holds at most, on more and more rows of the file. A key on all rows is among the rules, so
// this is where memory would grow.
func (b *bench) memory(ctx context.Context, source, schemaPath string) error {
	fmt.Printf("# Memory of Socle at most, of the process, by number of rows\n\n%12s %10s %10s %10s %12s\n", "rows", "file", "time", "memory", "× smallest")
	var smallest int64
	for _, part := range []int{10, 5, 2, 1} {
		rows, path := b.rows/part, source
		if part > 1 {
			path = filepath.Join(b.dir, fmt.Sprintf("validate-first-%d.csv", rows))
			if err := first(source, path, rows); err != nil {
				return err
			}
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		r, _, err := measure(exec.CommandContext(ctx, b.socle, "validate", path, "--schema", schemaPath, "--format", "json", "--output", filepath.Join(b.dir, "report.json")))
		if err != nil {
			return err
		}
		if smallest == 0 {
			smallest = r.peak
		}
		fmt.Printf("%12d %7.0f MB %8.2f s %7.0f MB %11.2f×\n", rows, float64(info.Size())/1e6, r.wall.Seconds(), float64(r.peak)/1e6, float64(r.peak)/float64(smallest))
	}
	fmt.Println()
	return nil
}
