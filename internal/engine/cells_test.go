package engine

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"socle/internal/schema"
)

func TestAKeptCellIsTheValueThatItWouldBeMadeOf(t *testing.T) {
	draw := rand.New(rand.NewPCG(5, 6))
	for name, c := range map[string]struct {
		kind schema.Type
		cell func() string
	}{
		"few texts":       {schema.Text, func() string { return []string{"", "Rennes", "Saint-Malo", strings.Repeat("long ", 40)}[draw.IntN(4)] }},
		"many texts":      {schema.Text, func() string { return fmt.Sprint(draw.IntN(1 << 40)) }},
		"more than slots": {schema.Text, func() string { return fmt.Sprint(draw.IntN(3 * keptCells)) }},
		"integers":        {schema.Integer, func() string { return fmt.Sprint(draw.IntN(50) - 25) }},
		"decimals":        {schema.Decimal, func() string { return fmt.Sprint(float64(draw.IntN(5000)) / 8) }},
		"booleans":        {schema.Boolean, func() string { return []string{"true", "false"}[draw.IntN(2)] }},
	} {
		t.Run(name, func(t *testing.T) {
			values, made := &cellValues{made: valueOfCell(c.kind)}, valueOfCell(c.kind)
			var buffer []byte // as a reader of cells reuses it
			for range 3 * (firstCells + trialCells) {
				cell := c.cell()
				buffer = append(buffer[:0], cell...)
				got, err := values.of(buffer)
				if want, _ := made(cell); err != nil || got != want {
					t.Fatalf("%q became %#v (%v), not %#v", cell, got, err, want)
				}
			}
		})
	}
}

func TestACellThatIsNoNumberIsAnErrorEveryTime(t *testing.T) {
	var wire strings.Builder
	for range 2 * firstCells {
		wire.WriteString("\"12\"\n")
	}
	wire.WriteString("\"twelve\"\n\"twelve\"\n")
	rows, raw := newWireRows(strings.NewReader(wire.String()), []schema.Type{schema.Integer}), make([]any, 1)
	for range 2 * firstCells {
		if err := rows.read(raw); err != nil || raw[0] != int64(12) {
			t.Fatal(raw, err)
		}
	}
	for range 2 {
		if err := rows.read(raw); err == nil || err == io.EOF {
			t.Fatalf("it became %v, %v", raw[0], err)
		}
	}
}
