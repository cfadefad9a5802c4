package query

import (
	"errors"
	"strings"
	"testing"
	"time"

	"socle/internal/fault"
	"socle/internal/schema"
)

var schools = schema.Schema{Fields: []schema.Field{
	{Name: "uai", Label: "Code UAI", Type: schema.Text},
	{Name: "nom", Label: "Nom", Type: schema.Text},
	{Name: "academie", Label: "Académie", Type: schema.Text},
	{Name: "effectif", Label: "Effectif", Type: schema.Integer},
	{Name: "ips", Label: "IPS", Type: schema.Decimal},
	{Name: "public", Label: "Public", Type: schema.Boolean},
	{Name: "rentree", Label: "Rentrée", Type: schema.Date},
	{Name: "maj", Label: "Mise à jour", Type: schema.Datetime},
	{Name: "position", Label: "Position", Type: schema.Point},
	{Name: "langues", Label: "Langues", Type: schema.JSON},
	{Name: "select", Label: "Select", Type: schema.Text},
	{Name: "2024", Label: "2024", Type: schema.Integer},
	{Name: "2024_effectif", Label: "2024 effectif", Type: schema.Integer},
}}

var now = time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC) // a Tuesday

func bind(t *testing.T, r Request) *Plan {
	t.Helper()
	if r.Limit == 0 {
		r.Limit = -1
	}
	p, err := Bind(Source{"d", 1}, schools, r, Options{Now: now})
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	return p
}

