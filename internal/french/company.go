package french

// laPoste is the SIREN whose establishments have a rule of their own.
const laPoste = "356000000"

// SIREN checks the number of a company: nine digits with a Luhn key.
func SIREN(s string) Verdict {
	code := compact(s)
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
