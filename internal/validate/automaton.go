package validate

import (
	"regexp/syntax"
	"slices"
)

// An automaton decides a regular expression with one step a byte: each state says which one follows each byte. It is
// made for ASCII, which codes and dates are; a value with any other byte is left to the expression.
type automaton struct {
	next  [][128]uint16
	final []bool
}

// Bounds of what is worth being made into an automaton.
const (
	mostStates  = 1024
	mostThreads = 400 // instructions of the expression
	dead        = 0   // the state that nothing leaves
)

// match reports whether the whole value is accepted; told is false when it has a byte beyond ASCII.
func (a *automaton) match(v []byte) (matched, told bool) {
	state := uint16(1)
	for _, c := range v {
		if c >= 0x80 {
			return false, false
		}
		if state = a.next[state][c]; state == dead {
			return false, true
		}
	}
	return a.final[state], true
}

// newAutomaton makes the automaton of an expression that is anchored at both ends, nil when it would have more than so
// many states or when the expression looks at words or lines.
func newAutomaton(expr string, states int) *automaton {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(prog.Inst) > mostThreads {
		return nil
	}
	b := &builder{prog: prog, most: min(states, mostStates), numbers: map[string]uint16{}, a: &automaton{next: make([][128]uint16, 1), final: make([]bool, 1)}}
	start, ok := b.closure([]uint32{uint32(prog.Start)}, true)
	if !ok {
		return nil
	}
	if b.number(start) != 1 {
		return nil
	}
	for i := 0; i < len(b.sets); i++ {
		if !b.fill(i) {
			return nil
		}
	}
	return b.a
}

// builder numbers the sets of instructions that may be under way together.
type builder struct {
	prog    *syntax.Prog
	most    int // states
	numbers map[string]uint16
	sets    [][]uint32 // of state i+1
	a       *automaton
}

// closure follows the instructions that take no character. ok is false for one that looks around.
func (b *builder) closure(from []uint32, start bool) (set []uint32, ok bool) {
	seen := map[uint32]bool{}
	stack := slices.Clone(from)
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch inst := &b.prog.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			stack = append(stack, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			stack = append(stack, inst.Out)
		case syntax.InstEmptyWidth:
			switch syntax.EmptyOp(inst.Arg) {
			case syntax.EmptyBeginText:
				if start {
					stack = append(stack, inst.Out)
				}
			case syntax.EmptyEndText:
				set = append(set, pc) // holds at the end only: see ends
			default:
				return nil, false
			}
		case syntax.InstFail:
		default:
			set = append(set, pc)
		}
	}
	slices.Sort(set)
	return set, true
}

// ends reports whether a set accepts the text that ends here.
func (b *builder) ends(set []uint32) bool {
	seen := map[uint32]bool{}
	stack := slices.Clone(set)
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch inst := &b.prog.Inst[pc]; inst.Op {
		case syntax.InstMatch:
			return true
		case syntax.InstAlt, syntax.InstAltMatch:
			stack = append(stack, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			stack = append(stack, inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg) == syntax.EmptyEndText {
				stack = append(stack, inst.Out)
			}
		}
	}
	return false
}

func (b *builder) number(set []uint32) uint16 {
	if len(set) == 0 {
		return dead
	}
	name := make([]byte, 0, 4*len(set))
	for _, pc := range set {
		name = append(name, byte(pc), byte(pc>>8))
	}
	if n, known := b.numbers[string(name)]; known {
		return n
	}
	n := uint16(len(b.a.next))
	b.numbers[string(name)] = n
	b.sets = append(b.sets, set)
	b.a.next = append(b.a.next, [128]uint16{})
	b.a.final = append(b.a.final, b.ends(set))
	return n
}

// fill says what follows each byte in a state.
func (b *builder) fill(i int) bool {
	if len(b.sets) > b.most {
		return false
	}
	for c := range rune(128) {
		var out []uint32
		for _, pc := range b.sets[i] {
			inst := &b.prog.Inst[pc]
			switch inst.Op {
			case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
				if inst.MatchRune(c) {
					out = append(out, inst.Out)
				}
			}
		}
		if len(out) == 0 {
			continue
		}
		set, ok := b.closure(out, false)
		if !ok {
			return false
		}
		b.a.next[i+1][c] = b.number(set)
	}
	return true
}
