package format

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"unicode/utf8"

	"socle/internal/french"
)

// kept is how many examples of each class a column keeps.
const kept = 3

// sighting is an example seen by a worker, before its row number is known.
type sighting struct {
	block int
	row   int32 // in the block
	line  int64
	value string
}

func (a sighting) before(b sighting) bool {
	if a.block != b.block {
		return a.block < b.block
	}
	return a.row < b.row
}

// stat counts the cells of one column. Those of several workers add up.
type stat struct {
	null        int64 // unquoted empty cells
	counts      [classes]int64
	codes       [french.Codes]int64
	examples    [classes][]sighting
	bits, ones  int64 // cells that are exactly 0 or 1, and those that are 1
	minLen      int   // characters, of cells that are not empty
	maxLen      int
	minDigits   int // lengths of the cells that are digits only
	maxDigits   int
	pureDigits  int64
	maxWhole    int // digits before the separator, of numbers
	maxFraction int
	lossy       bool // some number loses digits as a float64
	badEncoding int64
}

// add counts one cell that is not null, and returns what a repetition of it would count for.
func (s *stat) add(b []byte, f spanFlags, at *sighting) (seen remembered) {
	length := len(b)
	if f&high != 0 {
		length = characters(b)
	}
	bare := b
	if length == 0 || !solid(b[0]) || !solid(b[len(b)-1]) {
		bare = trim(b)
	}
	c, n := classifyBare(bare)
	seen.class = c
	if s.counts[c] < kept {
		s.examples[c] = append(s.examples[c], sighting{at.block, at.row, at.line, clip(b)})
	}
	s.counts[c]++
	if c == cBlank {
		return seen
	}
	if length > s.maxLen {
		s.maxLen = length
	}
	if length < s.minLen || s.minLen == 0 {
		s.minLen = length
	}
	if c <= cIntBig {
		if seen.code = french.Recognise(bare); seen.code != french.NoCode {
			s.codes[seen.code]++
		}
	}
	if c >= cInt && c <= cCommaSpaced {
		seen.bits = s.addNumber(bare, c, n)
	}
	return seen
}

// characters counts the characters of valid UTF-8: the bytes that do not continue one.
func characters(b []byte) int {
	n := len(b)
	for len(b) >= 8 {
		x := binary.LittleEndian.Uint64(b)
		n -= bits.OnesCount64(x & ^(x << 1) & tops) // 10xxxxxx
		b = b[8:]
	}
	for _, c := range b {
		if c&0xC0 == 0x80 {
			n--
		}
	}
	return n
}

// solid reports whether a byte can begin or end a cell that needs no trimming.
func solid(c byte) bool { return c > ' ' && c < 0x80 }

func (s *stat) addNumber(b []byte, c class, n number) (counted outcome) {
	s.maxWhole, s.maxFraction = max(s.maxWhole, n.whole), max(s.maxFraction, n.fraction)
	if n.digits {
		d := len(b)
		if s.pureDigits == 0 || d < s.minDigits {
			s.minDigits = d
		}
		s.maxDigits = max(s.maxDigits, d)
		s.pureDigits++
		counted = isDigits
		if d == 1 && b[0] <= '1' {
			s.bits++
			s.ones += int64(b[0] - '0')
			counted |= isBit | outcome(b[0]-'0')*isOne
		}
	}
	if n.whole+n.fraction > 15 && !s.lossy && c != cExponent {
		s.lossy = !lossless(b)
	}
	return counted
}

// merge adds the counts of another worker.
func (s *stat) merge(o *stat) {
	s.null += o.null
	for c := range s.counts {
		s.counts[c] += o.counts[c]
		s.examples[c] = mergeSightings(s.examples[c], o.examples[c])
	}
	for k := range s.codes {
		s.codes[k] += o.codes[k]
	}
	s.bits, s.ones, s.badEncoding = s.bits+o.bits, s.ones+o.ones, s.badEncoding+o.badEncoding
	if o.minLen > 0 && (s.minLen == 0 || o.minLen < s.minLen) {
		s.minLen = o.minLen
	}
	if o.pureDigits > 0 && (s.pureDigits == 0 || o.minDigits < s.minDigits) {
		s.minDigits = o.minDigits
	}
	s.pureDigits += o.pureDigits
	s.maxLen, s.maxDigits = max(s.maxLen, o.maxLen), max(s.maxDigits, o.maxDigits)
	s.maxWhole, s.maxFraction = max(s.maxWhole, o.maxWhole), max(s.maxFraction, o.maxFraction)
	s.lossy = s.lossy || o.lossy
}

func mergeSightings(a, b []sighting) []sighting {
	if len(b) == 0 {
		return a
	}
	var out []sighting
	for len(out) < kept && len(a)+len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].before(b[0]) {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return out
}

// lossless reports whether a float64 gives the same digits back: what is published must be what was sent.
func lossless(b []byte) bool {
	if plainlyLossless(b) {
		return true
	}
	var digits, plain [64]byte
	if len(b) > len(plain) {
		return false
	}
	p, d := plain[:0], digits[:0]
	for _, c := range b {
		switch {
		case c == ',':
			p = append(p, '.')
		case c == '.' || c == '-' || c == '+':
			p = append(p, c)
		case digit(c):
			p = append(p, c)
			if c != '0' || len(d) > 0 {
				d = append(d, c)
			}
		}
	}
	for len(d) > 0 && d[len(d)-1] == '0' {
		d = d[:len(d)-1]
	}
	if len(d) <= 15 {
		return true
	}
	if len(d) > 17 {
		return false
	}
	x, err := strconv.ParseFloat(view(p), 64)
	if err != nil {
		return false
	}
	var shortest [32]byte
	i := 0
	for _, c := range strconv.AppendFloat(shortest[:0], x, 'e', -1, 64) {
		if c == 'e' {
			break
		}
		if digit(c) {
			if i >= len(d) || d[i] != c {
				return false
			}
			i++
		}
	}
	return i == len(d)
}

// powers of ten that a float64 holds exactly.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// plainlyLossless decides most numbers without formatting them. With m and 10^k both exact as float64, x = m / 10^k
// is the float64 nearest to the number. Every decimal of k places that reads as x lies within half a unit in the
// last place of x: if m is so near the middle that no other whole number of 10^-k is, x can only be written as m.
func plainlyLossless(b []byte) bool {
	var m uint64
	k, point := 0, false
	for _, c := range b {
		switch {
		case digit(c):
			if m = m*10 + uint64(c-'0'); m >= 1<<53 {
				return false
			}
			if point {
				k++
			}
		case c == '.' || c == ',':
			point = true
		case c != '-' && c != '+':
			return false
		}
	}
	if k >= len(powers) || m == 0 {
		return m == 0
	}
	x := float64(m) / powers[k]
	ulp := math.Float64frombits((math.Float64bits(x)>>52 - 52) << 52)
	return math.Abs(math.FMA(x, powers[k], -float64(m)))+ulp*powers[k]/2 < 1
}

// clip copies a value for showing, at most 200 bytes of it.
func clip(b []byte) string {
	if len(b) > 200 {
		b = b[:200]
		for len(b) > 0 && !utf8.Valid(b) {
			b = b[:len(b)-1]
		}
		return string(b) + "…"
	}
	return string(b)
}
