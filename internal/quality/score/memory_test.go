package score

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestWhatIsRememberedIsWhatWouldBeFound(t *testing.T) {
	asked := 0
	m := newMemory(func(value string) int { asked++; return len(value) })
	draw := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		value := fmt.Sprint(draw.IntN(2 * rememberedValues)) // more than are kept: some take the place of others
		if got := m.of(value); got != len(value) {
			t.Fatalf("%q: %d", value, got)
		}
	}
	before := asked
	for range 1000 {
		m.of("Rennes")
	}
	if m.of("") != 0 || asked > before+2 {
		t.Errorf("it was looked for %d times", asked-before)
	}
}
