package french

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// A keyed is a code whose key promises to find a single wrong character.
type keyed struct {
	name  string
	draw  func(*rand.Rand) string // a right code
	check func(string) Verdict
	// alphabet gives the characters that may be mistaken for that of a place.
	alphabet func(code string, place int) string
}

const (
	ten     = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// anything is that any character may be mistaken for any other.
func anything(string, int) string { return ten + letters }

// likewise is that digits are mistaken for digits, and letters for letters.
func likewise(code string, place int) string {
	if code[place] > '9' {
		return letters
	}
	return ten
}

// mend searches the key that makes a code right: what is before it, then one of the endings.
func mend(t *testing.T, check func(string) Verdict, before string, endings func(int) string, n int) string {
	t.Helper()
	for i := range n {
		if code := before + endings(i); check(code).Valid {
			return code
		}
	}
	return ""
}

func draws(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(ten[r.IntN(10)])
	}
	return b.String()
}

func keyedCodes(t *testing.T) []keyed {
	letter := func(i int) string { return keyLetters[i : i+1] }
	figure := func(i int) string { return ten[i : i+1] }
	two := func(i int) string { return fmt.Sprintf("%02d", i) }
	ine := func(s string) Verdict { v, _ := INE(s); return v }
	siren := func(r *rand.Rand) string { return mend(t, SIREN, draws(r, 8), figure, 10) }
	siret := func(r *rand.Rand) string {
		for {
			if code := mend(t, SIRET, siren(r)+draws(r, 4), figure, 10); code != "" && code[:9] != laPoste {
				return code
			}
		}
	}
	nir := func(r *rand.Rand) string {
		departement := []string{"35", "2A", "2B", "75", "99"}[r.IntN(5)]
		return mend(t, NIR, fmt.Sprintf("%d%s%02d%s%s", 1+r.IntN(2), draws(r, 2), 1+r.IntN(12), departement, draws(r, 6)), two, 98)
	}
	return []keyed{
		{"UAI", func(r *rand.Rand) string {
			return mend(t, UAI, "0"+[]string{"35", "75", "69"}[r.IntN(3)]+draws(r, 4), letter, 23)
		}, UAI, anything},
		{"INE (BEA)", func(r *rand.Rand) string { return mend(t, ine, draws(r, 10), letter, 23) }, ine, likewise},
		{"SIREN", siren, SIREN, anything},
		{"SIRET", siret, SIRET, anything},
		{"VAT", func(r *rand.Rand) string {
			s := siren(r)
			return mend(t, VAT, "FR", func(i int) string { return two(i) + s }, 97)
		}, VAT, anything},
		{"NIR", nir, NIR, anything},
		{"IBAN of France", func(r *rand.Rand) string {
			for {
				rib := draws(r, 10) + letters[r.IntN(26):][:1] + draws(r, 10)
				rib += ribKey(rib)
				if code := mend(t, IBAN, "FR", func(i int) string { return two(i) + rib }, 99); code != "" {
					return code
				}
			}
		}, IBAN, likewise},
		{"IBAN of other countries", func(r *rand.Rand) string {
			account := draws(r, 6) + letters[r.IntN(26):][:1] + draws(r, 9)
			return mend(t, IBAN, "DE", func(i int) string { return two(i+2) + account }, 97)
		}, IBAN, likewise},
	}
}

func TestASingleWrongCharacterIsAlwaysFoundWhereTheKeyPromisesIt(t *testing.T) {
	for _, k := range keyedCodes(t) {
		t.Run(k.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for range 200 {
				code := k.draw(r)
				if v := k.check(code); !v.Valid {
					t.Fatalf("the code drawn, %s, is refused: %s", code, v.Reason.EN)
				}
				for place := range len(code) {
					for _, c := range []byte(k.alphabet(code, place)) {
						if c == code[place] {
							continue
						}
						wrong := code[:place] + string(c) + code[place+1:]
						if k.check(wrong).Valid {
							t.Fatalf("%s passes for %s", wrong, code)
						}
					}
				}
			}
		})
	}
}

func TestAUAIWithTwoNeighboursSwappedIsFound(t *testing.T) {
	for _, code := range []string{"0350722V", "0750655E", "6200001G", "9720003W"} {
		for i := range 6 {
			swapped := []byte(code)
			swapped[i], swapped[i+1] = code[i+1], code[i]
			if code[i] != code[i+1] && UAI(string(swapped)).Valid {
				t.Errorf("%s passes for %s", swapped, code)
			}
		}
	}
}

// The base 36 key and the rule of La Poste are known to miss some: the test says how many, so that nobody thinks better
// of them, and fails if the code does worse.
func TestTheWeakKeysMissWhatTheyAreKnownToMiss(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	missed, tried := 0, 0
	for range 300 {
		code := ""
		for code == "" {
			before := []byte(draws(r, 10))
			before[r.IntN(3)] = keyLetters[r.IntN(23)]
			for _, c := range []byte(ten) {
				if v, kind := INE(string(before) + string(c)); v.Valid && kind == INEBase36 {
					code = string(before) + string(c)
				}
			}
		}
		for place := range 11 {
			for _, c := range []byte(ten) {
				wrong := code[:place] + string(c) + code[place+1:]
				if _, kind := INE(wrong); wrong == code || kind != INEBase36 {
					continue
				}
				tried++
				if v, _ := INE(wrong); v.Valid {
					missed++
				}
			}
		}
	}
	if share := float64(missed) / float64(tried); share > 0.18 {
		t.Errorf("the base 36 key of the INE misses %.3f of single wrong characters", share)
	}
}

// What stands for La Poste is not a key of Luhn: of the nine other digits of a place, one has the same remainder by five.
func TestTheRuleOfLaPosteMissesOneWrongDigitInNineOfTheEstablishment(t *testing.T) {
	if SIRET("35600000049838").Valid || !SIRET("35600000049882").Valid || !SIRET("35600000000048").Valid {
		t.Error("the sum of the digits of an establishment of La Poste must be divisible by five, but for its head office")
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		code := ""
		for code == "" || code == "35600000000048" {
			code = mend(t, SIRET, laPoste+draws(r, 4), func(i int) string { return ten[i : i+1] }, 10)
		}
		missed := 0
		for place := range len(code) {
			for _, c := range []byte(ten + letters) {
				if wrong := code[:place] + string(c) + code[place+1:]; wrong != code && wrong != "35600000000048" && SIRET(wrong).Valid {
					if missed++; place < 9 {
						t.Errorf("%s passes for %s", wrong, code)
					}
				}
			}
		}
		if missed > 5 {
			t.Errorf("%d wrong digits pass for %s, at most one a place is known to", missed, code)
		}
	}
}

// A letter in the place of a digit makes an INE of another form, whose key nobody publishes: it can pass. A digit for a digit,
// and a letter for a letter, never do.
func TestALetterForADigitOfAnINEIsMissedOnlyWhereAnotherFormHasIt(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		code := ""
		for code == "" {
			before := draws(r, 10)
			for i := range keyLetters {
				if v, _ := INE(before + keyLetters[i:i+1]); v.Valid {
					code = before + keyLetters[i:i+1]
				}
			}
		}
		for place := range 10 {
			for _, c := range []byte(letters) {
				wrong := code[:place] + string(c) + code[place+1:]
				v, kind := INE(wrong)
				known := place == 9 && kind == INERnie || place == 4 && (kind == INESifa || kind == INEProvisional)
				if v.Valid && !known {
					t.Fatalf("%s passes for %s as %s", wrong, code, kind)
				}
			}
		}
	}
}
