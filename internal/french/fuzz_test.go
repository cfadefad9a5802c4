package french

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzConcepts holds any text against every code: a verdict is never without what it promises.
func FuzzConcepts(f *testing.F) {
	for _, c := range Concepts() {
		f.Add(c.Example)
		f.Add(strings.ToLower(c.Example) + " ")
	}
	for _, s := range []string{"", "é", "2A004", "253072B07300470", "35600000049838", "750655e", "+687 24 12 34", "FR76 3000 6000 0112 3456 7890 189", "saint-étienne", "0ABC1234DE0", "\x00\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 300 {
			return
		}
		Recognise([]byte(s))
		Fold(s)
		for _, c := range Concepts() {
			v := c.Check(s)
			if !v.Valid {
				if v.Reason.FR == "" || v.Reason.EN == "" {
					t.Fatalf("%s refuses %q without a reason", c.Name, s)
				}
				if v.Suggestion != "" && !c.Check(v.Suggestion).Valid {
					t.Fatalf("%s proposes %q for %q, which is not right", c.Name, v.Suggestion, s)
				}
				continue
			}
			if again := c.Check(v.Canonical); !again.Valid || again.Canonical != v.Canonical {
				t.Fatalf("%s writes %q as %q, which it then writes as %q (%t)", c.Name, s, v.Canonical, again.Canonical, again.Valid)
			}
		}
	})
}

// FuzzRecognise compares the quick look at a cell with the checks themselves.
func FuzzRecognise(f *testing.F) {
	for _, c := range Concepts() {
		f.Add([]byte(c.Example))
	}
	f.Fuzz(func(t *testing.T, cell []byte) {
		check := map[Code]func(string) Verdict{CodeSIREN: SIREN, CodeSIRET: SIRET, CodeNIR: NIR, CodeNUMEN: NUMEN, CodePhone: Phone, CodeEmail: Email}
		code := Recognise(cell)
		if valid := check[code]; valid != nil && !valid(string(cell)).Valid {
			t.Fatalf("%q is recognised as code %d, and is not one", cell, code)
		}
		if code == CodeUAI && !uaiShape.MatchString(strings.ToUpper(string(cell))) {
			t.Fatalf("%q is recognised as a UAI", cell)
		}
	})
}

// FuzzReadCommunes reads anything as a list of communes.
func FuzzReadCommunes(f *testing.F) {
	f.Add("code,nom,genre,debut,fin,successeur,postaux\n35238,Rennes,commune,,,,35000 35200\n35053,Chancé,commune,,2019-01-01,35220,35680\n", "35053")
	f.Add("a,b,c,d,e,f,g\n01001,\"x\ny\",part,2020-02-30,,,\n", "01001")
	f.Fuzz(func(t *testing.T, list, code string) {
		c, err := ReadCommunes(strings.NewReader(list))
		if err != nil {
			return
		}
		for _, day := range []string{"", "2018-12-31", "2019-01-01"} {
			at, _ := dayOf(day)
			if v := c.At(code, at); !v.Valid && (v.Reason.FR == "" || v.Reason.EN == "") {
				t.Fatalf("%q is refused on %q without a reason", code, day)
			} else if v.Valid && utf8.ValidString(code) && v.Canonical == "" {
				t.Fatalf("%q is right on %q, and has no canonical form", code, day)
			}
		}
	})
}
