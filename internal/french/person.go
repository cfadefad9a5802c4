package french

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	nirShape = regexp.MustCompile(`^[1-478][0-9]{2}(0[1-9]|1[0-2]|[2-9][0-9])([0-9]{2}|2[AB])[0-9]{6}([0-9]{2})?$`)
	mailbox  = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$`)
	phone    = regexp.MustCompile(`^(?:(?:\+|00)(?:33|262|590|594|596|508|681|687|689)[ .-]?(?:\(0\)[ .-]?)?|0)[1-9](?:[ .-]?[0-9]{2}){4}$`)
	// Territories outside the French numbering have six digits after their own prefix.
	phonePacific = regexp.MustCompile(`^(?:\+|00)(?:508|681|687|689)[ .-]?[0-9]{2}(?:[ .-]?[0-9]{2}){2,3}$`)
)

// NIR checks the social security number: 13 characters and a key of 2, which is 97 minus the number modulo 97,
// with 2A read as 19 and 2B as 18. Thirteen characters without the key are accepted, with a reason.
//
// Source: Insee, rule of the NIR; month 20 to 42 and 50 to 99 when it is not known; first digit 7 or 8 when temporary.
func NIR(s string) Verdict {
	code := compact(s)
	if !nirShape.MatchString(code) {
		return invalid("un NIR a treize caractères et une clé de deux chiffres", "a NIR has thirteen characters and a key of two digits")
	}
	body := strings.NewReplacer("2A", "19", "2B", "18").Replace(code[5:7])
	n, err := strconv.ParseUint(code[:5]+body+code[7:13], 10, 64)
	if err != nil {
		return invalid("un NIR n’a de lettre qu’au département, 2A ou 2B", "a NIR has letters only in the département, 2A or 2B")
	}
	key := fmt.Sprintf("%02d", 97-n%97)
	if len(code) == 13 {
		v := valid(code)
		v.Reason.FR, v.Reason.EN = "sans sa clé", "without its key"
		return v
	}
	if key != code[13:] {
		return invalid("la clé du NIR n’est pas juste", "the key of the NIR is wrong")
	}
	return valid(code)
}

// Phone checks a telephone number of France or of its overseas territories, national (0…) or international.
func Phone(s string) Verdict {
	s = strings.TrimSpace(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s))
	if !phone.MatchString(s) && !phonePacific.MatchString(s) {
		if code := compact(s); len(code) == 9 && phone.MatchString("0"+code) {
			v := invalid("il manque le zéro du début", "the leading zero is missing")
			v.Suggestion = "0" + code
			return v
		}
		return invalid("un numéro de téléphone a dix chiffres et commence par 0, ou par +33", "a telephone number has ten digits and begins with 0, or with +33")
	}
	return valid(strings.NewReplacer(" ", "", ".", "", "-", "", "(0)", "").Replace(s))
}

// Email checks the shape of an e-mail address: a name, an at sign, a domain with a dot.
func Email(s string) Verdict {
	s = strings.TrimSpace(s)
	if len(s) > 254 || !mailbox.MatchString(s) {
		return invalid("une adresse a un nom, une arobase et un domaine", "an address has a name, an at sign and a domain")
	}
	return valid(s)
}
