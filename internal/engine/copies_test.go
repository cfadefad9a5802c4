package engine

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// TestWhatIsMostWorthItsTimeIsCopiedFirst holds a queue back by its first copies, and looks at the order of those that wait.
func TestWhatIsMostWorthItsTimeIsCopiedFirst(t *testing.T) {
	s := openCopies(t.TempDir(), 1)
	defer s.close()
	hold, holdOne, begun, made := make(chan struct{}), make(chan struct{}), make(chan struct{}, 10), make(chan string, 10)
	defer close(holdOne)
	order := func(version, form string, rows int64, asked int) {
		table := Table{Paths: []string{version}, Rows: rows}
		for range asked {
			s.ask(table, form, asked)
		}
		s.make(table, form, &s.wholes, func(context.Context) (madeCopy, error) {
			begun <- struct{}{}
			if version == "first" {
				<-holdOne // to the end: one maker is left, which tells the order
			}
			<-hold
			made <- version + form
			return madeCopy{}, errors.New("not needed here")
		})
	}
	order("first", "", 1, 1)
	order("second", "", 1, 1)
	<-begun
	<-begun // at the same time
	order("seldom", "", 200_000, 2)
	order("often", "", 200_000, 9)
	order("small", "", 2_000, 3)
	order("large", "", 2_000_000, 12)
	order("sometimes", " by uai", 200_000, 4)
	close(hold)
	var got []string
	for range 6 {
		got = append(got, <-made)
	}
	if want := []string{"second", "small", "often", "large", "sometimes by uai", "seldom"}; !slices.Equal(got, want) {
		t.Errorf("made in the order %q, want %q", got, want)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.wholes.waiting) > 0 {
		t.Errorf("%d copies wait still", len(s.wholes.waiting))
	}
}
