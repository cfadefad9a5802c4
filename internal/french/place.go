package french

import "regexp"

var (
	communeShape = regexp.MustCompile(`^(?:(?:0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5])[0-9]{3}|97[1-8][0-9]{2}|98[4-9][0-9]{2}|99[0-9]{3})$`)
	postalShape  = regexp.MustCompile(`^(?:0[1-9]|[1-8][0-9]|9[0-8])[0-9]{3}$`)
	departement  = regexp.MustCompile(`^(?:0?(?:0[1-9]|[1-8][0-9]|9[0-5])|0?2[AB]|97[1-8]|98[4-9]|620|720)$`)
)

// Commune checks the shape of a commune code of the official geographic code (COG): five characters, of which the
// first are the département (2A, 2B in Corsica; 97x, 98x overseas; 99 abroad). Whether the code exists depends on
// a year, and is the work of a reference list.
func Commune(s string) Verdict {
	code := compact(s)
	if len(code) == 4 && communeShape.MatchString("0"+code) {
		v := invalid("il manque le zéro du début", "the leading zero is missing")
		v.Suggestion = "0" + code
		return v
	}
	if !communeShape.MatchString(code) {
		return invalid("un code commune a cinq caractères et commence par son département", "a commune code has five characters and begins with its département")
	}
	return valid(code)
}

// Postal checks the shape of a postal code: five digits.
func Postal(s string) Verdict {
	code := compact(s)
	if len(code) == 4 && postalShape.MatchString("0"+code) {
		v := invalid("il manque le zéro du début", "the leading zero is missing")
		v.Suggestion = "0" + code
		return v
	}
	if !postalShape.MatchString(code) {
		return invalid("un code postal a cinq chiffres", "a postal code has five digits")
	}
	return valid(code)
}

// Departement checks a département code: 01 to 95, 2A, 2B, 971 to 978, 984 to 989, and the three-character
// forms of the ministry (001, 02A, and 620, 720 for Corsica).
func Departement(s string) Verdict {
	code := compact(s)
	if len(code) == 1 && code[0] >= '1' && code[0] <= '9' {
		v := invalid("il manque le zéro du début", "the leading zero is missing")
		v.Suggestion = "0" + code
		return v
	}
	if !departement.MatchString(code) || code == "20" || code == "020" {
		return invalid("« %s » n’est pas un département", "“%s” is not a département", code)
	}
	return valid(code)
}
