package explore

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the parameter timezone must not depend on what the machine has installed

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
)

// The parameters of the pages of a dataset. They say the same on every tab, so that a table becomes a map.
const (
	paramText    = "q"        // words to find anywhere
	paramFilter  = "filtre"   // "field:operator:value", repeated; all must hold
	paramField   = "champ"    // a filter being added, in three parts
	paramOp      = "op"       //
	paramValue   = "valeur"   //
	paramWhere   = "where"    // a condition in the query language
	paramSort    = "tri"      // "field", or "-field" for the other direction
	paramColumns = "colonnes" // fields shown, repeated; all when none
	paramSize    = "lignes"   // rows of a page
	paramAfter   = "apres"    // cursors of the pages gone through, repeated; the last one starts this page
	paramPage    = "page"     // how many pages come before this one
)

// The sizes of a page of the table.
var pageSizes = []int{20, 50, 100}

const (
	shownColumns = 40 // columns of a table at first: beyond, nobody reads and browsers suffer
	backPages    = 12 // pages that one can go back one by one; the first page is always near
)

// operator is a simple condition on one column.
type operator struct {
	key   string
	label i18n.Text
	bare  bool // needs no value
}

var operators = []operator{
	{"contient", i18n.T("contient", "contains"), false},
	{"egal", i18n.T("est égal à", "equals"), false},
	{"different", i18n.T("est différent de", "differs from"), false},
	{"min", i18n.T("est au moins", "is at least"), false},
	{"max", i18n.T("est au plus", "is at most"), false},
	{"vide", i18n.T("est vide", "is empty"), true},
	{"rempli", i18n.T("est rempli", "is filled"), true},
}

func operatorNamed(key string) (operator, bool) {
	i := slices.IndexFunc(operators, func(o operator) bool { return o.key == key })
	if i < 0 {
		return operator{}, false
	}
	return operators[i], true
}

// filter is a simple condition that somebody set on a column.
type filter struct {
	field schema.Field
	op    operator
	value string
}

func (f filter) text() string { return f.field.Name + ":" + f.op.key + ":" + f.value }

// odsql writes the filter in the query language.
func (f filter) odsql() string {
	name := quoteName(f.field.Name)
	switch f.op.key {
	case "vide":
		return name + " is null"
	case "rempli":
		return name + " is not null"
	case "contient":
		if f.field.Type == schema.Text || f.field.Type == schema.JSON {
			return name + " like " + quoteValue("*"+f.value+"*")
		}
	}
	sign := map[string]string{"contient": "=", "egal": "=", "different": "!=", "min": ">=", "max": "<="}[f.op.key]
	return name + " " + sign + " " + f.literal()
}

// literal writes the value as the type of the field wants it. What does not fit is left to the binder to explain.
func (f filter) literal() string {
	value := strings.TrimSpace(f.value)
	switch {
	case f.field.Type.Numeric():
		number := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".").Replace(value)
		if _, err := strconv.ParseFloat(number, 64); err == nil && !strings.ContainsAny(number, "xXpPnN_") {
			return number
		}
	case f.field.Type == schema.Boolean:
		switch query.Fold(value) {
		case "oui", "vrai", "true", "yes", "o", "1":
			return "true"
		case "non", "faux", "false", "no", "n", "0":
			return "false"
		}
	case f.field.Type.Temporal():
		return "date" + quoteValue(isoDay(value))
	}
	return quoteValue(value)
}

// isoDay turns 31/12/2026 into 2026-12-31; other spellings pass.
func isoDay(text string) string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '/' || r == '.' })
	if len(parts) == 3 && len(parts[2]) == 4 && len(parts[0]) <= 2 && len(parts[1]) <= 2 {
		pad := func(s string) string { return strings.Repeat("0", 2-len(s)) + s }
		return parts[2] + "-" + pad(parts[1]) + "-" + pad(parts[0])
	}
	return text
}

func quoteName(name string) string { return "`" + name + "`" }

func quoteValue(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(text) + `"`
}

// question is what the address of a page asks of a dataset.
type question struct {
	id      string
	path    string // of the page
	text    string
	filters []filter
	where   string
	sort    schema.Field // zero: the order of the file
	desc    bool
	columns []schema.Field // shown
	chosen  bool           // somebody chose the columns
	size    int
	page    int
	after   []string
}

// pageZone is whose clocks pages show. An event of the first of September must not begin on the last day of August.
const pageZone = "Europe/Paris"

// pageLocation is UTC on a machine that does not know the zones, which the program carries itself.
func pageLocation() *time.Location {
	if location, err := time.LoadLocation(pageZone); err == nil {
		return location
	}
	return time.UTC
}

