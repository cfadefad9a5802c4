package engine

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestWhatTheDeadLeftIsRemovedAndTheWorkOfTheLivingIsNot(t *testing.T) {
	scratch := t.TempDir()
	dead := filepath.Join(scratch, workPrefix+"dead", "sql-1")
	if err := os.MkdirAll(dead, 0o750); err != nil {
		t.Fatal(err)
	}
	first, err := openWorkFolder(scratch)
	if err != nil {
		t.Fatal(err)
	}
	defer first.close()
	second, err := openWorkFolder(scratch)
	if err != nil {
		t.Fatal(err)
	}
	second.close()
	if _, err := os.Stat(filepath.Dir(dead)); !os.IsNotExist(err) {
		t.Error("the folder of a dead process is still there")
	}
	if _, err := os.Stat(first.path); err != nil {
		t.Errorf("the folder of a living process is gone: %v", err)
	}
}

func TestProcessesThatStartTogetherKeepTheirFolders(t *testing.T) {
	scratch := t.TempDir()
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			f, err := openWorkFolder(scratch)
			if err != nil {
				t.Error(err)
				return
			}
			if err := os.WriteFile(filepath.Join(f.path, "work"), nil, 0o600); err != nil {
				t.Error(err)
			}
			f.close()
		})
	}
	wait.Wait()
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
}
