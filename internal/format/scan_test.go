package format

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"socle/internal/fault"
	"socle/internal/schema"
)

// put writes a file of the test and returns its path.
func put(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// plainTable is a table over a file whose every record is data.
func plainTable(t testing.TB, content string, columns int) *Table {
	t.Helper()
	return &Table{Path: put(t, "a.csv", content), Dialect: Dialect{Delimiter: ';', Quote: '"', Newline: "\n"}, Encoding: utf8Name,
		Header: make([]string, columns), Columns: columns, DataLine: 1, plainHeader: true, limits: Limits{}.withDefaults()}
}

// reference reads a delimited text one byte at a time, in the plainest way: what the scanner must agree with.
func reference(content string) (rows [][]Cell, closed bool) {
	var row []Cell
	var cell strings.Builder
	quotedCell, inside, begun := false, false, false
	end := func(last bool) {
		text := cell.String()
		if last {
			text = strings.TrimSuffix(text, "\r")
			if quotedCell && !strings.HasSuffix(cell.String(), "\r") {
				text = cell.String()
			}
		}
		row = append(row, Cell{Text: text, Null: text == "" && !quotedCell})
		cell.Reset()
		quotedCell, begun = false, false
	}
	for i := 0; i < len(content); i++ {
		c := content[i]
		switch {
		case inside && c == '"' && i+1 < len(content) && content[i+1] == '"':
			cell.WriteByte('"')
			i++
		case inside && c == '"':
			inside = false
		case inside:
			cell.WriteByte(c)
		case c == '"' && !begun:
			inside, quotedCell, begun = true, true, true
		case c == ';':
			end(false)
		case c == '\n':
			blank := len(row) == 0 && !quotedCell && strings.TrimSuffix(cell.String(), "\r") == ""
			end(true)
			if !blank {
				rows = append(rows, row)
			}
			row = nil
		default:
			cell.WriteByte(c)
			begun = true
		}
	}
	if inside {
		return nil, false
	}
	if begun || quotedCell || len(row) > 0 {
		end(true)
		rows = append(rows, row)
		if only := rows[len(rows)-1]; len(only) == 1 && only[0].Null {
			rows = rows[:len(rows)-1]
		}
	}
	return rows, true
}

func randomText(r *rand.Rand, alphabet []string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

func TestTheScannerReadsWhatAPlainReaderReads(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"a", "b", "12", ";", ";", "\n", "\n", `"`, `""`, `;"`, `";`, "é", " ", "\r\n", "long text without anything"}
	for n := range 3000 {
		content := randomText(r, alphabet, r.IntN(60))
		want, closed := reference(content)
		table := plainTable(t, content, 1)
		var got [][]Cell
		var problem error
		for row, err := range table.Rows(context.Background()) {
			if err != nil {
				problem = err
				break
			}
			got = append(got, append(slices.Clone(row.Cells), row.Extra...))
		}
		switch {
		case !closed && fault.CodeOf(problem) != "unclosed_quote":
			t.Fatalf("%d: %q: an open quote was not seen: %v, %v", n, content, problem, got)
		case closed && problem != nil:
			t.Fatalf("%d: %q: %v", n, content, problem)
		case closed && !reflect.DeepEqual(got, want):
			t.Fatalf("%d: %q:\n got %+v\nwant %+v", n, content, got, want)
		}
	}
}

func TestTheProfileDoesNotDependOnHowTheFileIsCut(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	values := []string{"12", "1,5", "x", "", `""`, `"a;b"`, "\"a\nb\"", "2026-11-24", "48.1, -1.6", "oui", "NA", "caf\xe9", "café", `in"ch`, "0350722V", "007"}
	for range 40 {
		var b strings.Builder
		for range 200 {
			for range 1 + r.IntN(4) {
				b.WriteString(values[r.IntN(len(values))] + ";")
			}
			b.WriteString(values[r.IntN(len(values))] + []string{"\n", "\r\n", "\n\n"}[r.IntN(3)])
		}
		var first *Profile
		for _, size := range []int{1, 7, 64, 1000, 1 << 20} {
			p, err := scan(context.Background(), plainTable(t, b.String(), 4), size, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = p
			}
			if !reflect.DeepEqual(first, p) {
				t.Fatalf("blocks of %d bytes give another profile:\n%+v\n%+v", size, first, p)
			}
		}
	}
}

func TestEveryCountIsThatOfReadingTheRowsAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	values := []string{"12", "-7", "1,5", "1.5", "x", "", `""`, "2026-11-24", "24/11/2026", "NA", "-", "1 234", "007", "1", "0"}
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "%d;%s;%s", i, values[r.IntN(len(values))], values[r.IntN(3)])
		if r.IntN(50) == 0 {
			b.WriteString(";extra")
		}
		b.WriteByte('\n')
	}
	table := plainTable(t, b.String(), 3)
	p, err := Scan(context.Background(), table, nil)
	if err != nil {
		t.Fatal(err)
	}
	for column := range p.Columns {
		for _, typ := range schema.Types {
			for _, format := range Formats(typ) {
				g, err := Retype(table, p, column, typ, format)
				if err != nil {
					t.Fatal(err)
				}
				var nulls, misfits int64
				for row := range table.Rows(context.Background()) {
					cell := row.Cells[column]
					fits := accepted(&g, []byte(cell.Text))
					if !fits {
						misfits++
					}
					marker := typ != schema.Text && slices.Contains(g.Missing, strings.ToLower(cell.Text))
					if cell.Null || typ != schema.Text && (cell.Text == "" || marker || !fits) {
						nulls++
					}
				}
				if misfits != g.Misfits || nulls != g.Nulls() {
					t.Errorf("column %d as %s %q: %d misfits and %d nulls, the profile says %d and %d", column, typ, format, misfits, nulls, g.Misfits, g.Nulls())
				}
			}
		}
	}
}

