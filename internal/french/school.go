package french

import (
	"regexp"
	"strconv"
	"strings"
)

// keyLetters are the 23 letters of the keys of UAI and INE: no I, O or Q.
const keyLetters = "ABCDEFGHJKLMNPRSTUVWXYZ"

var (
	uaiShape       = regexp.MustCompile(`^[0-9]{7}[A-HJ-NPR-Z]$`)
	uaiDepartement = regexp.MustCompile(`^(0(0[1-9]|[1-8][0-9]|9[0-5])|620|720|97[1-8]|98[4-9])`)
	ineRNIE        = regexp.MustCompile(`^[0-9]{9}[A-HJK]{2}$`)
	ineBEA         = regexp.MustCompile(`^[0-9]{10}[A-HJ-NPR-Z]$`)
	ineSIFA        = regexp.MustCompile(`^[0-9]{4}A[0-9]{5}[A-HJ-NPR-Z]$`)
	ineProvisional = regexp.MustCompile(`^[0-9]{4}D[0-9]{5}[A-HJ-NPR-Z]$`)
	ineBase36      = regexp.MustCompile(`^[0-9A-Z]{10}[0-9]$`)
	mefShape       = regexp.MustCompile(`^[1-9][0-9]{10}$`)
	numenShape     = regexp.MustCompile(`^(0[1-9]|[12][0-9]|3[0-3]|43)[A-Z][0-9]{2}[0-9]{5}[A-Z]{3}$`)
)

// UAI checks the identifier of a school: seven digits, of which the first three are the département (620 and 720
// for Corsica), then a key letter, the remainder of the number by 23. A lost leading zero is restored in Suggestion. The
// letter is a capital: what joins files compares bytes, and most of it would not find 0750655e in a list that has 0750655E.
//
// Source: rule published with SACoche (Sésamath), verified on public school codes.
func UAI(s string) Verdict {
	code := compact(s)
	if len(code) == 7 {
		if restored := "0" + code; uaiShape.MatchString(restored) && uaiDepartement.MatchString(restored) && uaiKey(restored) == restored[7] {
			v := invalid("il manque le zéro du début", "the leading zero is missing")
			v.Suggestion = restored
			return v
		}
	}
	if !uaiShape.MatchString(code) {
		return invalid("un UAI a sept chiffres puis une lettre (ni I, ni O, ni Q)", "a UAI has seven digits then a letter (not I, O or Q)")
	}
	if !uaiDepartement.MatchString(code) {
		return invalid("« %s » n’est pas un département", "“%s” is not a département", code[:3])
	}
	if want := uaiKey(code); want != code[7] {
		v := invalid("la lettre devrait être %c", "the letter should be %c", want)
		v.Suggestion = code[:7] + string(want)
		return v
	}
	if strings.IndexByte(s, code[7]) < 0 {
		v := invalid("la lettre s’écrit en majuscule", "the letter is written as a capital")
		v.Suggestion = code
		return v
	}
	return valid(code)
}

func uaiKey(code string) byte {
	n, _ := strconv.ParseUint(code[:7], 10, 64)
	return keyLetters[n%23]
}

// INEKind is one of the forms of the national identifier of a pupil or student.
type INEKind string

// The forms of the INE.
const (
	INERnie        INEKind = "rnie"        // since 2018; its key is not published
	INEBea         INEKind = "bea"         // key letter: the number modulo 23
	INEBase36      INEKind = "base36"      // key digit: the ten first characters, read in base 36, modulo 10
	INESifa        INEKind = "sifa"        // apprentices
	INEProvisional INEKind = "provisional" // to be replaced by a definitive one
)

// INE checks the national identifier of a pupil or student, and says which form it has. The keys of the BEA and
// base 36 forms follow the esup-transferts program; the other forms have no published key, so only their shape is
// checked. The base 36 key is weak: one random value in ten passes.
func INE(s string) (Verdict, INEKind) {
	code := compact(s)
	switch {
	case ineRNIE.MatchString(code):
		return valid(code), INERnie
	case ineBEA.MatchString(code):
		n, _ := strconv.ParseUint(code[:10], 10, 64)
		if want := keyLetters[n%23]; want != code[10] {
			return invalid("la clé de l’INE n’est pas juste", "the key of the INE is wrong"), INEBea
		}
		return valid(code), INEBea
	case ineSIFA.MatchString(code):
		return valid(code), INESifa
	case ineProvisional.MatchString(code):
		v := valid(code)
		v.Reason.FR, v.Reason.EN = "INE provisoire", "provisional INE"
		return v, INEProvisional
	case ineBase36.MatchString(code):
		sum := 0 // modulo 10: 36 ≡ 6 and 6² ≡ 6, so every place but the last weighs 6
		for i := range 9 {
			sum += 6 * base36(code[i])
		}
		if (sum+base36(code[9]))%10 != int(code[10]-'0') {
			return invalid("la clé de l’INE n’est pas juste", "the key of the INE is wrong"), INEBase36
		}
		return valid(code), INEBase36
	}
	if len(code) == 10 && ineBEA.MatchString("0"+code) {
		if v, kind := INE("0" + code); v.Valid {
			lost := invalid("il manque le zéro du début", "the leading zero is missing")
			lost.Suggestion = v.Canonical
			return lost, kind
		}
	}
	return invalid("un INE a onze caractères, par exemple neuf chiffres et deux lettres", "an INE has eleven characters, for instance nine digits and two letters"), ""
}

func base36(c byte) int {
	if c <= '9' {
		return int(c - '0')
	}
	return int(c-'A') + 10
}

// NUMEN checks the shape of the identifier of a ministry agent: académie, system letter, year, five digits, three
// letters. It has no public key, and it is confidential.
func NUMEN(s string) Verdict {
	code := compact(s)
	if !numenShape.MatchString(code) {
		return invalid("un NUMEN a deux chiffres d’académie, une lettre, sept chiffres et trois lettres", "a NUMEN has two digits for the académie, a letter, seven digits and three letters")
	}
	return valid(code)
}

// MEF checks the shape of a code of the nomenclature of training (module élémentaire de formation): eleven digits. It
// has no key; whether the code exists depends on a year, and is the work of a reference list.
func MEF(s string) Verdict {
	code := compact(s)
	if !mefShape.MatchString(code) {
		return invalid("un MEF a onze chiffres", "a MEF has eleven digits")
	}
	return valid(code)
}
