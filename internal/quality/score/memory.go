package score

import "hash/maphash"

// memory keeps what was found of the last different values of a column, since most columns say the same again and again.
type memory[T any] struct {
	find  func(value string) T
	seed  maphash.Seed
	slots []remembered[T] // by the hash of the value
}

type remembered[T any] struct {
	value string
	found T
	full  bool
}

// rememberedValues is how many values of a column are kept.
const rememberedValues = 4096

func newMemory[T any](find func(value string) T) *memory[T] {
	return &memory[T]{find, maphash.MakeSeed(), make([]remembered[T], rememberedValues)}
}

// of is find, or what it found before.
func (m *memory[T]) of(value string) T {
	slot := &m.slots[maphash.String(m.seed, value)%rememberedValues]
	if !slot.full || slot.value != value {
		*slot = remembered[T]{value, m.find(value), true}
	}
	return slot.found
}
