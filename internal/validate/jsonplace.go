package validate

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// pointer writes a place in a document, as RFC 6901 has it.
func pointer(path []string) string {
	var b strings.Builder
	for _, step := range path {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(step, "~", "~0"), "/", "~1"))
	}
	return b.String()
}

func unescape(step string) string {
	return strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
}

// sought is a tree of the places whose lines are looked for.
type sought struct {
	below map[string]*sought
	lines []*int64 // to be set when the value at the place begins
}

func (s *sought) add(path []string, line *int64) {
	at := s
	for _, step := range path {
		if at.below == nil {
			at.below = map[string]*sought{}
		}
		next := at.below[step]
		if next == nil {
			next = &sought{}
			at.below[step] = next
		}
		at = next
	}
	at.lines = append(at.lines, line)
}

func (s *sought) step(name string) *sought {
	if s == nil {
		return nil
	}
	return s.below[name]
}

// found says the line at a place. Of a name said twice the last value counts, as for who reads the document.
func (s *sought) found(line int64) {
	if s != nil {
		for _, at := range s.lines {
			*at = line
		}
	}
}

// locate reads a document that is known to be JSON, and finds the lines of places, from 1. It holds the way to the value
// at hand and nothing else.
func (s *sought) locate(r io.Reader) error {
	l := &locator{in: bufio.NewReaderSize(r, 1<<16), line: 1}
	if head, err := l.in.Peek(3); err == nil && string(head) == "\xef\xbb\xbf" {
		_, _ = l.in.Discard(3) // they were just seen
	}
	var way []level
	value := s // where the next value is
	for {
		c, err := l.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch c {
		case '{', '[':
			value.found(l.line)
			way = append(way, level{at: value, list: c == '['})
			if c == '[' {
				value = value.step("0")
			}
		case '}', ']':
			if len(way) > 0 {
				way = way[:len(way)-1]
			}
			value = nil
		case ',':
			if len(way) > 0 {
				top := &way[len(way)-1]
				top.index++
				top.named = false
				if top.list {
					value = top.at.step(strconv.FormatInt(top.index, 10))
				}
			}
		case ':':
		case '"':
			line := l.line
			raw, err := l.text()
			if err != nil {
				return err
			}
			if top := len(way) - 1; top >= 0 && !way[top].list && !way[top].named {
				way[top].named = true
				value = nil
				if way[top].at != nil {
					var name string
					if json.Unmarshal(raw, &name) == nil {
						value = way[top].at.step(name)
					}
				}
				continue
			}
			value.found(line)
		default:
			if err := l.word(); err != nil {
				return err
			}
			value.found(l.line)
		}
	}
}

// level is a list or an object that is being read.
type level struct {
	at    *sought // nil when nothing is looked for within
	list  bool
	named bool // the name of the member was read
	index int64
}

type locator struct {
	in   *bufio.Reader
	line int64
	held []byte
}

// next is the next byte that is no blank.
func (l *locator) next() (byte, error) {
	for {
		c, err := l.in.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case '\n':
			l.line++
		case ' ', '\t', '\r':
		default:
			return c, nil
		}
	}
}

// text reads a text, whose first quote was read.
func (l *locator) text() ([]byte, error) {
	l.held = append(l.held[:0], '"')
	for escaped := false; ; {
		c, err := l.in.ReadByte()
		if err != nil {
			return nil, err
		}
		l.held = append(l.held, c)
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			return l.held, nil
		}
	}
}

// word passes what is left of a number, true, false or null.
func (l *locator) word() error {
	for {
		c, err := l.in.ReadByte()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.IndexByte(" \t\r\n,]}", c) >= 0 {
			return l.in.UnreadByte()
		}
	}
}