func TestNormalisingKeepsEveryCell(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	alphabet := []string{"a", "1,5", ";", ";", "\n", `"x""y"`, `""`, "é", "\"a\nb\"", "caf\xe9", `;"q";`}
	for range 300 {
		table := plainTable(t, "z;z;z\n"+randomText(r, alphabet, 40)+"\n", 3)
		var clean bytes.Buffer
		if _, err := Normalise(context.Background(), table, &clean, nil, nil); err != nil {
			continue // an unclosed quote, seen elsewhere
		}
		again := plainTable(t, strings.SplitN(clean.String(), "\n", 2)[1], 3)
		again.Dialect = Canonical
		p, err := Scan(context.Background(), again, nil)
		if err != nil || !p.Regular {
			t.Fatalf("the canonical file is irregular: %v %+v\n%q", err, p, clean.String())
		}
		var want, got [][]Cell
		for row := range table.Rows(context.Background()) {
			want = append(want, slices.Clone(row.Cells))
		}
		for row := range again.Rows(context.Background()) {
			got = append(got, slices.Clone(row.Cells))
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v\nfrom %q", got, want, clean.String())
		}
	}
}

func FuzzAnyFileIsReadOrRefused(f *testing.F) {
	for _, s := range []string{"a;b\n1;2\n", "a,b\r\n\"x\",\"y\"\"z\"\r\n", "a\tb\n1\t2", "\xff\xfea\x00;\x00b\x00\n\x00", `[{"a":1},{"b":"x"}]`, "{\"a\":1}\n{\"a\":2}\n", "caf\xe9;1\n", "\"open", "PK\x03\x04", "\x1f\x8b\x08", "a;b\r1;2\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ctx := context.Background()
		path := put(t, "f", string(b))
		src, err := Detect(ctx, path, "f")
		if err == nil {
			src, err = Unwrap(ctx, src, t.TempDir(), Options{})
		}
		if err == nil && src.Kind == Parquet {
			return
		}
		var table *Table
		if err == nil {
			table, err = Open(ctx, src, t.TempDir(), Options{}, nil)
		}
		var p *Profile
		if err == nil {
			p, err = scan(ctx, table, 64, nil, nil)
		}
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatalf("an error without a meaning: %v", err)
			}
			return
		}
		var rows int64
		for _, err := range table.Rows(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			rows++
		}
		if rows != p.Rows {
			t.Fatalf("%d rows read, %d counted", rows, p.Rows)
		}
		for i, g := range Infer(table, p) {
			if got := g.Null + g.EmptyText + g.Marked + g.Values; got != p.Rows {
				t.Fatalf("column %d: %d cells for %d rows", i, got, p.Rows)
			}
		}
	})
}
