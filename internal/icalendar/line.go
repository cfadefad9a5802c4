package icalendar

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"socle/internal/i18n"
)

// content is a content line (RFC 5545, 3.1): a name, parameters, a value.
type content struct {
	line   int64
	text   string // as it came, unfolded
	name   string // in capitals
	params []param
	value  string
	broken *i18n.Text // why it is no content line; nil when it is one
}

type param struct{ name, value string }

// param is the value of a parameter, empty when it is not there.
func (l content) param(name string) string {
	for _, p := range l.params {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// unfolder reads content lines: those that begin with a blank go on with the one before.
type unfolder struct {
	in              *bufio.Reader
	number          int64 // lines read
	mark            bool
	long, firstLong int64
	bare, firstBare int64 // lines that end with LF alone
	ahead           []byte
	hasAhead        bool
	done            bool
}

// next returns the next content line, [io.EOF] after the last.
func (u *unfolder) next() (content, error) {
	if !u.hasAhead {
		if err := u.read(); err != nil {
			return content{}, err
		}
	}
	if len(u.ahead) == 0 { // a fault, unless it is the end of the file
		line := u.number
		u.hasAhead = false
		if err := u.read(); err != nil {
			return content{}, err
		}
		wrong := i18n.T("Une ligne est vide : la norme n’en admet pas.", "A line is empty: the norm allows none.")
		return content{line: line, broken: &wrong}, nil
	}
	first := u.number
	text := bytes.Clone(u.ahead)
	cut := false
	for {
		u.hasAhead = false
		err := u.read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return content{}, err
		}
		if len(u.ahead) == 0 || u.ahead[0] != ' ' && u.ahead[0] != '\t' {
			break
		}
		if len(text)+len(u.ahead) > mostLine {
			cut = true
			continue
		}
		text = append(text, u.ahead[1:]...)
	}
	return parse(first, text, cut), nil
}

// read brings the next line of the file, without its end.
func (u *unfolder) read() error {
	if u.done {
		return io.EOF
	}
	u.ahead = u.ahead[:0]
	for {
		part, err := u.in.ReadSlice('\n')
		if room := mostLine - len(u.ahead); len(part) > room {
			part = part[:max(room, 0)]
		}
		u.ahead = append(u.ahead, part...)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && err != io.EOF {
			return err
		}
		if err == io.EOF {
			u.done = true
			if len(u.ahead) == 0 {
				return io.EOF
			}
		}
		break
	}
	u.number, u.hasAhead = u.number+1, true
	if u.number == 1 {
		u.ahead, u.mark = bytes.CutPrefix(u.ahead, []byte("\xef\xbb\xbf"))
	}
	ended, whole := bytes.CutSuffix(u.ahead, []byte("\n")) // the last line may have no end
	ended, proper := bytes.CutSuffix(ended, []byte("\r"))
	if whole && !proper {
		if u.bare++; u.bare == 1 {
			u.firstBare = u.number
		}
	}
	u.ahead = ended
	if len(ended) > 75 {
		if u.long++; u.long == 1 {
			u.firstLong = u.number
		}
	}
	return nil
}

// parse reads a content line.
func parse(line int64, text []byte, cut bool) content {
	l := content{line: line, text: strings.ToValidUTF8(string(text), "\uFFFD")}
	wrong := func(t i18n.Text) content {
		l.broken = &t
		return l
	}
	switch {
	case cut || len(text) >= mostLine:
		return wrong(i18n.T("La ligne dépasse %d octets.", "The line exceeds %d octets.", mostLine))
	case !utf8.Valid(text):
		return wrong(i18n.T("La ligne n’est pas en UTF-8.", "The line is not in UTF-8."))
	case bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return wrong(i18n.T("La ligne contient un caractère de commande.", "The line holds a control character."))
	}
	shape := i18n.T("La ligne n’a pas la forme NOM:valeur, ou NOM;PARAMÈTRE=valeur:valeur. Si elle continue la précédente, elle doit commencer par une espace.",
		"The line is not like NAME:value, or NAME;PARAMETER=value:value. If it goes on with the one before, it must begin with a space.")
	rest := l.text
	end := strings.IndexAny(rest, ";:")
	if end < 1 || !isName(rest[:end]) {
		return wrong(shape)
	}
	l.name, rest = strings.ToUpper(rest[:end]), rest[end:]
	for strings.HasPrefix(rest, ";") {
		name, after, found := strings.Cut(rest[1:], "=")
		if !found || !isName(name) {
			return wrong(shape)
		}
		value, left, ok := paramValue(after)
		if !ok {
			return wrong(shape)
		}
		l.params, rest = append(l.params, param{strings.ToUpper(name), value}), left
	}
	if !strings.HasPrefix(rest, ":") {
		return wrong(shape)
	}
	l.value = rest[1:]
	return l
}

// paramValue reads the values of a parameter, of which one between quotes may hold any sign; left begins with what ends them.
func paramValue(text string) (value, left string, ok bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			end := strings.IndexByte(text[i+1:], '"')
			if end < 0 {
				return "", "", false
			}
			i += end + 1
		case ';', ':':
			return strings.Trim(text[:i], `"`), text[i:], true
		}
	}
	return "", "", false
}

func isName(text string) bool {
	for _, r := range text {
		if (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return text != ""
}
