package format

import (
	"encoding/binary"
	"math/bits"

	"socle/internal/french"
)

// Columns of tables repeat themselves: a hundred thousand rows name a few academies, a few years, a few thousand
// schools. A memo remembers the latest values of a column with what they turned out to be, so that a value seen again
// is only counted. It changes no count: it is exact, it compares every byte, and it forgets nothing that it counted.
type memo struct {
	slots      []remembered
	tries      int // in this block
	hits       int
	unrewarded bool // values of this block do not repeat: do not look
}

// remembered is a value and how often it came again. Its size is that of a cache line.
type remembered struct {
	value [memoLength]byte
	again uint32 // times seen since it was remembered, not counted in the statistics yet
	class class
	code  french.Code
	size  uint8 // 0: nothing is remembered here
	bits  outcome
}

// outcome is what else a repetition counts for.
type outcome uint8

const (
	isDigits outcome = 1 << iota
	isBit
	isOne
)

const (
	memoLength = 56
	memoBytes  = 4 << 20 // of one worker, for all columns
	memoSlots  = 512     // of one column at most
	memoTrial  = 512     // tries after which a column must have been rewarded half of the time
)

// newMemos makes the memos of a table's columns; very wide tables have none.
func newMemos(columns int) []memo {
	memos := make([]memo, columns)
	each := memoBytes / (64 * max(1, columns))
	if each < 32 {
		return memos
	}
	each = min(memoSlots, 1<<(bits.Len(uint(each))-1))
	slots := make([]remembered, each*columns)
	for i := range memos {
		memos[i].slots = slots[i*each : (i+1)*each : (i+1)*each]
	}
	return memos
}

// renew gives the memo another chance.
func (m *memo) renew() { m.tries, m.hits, m.unrewarded = 0, 0, false }

// find returns the slot of a value, nil when it is not to be remembered, and whether the slot holds it.
func (m *memo) find(v []byte) (slot *remembered, known bool) {
	if m.unrewarded || len(v) > memoLength || len(v) == 0 || len(m.slots) == 0 {
		return nil, false
	}
	m.tries++
	slot = &m.slots[Spread(v)&uint64(len(m.slots)-1)]
	if int(slot.size) == len(v) && string(slot.value[:len(v)]) == string(v) {
		m.hits++
		return slot, true
	}
	if m.tries == memoTrial {
		m.unrewarded = m.hits < memoTrial/2
	}
	return slot, false
}

// Spread hashes a value that is not empty by its ends, which is where values of a column differ: for tables of a few
// slots that compare the whole value afterwards.
func Spread(v []byte) uint64 {
	var a, b uint64
	switch n := len(v); {
	case n >= 8:
		a, b = binary.LittleEndian.Uint64(v), binary.LittleEndian.Uint64(v[n-8:])
	case n >= 4:
		a, b = uint64(binary.LittleEndian.Uint32(v)), uint64(binary.LittleEndian.Uint32(v[n-4:]))
	default:
		a, b = uint64(v[0]), uint64(v[n/2])<<8|uint64(v[n-1])
	}
	hi, lo := bits.Mul64(a^0x9E3779B97F4A7C15, b^uint64(len(v))^0xD6E8FEB86659FD93)
	return hi ^ lo
}

// again counts a value that is known, and reports whether it was.
func (s *stat) again(m *memo, v []byte) (slot *remembered, known bool) {
	slot, known = m.find(v)
	if known {
		if slot.again++; slot.again == 1<<31 {
			s.settle(slot)
		}
	}
	return slot, known
}

// remember puts a value that was just counted in a slot, once its class needs no more examples.
func (s *stat) remember(slot *remembered, v []byte, seen remembered) {
	if s.counts[seen.class] < kept {
		return
	}
	s.settle(slot)
	seen.size = uint8(copy(seen.value[:], v))
	*slot = seen
}

// settle counts the repetitions of a slot.
func (s *stat) settle(slot *remembered) {
	n := int64(slot.again)
	if n == 0 {
		return
	}
	slot.again = 0
	s.counts[slot.class] += n
	if slot.code != french.NoCode {
		s.codes[slot.code] += n
	}
	if slot.bits&isDigits != 0 {
		s.pureDigits += n
	}
	if slot.bits&isBit != 0 {
		s.bits += n
	}
	if slot.bits&isOne != 0 {
		s.ones += n
	}
}

// settleAll counts all that is pending in a memo.
func (s *stat) settleAll(m *memo) {
	for i := range m.slots {
		s.settle(&m.slots[i])
	}
}
