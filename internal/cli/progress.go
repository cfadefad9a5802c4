package cli

import (
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"socle/internal/i18n"
)

// patience is how long work may last before a bar appears.
const patience = time.Second

// A bar shows progress on a terminal once the work has lasted a second. Elsewhere it is silent.
type bar struct {
	session *session
	begun   time.Time
	mu      sync.Mutex
	title   i18n.Text
	total   int64
	count   int64
	pool    *mpb.Progress
	bar     *mpb.Bar
	ended   bool
}

func (s *session) progress(title i18n.Text, total int64) *bar {
	return &bar{session: s, begun: time.Now(), title: title, total: max(total, 0)}
}

// Write counts bytes, so that a bar can stand in an [io.MultiWriter].
func (b *bar) Write(p []byte) (int, error) {
	b.mu.Lock()
	count, total, title := b.count+int64(len(p)), b.total, b.title
	b.mu.Unlock()
	b.set(title, count, total)
	return len(p), nil
}

// set says how far the work is.
func (b *bar) set(title i18n.Text, count, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.title, b.count, b.total = title, count, total
	if b.ended || !isTerminal(b.session.err) || time.Since(b.begun) < patience {
		return
	}
	if b.bar == nil {
		b.pool = mpb.New(mpb.WithOutput(b.session.err), mpb.WithWidth(60))
		b.bar = b.pool.AddBar(total, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return b.label() })), mpb.AppendDecorators(decor.Percentage()))
	}
	b.bar.SetTotal(total, false)
	b.bar.SetCurrent(count)
}

// label is read by the drawing while set holds the lock; a title changes rarely, so a try is enough.
func (b *bar) label() string {
	if b.mu.TryLock() {
		defer b.mu.Unlock()
		return b.title.In(b.session.lang) + " "
	}
	return ""
}

// done takes the bar away.
func (b *bar) done() {
	b.mu.Lock()
	b.ended = true
	drawn, pool := b.bar, b.pool
	b.mu.Unlock()
	if drawn != nil {
		drawn.Abort(true)
		pool.Wait()
	}
}
