package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"socle/internal/store"
	"socle/internal/store/storetest"
)

// TestMain lets the tests start this program again as a process that they kill.
func TestMain(m *testing.M) {
	if dsn := os.Getenv("SOCLE_TEST_VICTIM"); dsn != "" {
		if err := commitForEver(dsn); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// commitForEver adds two rows at a time, and says each pair's number once it is committed.
func commitForEver(dsn string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, dsn)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		err := db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
			for _, half := range []string{"a", "b"} {
				if _, err := tx.ExecContext(ctx, insert, strconv.Itoa(n)+half, nil, store.Bool(true), nil, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	for name, dsn := range map[string]func() string{
		"SQLite":     func() string { return "sqlite:" + filepath.Join(t.TempDir(), "socle.db") },
		"PostgreSQL": func() string { return storetest.DSN(t) },
	} {
		t.Run(name, func(t *testing.T) {
			dsn := dsn()
			db := storetest.Open(t, dsn)
			for _, after := range []int{1, 7, 40} {
				ready(t, db)
				// In a transaction, so that it waits for what the killed process left under way.
				err := db.Tx(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
					_, err := tx.ExecContext(ctx, "DELETE FROM things")
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				process := exec.Command(os.Args[0], "-test.run=^$")
				process.Env, process.Stderr = append(os.Environ(), "SOCLE_TEST_VICTIM="+dsn), os.Stderr
				output, err := process.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := process.Start(); err != nil {
					t.Fatal(err)
				}
				acknowledged := 0
				for lines := bufio.NewScanner(output); lines.Scan(); {
					if acknowledged, err = strconv.Atoi(strings.TrimSpace(lines.Text())); err != nil {
						t.Fatal(err)
					}
					if acknowledged == after {
						if err := process.Process.Kill(); err != nil {
							t.Fatal(err)
						}
					}
				}
				_ = process.Wait() // it was killed
				var kept, halves int
				err = db.QueryRowContext(t.Context(), `SELECT count(DISTINCT n), count(*) FROM things WHERE n <= $1`, acknowledged).Scan(&kept, &halves)
				if err != nil || acknowledged < after || kept != acknowledged || halves != 2*kept {
					t.Errorf("killed after %d acknowledged: %d kept, in %d halves (%v)", acknowledged, kept, halves, err)
				}
			}
		})
	}
}
