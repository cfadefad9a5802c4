package validate

import (
	"bufio"
	"context"
	"io"
	"slices"
	"strings"

	"socle/internal/schema/frictionless"
)

// plainDialect copies delimited text, in the delimiter and quote that the dialect names, without what is particular:
// comments, escapes, blanks after the delimiter, a sequence that stands for nothing, an end of line of one's own.
func plainDialect(ctx context.Context, in *bufio.Reader, out *bufio.Writer, d *frictionless.Dialect) error {
	p := &plainer{in: in, out: out, dialect: d, delimiter: ',', quote: '"', end: '\n'}
	if d.Delimiter != "" {
		p.delimiter = d.Delimiter[0]
	}
	if d.QuoteChar != "" {
		p.quote = d.QuoteChar[0]
	}
	if d.EscapeChar != "" {
		p.escape = d.EscapeChar[0]
	}
	if len(d.LineTerminator) == 1 {
		p.end = d.LineTerminator[0]
	}
	for row := 1; ; row++ {
		if row%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		cells, err := p.record()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		comment := d.CommentChar != "" && len(cells) > 0 && strings.HasPrefix(cells[0].text, d.CommentChar)
		blank := d.SkipBlankRows && !slices.ContainsFunc(cells, func(c plainCell) bool { return c.text != "" })
		if !comment && !blank && !slices.Contains(d.CommentRows, row) {
			p.write(cells)
		}
	}
}

type plainer struct {
	in                            *bufio.Reader
	out                           *bufio.Writer
	dialect                       *frictionless.Dialect
	delimiter, quote, escape, end byte
}

type plainCell struct {
	text   string
	quoted bool
}

// record reads one record.
func (p *plainer) record() (cells []plainCell, err error) {
	var text strings.Builder
	quoted, open, started := false, false, false
	finish := func() {
		s := text.String()
		if p.end == '\n' && !quoted {
			s = strings.TrimSuffix(s, "\r")
		}
		cells = append(cells, plainCell{s, quoted})
		text.Reset()
		quoted, started = false, false
	}
	for any := false; ; any = true {
		c, err := p.in.ReadByte()
		if err == io.EOF && (any || started) {
			finish()
			return cells, nil
		}
		if err != nil {
			return nil, err
		}
		switch {
		case p.escape != 0 && c == p.escape:
			if next, err := p.in.ReadByte(); err == nil {
				text.WriteByte(next)
				started = true
			}
		case open && c == p.quote:
			if next, _ := p.in.Peek(1); len(next) == 1 && next[0] == p.quote {
				_, _ = p.in.Discard(1) // it was peeked
				text.WriteByte(c)
			} else {
				open = false
			}
		case open:
			text.WriteByte(c)
		case c == p.quote && !started && p.escape == 0:
			open, quoted, started = true, true, true
		case c == p.delimiter:
			finish()
		case c == p.end:
			finish()
			return cells, nil
		case c == ' ' && !started && p.dialect.SkipInitialSpace:
		default:
			text.WriteByte(c)
			started = true
		}
	}
}

func (p *plainer) write(cells []plainCell) {
	quote := string(p.quote)
	for i, c := range cells {
		if i > 0 {
			p.out.WriteByte(p.delimiter)
		}
		switch {
		case p.dialect.NullSequence != "" && c.text == p.dialect.NullSequence:
		case c.quoted || strings.ContainsAny(c.text, string(p.delimiter)+quote+"\n\r"):
			p.out.WriteString(quote + strings.ReplaceAll(c.text, quote, quote+quote) + quote)
		default:
			p.out.WriteString(c.text)
		}
	}
	p.out.WriteByte('\n')
}
