package french

import "bytes"

// Code is a kind of code that a value can be recognised as, from its shape and key alone.
type Code uint8

// The codes that [Recognise] tells apart.
const (
	NoCode Code = iota
	CodeUAI
	CodeINE     // a form whose shape or key is telling
	CodeINEWeak // the base 36 form: one random value in ten passes
	CodeNIR
	CodeNUMEN
	CodeSIREN // one random number of nine digits in ten passes
	CodeSIRET
	CodePhone
	CodeEmail
	Codes = int(CodeEmail) + 1
)

// Recognise says which code a value is, if any. It is meant for whole columns: it does not allocate unless the
// value has the length and the first letters of a code. Separators are only looked through in telephone numbers. A UAI is
// one in lower case too: its column means schools, and each of its cells is to be mended.
func Recognise(b []byte) Code {
	n := len(b)
	if n < 6 || n > 254 {
		return NoCode
	}
	switch n {
	case 8:
		if digits(b[:7]) && uaiKeyOf(b) {
			return CodeUAI
		}
	case 9:
		if digits(b) && luhnOf(b) {
			return CodeSIREN
		}
	case 10:
		if b[0] == '0' && b[1] != '0' && digits(b) {
			return CodePhone
		}
	case 11:
		if c := recogniseINE(b); c != NoCode {
			return c
		}
	case 13:
		if digits(b[:2]) && digits(b[3:10]) && b[2] >= 'A' && b[2] <= 'Z' && NUMEN(string(b)).Valid {
			return CodeNUMEN
		}
	case 14:
		if digits(b) && luhnOf(b[:9]) && SIRET(string(b)).Valid {
			return CodeSIRET
		}
	case 15:
		if digits(b[:5]) && digits(b[7:]) && NIR(string(b)).Valid {
			return CodeNIR
		}
	}
	if (b[0] == '0' && n >= 10 || b[0] == '+') && n <= 24 && Phone(string(b)).Valid {
		return CodePhone
	}
	if i := bytes.IndexByte(b, '@'); i > 0 && i < n-3 && Email(string(b)).Valid {
		return CodeEmail
	}
	return NoCode
}

func recogniseINE(b []byte) Code {
	if !digits(b[:4]) {
		if b[10] < '0' || b[10] > '9' || !capitals(b) {
			return NoCode
		}
	} else if digits(b) {
		return NoCode // eleven digits are far more often another code
	}
	switch v, kind := INE(string(b)); {
	case !v.Valid:
		return NoCode
	case kind == INEBase36:
		return CodeINEWeak
	}
	return CodeINE
}

func capitals(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

func digits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

func uaiKeyOf(b []byte) bool {
	n := 0
	for _, c := range b[:7] {
		n = n*10 + int(c-'0')
	}
	return b[7]&^0x20 == keyLetters[n%23]
}

func luhnOf(b []byte) bool {
	sum := 0
	for i := range b {
		d := int(b[len(b)-1-i] - '0')
		if i&1 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
