package format

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// span is where a cell stands in a block, and what is special about it.
type span struct {
	start, end int32 // of the value, without its quotes
	flags      spanFlags
}

type spanFlags uint8

const (
	quoted  spanFlags = 1 << iota // stood between quotes: an empty one is a text, not a null
	doubled                       // holds doubled quotes: see value
	stray                         // a quote stands where none may, or text follows a closing quote
	high                          // holds a byte beyond ASCII
	trailer                       // text follows the closing quote: the span goes from the opening quote to the end
)

// splitter cuts records into cells. It is lenient: a cell is quoted when a quote is its first byte, and then ends
// at the first quote that is not doubled; anything between that and the next delimiter, and any other quote, is
// taken as it stands and flagged. Line ends are "\n" with or without "\r", or "\r" alone where the dialect says so.
type splitter struct {
	delimiter, quote, newline byte
	spans                     []span // of the last record
	blank                     bool   // the last record is a blank line
	lines                     int    // physical lines that the last record takes
	crlf                      bool   // the last record ended with "\r\n"
	quotes                    bool   // the block holds quotes
	delimiters, newlines      uint64 // the byte eight times, for comparing eight at once
	quoteMarks                uint64
}

func newSplitter(d Dialect) splitter {
	s := splitter{delimiter: d.Delimiter, quote: d.Quote, newline: '\n', quotes: d.Quote != 0}
	if d.Newline == "\r" {
		s.newline = '\r'
	}
	s.delimiters, s.newlines, s.quoteMarks = eight*uint64(s.delimiter), eight*uint64(s.newline), eight*uint64(s.quote)
	return s
}

const (
	eight = 0x0101010101010101
	tops  = 0x8080808080808080
	// slack is what must be readable after the end of a block, so that eight bytes can be looked at anywhere.
	slack = 8
)

// record cuts the record that begins at pos; b ends with a line end and has slack bytes of capacity after it. It
// returns where the next record begins.
func (s *splitter) record(b []byte, pos int) int {
	s.lines, s.crlf, s.blank = 1, false, false
	// Members in use for every byte are taken out of the structure: it is the hottest loop of a publication.
	spans := s.spans[:0]
	quotes, quote, newline := s.quotes, s.quote, s.newline
	delimiters, newlines, marks := s.delimiters, s.newlines, s.quoteMarks
	wide := b[:cap(b)]
	begin := pos
	for {
		if quotes && b[pos] == quote {
			var cell span
			cell, pos = s.quoted(b, pos)
			spans = append(spans, cell)
		} else {
			start := pos
			var seen, stands uint64 // bytes, and where one is a quote
			for {
				x := binary.LittleEndian.Uint64(wide[pos:])
				d, n, q := x^delimiters, x^newlines, x^marks
				q = (q - eight) &^ q & tops
				if m := ((d - eight) &^ d & tops) | ((n - eight) &^ n & tops); m != 0 {
					k := bits.TrailingZeros64(m) &^ 7
					seen |= x & (1<<k - 1)
					stands |= q & (1<<k - 1)
					pos += k >> 3
					break
				}
				seen |= x
				stands |= q
				pos += 8
			}
			f := spanFlags(0)
			if seen&tops != 0 {
				f = high
			}
			if quotes && stands != 0 {
				f |= stray
			}
			spans = append(spans, span{int32(start), int32(pos), f})
		}
		if b[pos] == newline {
			break
		}
		pos++
	}
	s.spans = spans
	s.endLine(b, begin, pos)
	return pos + 1
}

// endLine takes the carriage return off the last cell of a record and recognises a blank line.
func (s *splitter) endLine(b []byte, begin, pos int) {
	if s.newline == '\n' && pos > begin && b[pos-1] == '\r' {
		if last := &s.spans[len(s.spans)-1]; int(last.end) == pos && last.end > last.start {
			last.end--
			s.crlf = true
		} else if last.flags&quoted != 0 {
			s.crlf = true
		}
	}
	s.blank = len(s.spans) == 1 && s.spans[0].start == s.spans[0].end && s.spans[0].flags&quoted == 0
}

// quoted reads the quoted cell at pos and returns it and where its delimiter or line end stands. The block is known
// to hold the closing quote.
func (s *splitter) quoted(b []byte, pos int) (span, int) {
	open := pos
	f := quoted
	pos++
	for {
		i := bytes.IndexByte(b[pos:], s.quote)
		if i < 0 { // cannot happen in a block that was cut outside quotes; end the cell rather than panic
			pos = len(b) - 1
			break
		}
		pos += i + 1
		if pos < len(b) && b[pos] == s.quote {
			f |= doubled
			pos++
			continue
		}
		break
	}
	start, end := open+1, max(pos-1, open+1)
	rest := pos
	for b[pos] != s.delimiter && b[pos] != s.newline {
		pos++
	}
	if tail := pos - rest; tail > 1 || tail == 1 && !(b[rest] == '\r' && b[pos] == s.newline && s.newline == '\n') {
		f |= stray | trailer
		start, end = open, pos
	}
	inner := b[start:end]
	s.lines += bytes.Count(inner, []byte{s.newline})
	for _, c := range inner {
		if c >= 0x80 {
			f |= high
			break
		}
	}
	return span{int32(start), int32(end), f}, pos
}

// value returns the text of a cell: the bytes of the block when they are it, else the buffer, rewritten.
func (s *splitter) value(b []byte, at span, buffer *[]byte) []byte {
	v := b[at.start:at.end]
	switch {
	case at.flags&trailer != 0:
		// "abc"def reads abcdef, as most tools do
		closing := 1
		for {
			i := bytes.IndexByte(v[closing:], s.quote)
			if i < 0 {
				return v
			}
			closing += i
			if closing+1 < len(v) && v[closing+1] == s.quote {
				closing += 2
				continue
			}
			break
		}
		out := undouble((*buffer)[:0], v[1:closing], s.quote)
		*buffer = append(out, v[closing+1:]...)
		return *buffer
	case at.flags&doubled != 0:
		*buffer = undouble((*buffer)[:0], v, s.quote)
		return *buffer
	}
	return v
}

func undouble(dst, v []byte, quote byte) []byte {
	for {
		i := bytes.IndexByte(v, quote)
		if i < 0 {
			return append(dst, v...)
		}
		dst = append(dst, v[:i+1]...)
		v = v[min(i+2, len(v)):]
	}
}
