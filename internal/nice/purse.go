package nice

import (
	"context"
	"time"
)

// A Purse is the long work that a caller may still have done for them: scans of large versions, exports, reading long questions.
// Ordinary answers cost nothing.
type Purse interface {
	// Check refuses more long work when the caller had too much of it lately.
	Check() error
	// Spend counts work that was done, as the time that it took.
	Spend(work time.Duration)
}

type purseKey struct{}

// WithPurse says who pays for what is done in a context.
func WithPurse(ctx context.Context, p Purse) context.Context {
	return context.WithValue(ctx, purseKey{}, p)
}

// PurseOf returns who pays for what is done in a context; one that is never empty when nobody was said to.
func PurseOf(ctx context.Context) Purse {
	if p, ok := ctx.Value(purseKey{}).(Purse); ok {
		return p
	}
	return free{}
}

type free struct{}

func (free) Check() error        { return nil }
func (free) Spend(time.Duration) {}
