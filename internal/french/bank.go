package french

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	ibanShape   = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`)
	ibanFrench  = regexp.MustCompile(`^(?:FR|MC)[0-9]{2}[0-9]{10}[A-Z0-9]{11}[0-9]{2}$`)
	ibanFrenchy = regexp.MustCompile(`^(?:FR|MC)`)
)

// IBAN checks the number of a bank account: modulo 97 once its four first characters are moved to its end and its
// letters read as 10 to 35; for France and Monaco, also the length of 27 and the key of the RIB.
//
// Source: ISO 13616; the key of the RIB as the Banque de France states it.
func IBAN(s string) Verdict {
	code := compact(s)
	if !ibanShape.MatchString(code) {
		return invalid("un IBAN a deux lettres de pays, deux chiffres de clé, puis le compte", "an IBAN has two letters of a country, two digits of a key, then the account")
	}
	if ibanFrenchy.MatchString(code) && !ibanFrench.MatchString(code) {
		return invalid("un IBAN français a vingt-sept caractères", "a French IBAN has twenty-seven characters")
	}
	if modulo97(code[4:]+code[:4]) != 1 {
		return invalid("la clé de l’IBAN n’est pas juste", "the key of the IBAN is wrong")
	}
	if ibanFrench.MatchString(code) && ribKey(code[4:25]) != code[25:] {
		return invalid("la clé du RIB, ses deux derniers chiffres, n’est pas juste", "the key of the RIB, its last two digits, is wrong")
	}
	return valid(code)
}

// modulo97 is the remainder of a number by 97, its letters read as 10 to 35.
func modulo97(s string) int {
	n := 0
	for i := range len(s) {
		if d := base36(s[i]); d > 9 {
			n = (n*100 + d) % 97
		} else {
			n = (n*10 + d) % 97
		}
	}
	return n
}

// ribKey is the key of a bank (5 digits), a branch (5) and an account (11 characters): 97 - (89b + 15g + 3c) modulo 97,
// where the letters are read A, J = 1; B, K, S = 2; and so on to I, R, Z = 9.
func ribKey(rib string) string {
	account := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'I':
			return '1' + r - 'A'
		case r >= 'J' && r <= 'R':
			return '1' + r - 'J'
		case r >= 'S' && r <= 'Z':
			return '2' + r - 'S'
		}
		return r
	}, rib[10:])
	bank, _ := strconv.Atoi(rib[:5])
	branch, _ := strconv.Atoi(rib[5:10])
	number, _ := strconv.Atoi(account)
	return fmt.Sprintf("%02d", 97-(89*bank+15*branch+3*number)%97)
}
