package engine

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// TestWhatIsAskedForMostIsCopiedFirst holds a queue back by its first copy, and looks at the order of those that wait.
func TestWhatIsAskedForMostIsCopiedFirst(t *testing.T) {
	s := openCopies(t.TempDir(), 1)
	defer s.close()
	hold, begun, made := make(chan struct{}), make(chan struct{}, 10), make(chan string, 10)
	order := func(version, form string, asked int) {
		table := Table{Paths: []string{version}}
		for range asked {
			s.ask(table, form, asked)
		}
		s.make(table, form, &s.wholes, func(context.Context) (madeCopy, error) {
			begun <- struct{}{}
			<-hold
			made <- version + form
			return madeCopy{}, errors.New("not needed here")
		})
	}
	order("first", "", 1)
	<-begun
	order("seldom", "", 2)
	order("often", "", 9)
	order("sometimes", " by uai", 4)
	close(hold)
	var got []string
	for range 4 {
		got = append(got, <-made)
	}
	if want := []string{"first", "often", "sometimes by uai", "seldom"}; !slices.Equal(got, want) {
		t.Errorf("made in the order %q, want %q", got, want)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.wholes.waiting) > 0 {
		t.Errorf("%d copies wait still", len(s.wholes.waiting))
	}
}
