package validate

import (
	"encoding/binary"
	"hash/maphash"
	"os"
	"sync"
	"sync/atomic"

	"socle/internal/format"
)

// Keys that must be unique, or found elsewhere, are compared once the table is read. While it is read each key goes, with
// its place, to one of a few partitions after its hash; past a bound of memory partitions go on in a file. Two keys are
// then compared byte for byte, within their partition. So the verdict is exact and memory bounded, whatever the number
// of rows.

const (
	partitions = 64
	chunk      = 16 << 10
)

// keyring is what all the keys of a validation share.
type keyring struct {
	seed    maphash.Seed
	limit   int64 // bytes in memory
	used    atomic.Int64
	scratch string
}

// A keystore is every occurrence of one key.
type keystore struct {
	ring  *keyring
	lock  sync.Mutex
	parts [partitions]stored
	file  *os.File // nil while all fits in memory
	size  int64
}

// stored is one partition.
type stored struct {
	chunks  [][]byte
	extents []extent // of the file
	bytes   int64
	entries int64
}

type extent struct{ offset, size int64 }

// keyWriter gathers keys for one worker.
type keyWriter struct {
	store   *keystore
	buffers [partitions][]byte
	entries [partitions]int64
	err     error
}

// put adds a key at a place.
func (w *keyWriter) put(key []byte, at format.Place) {
	part := maphash.Bytes(w.store.ring.seed, key) >> 58
	b := w.buffers[part]
	if len(b)+len(key)+40 > cap(b) {
		if cap(b) >= chunk {
			w.flush(int(part))
			b = w.buffers[part]
		}
		if need := len(b) + len(key) + 40; need > cap(b) {
			grown := make([]byte, len(b), max(need, min(chunk, 4*cap(b)), 512))
			copy(grown, b)
			b = grown
		}
	}
	b = binary.AppendUvarint(b, uint64(len(key)))
	b = append(b, key...)
	b = binary.AppendUvarint(b, uint64(at.Block))
	b = binary.AppendUvarint(b, uint64(at.Record))
	b = binary.AppendUvarint(b, uint64(at.Record-at.Row))
	b = binary.AppendUvarint(b, uint64(at.Line))
	w.buffers[part] = b
	w.entries[part]++
}

// entry is a key and its place, as they were put.
type entry struct {
	key []byte
	at  format.Place
}

// next reads the entry at the beginning of b and returns its size.
func (e *entry) next(b []byte) int {
	n, i := binary.Uvarint(b)
	e.key = b[i : i+int(n)]
	i += int(n)
	number := func() int64 {
		n, size := binary.Uvarint(b[i:])
		i += size
		return int64(n)
	}
	e.at.Block, e.at.Record = int32(number()), int32(number())
	e.at.Row = e.at.Record - int32(number())
	e.at.Line = number()
	return i
}

// flush hands a buffer over to the store.
func (w *keyWriter) flush(part int) {
	b := w.buffers[part]
	if len(b) == 0 {
		return
	}
	s := w.store
	s.lock.Lock()
	defer s.lock.Unlock()
	p := &s.parts[part]
	p.bytes += int64(len(b))
	p.entries += w.entries[part]
	w.entries[part] = 0
	if s.file == nil && s.ring.used.Add(int64(cap(b))) <= s.ring.limit {
		p.chunks = append(p.chunks, b)
		w.buffers[part] = make([]byte, 0, chunk)
		return
	}
	if err := s.spill(p, b); err != nil && w.err == nil {
		w.err = err
	}
	w.buffers[part] = b[:0]
}

// spill writes a chunk of a partition to the file. The file has no name: it goes with the process.
func (s *keystore) spill(p *stored, b []byte) error {
	if s.file == nil {
		file, err := os.CreateTemp(s.ring.scratch, "keys-*")
		if err != nil {
			return err
		}
		if err := os.Remove(file.Name()); err != nil {
			file.Close()
			return err
		}
		s.file = file
	}
	if _, err := s.file.WriteAt(b, s.size); err != nil {
		return err
	}
	p.extents = append(p.extents, extent{s.size, int64(len(b))})
	s.size += int64(len(b))
	return nil
}

// end hands over all that is left.
func (w *keyWriter) end() error {
	for part := range w.buffers {
		w.flush(part)
	}
	return w.err
}

func (s *keystore) close() {
	if s.file != nil {
		s.file.Close()
	}
}

// each reads the chunks of a partition.
func (s *keystore) each(part int, see func([]byte)) error {
	p := &s.parts[part]
	for _, c := range p.chunks {
		see(c)
	}
	var buffer []byte
	for _, e := range p.extents {
		if int64(cap(buffer)) < e.size {
			buffer = make([]byte, e.size)
		}
		if _, err := s.file.ReadAt(buffer[:e.size], e.offset); err != nil {
			return err
		}
		see(buffer[:e.size])
	}
	return nil
}

// mostCompared is how many bytes of keys a worker compares at once.
const mostCompared = 8 << 20

// shares is in how many passes a partition is compared, so that one of them fits in memory.
func (s *keystore) shares(part int) uint64 {
	return uint64(s.parts[part].bytes/min(mostCompared, max(s.ring.limit/2, 1<<20))) + 1
}

// A lookup finds keys of a share of a partition.
type lookup struct {
	seed    maphash.Seed
	bytes   []byte   // entries, end to end
	slots   []uint64 // 32 bits of the hash, then 32 bits of the place in bytes + 1
	entries int
}

// load reads a share of a partition.
func (s *keystore) load(part int, share, shares uint64) (*lookup, error) {
	p := &s.parts[part]
	size := 16
	for int64(size) < 2*(p.entries/int64(shares)+p.entries/int64(8*shares)+8) {
		size *= 2
	}
	l := &lookup{seed: s.ring.seed, slots: make([]uint64, size)}
	if shares == 1 {
		l.bytes = make([]byte, 0, p.bytes)
	}
	err := s.each(part, func(c []byte) {
		if shares == 1 {
			l.bytes = append(l.bytes, c...)
			return
		}
		var e entry
		for i := 0; i < len(c); {
			n := e.next(c[i:])
			if maphash.Bytes(l.seed, e.key)>>20%shares == share {
				l.bytes = append(l.bytes, c[i:i+n]...)
			}
			i += n
		}
	})
	return l, err
}

// find returns where the entry of a key is, and the slot where it is or would be.
func (l *lookup) find(key []byte) (at int, slot *uint64, hash uint64) {
	h := maphash.Bytes(l.seed, key)
	hash = h << 32
	mask := uint64(len(l.slots) - 1)
	for i := h >> 8 & mask; ; i = (i + 1) & mask {
		s := l.slots[i]
		if s == 0 {
			return -1, &l.slots[i], hash
		}
		if s&^(1<<32-1) == hash {
			at := int(s&(1<<32-1)) - 1
			n, j := binary.Uvarint(l.bytes[at:])
			if string(l.bytes[at+j:at+j+int(n)]) == string(key) {
				return at, &l.slots[i], hash
			}
		}
	}
}

// grow doubles the table.
func (l *lookup) grow() {
	old := l.slots
	l.slots = make([]uint64, 2*len(old))
	var e entry
	for _, s := range old {
		if s != 0 {
			e.next(l.bytes[int(s&(1<<32-1))-1:])
			_, slot, _ := l.find(e.key)
			*slot = s
		}
	}
}

// put remembers an entry in a slot that find gave.
func (l *lookup) put(slot *uint64, hash uint64, at int) {
	*slot = hash | uint64(at+1)
	if l.entries++; 2*l.entries > len(l.slots) {
		l.grow()
	}
}
