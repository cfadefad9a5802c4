package engine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWhatTheDeadLeftIsRemovedAndTheWorkOfOthersIsNot(t *testing.T) {
	dir := t.TempDir()
	dead, others := filepath.Join(dir, workPrefix+"dead", "sql-1"), filepath.Join(dir, "export-1")
	for _, folder := range []string{dead, others} {
		if err := os.MkdirAll(folder, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	first, err := openWork(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Release()
	second, err := openWork(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Release(); err != nil {
		t.Fatal(err)
	}
	for folder, there := range map[string]bool{filepath.Dir(dead): false, second.Dir: false, first.Dir: true, others: true} {
		if _, err := os.Stat(folder); os.IsNotExist(err) == there {
			t.Errorf("%s: %v", folder, err)
		}
	}
}
