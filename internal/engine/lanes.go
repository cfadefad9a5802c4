package engine

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/nice"
)

// lanes keep what is long from holding up what is short. So many questions run at once. One that is still running
// after a moment moves to the lane of long questions and gives its place back; when that lane is full too, it is
// interrupted, so that places never stay taken: a short question waits for a moment at most, whoever else asks.
type lanes struct {
	short, long chan struct{}
	moment      time.Duration // after which a question is long
	patience    time.Duration // how long a question waits for a place
	waiters     *nice.Waiters // who asks, the work in the background excepted
}

func newLanes(o Options, waiters *nice.Waiters) lanes {
	return lanes{short: make(chan struct{}, o.Concurrency), long: make(chan struct{}, o.Concurrency), moment: time.Second, patience: o.Timeout, waiters: waiters}
}

// errCrowded is the cause of a context whose question was long when too many were.
var errCrowded = errors.New("engine: too many long questions")

func crowded() error {
	return fault.New(fault.Unavailable, "engine_crowded", i18n.T(
		"Cette requête est longue, et trop d’autres le sont en ce moment. Réessayez dans un moment, ajoutez un filtre, ou téléchargez le fichier entier.",
		"This query is long, and too many others are at the moment. Try again in a moment, add a filter, or download the whole file."))
}

// enter waits for a place among the questions at once. The context that it returns ends when the question must.
func (l *lanes) enter(ctx context.Context) (context.Context, func(), error) {
	return l.enterAmong(ctx, l.waiters)
}

// enterAmong is enter for who is counted among other waiters.
func (l *lanes) enterAmong(ctx context.Context, waiters *nice.Waiters) (context.Context, func(), error) {
	answered := waits(ctx, waiters)
	if err := take(ctx, l.short, l.patience); err != nil {
		answered()
		return nil, nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	p := &place{held: l.short}
	p.timer = time.AfterFunc(l.moment, func() {
		if !p.move(l.long) {
			cancel(errCrowded)
		}
	})
	return ctx, sync.OnceFunc(func() { p.leave(); answered(); cancel(nil) }), nil
}

// waits counts who asks among those who wait, unless the question is asked in the background.
func waits(ctx context.Context, waiters *nice.Waiters) (answered func()) {
	if nice.IsBackground(ctx) {
		return func() {}
	}
	return waiters.Enter()
}

// take waits for room in a lane.
func take(ctx context.Context, lane chan struct{}, patience time.Duration) error {
	select {
	case lane <- struct{}{}:
		return nil
	default:
	}
	wait, stop := context.WithTimeout(ctx, patience)
	defer stop()
	select {
	case lane <- struct{}{}:
		return nil
	case <-wait.Done():
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fault.New(fault.Unavailable, "engine_busy", i18n.T("Trop de requêtes sont en cours\u00a0; réessayez dans un moment.",
			"Too many queries are running; try again in a moment."))
	}
}

// place is the place that a question holds.
type place struct {
	mu    sync.Mutex
	held  chan struct{}
	timer *time.Timer
}

// move goes to another lane, and reports whether there was room or the question is over.
func (p *place) move(lane chan struct{}) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		return true
	}
	select {
	case lane <- struct{}{}:
		<-p.held
		p.held = lane
		return true
	default:
		return false
	}
}

func (p *place) leave() {
	p.timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != nil {
		<-p.held
		p.held = nil
	}
}

// exportsPerThread is how many exports may be under way at once for each thread: most wait for their reader.
const exportsPerThread = 8

// exporter is the database of exports. Its threads have a low priority: an export takes the whole machine when nobody
// asks anything, and gives way to every question.
type exporter struct {
	*database
	places  chan struct{}
	waiters *nice.Waiters
}

func openExporter(options Options, folders []string, waiters *nice.Waiters) (*exporter, error) {
	options.MemoryLimit = quarters(options.MemoryLimit, 1)
	options.Concurrency = exportsPerThread * options.Threads
	var d *database
	var err error
	nice.RunLast(func() { d, err = openDatabase(options, folders, nil) }) // DuckDB's threads have the priority of the one that starts them
	if err != nil {
		return nil, err
	}
	return &exporter{database: d, places: make(chan struct{}, options.Concurrency), waiters: waiters}, nil
}

// enter waits for a place among the exports.
func (e *exporter) enter(ctx context.Context) (leave func(), err error) {
	answered := waits(ctx, e.waiters)
	if err := take(ctx, e.places, e.options.Timeout); err != nil {
		answered()
		return nil, err
	}
	return func() { <-e.places; answered() }, nil
}

// enterFor is enter for an export of a table: one of a large version is paid for.
func (e *exporter) enterFor(ctx context.Context, table Table) (leave func(), err error) {
	if table.Rows >= scannedRows {
		if err := nice.PurseOf(ctx).Check(); err != nil {
			return nil, err
		}
	}
	return e.enter(ctx)
}

// copyTo is that of the database, on a thread that gives way.
func (e *exporter) copyTo(ctx context.Context, s statement, options string, w io.Writer) (rows int64, err error) {
	nice.RunLast(func() { rows, err = e.database.copyTo(ctx, s, options, payer{nice.PurseOf(ctx), w}) })
	return rows, err
}

// payer makes whoever exports pay for what comes out: writing, digesting and compressing 100 MB takes a second of one processor.
type payer struct {
	purse nice.Purse
	w     io.Writer
}

// Write implements [io.Writer].
func (p payer) Write(b []byte) (int, error) {
	p.purse.Spend(time.Duration(len(b)) * time.Second / 100_000_000)
	return p.w.Write(b)
}
