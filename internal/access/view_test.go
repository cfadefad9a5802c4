package access_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

var pupils = schema.Schema{PrimaryKey: []string{"uai", "nom"}, Fields: []schema.Field{
	{Name: "uai", Label: "UAI", Type: schema.Text}, {Name: "nom", Label: "Nom", Type: schema.Text},
	{Name: "effectif", Label: "Effectif", Type: schema.Integer}, {Name: "ips", Label: "IPS", Type: schema.Decimal},
	{Name: "rentree", Label: "Rentrée", Type: schema.Date}, {Name: "academie", Label: "Académie", Type: schema.Text},
}}

var source = query.Source{Dataset: "d", Version: 1}

func bind(t *testing.T, r query.Request) *query.Plan {
	t.Helper()
	r.Limit = -1
	plan, err := query.Bind(source, pupils, r, query.Options{Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	return plan
}

// grant gives the person without a role what the tests need.
func (h *house) grant(t *testing.T, fields []string, rows string) access.Grant {
	t.Helper()
	g := access.Grant{SubjectKind: access.ToPerson, SubjectID: h.outsider.ID, AssetUID: h.dataset(t, "restricted-published-0").UID,
		Purpose: "Étude", Fields: fields, RowFilter: rows}
	if err := g.Check(pupils); err != nil {
		t.Fatal(err)
	}
	g, err := h.access.Grant(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (h *house) view(t *testing.T) access.View {
	t.Helper()
	view, err := h.access.View(t.Context(), h.person(), h.dataset(t, "restricted-published-0"))
	if err != nil {
		t.Fatal(err)
	}
	return view
}

func TestAViewIsWholeOrWhatTheGrantsShow(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	target := h.dataset(t, "restricted-published-0")
	if _, err := h.access.View(t.Context(), h.person(), target); !fault.Is(err, fault.NotFound) {
		t.Errorf("without a grant: %v", err)
	}
	whole, err := h.access.View(t.Context(), h.member(identity.Reader), target)
	if err != nil || !whole.Whole() || whole.Key() != "" || len(whole.Schema(pupils).Fields) != len(pupils.Fields) {
		t.Errorf("a member: %+v (%v)", whole, err)
	}
	h.grant(t, []string{"uai", "effectif"}, "")
	part := h.view(t)
	if part.Whole() || part.Key() == "" || !slices.Equal(part.Schema(pupils).Names(), []string{"uai", "effectif"}) || part.Schema(pupils).PrimaryKey != nil {
		t.Errorf("a part: %v, key %q", part.Schema(pupils), part.Key())
	}
	h.grant(t, []string{"nom"}, "academie = 'Lyon'")
	more := h.view(t)
	if more.Key() == part.Key() || !slices.Equal(more.Schema(pupils).Names(), []string{"uai", "nom", "effectif"}) {
		t.Errorf("two grants: %v", more.Schema(pupils))
	}
	all := h.grant(t, nil, "")
	if view := h.view(t); !view.Whole() {
		t.Errorf("a grant of everything: %+v", view)
	}
	if err := h.access.Revoke(t.Context(), all.ID, ""); err != nil {
		t.Fatal(err)
	}
	if view := h.view(t); view.Key() != more.Key() {
		t.Error("the revocation takes effect at the next question")
	}
	if none := (access.View{}); none.Whole() || len(none.Schema(pupils).Fields) != 0 || none.Narrow(query.All(source, pupils), pupils) == nil {
		t.Error("the zero view shows nothing")
	}
}

func TestNarrowingKeepsToWhatIsSeen(t *testing.T) {
	type grant struct {
		fields []string
		rows   string
	}
	lyon := []grant{{[]string{"uai", "effectif"}, "academie = 'Lyon'"}}
	both := []grant{{[]string{"uai", "effectif"}, "academie = 'Lyon'"}, {[]string{"uai", "ips"}, "academie = 'Nantes'"}, {[]string{"uai", "ips"}, "academie = 'Brest'"}}
	tests := []struct {
		name    string
		grants  []grant
		request query.Request
		columns string // the names of the columns afterwards, or the code of the refusal
		where   string // what the condition on the rows mentions
	}{
		{"everything is asked", lyon, query.Request{}, "uai effectif", "Lyon"},
		{"a seen field is asked", lyon, query.Request{Select: "uai"}, "uai", "Lyon"},
		{"a hidden field is asked", lyon, query.Request{Select: "nom"}, "refused", ""},
		{"a hidden field filters", lyon, query.Request{Select: "uai", Where: []string{"nom = 'x'"}}, "refused", ""},
		{"a hidden field sorts", lyon, query.Request{Select: "uai", OrderBy: "ips"}, "refused", ""},
		{"a hidden field groups", lyon, query.Request{Select: "count(*) as n", GroupBy: "nom"}, "refused", ""},
		{"a hidden field refines", lyon, query.Request{Select: "uai", Refine: []string{"academie:Lyon"}}, "refused", ""},
		{"a hidden field excludes", lyon, query.Request{Select: "uai", Exclude: []string{"academie:Lyon"}}, "refused", ""},
		{"a hidden field is summed", lyon, query.Request{Select: "sum(ips) as s"}, "refused", ""},
		{"a hidden field hides in a function", lyon, query.Request{Select: "length(nom) as n"}, "refused", ""},
		{"full text looks at what is seen", lyon, query.Request{Where: []string{"'dupont'"}}, "uai effectif", "Lyon"},
		{"a count counts the seen rows", lyon, query.Request{Select: "count(*) as n"}, "n", "Lyon"},
		{"a condition of the person stays", lyon, query.Request{Where: []string{"effectif > 10 or uai = 'x'"}}, "uai effectif", "Lyon"},
		{"a field of one grant takes its rows", both, query.Request{Select: "effectif"}, "effectif", "Lyon"},
		{"a field of two takes the rows of both", both, query.Request{Select: "ips"}, "ips", "Nantes Brest"},
		{"a field of all takes the rows of all", both, query.Request{Select: "uai"}, "uai", "Lyon Nantes Brest"},
		{"fields of two grants never meet", both, query.Request{Select: "effectif, ips"}, "fields_apart", ""},
		{"everything is what the widest shows", both, query.Request{}, "uai effectif", "Lyon"},
		{"no filter opens every row", []grant{{[]string{"uai"}, ""}, {[]string{"uai"}, "academie = 'Lyon'"}}, query.Request{}, "uai", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := build(t, storetest.SQLite(t))
			for _, g := range test.grants {
				h.grant(t, g.fields, g.rows)
			}
			plan := bind(t, test.request)
			before := plan.Where
			err := h.access.Narrow(t.Context(), h.person(), h.dataset(t, "restricted-published-0"), pupils, plan)
			if err != nil {
				if test.columns != "refused" && fault.CodeOf(err) != test.columns || !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Forbidden) {
					t.Errorf("refused: %v", err)
				}
				return
			}
			var names []string
			for _, c := range plan.Columns {
				names = append(names, c.Name)
			}
			if got := strings.Join(names, " "); got != test.columns {
				t.Errorf("columns %s, want %s", got, test.columns)
			}
			key := fmt.Sprintf("%+v", plan.Seen)
			for _, place := range []string{"Lyon", "Nantes", "Brest"} {
				if strings.Contains(key, place) != strings.Contains(test.where, place) {
					t.Errorf("rows of %s: want %q in %s", place, test.where, key)
				}
			}
			if _, words := before.(query.Match); !words && !reflect.DeepEqual(plan.Where, before) {
				t.Errorf("the condition of the person changed: %#v", plan.Where)
			}
		})
	}
}

func TestAFilterThatNoLongerFitsShowsNothing(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	_, err := h.access.Grant(t.Context(), access.Grant{SubjectKind: access.ToPerson, SubjectID: h.outsider.ID, Purpose: "Étude",
		AssetUID: h.dataset(t, "restricted-published-0").UID, RowFilter: "ancien_champ = 1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.view(t).Narrow(query.All(source, pupils), pupils); fault.CodeOf(err) != "grant_outdated" {
		t.Errorf("got %v", err)
	}
	for name, g := range map[string]access.Grant{"a field": {Fields: []string{"ancien"}}, "a filter": {RowFilter: "ancien = 1"}, "no filter": {RowFilter: "("}} {
		if err := g.Check(pupils); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s that does not fit: %v", name, err)
		}
	}
}

// TestANarrowedPlanNeverMentionsAHiddenField tries plans and grants at random. The fields are found by walking the
// plan's memory, whatever its types become.
func TestANarrowedPlanNeverMentionsAHiddenField(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	random := rand.New(rand.NewPCG(20261124, 4))
	names := pupils.Names()
	pick := func(choices ...string) string { return choices[random.IntN(len(choices))] }
	field := func() string { return pick(names...) }
	text := func() string { return pick("uai", "nom", "academie") }
	number := func() string { return pick("effectif", "ips") }
	condition := func() string {
		return pick(text()+" = 'x'", number()+" > 3", field()+" is not null", "'mot'", "search("+text()+", 'mot')", "not ("+text()+" like 'x*')",
			number()+" in [1..2]", "length("+text()+") > 2 and "+number()+" + "+number()+" < 9", "rentree > date'2020'", "startswith("+text()+", 'x')")
	}
	var narrowed, refused int
	for range 400 {
		var given []access.Grant
		for range 1 + random.IntN(3) {
			fields := []string{"uai"}
			for _, name := range names[1:] {
				if random.IntN(2) == 0 {
					fields = append(fields, name)
				}
			}
			given = append(given, h.grant(t, fields, pick("", "uai = 'zone A'", "uai = 'zone B' or uai = 'zone C'")))
		}
		view := h.view(t)
		for range 25 {
			request := query.Request{}
			if random.IntN(3) == 0 {
				request.GroupBy = pick(text(), "year(rentree) as an", field())
				request.Select = pick("count(*) as n", "sum("+number()+") as s", "max(rentree) as m, count(distinct "+text()+") as d")
			} else if random.IntN(2) == 0 {
				request.Select = pick("*", field()+", "+field()+" as b", "*, "+number()+" * 2 as c", "upper("+text()+") as u", "e*")
				request.OrderBy = pick("", field(), number()+" desc", "length("+text()+")")
			}
			for range random.IntN(3) {
				request.Where = append(request.Where, condition())
			}
			if random.IntN(4) == 0 {
				request.Refine = []string{text() + ":x"}
				request.Exclude = []string{text() + ":y"}
			}
			request.Limit = -1
			plan, err := query.Bind(source, pupils, request, query.Options{Now: store.Now()})
			if err != nil {
				continue // not a plan: a pattern that fits nothing, an alias taken twice
			}
			if err := view.Narrow(plan, pupils); err != nil {
				if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Forbidden) {
					t.Fatalf("%+v: %v", request, err)
				}
				refused++
				continue
			}
			narrowed++
			mentioned := fieldsIn(reflect.ValueOf(*plan))
			covered := slices.ContainsFunc(given, func(g access.Grant) bool {
				return !slices.ContainsFunc(mentioned, func(name string) bool { return !g.Shows(name) })
			})
			if !covered || len(plan.Columns) == 0 {
				t.Fatalf("%+v with %+v\nreads %v: %s", request, given, mentioned, fmt.Sprintf("%+v", *plan))
			}
			if slices.ContainsFunc(given, func(g access.Grant) bool { return g.RowFilter == "" }) {
				continue
			}
			if where := fmt.Sprintf("%+v", plan.Seen); !strings.Contains(where, "zone ") {
				t.Fatalf("%+v: every row is shown: %s", request, where)
			}
		}
		for _, g := range given {
			if err := h.access.Revoke(t.Context(), g.ID, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	if narrowed < 500 || refused < 500 {
		t.Errorf("only %d plans narrowed and %d refused: the test no longer tries enough", narrowed, refused)
	}
}

// fieldsIn returns the names of the fields that a value holds, however deep.
func fieldsIn(v reflect.Value) []string {
	found := map[string]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Interface, reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[schema.Field]() {
				if name := v.FieldByName("Name").String(); name != "" {
					found[name] = true
				}
				return
			}
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		}
	}
	walk(v)
	names := []string{}
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestNarrowAsksFirstWhoMayRead(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	for _, test := range []struct {
		who  identity.Principal
		id   string
		want bool
	}{{nobody, "open-published-0", true}, {nobody, "internal-published-0", false}, {h.person(), "internal-published-0", true},
		{h.person(), "restricted-published-0", false}, {h.member(identity.Reader), "restricted-published-0", true}} {
		plan := query.All(source, pupils)
		before := plan.Key()
		err := h.access.Narrow(t.Context(), test.who, h.dataset(t, test.id), pupils, plan)
		if (err == nil) != test.want || (err == nil && plan.Key() != before) {
			t.Errorf("%s by %s: %v", test.id, test.who.Kind, err)
		}
	}
	if fmt.Sprint(asset.Levels) != "[open internal restricted]" {
		t.Error("a level was added: say here who reads it")
	}
}
