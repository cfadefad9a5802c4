package french

import (
	"fmt"
	"regexp"
	"strconv"
)

var (
	rnaShape = regexp.MustCompile(`^W[0-9][A-Z0-9][0-9]{7}$`)
	vatShape = regexp.MustCompile(`^FR[0-9]{11}$`)
)

// laPoste is the SIREN whose establishments have a rule of their own.
const laPoste = "356000000"

// SIREN checks the number of a company: nine digits with a Luhn key.
func SIREN(s string) Verdict {
	code := compact(s)
	if v, lost := lostZero(code, 8, SIREN); lost {
		return v
	}
	if len(code) != 9 || !allDigits(code) {
		return invalid("un SIREN a neuf chiffres", "a SIREN has nine digits")
	}
	if !luhn(code) {
		return invalid("la clé du SIREN n’est pas juste", "the key of the SIREN is wrong")
	}
	return valid(code)
}

// SIRET checks the number of an establishment: fourteen digits, Luhn over all and over the first nine. Those of
// La Poste, but its head office, have a sum of digits divisible by five instead.
//
// Source: Insee; the exception as python-stdnum states it.
func SIRET(s string) Verdict {
	code := compact(s)
	if v, lost := lostZero(code, 13, SIRET); lost {
		return v
	}
	if len(code) != 14 || !allDigits(code) {
		return invalid("un SIRET a quatorze chiffres", "a SIRET has fourteen digits")
	}
	if !luhn(code[:9]) {
		return invalid("la clé du SIREN, ses neuf premiers chiffres, n’est pas juste", "the key of its first nine digits, the SIREN, is wrong")
	}
	if code[:9] == laPoste && code != "35600000000048" {
		sum := 0
		for i := range len(code) {
			sum += int(code[i] - '0')
		}
		if sum%5 != 0 {
			return invalid("la clé du SIRET (règle de La Poste) n’est pas juste", "the key of the SIRET (rule of La Poste) is wrong")
		}
		return valid(code)
	}
	if !luhn(code) {
		return invalid("la clé du SIRET n’est pas juste", "the key of the SIRET is wrong")
	}
	return valid(code)
}

// luhn reports whether the digits satisfy the Luhn key.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// lostZero says that a number of the given length would be right with a zero before it: a spreadsheet took it off.
func lostZero(code string, length int, check func(string) Verdict) (Verdict, bool) {
	if len(code) != length || !allDigits(code) || !check("0"+code).Valid {
		return Verdict{}, false
	}
	v := invalid("il manque le zéro du début", "the leading zero is missing")
	v.Suggestion = "0" + code
	return v, true
}

// VAT checks the French number of a company for the value added tax: FR, a key of two digits, the SIREN. The key is
// (12 + 3 × (SIREN modulo 97)) modulo 97. The keys with letters that the law allows were never given.
//
// Source: article 286 ter of the tax code, as the tax administration states the rule.
func VAT(s string) Verdict {
	code := compact(s)
	if !vatShape.MatchString(code) {
		return invalid("un numéro de TVA français commence par FR, puis a onze chiffres", "a French VAT number begins with FR, then has eleven digits")
	}
	if v := SIREN(code[4:]); !v.Valid {
		return invalid("la clé du SIREN, ses neuf derniers chiffres, n’est pas juste", "the key of its last nine digits, the SIREN, is wrong")
	}
	n, _ := strconv.ParseUint(code[4:], 10, 64)
	if want := fmt.Sprintf("%02d", (12+3*(n%97))%97); want != code[2:4] {
		v := invalid("la clé devrait être %s", "the key should be %s", want)
		v.Suggestion = "FR" + want + code[4:]
		return v
	}
	return valid(code)
}

// RNA checks the shape of the number of an association in the national directory: W, then nine characters. It has no
// key.
func RNA(s string) Verdict {
	code := compact(s)
	if !rnaShape.MatchString(code) {
		return invalid("un numéro RNA a un W puis neuf chiffres", "an RNA number has a W then nine digits")
	}
	return valid(code)
}
