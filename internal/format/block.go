package format

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
)

const defaultBlock = 4 << 20

// block is a run of whole records.
type block struct {
	index  int
	data   []byte // whole records, the last with its line end; slack bytes of capacity follow
	line   int64  // physical line of its first record
	quotes bool   // holds the quote of the dialect
	ended  bool   // the file itself ends its last record with a line end
	done   int64  // bytes of the file read so far
}

// blocks cuts the file into runs of whole records, from the first data record on. get gives buffers and must
// return one that nobody reads any more.
func (t *Table) blocks(ctx context.Context, size int, get func() []byte) iter.Seq2[block, error] {
	return func(yield func(block, error) bool) {
		file, err := os.Open(t.Path)
		if err != nil {
			yield(block{}, err)
			return
		}
		defer file.Close()
		if _, err := file.Seek(t.data, io.SeekStart); err != nil {
			yield(block{}, err)
			return
		}
		c := cutter{file: file, limit: t.limits.Record, newline: newSplitter(t.Dialect).newline, dialect: t.Dialect, line: t.DataLine, offset: t.data}
		for i := 0; ; i++ {
			if ctx.Err() != nil {
				yield(block{}, ctx.Err())
				return
			}
			b, err := c.next(get(), size)
			if err == io.EOF {
				return
			}
			b.index = i
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// cutter reads a file and cuts it after the last line end that stands outside quotes.
type cutter struct {
	file    io.Reader
	dialect Dialect
	newline byte
	limit   int
	line    int64  // physical line of the next byte to give
	offset  int64  // of the next byte to give
	rest    []byte // begun but not ended record
	ended   bool
}

func (c *cutter) next(buffer []byte, size int) (block, error) {
	data := append(buffer[:0], c.rest...)
	want := size
	added := false // a line end that the file lacks
	for {
		if !c.ended {
			var err error
			if data, err = c.fill(data, want); err != nil {
				return block{}, err
			}
		}
		if len(data) == 0 {
			return block{}, io.EOF
		}
		if c.ended && data[len(data)-1] != c.newline {
			data = append(data, c.newline)
			added = true
		}
		quotes := c.dialect.Quote != 0 && bytes.IndexByte(data, c.dialect.Quote) >= 0
		end, open := c.cut(data, quotes)
		if c.ended && (open >= 0 || end < len(data)) {
			return block{}, unclosedQuote(c.line + int64(bytes.Count(data[:open], []byte{c.newline})))
		}
		if end == 0 {
			if len(data) > c.limit {
				return block{}, c.tooLong(data, open)
			}
			want = len(data)
			continue
		}
		c.rest = append(c.rest[:0], data[end:]...)
		data = withSlack(data, end)
		if i := bytes.IndexByte(data, 0); i >= 0 {
			return block{}, nulByte(c.line+int64(bytes.Count(data[:i], []byte{c.newline})), c.offset+int64(i)+1)
		}
		b := block{data: data, line: c.line, quotes: quotes, ended: !added}
		c.line += int64(bytes.Count(data, []byte{c.newline}))
		c.offset += int64(len(data))
		b.done = c.offset
		return b, nil
	}
}

// withSlack cuts data at end and makes sure that slack bytes of capacity follow.
func withSlack(data []byte, end int) []byte {
	if cap(data)-end < slack {
		data = append(data[:len(data):len(data)], make([]byte, slack)...)
	}
	return data[:end]
}

// fill reads want more bytes, or fewer at the end of the file.
func (c *cutter) fill(data []byte, want int) ([]byte, error) {
	n := len(data)
	if cap(data) < n+want+slack+1 {
		grown := make([]byte, n, n+want+slack+1)
		copy(grown, data)
		data = grown
	}
	read, err := io.ReadFull(c.file, data[n:n+want])
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		c.ended, err = true, nil
	}
	return data[:n+read], err
}

// cut returns where the last whole record ends, 0 when there is none, and where a quote opened that the data does
// not close, -1 when there is none. It sees quotes as [splitter] does: only one that begins a cell opens.
func (c *cutter) cut(data []byte, quotes bool) (end, open int) {
	if !quotes {
		return bytes.LastIndexByte(data, c.newline) + 1, -1
	}
	q := c.dialect.Quote
	pos := 0
	for {
		i := bytes.IndexByte(data[pos:], q)
		if i < 0 {
			if j := bytes.LastIndexByte(data[pos:], c.newline); j >= 0 {
				end = pos + j + 1
			}
			return end, -1
		}
		i += pos
		if j := bytes.LastIndexByte(data[pos:i], c.newline); j >= 0 {
			end = pos + j + 1
		}
		if i > 0 && data[i-1] != c.dialect.Delimiter && data[i-1] != c.newline {
			pos = i + 1 // a stray quote
			continue
		}
		closing := c.closing(data, i+1)
		if closing < 0 {
			return end, i
		}
		pos = closing + 1
		// Text after the closing quote is literal up to the next delimiter; a quote right there is stray, which
		// the test of the byte before it finds, since that byte is then neither a delimiter nor a line end.
	}
}

// closing returns where the quote that ends a cell stands, -1 when the data ends first.
func (c *cutter) closing(data []byte, pos int) int {
	for {
		i := bytes.IndexByte(data[pos:], c.dialect.Quote)
		if i < 0 {
			return -1
		}
		pos += i
		switch {
		case pos+1 >= len(data) && !c.ended:
			return -1 // the next byte, not read yet, may double it
		case pos+1 < len(data) && data[pos+1] == c.dialect.Quote:
			pos += 2
		default:
			return pos
		}
	}
}

func unclosedQuote(line int64) error {
	return fault.New(fault.Invalid, "unclosed_quote", i18n.T(
		"Un guillemet ouvert à la ligne %d n’est jamais refermé : la fin du fichier serait une seule cellule. Fermez-le, ou doublez les guillemets qui font partie d’un texte.",
		"A quote that opens on line %d is never closed: the end of the file would be a single cell. Close it, or double the quotes that are part of a text.", line))
}

func nulByte(line, offset int64) error {
	return fault.New(fault.Invalid, "nul_byte", i18n.T(
		"Le fichier contient un octet nul à la ligne %d (octet %d) : il est abîmé, ou ce n’est pas un fichier texte. Exportez-le de nouveau en CSV, encodé en UTF-8.",
		"The file holds a NUL byte on line %d (byte %d): it is damaged, or it is not a text file. Export it again as CSV, in UTF-8.", line, offset))
}

func (c *cutter) tooLong(data []byte, open int) error {
	if open >= 0 {
		line := c.line + int64(bytes.Count(data[:open], []byte{c.newline}))
		return fault.New(fault.TooLarge, "row_too_long", i18n.T(
			"La cellule qui commence à la ligne %d dépasse %s : un guillemet ouvert là n’est sans doute jamais refermé.",
			"The cell that begins on line %d exceeds %s: a quote that opens there is probably never closed.", line, sizeText(int64(c.limit))))
	}
	return fault.New(fault.TooLarge, "row_too_long", i18n.T(
		"La ligne %d dépasse %s : ce n’est sans doute pas un tableau, ou ses fins de ligne manquent. Vérifiez l’export.",
		"Line %d exceeds %s: this is probably not a table, or its line ends are missing. Check the export.", c.line, sizeText(int64(c.limit))))
}

// sizeText is a size in both languages.
func sizeText(n int64) i18n.Text {
	return i18n.Text{FR: i18n.Bytes(i18n.FR, n), EN: i18n.Bytes(i18n.EN, n)}
}

// throttle tells progress at most five times a second.
func throttle(progress Progress) Progress {
	if progress == nil {
		return func(int64, int64) {}
	}
	var last time.Time
	return func(done, total int64) {
		if now := time.Now(); done >= total || now.Sub(last) > 200*time.Millisecond {
			last = now
			progress(done, total)
		}
	}
}
