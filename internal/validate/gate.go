package validate

import (
	"iter"
	"math/bits"
	"slices"

	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// Policy is what happens at a publication whose file breaks a schema that its dataset declares.
type Policy string

// The policies, from the strictest.
const (
	Block    Policy = "block"      // nothing is published
	SetAside Policy = "quarantine" // the rows that break a rule are set aside, the others are published
	Warn     Policy = "warn"       // everything is published, and the version says what it breaks
)

// Policies are all of them, from the strictest.
func Policies() []Policy { return []Policy{Block, SetAside, Warn} }

// Valid reports whether the policy is one of them.
func (p Policy) Valid() bool { return slices.Contains(Policies(), p) }

// Title says in a few words what the policy does.
func (p Policy) Title() i18n.Text {
	switch p {
	case Block:
		return i18n.T("Refuser le fichier", "Refuse the file")
	case SetAside:
		return i18n.T("Mettre de côté les lignes fautives", "Set the faulty rows aside")
	}
	return i18n.T("Publier et le dire", "Publish and say so")
}

// Hint says what the policy does with what breaks a rule.
func (p Policy) Hint() i18n.Text {
	switch p {
	case Block:
		return i18n.T("Rien n’est publié tant que le fichier enfreint une règle.", "Nothing is published as long as the file breaks a rule.")
	case SetAside:
		return i18n.T("Les lignes fautives vont en quarantaine, avec la règle et la consigne ; les autres sont publiées.", "The rows at fault go to the quarantine, with the rule and the instruction; the others are published.")
	}
	return i18n.T("Tout est publié, et la page du jeu dit ce qui s’écarte du schéma.", "Everything is published, and the page of the dataset says what departs from the schema.")
}

// A Gate is what the files of a dataset are held against before they are published.
type Gate struct {
	Schemas []Gated // none: everything passes
	Policy  Policy
	Lists   Lists  // the reference lists that they may name; nil when there are none
	Tables  Tables // what their foreign keys may refer to; nil when there is nothing
}

// Gated is one schema of a gate.
type Gated struct {
	Name   string // "owner/name@1.0.0"
	Schema *frictionless.Schema
}

// At reports whether the row at a place is in the set.
func (s *RowSet) At(block, row int32) bool {
	return s != nil && int(block) < len(s.blocks) && s.blocks[block].has(row)
}

// With returns the rows that are in either set, of one table both.
func (s *RowSet) With(other *RowSet) *RowSet {
	switch {
	case s.Len() == 0:
		return other
	case other.Len() == 0:
		return s
	}
	all := &RowSet{blocks: make([]rowBits, len(s.blocks)), first: s.first}
	for i := range all.blocks {
		long, short := s.blocks[i], other.blocks[i]
		if len(long) < len(short) {
			long, short = short, long
		}
		all.blocks[i] = slices.Clone(long)
		for j, word := range short {
			all.blocks[i][j] |= word
		}
		for _, word := range all.blocks[i] {
			all.count += int64(bits.OnesCount64(word))
		}
	}
	return all
}

// All yields the numbers of the rows of the set, from 1, in their order.
func (s *RowSet) All() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		if s == nil {
			return
		}
		for i, b := range s.blocks {
			for at, word := range b {
				for ; word != 0; word &= word - 1 {
					if !yield(s.first[i] + int64(64*at+bits.TrailingZeros64(word)) + 1) {
						return
					}
				}
			}
		}
	}
}

// NoRow reports whether the fault is about a record that holds no data: a blank line, or the header again. Its number is
// that of the row that follows.
func (f Fault) NoRow() bool { return f.noRow }

// OfHeader reports whether a group is about the header of the table, not about some of its rows.
func (g *Group) OfHeader() bool { return slices.Contains(g.Tags, "#header") }
