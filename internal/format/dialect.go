package format

import (
	"bytes"
	"math"
	"strings"

	"socle/internal/schema"
)

// noDelimiter stands for the delimiter of a file of one column: a byte that texts do not hold.
const noDelimiter = 0x1F

// sniffed is how many records of the head the sniffer looks at.
const sniffed = 1000

// draft is the head of a file cut in one dialect.
type draft struct {
	dialect Dialect
	records [][]string // without blank lines
	nonNull []int      // cells that are not empty, by record
	starts  []int      // offset of each record in the head
	lines   []int      // physical line of each record, from 1
	takes   []int      // physical lines that each record takes
	end     int        // offset after the last record
	after   int        // physical line after the last record
	strays  int
}

// sniffNewline tells the line ends of a text from its head.
func sniffNewline(head []byte) string {
	feeds, both := bytes.Count(head, []byte("\n")), bytes.Count(head, []byte("\r\n"))
	switch {
	case feeds == 0 && bytes.IndexByte(head, '\r') >= 0:
		return "\r"
	case both*2 > feeds:
		return "\r\n"
	}
	return "\n"
}

// sniffQuote tells which quote encloses cells: the double one, unless only apostrophes stand around them.
func sniffQuote(head []byte) byte {
	if bytes.IndexByte(head, '"') >= 0 {
		return '"'
	}
	opening, closing := 0, 0
	for i, c := range head {
		if c != '\'' {
			continue
		}
		if i == 0 || strings.IndexByte(";,\t|\n\r", head[i-1]) >= 0 {
			opening++
		}
		if i+1 == len(head) || strings.IndexByte(";,\t|\n\r", head[i+1]) >= 0 {
			closing++
		}
	}
	if opening >= 4 && opening == closing && opening*2 == bytes.Count(head, []byte("'")) {
		return '\''
	}
	return '"'
}

// sniffDialect chooses the delimiter under which the head is most regular. Several that do about as well are
// separated by habit: a tab rarely stands in a text, a semicolon less than a comma, which writes decimals too.
func sniffDialect(head []byte, whole bool, opts Options, kind Kind) draft {
	d := Dialect{Quote: sniffQuote(head), Newline: sniffNewline(head)}
	switch {
	case opts.Quote == "none":
		d.Quote = 0
	case opts.Quote != "":
		d.Quote = opts.Quote[0]
	}
	if c := forcedDelimiter(opts.Delimiter); c != 0 {
		d.Delimiter = c
		return newDraft(head, whole, d)
	}
	best, bestScore := draft{}, 0.0
	for _, delimiter := range []byte("\t;,|:^~") {
		if bytes.IndexByte(head, delimiter) < 0 {
			continue
		}
		d.Delimiter = delimiter
		candidate := newDraft(head, whole, d)
		score := candidate.score()
		if delimiter == ':' || delimiter == '^' || delimiter == '~' {
			score *= 0.7 // hours, prose
		}
		if kind == TSV && delimiter == '\t' && score > 0 {
			score += 0.5
		}
		if score > bestScore*1.1 {
			best, bestScore = candidate, score
		}
	}
	if bestScore < 0.6 {
		d.Delimiter = noDelimiter
		return newDraft(head, whole, d)
	}
	return best
}

func forcedDelimiter(s string) byte {
	switch s {
	case "":
		return 0
	case "none":
		return noDelimiter
	case `\t`, "tab":
		return '\t'
	}
	return s[0]
}

// newDraft cuts the head in a dialect.
func newDraft(head []byte, whole bool, d Dialect) draft {
	s := newSplitter(d)
	c := cutter{dialect: d, newline: s.newline, ended: whole}
	data := append(make([]byte, 0, len(head)+slack+1), head...)
	if whole && len(data) > 0 && data[len(data)-1] != s.newline {
		data = append(data, s.newline)
	}
	end, _ := c.cut(data, d.Quote != 0)
	data = withSlack(data, end)
	out := draft{dialect: d, after: 1}
	var buffer []byte
	for pos := 0; pos < len(data) && len(out.records) < sniffed; {
		next := s.record(data, pos)
		if !s.blank {
			var cells []string
			full := 0
			for _, at := range s.spans {
				v := decode(s.value(data, at, &buffer), &buffer)
				if len(trim(v)) > 0 {
					full++
				}
				if at.flags&stray != 0 {
					out.strays++
				}
				cells = append(cells, string(v))
			}
			out.records, out.nonNull = append(out.records, cells), append(out.nonNull, full)
			out.starts, out.lines, out.takes = append(out.starts, pos), append(out.lines, out.after), append(out.takes, s.lines)
		}
		out.after += s.lines
		pos = next
		out.end = min(pos, len(head)) // the line end that was added is not in the head
	}
	return out
}

