package validate

import "encoding/base64"

func castText(v []byte, o *value) bool { return true }

// castURI accepts an absolute address of RFC 3986: a scheme, a colon, something, and no character that must be encoded.
// Letters beyond ASCII are accepted, as RFC 3987 does.
func castURI(v []byte, o *value) bool {
	scheme := 0
	for scheme < len(v) && v[scheme] != ':' {
		c := v[scheme] | 0x20
		if !(c >= 'a' && c <= 'z' || scheme > 0 && (v[scheme]-'0' <= 9 || c == '+' || v[scheme] == '-' || v[scheme] == '.')) {
			return false
		}
		scheme++
	}
	if scheme == 0 || scheme >= len(v)-1 {
		return false
	}
	for i, c := range v[scheme+1:] {
		switch c {
		case '"', '<', '>', '\\', '^', '`', '{', '|', '}':
			return false
		case '%':
			rest := v[scheme+1:][i+1:]
			if len(rest) < 2 || !hexadecimal(rest[0]) || !hexadecimal(rest[1]) {
				return false
			}
		default:
			if c <= ' ' || c == 0x7F {
				return false
			}
		}
	}
	return true
}

func hexadecimal(c byte) bool {
	return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// castEmail accepts what [french.Email] does, blanks at the ends apart: it reads each byte once, since addresses rarely
// come twice in a column.
func castEmail(v []byte, o *value) bool {
	if len(v) > 254 {
		return false
	}
	i, dot := 0, true
	for ; i < len(v) && v[i] != '@'; i++ {
		switch {
		case v[i] == '.' && !dot:
			dot = true
		case mailLetters[v[i]]:
			dot = false
		default:
			return false
		}
	}
	if dot || i == len(v) {
		return false
	}
	return domain(v[i+1:])
}

// domain accepts labels of letters, digits and inner hyphens, the last of letters alone.
func domain(v []byte) bool {
	labels := 0
	for {
		end := 0
		letters := true
		for end < len(v) && v[end] != '.' {
			c := v[end] | 0x20
			switch {
			case c >= 'a' && c <= 'z':
			case v[end]-'0' <= 9, v[end] == '-' && end > 0:
				letters = false
			default:
				return false
			}
			end++
		}
		if end == 0 || end > 63 || v[end-1] == '-' {
			return false
		}
		if end == len(v) {
			return labels > 0 && letters && end >= 2
		}
		labels++
		v = v[end+1:]
	}
}

// mailLetters are those that the name of a mailbox may have.
var mailLetters = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+/=?^_{|}~-") {
		set[c] = true
	}
	return set
}()

// castUUID accepts the 8-4-4-4-12 form of RFC 4122, in any case.
func castUUID(v []byte, o *value) bool {
	if len(v) != 36 {
		return false
	}
	for i, c := range v {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !hexadecimal(c) {
			return false
		}
	}
	return true
}

// castBinary accepts base64 with its padding; line ends may stand anywhere.
func castBinary(v []byte, o *value) bool {
	_, err := base64.StdEncoding.AppendDecode(nil, v)
	return err == nil
}
