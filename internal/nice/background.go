package nice

import (
	"context"
	"sync/atomic"
	"time"
)

type backgroundKey struct{}

// InBackground says that nobody waits for what is done in a context.
func InBackground(ctx context.Context) context.Context {
	return context.WithValue(ctx, backgroundKey{}, true)
}

// IsBackground reports whether nobody waits for what is done in a context.
func IsBackground(ctx context.Context) bool {
	background, _ := ctx.Value(backgroundKey{}).(bool)
	return background
}

// Waiters counts who waits for an answer at the moment. The zero value counts nobody.
type Waiters struct {
	All *Waiters // among whom they are counted too, nil for none

	count atomic.Int64
}

// Enter counts one more until leave is called.
func (w *Waiters) Enter() (leave func()) {
	w.add(1)
	return func() { w.add(-1) }
}

func (w *Waiters) add(n int64) {
	if w.count.Add(n); w.All != nil {
		w.All.add(n)
	}
}

// A Pace makes long work pause while others wait. It is for one goroutine.
type Pace struct {
	waiters *Waiters
	many    int64     // of them at least, for whom the work pauses
	since   time.Time // when the piece of work under way began
}

const (
	pieceOfWork   = 10 * time.Millisecond // between two pauses, at least
	longestPiece  = time.Second           // more is not made up for
	longestPause  = 9                     // pieces: a tenth of the time at least is left to the work
	betweenLooks  = time.Millisecond
	looksForQuiet = 3 // who asks one question after the other still waits between two
)

// NewPace returns the pace of a work that begins now, and that pauses while so many wait.
func NewPace(w *Waiters, many int) *Pace { return &Pace{w, int64(many), time.Now()} }

// Pause returns at once when little was done since the last pause, or few wait. Otherwise it returns when few do,
// when the pause was nine times as long as the work before it, or when the context ends. Call it often.
func (p *Pace) Pause(ctx context.Context) {
	piece := time.Since(p.since)
	if piece < pieceOfWork {
		return
	}
	defer func() { p.since = time.Now() }()
	if p.waiters.count.Load() < p.many {
		return
	}
	end := time.After(longestPause * min(piece, longestPiece))
	looks := time.NewTicker(betweenLooks)
	defer looks.Stop()
	for quiet := 0; quiet < looksForQuiet; quiet++ {
		select {
		case <-ctx.Done():
			return
		case <-end:
			return
		case <-looks.C:
			if p.waiters.count.Load() >= p.many {
				quiet = -1
			}
		}
	}
}
