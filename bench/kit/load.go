package kit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds end a load: no request starts after so many of them or so long, and what is still under way at Cut is cut.
type Bounds struct {
	Requests int
	Time     time.Duration
	Cut      time.Duration
	Pause    time.Duration // what each client waits after an answer; not counted
}

// A Load is what some clients saw, each asking again once it is answered.
type Load struct {
	took   []time.Duration // of each request; sorted by Sort
	Cut    int             // requests that were not answered in time, counted with the time that they had waited
	Failed int             // requests answered with an error
	Err    error           // the first of them
	Wall   time.Duration
}

// Run asks from a number of clients. first is the number of the first request: each has its own, so that a question can differ
// from all that were asked before.
func Run(ctx context.Context, clients, first int, bounds Bounds, ask func(ctx context.Context, client, i int) error) Load {
	ctx, cancel := context.WithTimeout(ctx, bounds.Cut)
	defer cancel()
	var next atomic.Int64
	var mutex sync.Mutex
	var all Load
	var wait sync.WaitGroup
	start := time.Now()
	for client := range clients {
		wait.Go(func() {
			var mine Load
			for ctx.Err() == nil && time.Since(start) < bounds.Time {
				i := int(next.Add(1)) - 1
				if i >= bounds.Requests {
					break
				}
				began := time.Now()
				err := ask(ctx, client, first+i)
				took := time.Since(began)
				switch {
				case err == nil:
					mine.took = append(mine.took, took)
				case ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded):
					mine.took, mine.Cut = append(mine.took, took), mine.Cut+1
				default:
					mine.Failed++
					mine.Err = earliest(mine.Err, err)
				}
				if bounds.Pause > 0 {
					time.Sleep(bounds.Pause)
				}
			}
			mutex.Lock()
			defer mutex.Unlock()
			all.Add(mine)
		})
	}
	wait.Wait()
	all.Wall = time.Since(start)
	slices.Sort(all.took)
	return all
}

func earliest(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// Add joins what was seen at another time, or by others.
func (l *Load) Add(other Load) {
	l.took = append(l.took, other.took...)
	slices.Sort(l.took)
	l.Cut, l.Failed, l.Err, l.Wall = l.Cut+other.Cut, l.Failed+other.Failed, earliest(l.Err, other.Err), l.Wall+other.Wall
}

// Asked is the number of requests that were sent.
func (l Load) Asked() int { return len(l.took) + l.Failed }

// Answered is the number of requests that were answered well.
func (l Load) Answered() int { return len(l.took) - l.Cut }

// Rate is the number of good answers in a second.
func (l Load) Rate() float64 {
	if l.Wall == 0 {
		return 0
	}
	return float64(l.Answered()) / l.Wall.Seconds()
}

// Quantile is the time that a part q of the requests took at most. Requests that were cut took longer than it says.
func (l Load) Quantile(q float64) time.Duration {
	if len(l.took) == 0 {
		return 0
	}
	return l.took[min(int(q*float64(len(l.took))), len(l.took)-1)]
}

// Shown writes a quantile; "> " is before one that only requests cut short tell.
func (l Load) Shown(q float64) string {
	if len(l.took) == 0 {
		return "–"
	}
	// Those that were cut are the longest, unless many were: then nothing below their share is sure.
	if at := int(q * float64(len(l.took))); l.Cut > 0 && at >= len(l.took)-l.Cut {
		return "> " + Milliseconds(l.Quantile(q))
	}
	return Milliseconds(l.Quantile(q))
}

// Trouble says what went wrong, "" when nothing did.
func (l Load) Trouble() string {
	switch {
	case l.Failed > 0:
		return fmt.Sprintf("%d failed: %v", l.Failed, l.Err)
	case l.Cut > 0:
		return fmt.Sprintf("%d cut", l.Cut)
	}
	return ""
}
