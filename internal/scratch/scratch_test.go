package scratch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestAFolderIsHeldByOneAndLeftByTheDead(t *testing.T) {
	ctx := t.Context()
	folder, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	mine, err := folder.Hold(ctx, "mine")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Hold(ctx, "mine"); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Errorf("somebody else holds it too: %v", err)
	}
	died, err := folder.Hold(ctx, "died")
	if err != nil {
		t.Fatal(err)
	}
	died.holder.Close() // as the system does when a process ends
	if ids, err := folder.Abandoned(ctx); err != nil || !slices.Equal(ids, []string{"died"}) {
		t.Errorf("abandoned: %v, %v", ids, err)
	}
	for id, held := range map[string]bool{"mine": true, "died": false, "never there": false} {
		if got, err := folder.Held(ctx, id); err != nil || got != held {
			t.Errorf("%s is held: %v, %v", id, got, err)
		}
		if err := folder.RemoveAbandoned(ctx, id); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(folder.Dir, id)); os.IsNotExist(err) == held {
			t.Errorf("%s after its removal: %v", id, err)
		}
	}
	if err := mine.Release(); err != nil {
		t.Fatal(err)
	}
	if ids, err := folder.Abandoned(ctx); err != nil || len(ids) > 0 {
		t.Errorf("abandoned after the release: %v, %v", ids, err)
	}
}

func TestAFolderHasOneName(t *testing.T) {
	dir := t.TempDir()
	nodes := make([]string, 20)
	var wait sync.WaitGroup
	for i := range nodes {
		wait.Go(func() {
			folder, err := Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			nodes[i] = folder.Node
		})
	}
	wait.Wait()
	if nodes[0] == "" || len(slices.Compact(nodes)) != 1 {
		t.Errorf("it is called %v", nodes)
	}
}

func TestProcessesThatStartTogetherKeepTheirFolders(t *testing.T) {
	dir := t.TempDir()
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			folder, err := Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			ids, err := folder.Abandoned(t.Context())
			if err != nil {
				t.Error(err)
			}
			for _, id := range ids {
				if err := folder.RemoveAbandoned(t.Context(), id); err != nil {
					t.Error(err)
				}
			}
			space, err := folder.Hold(t.Context(), strconv.Itoa(i))
			if err != nil {
				t.Error(err)
				return
			}
			if err := os.WriteFile(filepath.Join(space.Dir, "work"), nil, 0o600); err != nil {
				t.Error(err)
			}
			if err := space.Release(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			t.Errorf("%s is left", entry.Name())
		}
	}
}

func TestWhoWaitsForALockLeavesWithTheirContext(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	held, err := Lock(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := Lock(ctx, name); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	held.Close()
	again, err := Lock(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}
