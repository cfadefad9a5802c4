package validate

import (
	"math/bits"

	"socle/internal/format"
)

// A memo remembers the latest values of a column with what they turned out to be, so that a value seen again is only
// looked up. It compares every byte, so it changes no verdict.
type memo struct {
	slots      []remembered
	tries      int // in this block
	hits       int
	unrewarded bool // values of this block do not repeat: do not look
}

// remembered is a value and its meaning. Its size is that of a cache line.
type remembered struct {
	meaning value
	size    uint8 // 0: nothing is remembered here
	text    [memoLength]byte
}

const (
	memoLength = 39
	memoBytes  = 4 << 20 // of one worker, for all columns
	memoSlots  = 1024    // of one column at most
	memoTrial  = 512     // tries after which a column must have been rewarded half of the time
)

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
	slot = &m.slots[format.Spread(v)&uint64(len(m.slots)-1)]
	if int(slot.size) == len(v) && string(slot.text[:len(v)]) == string(v) {
		m.hits++
		return slot, true
	}
	if m.tries == memoTrial {
		m.unrewarded = m.hits < memoTrial/2
	}
	return slot, false
}

func (r *remembered) keep(v []byte, meaning value) {
	r.meaning, r.size = meaning, uint8(copy(r.text[:], v))
}
