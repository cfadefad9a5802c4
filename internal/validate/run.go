package validate

import (
	"context"
	"hash/maphash"
	"os"
	"time"

	"socle/internal/format"
)

// tableRun is one table being validated.
type tableRun struct {
	program *Program
	table   *format.Table
	name    string
	ring    *keyring
	binding *binding
	bases   []int // first rule of each field
	rowBase int   // first rule of those over several columns
	keyBase int   // first rule of the keys
	rules   int
	most    int         // examples of each rule
	stores  []*keystore // of the keys; nil when the table lacks a column of theirs
	wanted  []*parent   // keys of this table that some table refers to
	workers []*worker
	layout  *format.Layout
	marked  map[int32]rowBits
	counts  []int64
	shown   [][]seen
	late    late      // nil unless [Options.Keep]
	far     []*parent // keys of tables that do not come with this one
	absent  []int     // foreign keys that were held against nothing
}

// parent is a key that is referred to.
type parent struct {
	names  []string
	fields []int
	store  *keystore
}

func (p *Program) run(ctx context.Context, t *format.Table) (*Report, error) {
	started := time.Now()
	ring := p.newRing()
	r := p.prepare(t, ring)
	defer r.close()
	parents := map[int]*parent{}
	for i := range p.keys {
		k := &p.keys[i]
		switch {
		case k.kind != foreignKey || r.stores[i] == nil:
		case k.resource == "":
			parents[i] = r.want(k.reference)
		default:
			to, err := r.gather(ctx, k)
			if err != nil {
				return nil, err
			}
			if parents[i] = to; to == nil {
				r.absent = append(r.absent, i)
			}
		}
	}
	if err := r.walk(ctx); err != nil {
		return nil, err
	}
	if err := r.resolve(ctx, func(i int) *parent { return parents[i] }); err != nil {
		return nil, err
	}
	report := newReport([]*tableRun{r})
	report.Stats.Seconds = time.Since(started).Seconds()
	return report, nil
}

func (p *Program) newRing() *keyring {
	scratch := p.options.Scratch
	if scratch == "" {
		scratch = os.TempDir()
	}
	return &keyring{seed: maphash.MakeSeed(), limit: p.options.Memory, scratch: scratch}
}

// prepare lays the program over a table.
func (p *Program) prepare(t *format.Table, ring *keyring) *tableRun {
	r := &tableRun{program: p, table: t, name: p.options.Table, ring: ring, binding: p.bind(t), rules: tableRules, marked: map[int32]rowBits{}}
	if r.name == "" {
		r.name = t.Source.Name
	}
	for i := range p.fields {
		r.bases = append(r.bases, r.rules)
		r.rules += len(p.fields[i].rules)
	}
	r.rowBase = r.rules
	r.rules += len(p.rows)
	r.keyBase = r.rules
	r.rules += len(p.keys)
	if p.options.Keep {
		r.late = late{}
	}
	r.most = min(p.options.Examples, max(1, allExamples/r.rules))
	r.stores = make([]*keystore, len(p.keys))
	for i := range p.keys {
		if r.has(p.keys[i].fields) {
			r.stores[i] = &keystore{ring: ring}
		}
	}
	return r
}

// width is how many cells a row may have: one for each column of the header, and one for each field when the header lacks
// some.
func (r *tableRun) width() int {
	n := len(r.binding.labels)
	if !r.table.HasNames {
		n = len(r.program.fields)
	}
	return max(n, 1)
}

// has reports whether the table has the columns of some fields.
func (r *tableRun) has(fields []int) bool {
	for _, i := range fields {
		if i < 0 || r.binding.columns[i] < 0 {
			return false
		}
	}
	return true
}

// described reports whether a field is laid over a column.
func (r *tableRun) described(column int) bool {
	for _, c := range r.binding.columns {
		if c == column {
			return true
		}
	}
	return false
}

// want asks that the keys of some fields be gathered, for a reference to them; nil when the table lacks one.
func (r *tableRun) want(names []string) *parent {
	for _, w := range r.wanted {
		if equalNames(w.names, names) {
			return w
		}
	}
	w := &parent{names: names, store: &keystore{ring: r.ring}}
	for _, name := range names {
		w.fields = append(w.fields, firstNamed(r.program.schema, name))
	}
	if !r.has(w.fields) {
		return nil
	}
	r.wanted = append(r.wanted, w)
	return w
}

func equalNames(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (r *tableRun) close() {
	for _, s := range r.stores {
		if s != nil {
			s.close()
		}
	}
	for _, w := range append(r.wanted, r.far...) {
		w.store.close()
	}
}

// walk reads the table.
func (r *tableRun) walk(ctx context.Context) (err error) {
	r.layout, err = format.Walk(ctx, r.table, func() format.Visitor {
		w := r.newWorker()
		r.workers = append(r.workers, w)
		return w
	}, r.program.options.Progress)
	if err != nil {
		return err
	}
	r.counts, r.shown = make([]int64, r.rules), make([][]seen, r.rules)
	for _, w := range r.workers {
		w.putAway()
		for block, bits := range w.marked {
			r.marked[block] = bits
		}
		for i, n := range w.counts {
			r.counts[i] += n
			r.shown[i] = append(r.shown[i], w.examples[i]...)
		}
		for _, writers := range [][]*keyWriter{w.writers, w.parents} {
			for _, writer := range writers {
				if writer == nil {
					continue
				}
				if err := writer.end(); err != nil {
					return err
				}
			}
		}
	}
	r.joinRows()
	return nil
}

func (r *tableRun) newWorker() *worker {
	p := r.program
	w := &worker{run: r, typed: r.table.Typed(), width: r.width(), values: make([]value, len(p.fields)), counts: make([]int64, r.rules),
		examples: make([][]seen, r.rules), block: -1, marked: map[int32]rowBits{}, writers: make([]*keyWriter, len(p.keys))}
	for i := range p.fields {
		f := &p.fields[i]
		if w.typed {
			f = f.typed()
		}
		c := bound{field: i, column: r.binding.columns[i], f: f, base: r.bases[i], remember: f.worthRemembering()}
		if c.column < 0 {
			continue
		}
		w.columns = append(w.columns, c)
		var nothing value
		f.eval(nil, w.typed, &nothing)
		w.nothing = append(w.nothing, nothing)
	}
	w.memos = newMemos(len(w.columns))
	for i, s := range r.stores {
		if s != nil {
			w.writers[i] = &keyWriter{store: s}
		}
	}
	for _, parent := range r.wanted {
		w.parents = append(w.parents, &keyWriter{store: parent.store})
	}
	w.rows = r.newRowStates()
	return w
}
