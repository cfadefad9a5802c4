package french

import "testing"

func TestCodesWithKnownAnswers(t *testing.T) {
	ine := func(s string) Verdict { v, _ := INE(s); return v }
	for _, tc := range []struct {
		concept string
		check   func(string) Verdict
		valid   []string
		invalid []string
	}{
		{"UAI", UAI,
			[]string{"0750655E", "0750654D", "0690026D", "0670083B", "6200001G", "7200009X", "9710002A", "9720003W", " 0750655E"},
			[]string{"0750655e", "0750655D", "0690026J", "0601223H", "0590119X", "0750655I", "9871234J", "750655E", "0000000A", "0960001A", "", "é"}},
		{"INE", ine,
			[]string{"0123456789M", "1234567890V", "0000000000A", "1999999999T", "0ABC1234DE0", "01234567895", "ZZZZZZZZZZ5", "0ESGX7K2P44", "123456789AB", "1234A12345B", "1234D12345Z"},
			[]string{"1234567890G", "123456789IA", "0ABC1234DE1", "123", ""}},
		{"NIR", NIR,
			[]string{"295109912611193", "253072B07300470", "253072A07300443", "269054958815780", "185057800608491", "2951099126111", "2 95 10 99 126 111 93"},
			[]string{"295109912611199", "253072C07300443", "995109912611193", ""}},
		{"NUMEN", NUMEN, []string{"01E9501234ABC", "43P2300001XYZ"}, []string{"44E9501234ABC", "01E9501234AB", ""}},
		{"SIREN", SIREN, []string{"732829320", "552008443", "404833048", "110043015", "732 829 320"}, []string{"404833047", "732829321", "73282932", ""}},
		{"SIRET", SIRET,
			[]string{"73282932000074", "35600000000048", "35600000049837", "11004301500012"},
			[]string{"73282932000079", "35600000049838", "7328293200007", ""}},
		{"commune", Commune, []string{"01001", "2A004", "2B033", "75056", "75101", "97411", "98818", "99100", "2a004"},
			[]string{"20004", "96001", "00001", "1001", "750561", ""}},
		{"postal", Postal, []string{"35000", "01000", "97400", "98800", "20000"}, []string{"00000", "99000", "3500", "350000", ""}},
		{"département", Departement, []string{"01", "2A", "2b", "95", "971", "035", "02A", "620", "988"}, []string{"96", "00", "20", "979", "1", ""}},
		{"académie", Academie, []string{"14", "01", "43", "Rennes", "clermont ferrand", "RÉUNION", "Orléans-Tours"}, []string{"05", "21", "Caen", "30", "1", "", "Bretagne"}},
		{"region", Region, []string{"53", "01", "Bretagne", "provence alpes cote d'azur", "La Réunion"}, []string{"99", "3", "", "Rennes"}},
		{"MEF", MEF, []string{"10010012110", "24733405111"}, []string{"1001001211", "00010012110", "1001001211A", ""}},
		{"RNA", RNA, []string{"W751212517", "w9N1001234"}, []string{"751212517", "W75121251", ""}},
		{"VAT", VAT, []string{"FR44732829320", "FR 44 732 829 320"}, []string{"FR45732829320", "FR44732829321", "44732829320", ""}},
		{"IBAN", IBAN, []string{"FR1420041010050500013M02606", "FR76 3000 6000 0112 3456 7890 189", "DE89370400440532013000"},
			[]string{"FR7630006000011234567890188", "FR763000600001123456789018", "DE88370400440532013000", ""}},
		{"phone", Phone,
			[]string{"0299853802", "02 99 85 38 02", "02.99.85.38.02", "+33 2 99 85 38 02", "+33 (0)2 99 85 38 02", "0033299853802", "+687 24 12 34", "+262 2 62 12 34 56"},
			[]string{"299853802", "0099853802", "02998538021", "hello", ""}},
		{"e-mail", Email, []string{"ecole.0350122T@ac-rennes.fr", "prenom.nom@example.org"}, []string{"a@b", "a b@c.fr", "@c.fr", "a@-c.fr", ""}},
	} {
		for _, s := range tc.valid {
			if v := tc.check(s); !v.Valid {
				t.Errorf("%s %q was refused: %s", tc.concept, s, v.Reason.EN)
			}
		}
		for _, s := range tc.invalid {
			if v := tc.check(s); v.Valid || v.Reason.FR == "" || v.Reason.EN == "" {
				t.Errorf("%s %q was accepted, or refused without a reason", tc.concept, s)
			}
		}
	}
}

func TestAFaultyCodeComesWithTheOneThatWasMeant(t *testing.T) {
	for got, want := range map[string]string{
		UAI("750655E").Suggestion:          "0750655E",
		UAI("0601223H").Suggestion:         "0601223D",
		Commune("1001").Suggestion:         "01001",
		SIREN("05520120").Suggestion:       "",
		SIREN("5520176").Suggestion:        "",
		Departement("1").Suggestion:        "01",
		Region("4").Suggestion:             "04",
		Academie("Rouen").Suggestion:       "Normandie",
		Academie("5").Suggestion:           "",
		VAT("FR45732829320").Suggestion:    "FR44732829320",
		Phone("299853802").Suggestion:      "0299853802",
		lost(INE("123456789M")).Suggestion: "0123456789M",
		Postal("1000").Suggestion:          "01000",
		UAI(" 0750655E ").Canonical:        "0750655E",
		UAI("0750655e").Suggestion:         "0750655E",
		UAI("750655e").Suggestion:          "0750655E",
		Phone("02 99 85 38 02").Canonical:  "0299853802",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTheKeyOfAUAICatchesEverySingleWrongDigit(t *testing.T) {
	const code = "0350722V"
	if !UAI(code).Valid {
		t.Fatal("the example itself must be valid")
	}
	for i := range 7 {
		for d := byte('0'); d <= '9'; d++ {
			wrong := []byte(code)
			if wrong[i] == d {
				continue
			}
			wrong[i] = d
			if UAI(string(wrong)).Valid {
				t.Errorf("%s passes for %s", wrong, code)
			}
		}
	}
}

func TestFoldingForgivesAccentsCaseAndLigatures(t *testing.T) {
	for s, want := range map[string]string{
		"Élève":       "eleve",
		"ŒUVRE":       "oeuvre",
		"L’école":     "l'ecole",
		"Ça":          "ca",
		"e\u0301cole": "ecole",
	} {
		if got := Fold(s); got != want {
			t.Errorf("Fold(%q) = %q, want %q", s, got, want)
		}
	}
}

func lost(v Verdict, _ INEKind) Verdict { return v }
