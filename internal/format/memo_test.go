package format

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// What a memo remembers is only counted: whatever the table, the profile is the one that reading each cell gives.
func TestRememberingValuesChangesNothingOfAProfile(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	kinds := []func(n int) string{
		func(n int) string { return fmt.Sprint(n) },
		func(n int) string { return fmt.Sprintf("%05d", n) },
		func(n int) string { return fmt.Sprintf("%d,%d", n, n%7) },
		func(n int) string { return fmt.Sprintf("2024-%02d-%02d", n%14, n%31) },
		func(n int) string { return []string{"oui", "non", "Oui", "1", "0", "NC", "", `""`}[n%8] },
		func(n int) string { return fmt.Sprintf("Lycée n° %d", n) },
		func(n int) string { return fmt.Sprintf(`"Établissement ; %d"`, n) },
		func(n int) string { return fmt.Sprintf("075%04d%c", n, 'A'+n%26) },
		func(n int) string { return strings.Repeat("é", n%60) + fmt.Sprint(n) },
		func(n int) string { return fmt.Sprintf("Caf\xe9 %d", n) }, // Windows-1252 among UTF-8
		func(n int) string { return fmt.Sprintf("%d.%016d", n, n*n) },
	}
	for table := range 12 {
		var b strings.Builder
		columns := 1 + r.IntN(len(kinds))
		distinct := []int{1, 3, 40, 600, 100_000}[table%5]
		for c := range columns {
			fmt.Fprintf(&b, "c%d;", c)
		}
		b.WriteString("z\n")
		for range 3000 {
			for c := range columns {
				b.WriteString(kinds[(c+table)%len(kinds)](r.IntN(distinct)) + ";")
			}
			b.WriteString("z\n")
		}
		path := filepath.Join(t.TempDir(), "t.csv")
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		profile := func(forget bool) *Profile {
			source, err := Detect(t.Context(), path, "t.csv")
			if err != nil {
				t.Fatal(err)
			}
			opened, err := Open(t.Context(), source, t.TempDir(), Options{Delimiter: ";", Encoding: "utf-8"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorker(opened)
			if forget {
				w.memos = make([]memo, opened.Columns)
			}
			for block, err := range opened.blocks(t.Context(), 20_000, func() []byte { return nil }) {
				if err != nil {
					t.Fatal(err)
				}
				w.block(block)
			}
			w.settle()
			return opened.profile([]*worker{w}, int64(b.Len()))
		}
		if with, without := profile(false), profile(true); !reflect.DeepEqual(with, without) {
			t.Errorf("table %d, %d values: with a memo\n%+v\nwithout\n%+v", table, distinct, with, without)
		}
	}
}