// score says how regular the draft is: 0 to about 1.
func (d *draft) score() float64 {
	width, share := d.width(0)
	if width < 2 {
		return 0
	}
	several := 0
	for _, r := range d.records {
		if len(r) > 1 {
			several++
		}
	}
	score := 0.5*share + 0.5*float64(several)/float64(len(d.records))
	if len(d.records[0]) == 1 && share < 0.9 {
		score *= 0.6
	}
	return score * (1 - 0.5*math.Min(1, float64(d.strays)/float64(len(d.records))))
}

// width returns the number of cells that most records have from one on, the larger of two as frequent, and the
// share of those records.
func (d *draft) width(from int) (width int, share float64) {
	counts := map[int]int{}
	for _, r := range d.records[from:] {
		counts[len(r)]++
	}
	for w, n := range counts {
		if n > counts[width] || n == counts[width] && w > width {
			width = w
		}
	}
	if n := len(d.records) - from; n > 0 {
		share = float64(counts[width]) / float64(n)
	}
	return width, share
}

// header says which record holds the names, -1 when none does, and where the data begins otherwise.
func (d *draft) header(forced int) (header, first int) {
	switch {
	case forced < 0:
		return -1, 0
	case forced > 0 && forced <= len(d.records):
		return forced - 1, forced
	}
	width, _ := d.width(0)
	for i := range min(len(d.records), 20) {
		if d.isTitle(i, width) {
			continue
		}
		if d.isData(i) {
			return -1, i
		}
		return i, i + 1
	}
	if len(d.records) == 0 || d.isData(0) {
		return -1, 0
	}
	return 0, 1
}

// isTitle reports whether a record stands above the names: few cells, or only the first before a full record.
func (d *draft) isTitle(i, width int) bool {
	if width > 2 {
		return d.nonNull[i]*2 < width
	}
	alone := d.nonNull[i] == 1 && strings.TrimSpace(d.records[i][0]) != ""
	return width == 2 && (d.nonNull[i] == 0 || alone && i+2 < len(d.records) && d.nonNull[i+1] == width)
}

// isData reports whether a record that could hold the names looks like the ones below it instead: numbers above
// numbers, dates above dates.
func (d *draft) isData(i int) bool {
	alike, full := 0, 0
	for j, cell := range d.records[i] {
		group := groupOf(cell, true)
		if strings.TrimSpace(cell) == "" {
			continue
		}
		full++
		if group == 0 {
			continue
		}
		below, seen := 0, 0
		for k := i + 1; k < len(d.records) && seen < 20; k++ {
			if j < len(d.records[k]) && strings.TrimSpace(d.records[k][j]) != "" {
				seen++
				if groupOf(d.records[k][j], false) == group {
					below++
				}
			}
		}
		if below*2 > seen || seen == 0 {
			alike++
		}
	}
	return alike > 0 && alike*10 >= full*3
}

// groupOf tells numbers (1), times (2) and places (3) from texts (0). Years that stand as names of columns are texts.
func groupOf(cell string, name bool) int {
	c, n := classify([]byte(cell))
	switch {
	case name && c == cInt && n.whole == 4 && (strings.TrimSpace(cell) >= "1900" && strings.TrimSpace(cell) <= "2100"):
		return 0
	case c >= cInt && c <= cCommaSpaced:
		return 1
	case c >= cDateISO && c <= cTimeDot:
		return 2
	case c >= cPair && c <= cArrayPoint:
		return 3
	}
	return 0
}

// columns settles the labels of the columns: those of the header, and one without a label for each cell that most
// records have beyond it and that is not always empty.
func (d *draft) columns(header, first int) []string {
	var labels []string
	if header >= 0 {
		for _, cell := range d.records[header] {
			labels = append(labels, strings.TrimSpace(cell))
		}
	}
	width, _ := d.width(min(first, len(d.records)))
	if first >= len(d.records) {
		width = len(labels)
	}
	for width > len(labels) && header >= 0 && d.alwaysEmpty(first, width-1) {
		width--
	}
	for len(labels) < width {
		labels = append(labels, "")
	}
	return labels
}

func (d *draft) alwaysEmpty(first, column int) bool {
	for _, r := range d.records[first:] {
		if column < len(r) && strings.TrimSpace(r[column]) != "" {
			return false
		}
	}
	return true
}

// repeatedNames lists the technical names that several labels would have had.
func repeatedNames(labels []string) []string {
	seen, out := map[string]int{}, []string(nil)
	for _, label := range labels {
		if name := schema.Name(label); name != "" {
			if seen[name]++; seen[name] == 2 {
				out = append(out, label)
			}
		}
	}
	return out
}
