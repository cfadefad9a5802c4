package validate

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"socle/internal/format"
	"socle/internal/nice"
)

// resolve compares the keys once the table is read. parents gives the keys that a foreign key refers to.
func (r *tableRun) resolve(ctx context.Context, parents func(key int) *parent) error {
	for i := range r.program.keys {
		k := &r.program.keys[i]
		if r.stores[i] == nil {
			continue
		}
		found := &findings{run: r, rule: r.keyBase + i, key: k}
		var err error
		if k.kind == foreignKey {
			if to := parents(i); to != nil {
				err = r.each(ctx, r.stores[i], func(part int) error { return found.orphans(r.stores[i], to.store, part) })
			}
		} else {
			err = r.each(ctx, r.stores[i], func(part int) error { return found.duplicates(r.stores[i], part) })
		}
		if err != nil {
			return err
		}
		r.counts[found.rule] += found.count
		r.shown[found.rule] = append(r.shown[found.rule], found.shown...)
	}
	return nil
}

// each runs a comparison over the partitions, on every processor.
func (r *tableRun) each(ctx context.Context, s *keystore, compare func(part int) error) error {
	var group sync.WaitGroup
	var lock sync.Mutex
	var first error
	next := 0
	for range nice.Processors() {
		group.Go(func() {
			for {
				lock.Lock()
				part := next
				next++
				stop := first != nil || part >= partitions
				lock.Unlock()
				if stop {
					return
				}
				err := ctx.Err()
				if err == nil {
					err = compare(part)
				}
				if err != nil {
					lock.Lock()
					first = err
					lock.Unlock()
				}
			}
		})
	}
	group.Wait()
	return first
}

// findings are the faults of one key.
type findings struct {
	run   *tableRun
	rule  int
	key   *keyRule
	lock  sync.Mutex
	count int64
	shown []seen
}

// take adds the faults of a partition. The examples are the first by place, of all partitions.
func (f *findings) take(places []format.Place, keep []seen) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.count += int64(len(places))
	for _, at := range places {
		bits := f.run.marked[at.Block]
		bits.add(at.Row)
		f.run.marked[at.Block] = bits
		if f.run.late != nil {
			f.run.late.add(f.rule, at)
		}
	}
	f.shown = firstOf100(append(f.shown, keep...), f.run.most)
}

// firstOf100 keeps the first faults by place.
func firstOf100(all []seen, n int) []seen {
	slices.SortStableFunc(all, func(a, b seen) int {
		switch {
		case a.at.Before(b.at):
			return -1
		case b.at.Before(a.at):
			return 1
		}
		return int(a.column) - int(b.column)
	})
	return all[:min(len(all), n)]
}

// duplicates finds the keys of a partition that come again: every occurrence but the first in the file is at fault.
func (f *findings) duplicates(s *keystore, part int) error {
	for share, shares := uint64(0), s.shares(part); share < shares; share++ {
		l, err := s.load(part, share, shares)
		if err != nil {
			return err
		}
		var places []format.Place
		var keep []seen
		var e, other entry
		for i := 0; i < len(l.bytes); {
			start := i
			i += e.next(l.bytes[i:])
			at, slot, hash := l.find(e.key)
			if at < 0 {
				l.put(slot, hash, start)
				continue
			}
			other.next(l.bytes[at:])
			later := e.at
			if e.at.Before(other.at) {
				later = other.at
				*slot = hash | uint64(start+1)
			}
			places = append(places, later)
			keep = append(keep, seen{at: later, note: string(e.key)})
			if len(keep) > 4*most {
				keep = firstOf100(keep, most)
			}
			if len(places) == 1<<16 {
				f.take(places, nil)
				places = places[:0]
			}
		}
		keep = firstOf100(keep, most)
		for i := range keep {
			at, _, _ := l.find([]byte(keep[i].note))
			other.next(l.bytes[at:])
			_, line, _ := f.run.layout.Where(other.at)
			keep[i].cell = f.shownCell(keep[i].note)
			keep[i].note = strconv.FormatInt(line, 10)
		}
		f.take(places, keep)
	}
	return nil
}

// orphans finds the keys of a partition that are not in the one referred to.
func (f *findings) orphans(s, parents *keystore, part int) error {
	shares := max(s.shares(part), parents.shares(part))
	for share := range shares {
		known, err := parents.load(part, share, shares)
		if err != nil {
			return err
		}
		var e entry
		for i := 0; i < len(known.bytes); {
			start := i
			i += e.next(known.bytes[i:])
			if at, slot, hash := known.find(e.key); at < 0 {
				known.put(slot, hash, start)
			}
		}
		children, err := s.load(part, share, shares)
		if err != nil {
			return err
		}
		var places []format.Place
		var keep []seen
		for i := 0; i < len(children.bytes); {
			i += e.next(children.bytes[i:])
			if at, _, _ := known.find(e.key); at >= 0 {
				continue
			}
			places = append(places, e.at)
			keep = append(keep, seen{at: e.at, cell: f.shownCell(string(e.key))})
			if len(keep) > 4*most {
				keep = firstOf100(keep, most)
			}
			if len(places) == 1<<16 {
				f.take(places, nil)
				places = places[:0]
			}
		}
		f.take(places, firstOf100(keep, most))
	}
	return nil
}

// shownCell writes a key as people would.
func (f *findings) shownCell(key string) string {
	var shown []string
	for i, part := range keyParts([]byte(key), len(f.key.fields)) {
		def := &f.run.program.fields[f.key.fields[i]]
		switch {
		case part == nil:
			shown = append(shown, "")
		case def.masked:
			shown = append(shown, mask(*part))
		default:
			shown = append(shown, shownKey(def.def, *part))
		}
	}
	return clip([]byte(strings.Join(shown, ", ")))
}