// ask reads the address of a page. What it does not understand is left out: an old link still opens.
func ask(r *http.Request, d *source) question {
	values := r.URL.Query()
	get := func(name string) string { return strings.ToValidUTF8(strings.TrimSpace(values.Get(name)), "\ufffd") }
	q := question{id: d.ID, path: r.URL.Path, text: get(paramText), where: get(paramWhere), size: pageSizes[1], after: values[paramAfter]}
	texts := values[paramFilter]
	if field, op := get(paramField), get(paramOp); field != "" && op != "" {
		texts = append(slices.Clone(texts), field+":"+op+":"+get(paramValue))
	}
	for _, text := range texts {
		if f, ok := readFilter(text, d.fields); ok && !slices.ContainsFunc(q.filters, func(g filter) bool { return f.text() == g.text() }) {
			q.filters = append(q.filters, f)
		}
	}
	name, desc := strings.CutPrefix(get(paramSort), "-")
	if f, found := d.fields.Field(name); found && !f.Type.Spatial() {
		q.sort, q.desc = f, desc
	}
	for _, name := range values[paramColumns] {
		if f, found := d.fields.Field(name); found {
			q.columns, q.chosen = append(q.columns, f), true
		}
	}
	if !q.chosen {
		q.columns = d.fields.Fields[:min(shownColumns, len(d.fields.Fields))]
	}
	if size, err := strconv.Atoi(get(paramSize)); err == nil && slices.Contains(pageSizes, size) {
		q.size = size
	}
	if page, err := strconv.Atoi(get(paramPage)); err == nil && page > 0 && page < 1<<30 && len(q.after) > 0 {
		q.page = page
	}
	return q
}

func readFilter(text string, fields schema.Schema) (filter, bool) {
	name, rest, _ := strings.Cut(text, ":")
	key, value, _ := strings.Cut(rest, ":")
	field, known := fields.Field(name)
	op, valid := operatorNamed(key)
	f := filter{field, op, strings.ToValidUTF8(strings.TrimSpace(value), "\ufffd")}
	return f, known && valid && (op.bare || f.value != "") && !(field.Type.Spatial() && !op.bare)
}

// conditions are the where clauses that say all of the question.
func (q question) conditions() []string {
	var list []string
	if q.text != "" {
		list = append(list, "suggest("+quoteValue(q.text)+")")
	}
	for _, f := range q.filters {
		list = append(list, f.odsql())
	}
	if q.where != "" {
		list = append(list, q.where)
	}
	return list
}

func (q question) orderBy() string {
	if q.sort.Name == "" {
		return ""
	}
	return quoteName(q.sort.Name) + map[bool]string{true: " desc"}[q.desc]
}

// selected is the select clause of the columns shown, "" for all.
func (q question) selected(all schema.Schema) string {
	if len(q.columns) == len(all.Fields) {
		return ""
	}
	names := make([]string, len(q.columns))
	for i, f := range q.columns {
		names[i] = quoteName(f.Name)
	}
	return strings.Join(names, ", ")
}

// request is the question as the API puts it.
func (q question) request(all schema.Schema) query.Request {
	return query.Request{Select: q.selected(all), Where: q.conditions(), OrderBy: q.orderBy(), Limit: q.size, Timezone: pageZone}
}

// plan binds the question, at the place where its page starts.
func (d *source) ask(q question) (*query.Plan, error) {
	plan, err := d.plan(q.request(d.fields))
	if err != nil {
		return nil, err
	}
	if len(q.after) > 0 {
		if err := plan.Resume(q.after[len(q.after)-1]); err != nil {
			return nil, err
		}
	}
	plan.Position = true
	return plan, nil
}

// values are the parameters of the question, without a place in its answer.
func (q question) values() url.Values {
	values := url.Values{}
	set := func(name, value string) {
		if value != "" {
			values.Add(name, value)
		}
	}
	set(paramText, q.text)
	for _, f := range q.filters {
		set(paramFilter, f.text())
	}
	set(paramWhere, q.where)
	if q.sort.Name != "" {
		set(paramSort, map[bool]string{true: "-"}[q.desc]+q.sort.Name)
	}
	if q.chosen {
		for _, f := range q.columns {
			set(paramColumns, f.Name)
		}
	}
	if q.size != pageSizes[1] {
		set(paramSize, strconv.Itoa(q.size))
	}
	return values
}

// url is the address of a question on the page that asks it, from its first row.
func (q question) url() string { return address(q.path, q.values()) }

func address(path string, values url.Values) string {
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// at is the address of a page further on or further back.
func (q question) at(after []string, page int) string {
	values := q.values()
	if len(after) > 0 {
		values[paramAfter] = after
		values.Set(paramPage, strconv.Itoa(page))
	}
	return address(q.path, values)
}

// next is the address of the page that starts after a cursor.
func (q question) next(cursor string) string {
	after := append(slices.Clone(q.after), cursor)
	if len(after) > backPages {
		after = after[len(after)-backPages:]
	}
	return q.at(after, q.page+1)
}

// previous is the address of the page before, "" on the first one and where the way back is lost.
func (q question) previous() string {
	switch {
	case q.page == 0:
		return ""
	case len(q.after) > 1:
		return q.at(q.after[:len(q.after)-1], q.page-1)
	case q.page == 1:
		return q.url()
	}
	return ""
}

// sorted is the address of the table sorted by a field: up, then down, then as in the file.
func (q question) sortedBy(f schema.Field) string {
	switch {
	case q.sort.Name != f.Name:
		q.sort, q.desc = f, false
	case !q.desc:
		q.desc = true
	default:
		q.sort, q.desc = schema.Field{}, false
	}
	return q.url()
}

// without is the address of the question without one of its filters.
func (q question) without(i int) string {
	q.filters = slices.Delete(slices.Clone(q.filters), i, i+1)
	return q.url()
}

// asked reports whether the question leaves rows out.
func (q question) asked() bool { return q.text != "" || q.where != "" || len(q.filters) > 0 }

// misasked returns what is wrong with a question, when it is something that its author can put right.
func misasked(err error) (i18n.Text, bool) {
	var e *fault.Error
	if errors.As(err, &e) && e.Kind == fault.Invalid {
		return e.Message, true
	}
	return i18n.Text{}, false
}