func TestConditionsMeanWhatTheReferenceSays(t *testing.T) {
	for text, want := range map[string]string{
		`effectif > 100`:                         `(query.Compare 4 (field "effectif" integer 0) 100)`,
		`100 < effectif`:                         `(query.Compare 4 (field "effectif" integer 0) 100)`,
		`public or effectif=1 and ips=2`:         `(query.Or (field "public" boolean 0) (query.And (query.Compare 0 (field "effectif" integer 0) 1) (query.Compare 0 (field "ips" decimal 0) 2)))`,
		`not public and public`:                  `(query.And (query.Not (field "public" boolean 0)) (field "public" boolean 0))`,
		`uai = 0350001`:                          `(query.Compare 0 (field "uai" text 0) "0350001")`,
		`effectif = "12"`:                        `(query.Compare 0 (field "effectif" integer 0) 12)`,
		`nom = null`:                             `false`,
		`nom is not null`:                        `(query.Not (query.IsNull (field "nom" text 0)))`,
		`public is not TRUE`:                     `(query.Not (query.IsBool true (field "public" boolean 0)))`,
		`nom in ("a", 'b\'c', null)`:             `(query.In "a" "b'c" (field "nom" text 0))`,
		`effectif not in (1,2)`:                  `(query.Not (query.In 1 2 (field "effectif" integer 0)))`,
		`effectif in [1..10]`:                    `(query.Between false false 1 10 (field "effectif" integer 0))`,
		`effectif IN ]1 TO 10[`:                  `(query.Between true true 1 10 (field "effectif" integer 0))`,
		`effectif in [*..10]`:                    `(query.Between false false null 10 (field "effectif" integer 0))`,
		`rentree in [date'2017'..date'2018']`:    `(query.Between false false date2017-01-01 date2018-01-01 (field "rentree" date 0))`,
		`maj >= date'2017-04-03T08:02'`:          `(query.Compare 5 (field "maj" datetime 0) at2017-04-03T08:02:00Z)`,
		`maj >= date"2017/04/03T08:02:00+02:00"`: `(query.Compare 5 (field "maj" datetime 0) at2017-04-03T06:02:00Z)`,
		`maj > now(months=-1)`:                   `(query.Compare 4 (field "maj" datetime 0) at2026-10-24T10:30:00Z)`,
		`maj > now(mondays=-1, hour=0)`:          `(query.Compare 4 (field "maj" datetime 0) at2026-11-23T00:30:00Z)`,
		`"anglais" in langues`:                   `(query.Contains "anglais" (field "langues" json 0))`,
		`nom like "Paris"`:                       `(query.Match 0 ["paris"] (field "nom" text 0))`,
		`nom like "Par*"`:                        `(query.Like "Par*" (field "nom" text 0))`,
		`nom: "Lycée Hugo"`:                      `(query.Match 0 ["lycee" "hugo"] (field "nom" text 0))`,
		`search(nom, "lycé victor hug")`:         `(query.Match 1 ["lyce" "victor" "hug"] (field "nom" text 0))`,
		`startswith(uai,"075")`:                  `(query.Match 3 ["075"] (field "uai" text 0))`,
		`within_distance(position, geom'POINT(2.35 48.85)', 5km)`:               `(query.WithinDistance {2.35 48.85} 5000 (field "position" point 0))`,
		`distance(position, geom'{"type":"Point","coordinates":[2,48]}', 1 mi)`: `(query.WithinDistance {2 48} 1609.344 (field "position" point 0))`,
		`in_bbox(position,48,2,49,3)`:                                           `(query.InBox {2 48} {3 49} (field "position" point 0))`,
		`effectif/2 + -1 > 2*3`:                                                 `(query.Compare 4 (query.Arithmetic 0 (query.Arithmetic 3 (field "effectif" integer 0) 2) -1) (query.Arithmetic 2 2 3))`,
		`year(maj) = 2020`:                                                      `(query.Compare 0 (query.Call 4 (field "maj" datetime 0)) 2020)`,
		"`select` = 'x'":                                                        `(query.Compare 0 (field "select" text 0) "x")`,
		"`2024` = 1":                                                            `(query.Compare 0 (field "2024" integer 0) 1)`,
		`2024_effectif = 1`:                                                     `(query.Compare 0 (field "2024_effectif" integer 0) 1)`,
		`NOM = "x"`:                                                             `(query.Compare 0 (field "nom" text 0) "x")`,
	} {
		p := bind(t, Request{Where: []string{text}})
		if got := canonicalExpr(p.Where); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestAnErrorSaysWhereAndWhatWasMeant(t *testing.T) {
	for _, tc := range []struct {
		r                     Request
		code                  string
		position              int
		suggestion, inMessage string
	}{
		{Request{Select: "foo("}, CodeSyntax, 4, "", "se termine|s’arrête trop tôt"},
		{Request{Where: []string{"efectif > 3"}}, CodeMeaning, 0, "effectif", "« efectif » n’existe pas"},
		{Request{Where: []string{"nom = "}}, CodeSyntax, 6, "", "on attendait un champ"},
		{Request{Where: []string{"nom = “Paris”"}}, CodeSyntax, 6, "", "guillemet droit"},
		{Request{Where: []string{"élève = 1"}}, CodeSyntax, 0, "", "sans accent"},
		{Request{Where: []string{`nom = "é" and é`}}, CodeSyntax, 14, "", "caractère 15"},
		{Request{Where: []string{`nom = "abc`}}, CodeSyntax, 6, "", "n’est pas fermé"},
		{Request{Where: []string{`effectif`}}, CodeMeaning, 0, "", "il manque une comparaison"},
		{Request{Where: []string{`effectif = "beaucoup"`}}, CodeMeaning, 11, "", "ne se compare pas à un nombre entier"},
		{Request{Where: []string{`rentree > date'2023-02-30'`}}, CodeMeaning, 10, "", "n’est pas une date"},
		{Request{Where: []string{`count(*) > 3`}}, CodeMeaning, 9, "", "where"},
		{Request{Where: []string{`(nom = "a"`}}, CodeSyntax, 10, "", "« ) »"},
		{Request{Where: []string{`intersects(position, geom'POLYGON((0 0, 2 2, 2 0, 0 2, 0 0))')`}}, CodeMeaning, 21, "", "sans bord qui se croise"},
		{Request{Where: []string{`intersects(nom, geom'POINT(1 1)')`}}, CodeMeaning, 11, "", "n’est pas un champ géographique"},
		{Request{GroupBy: "geo_cluster(position, 26)"}, CodeMeaning, 0, "", "de 0 à 25"},
		{Request{Select: "lowr(nom)"}, CodeMeaning, 0, "lower", "n’existe pas"},
		{Request{Select: "nom, nom as uai, uai"}, CodeMeaning, 17, "", "deux colonnes"},
		{Request{Select: "nom, count(*)", GroupBy: "uai"}, CodeMeaning, 0, "", "group_by"},
		{Request{Select: "avg(nom)"}, CodeMeaning, 4, "", "nombre"},
		{Request{GroupBy: "position"}, CodeMeaning, 0, "", "position"},
		{Request{GroupBy: "academie", OrderBy: "academie, avg(ips)"}, CodeMeaning, 10, "", "précéder"},
		{Request{OrderBy: "avg(ips)"}, CodeMeaning, 0, "", "group_by"},
		{Request{OrderBy: "nom desc asc"}, CodeSyntax, 9, "", "asc"},
		{Request{Refine: []string{"academi:Paris"}}, CodeMeaning, 0, "academie", "n’existe pas"},
		{Request{Refine: []string{"academie"}}, CodeMeaning, 0, "", "il manque"},
		{Request{Where: []string{strings.Repeat("(", 100) + "nom" + strings.Repeat(")", 100)}}, CodeSyntax, 65, "", "imbriquées"},
		{Request{Where: []string{strings.Repeat("not ", 100) + "public"}}, CodeSyntax, 260, "", "imbriquées"},
		{Request{Where: []string{"effectif in (" + strings.Repeat("1,", maxList) + "1)"}}, CodeSyntax, 20013, "", "plus de"},
		{Request{Where: []string{"effectif" + strings.Repeat("+1", 300) + "=1"}}, CodeSyntax, 408, "", "plus de"},
		{Request{Select: "range(effectif, 10, 5)", GroupBy: "range(effectif, 10, 5)"}, CodeMeaning, 20, "", "croître"},
		{Request{GroupBy: "range(maj, 2 months)"}, CodeMeaning, 11, "", "par 1"},
	} {
		_, err := Bind(Source{"d", 1}, schools, tc.r, Options{Now: now})
		var e *SyntaxError
		if !errors.As(err, &e) || !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: got %v", tc.r, err)
			continue
		}
		said := false
		message := strings.ReplaceAll(fault.Message(err).FR, "\u00a0", " ")
		for _, part := range strings.Split(tc.inMessage, "|") {
			said = said || strings.Contains(message, part)
		}
		if fault.CodeOf(err) != tc.code || e.Position != tc.position || e.Suggestion != tc.suggestion || !said {
			t.Errorf("%.80v: %s at %d, suggestion %q: %s", tc.r, fault.CodeOf(err), e.Position, e.Suggestion, message)
		}
		if e.Fault.Message.EN == "" || e.Fault.Field == "" {
			t.Errorf("%+v: the English sentence or the parameter is missing", tc.r)
		}
	}
}

func columns(p *Plan) string {
	var names []string
	for _, c := range p.Columns {
		names = append(names, c.Name)
	}
	return strings.Join(names, "|")
}

func TestColumnsAreNamedByAliasFieldOrText(t *testing.T) {
	for _, tc := range []struct {
		r    Request
		want string
	}{
		{Request{Select: "nom, uai"}, "nom|uai"},
		{Request{}, strings.Join(schools.Names(), "|")},
		{Request{Select: "nom, *"}, "nom|uai|academie|effectif|ips|public|rentree|maj|position|langues|select|2024|2024_effectif"},
		{Request{Select: "include(e*, n*), lower(nom) as n"}, "nom|effectif|n"},
		{Request{Select: "include(2024*)"}, "2024|2024_effectif"},
		{Request{Select: "exclude(*e*)"}, "uai|nom|ips|public|maj|position|2024"},
		{Request{Select: "count(*)"}, "count(*)"},
		{Request{Select: "COUNT(*), Avg( ips )", GroupBy: "academie"}, "academie|COUNT(*)|Avg( ips )"},
		{Request{Select: "academie, count(*) as n", GroupBy: "academie"}, "academie|n"},
		{Request{Select: "count(*) as n", GroupBy: "year(rentree)"}, "year(rentree)|n"},
		{Request{Select: "year(rentree) as an, count(*)", GroupBy: "an"}, "an|count(*)"},
		{Request{GroupBy: "lower(nom) as n, public"}, "n|public"},
		{Request{Select: "*", GroupBy: "public"}, "public"},
		{Request{Select: "lower(nom) as nom, *"}, "nom|uai|academie|effectif|ips|public|rentree|maj|position|langues|select|2024|2024_effectif"},
	} {
		if got := columns(bind(t, tc.r)); got != tc.want {
			t.Errorf("%+v: %s, want %s", tc.r, got, tc.want)
		}
	}
}

func TestOrderFollowsAliasesAndAggregates(t *testing.T) {
	for _, r := range []Request{
		{Select: "count(*) as n", GroupBy: "academie", OrderBy: "n desc, academie"},
		{Select: "count(*) as n", GroupBy: "academie", OrderBy: "academie, n"},
		{GroupBy: "academie", OrderBy: "avg(ips) desc, academie"},
		{GroupBy: "year(rentree)", OrderBy: "year(rentree)"},
		{Select: "distance(position,geom'POINT(2 48)') as d", OrderBy: "d"},
		{OrderBy: "random(42)"},
	} {
		if p := bind(t, r); len(p.Order) == 0 {
			t.Errorf("%+v has no order", r)
		}
	}
}

func TestTimesAreTakenInTheTimeZone(t *testing.T) {
	p := bind(t, Request{Where: []string{`maj >= date'2024-07-01'`}, Refine: []string{"maj:2024/08"}, Timezone: "Europe/Paris"})
	if got := canonicalExpr(p.Where); !strings.Contains(got, "at2024-06-30T22:00:00Z") {
		t.Error(got)
	}
	v := p.Refinements[0].Values[0]
	if v.Value.canonical() != "at2024-07-31T22:00:00Z" || v.Until.canonical() != "at2024-08-31T22:00:00Z" {
		t.Error(v)
	}
	if _, err := Bind(Source{}, schools, Request{Timezone: "Mars/Phobos"}, Options{}); !fault.Is(err, fault.Invalid) {
		t.Error("an unknown time zone was taken")
	}
}

func TestRefinementsAreAlternativesOnlyOnADisjunctiveFacet(t *testing.T) {
	r := Request{Refine: []string{"academie:Paris", "academie:Lyon", "nom:a:b"}, Limit: -1}
	p := bind(t, r)
	if len(p.Refinements) != 3 || p.Refinements[2].Values[0].Text != "a:b" {
		t.Errorf("%+v", p.Refinements)
	}
	p, err := Bind(Source{}, schools, r, Options{Disjunctive: func(f string) bool { return f == "academie" }})
	if err != nil || len(p.Refinements) != 2 || len(p.Refinements[0].Values) != 2 {
		t.Errorf("%+v %v", p, err)
	}
}

func TestAHiddenFieldIsGoneInSilenceOrRefusedByName(t *testing.T) {
	hidden := func(f string) bool { return f == "ips" || f == "nom" }
	p := bind(t, Request{Where: []string{`"paris"`}})
	if err := p.Hide(hidden); err != nil {
		t.Fatal(err)
	}
	for _, f := range p.Fields() {
		if hidden(f) {
			t.Errorf("the plan still reads %s", f)
		}
	}
	for _, r := range []Request{{Select: "ips"}, {Where: []string{"ips > 3"}}, {OrderBy: "ips"}, {Select: "avg(ips)"}, {Refine: []string{"ips:3"}},
		{Where: []string{`search(nom,"x")`}}, {GroupBy: "nom"}, {Where: []string{"not (public or ips is null)"}}} {
		p := bind(t, r)
		if err := p.Hide(hidden); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

func TestTheKeyTellsPlansApart(t *testing.T) {
	seen := map[string]Request{}
	for _, r := range []Request{{}, {Select: "nom"}, {Select: "nom as n"}, {Where: []string{`nom="a"`}}, {Where: []string{`nom="b"`}}, {Where: []string{`nom!="a"`}},
		{OrderBy: "nom"}, {OrderBy: "nom desc"}, {Limit: 3}, {Offset: 3}, {Timezone: "Europe/Paris"}, {Refine: []string{"nom:a"}}, {Exclude: []string{"nom:a"}},
		{GroupBy: "nom"}, {Select: "count(*)"}, {Select: "count(distinct nom)"}, {Select: "percentile(ips,10)"}, {Select: "percentile(ips,20)"}} {
		key := bind(t, r).Key()
		if other, taken := seen[key]; taken {
			t.Errorf("%+v and %+v have the same key", r, other)
		}
		seen[key] = r
	}
	if bind(t, Request{Where: []string{`nom = 'a'`}}).Key() != bind(t, Request{Where: []string{`NOM="a"`}}).Key() {
		t.Error("the same question has two keys")
	}
}

func TestACursorComesBackAsItLeft(t *testing.T) {
	c := Cursor{Row: 12, Keys: []Literal{{Kind: Text, Text: "é"}, {}, {Kind: Decimal, Decimal: 1.5}, {Kind: Datetime, Time: now}}}
	back, err := ParseCursor(c.String())
	if err != nil || back.String() != c.String() || back.Row != 12 || len(back.Keys) != 4 || !back.Keys[3].Time.Equal(now) {
		t.Errorf("%+v %v", back, err)
	}
	p := bind(t, Request{OrderBy: "nom"})
	if err := p.Resume(c.String()); !fault.Is(err, fault.Invalid) {
		t.Error("a cursor of another question was taken")
	}
	if err := p.Resume("!!"); !fault.Is(err, fault.Invalid) {
		t.Error("a damaged cursor was taken")
	}
}

func TestAFacetIsReadWithItsSettings(t *testing.T) {
	f, err := BindFacet(schools, `facet(name="academie", disjunctive=true, sort="-alphanum", limit=20)`, Options{})
	if err != nil || !f.Disjunctive || f.Sort != ByValueDesc || f.Limit != 20 || f.Field.Name != "academie" {
		t.Errorf("%+v %v", f, err)
	}
	if f, err = BindFacet(schools, "rentree", Options{}); err != nil || !f.Hierarchical {
		t.Errorf("%+v %v", f, err)
	}
	for _, bad := range []string{"", "x", "position", "facet()", `facet(name="academie", limit=0)`, `facet(name="academie", foo=true)`, "facet(", "length(nom)"} {
		if _, err := BindFacet(schools, bad, Options{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestTermsAreFolded(t *testing.T) {
	if got := strings.Join(Terms("L'École-Élémentaire n°2, Œuvre"), " "); got != "l ecole elementaire n 2 oeuvre" {
		t.Error(got)
	}
}
