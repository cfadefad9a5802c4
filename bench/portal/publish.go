package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"socle/bench/kit"
	"socle/internal/app"
	"socle/internal/asset"
	"socle/internal/identity"
	"socle/internal/ingest"
	"socle/internal/schema"
)

// publishAll generates and publishes every dataset that has rows, two at a time, and prints what it took. A folder that was
// published before stays.
func publishAll(ctx context.Context, list []dataset, data string) error {
	done := filepath.Join(data, "published")
	if text, err := os.ReadFile(done); err == nil {
		fmt.Print(string(text))
		return nil
	}
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	program, err := app.Open(ctx, app.Config{DataDir: data, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	var times []time.Duration
	var rows, bytes int64
	var generating time.Duration
	results := make(chan [2]time.Duration, len(list))
	start := time.Now()
	group, groupCtx := errgroup.WithContext(identity.With(ctx, identity.System()))
	group.SetLimit(2)
	for _, d := range list {
		if d.rows == 0 {
			continue
		}
		rows, bytes = rows+int64(d.rows), bytes+d.bytes
		group.Go(func() error {
			took, err := publishOne(groupCtx, program, d)
			if err != nil {
				return fmt.Errorf("publish %s: %w", d.id, err)
			}
			results <- took
			return nil
		})
	}
	err = group.Wait()
	wall := time.Since(start)
	close(results)
	for took := range results {
		generating += took[0]
		times = append(times, took[1])
	}
	if closing := program.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	var sum time.Duration
	for _, took := range times {
		sum += took
	}
	disk, parquet := weigh(data)
	text := fmt.Sprintf("| published | |\n|---|---|\n| datasets with rows | %d of %d |\n| rows | %d |\n| bytes of CSV | %.2f GB |\n", len(times), len(list), rows, float64(bytes)/1e9) +
		fmt.Sprintf("| time, two at a time, the generation included | %.1f s |\n| of a dataset, median | %s |\n", wall.Seconds(), kit.Milliseconds(kit.Median(times))) +
		fmt.Sprintf("| generation, then publication, added up | %.1f s, %.1f s |\n", generating.Seconds(), sum.Seconds()) +
		fmt.Sprintf("| disk: all, of which Parquet | %.2f GB, %.2f GB |\n\n", float64(disk)/1e9, float64(parquet)/1e9)
	fmt.Print(text)
	return os.WriteFile(done, []byte(text), 0o644)
}

// publishOne returns how long the generation and the publication took.
func publishOne(ctx context.Context, program *app.App, d dataset) (took [2]time.Duration, err error) {
	folder, err := os.MkdirTemp(program.Config.DataDir, "generated-")
	if err != nil {
		return took, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, d.id+".csv")
	start := time.Now()
	if err := generate(path, d); err != nil {
		return took, err
	}
	took[0] = time.Since(start)
	request := ingest.Request{ID: d.id, Title: d.id, Level: asset.Open, ConfirmPersonal: true}
	if d.kind() == directory {
		request.Types = map[string]schema.Type{"position": schema.Point}
	}
	start = time.Now()
	_, err = program.Ingest.PublishFile(ctx, path, request)
	took[1] = time.Since(start)
	return took, err
}

// weigh is what a folder holds, and its Parquet files alone, in bytes.
func weigh(folder string) (all, parquet int64) {
	_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			all += info.Size()
			if strings.HasSuffix(path, ".parquet") {
				parquet += info.Size()
			}
		}
		return nil
	})
	return all, parquet
}
