package explore

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/schema"
	"socle/internal/web/ui"
)

// apiCall is a call of the API, as an address and its parameters in order.
type apiCall struct {
	address string
	params  [][2]string
	key     bool // it takes a key: the dataset is not open
}

// keyHeader is what a call of a dataset that is not open adds. The value is for the reader to replace.
const keyHeader, keyValue = "Authorization", "Apikey VOTRE_JETON"

// call is the call of the API that gives what the question shows.
func (s *Service) call(r *http.Request, d *source, q question) apiCall {
	c := apiCall{address: s.base(r) + "/catalog/datasets/" + d.ID + "/records", key: !d.everybody}
	c.add("select", q.selected(d.fields))
	for _, condition := range q.conditions() {
		c.add("where", condition)
	}
	c.add("order_by", q.orderBy())
	if _, clocks := d.fields.First(schema.Datetime); clocks {
		c.add("timezone", pageZone)
	}
	c.add("limit", strconv.Itoa(q.size))
	if offset := q.page * q.size; offset > 0 {
		if offset+q.size >= maxWindow { // beyond, records refuses; an export does not
			c.address = s.base(r) + "/catalog/datasets/" + d.ID + "/exports/json"
		}
		c.add("offset", strconv.Itoa(offset))
	}
	return c
}

// exportURL is the address of a file with every row of the question.
func (s *Service) exportURL(r *http.Request, d *source, q question, format string) string {
	c := apiCall{address: Prefix + "/catalog/datasets/" + d.ID + "/exports/" + format}
	if q.chosen {
		c.add("select", q.selected(d.fields))
	}
	for _, condition := range q.conditions() {
		c.add("where", condition)
	}
	c.add("order_by", q.orderBy())
	if _, clocks := d.fields.First(schema.Datetime); clocks {
		c.add("timezone", pageZone)
	}
	return c.url()
}

func (c *apiCall) add(name, value string) {
	if value != "" {
		c.params = append(c.params, [2]string{name, value})
	}
}

func (c apiCall) url() string {
	if len(c.params) == 0 {
		return c.address
	}
	parts := make([]string, len(c.params))
	for i, p := range c.params {
		parts[i] = url.QueryEscape(p[0]) + "=" + url.QueryEscape(p[1])
	}
	return c.address + "?" + strings.Join(parts, "&")
}

// codes writes the call in the languages of those who use the data.
func (c apiCall) codes() []ui.CodeInfo {
	return []ui.CodeInfo{{Label: "curl", Code: c.curl(), Open: true}, {Label: "Python", Code: c.python()}, {Label: "R", Code: c.r()},
		{Label: "JavaScript", Code: c.javascript()}}
}

// rowsIn is where the rows are in the answer: an export is the list itself.
func (c apiCall) isExport() bool { return strings.HasSuffix(c.address, "/exports/json") }

func (c apiCall) curl() string {
	var b strings.Builder
	b.WriteString("curl --fail --get " + shell(c.address))
	for _, p := range c.params {
		b.WriteString(" \\\n  --data-urlencode " + shell(p[0]+"="+p[1]))
	}
	if c.key {
		b.WriteString(" \\\n  --header " + shell(keyHeader+": "+keyValue))
	}
	return b.String()
}

// shell quotes a word for POSIX shells.
func shell(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

func (c apiCall) python() string {
	var b strings.Builder
	b.WriteString("import requests\n\nresponse = requests.get(\n    " + literal(c.address) + ",\n    params=[\n")
	for _, p := range c.params {
		b.WriteString("        (" + literal(p[0]) + ", " + literal(p[1]) + "),\n")
	}
	b.WriteString("    ],\n")
	if c.key {
		b.WriteString("    headers={" + literal(keyHeader) + ": " + literal(keyValue) + "},\n")
	}
	b.WriteString(")\nresponse.raise_for_status()\nrows = response.json()")
	if !c.isExport() {
		b.WriteString(`["results"]`)
	}
	return b.String()
}

func (c apiCall) r() string {
	var b strings.Builder
	b.WriteString("library(httr2)\n\nresponse <- request(" + literal(c.address) + ") |>\n")
	if len(c.params) > 0 {
		b.WriteString("  req_url_query(\n")
		for i, p := range c.params {
			b.WriteString("    " + p[0] + " = " + literal(p[1]))
			if i < len(c.params)-1 {
				b.WriteString(",")
			}
			b.WriteString("\n")
		}
		b.WriteString("  ) |>\n")
	}
	if c.key {
		b.WriteString("  req_headers(" + keyHeader + " = " + literal(keyValue) + ") |>\n")
	}
	b.WriteString("  req_perform()\nrows <- resp_body_json(response, simplifyVector = TRUE)")
	if !c.isExport() {
		b.WriteString("$results")
	}
	return b.String()
}

func (c apiCall) javascript() string {
	var b strings.Builder
	b.WriteString("const params = new URLSearchParams([\n")
	for _, p := range c.params {
		b.WriteString("  [" + literal(p[0]) + ", " + literal(p[1]) + "],\n")
	}
	headers := ""
	if c.key {
		headers = ", { headers: { " + keyHeader + ": " + literal(keyValue) + " } }"
	}
	b.WriteString("])\nconst response = await fetch(`" + c.address + "?${params}`" + headers + ")\nif (!response.ok) throw new Error(await response.text())\n")
	if c.isExport() {
		b.WriteString("const rows = await response.json()")
	} else {
		b.WriteString("const { results: rows } = await response.json()")
	}
	return b.String()
}

// literal writes a text between double quotes as Python, R and JavaScript all read it.
func literal(text string) string { return string(appendText(nil, text)) }

// Calls shows the call of the API that gives what the address of the page asks, in four languages, and what else can
// be asked of the dataset.
func (s *Service) Calls(r *http.Request, dataset asset.Dataset) (templ.Component, error) {
	d, err := s.describe(r.Context(), dataset)
	if err != nil {
		return nil, err
	}
	if d.needData() != nil {
		return nil, nil
	}
	q := ask(r, d)
	base := s.base(r) + "/catalog/datasets/" + d.ID
	lang := i18n.From(r.Context())
	points := []ui.Fact{
		{Label: i18n.T("Lignes", "Rows").In(lang), Text: base + "/records", URL: base + "/records"},
		{Label: i18n.T("Description et champs", "Description and fields").In(lang), Text: base, URL: base},
		{Label: i18n.T("Valeurs des facettes", "Values of the facets").In(lang), Text: base + "/facets", URL: base + "/facets"},
		{Label: i18n.T("Formats d’export", "Export formats").In(lang), Text: base + "/exports", URL: base + "/exports"},
		{Label: i18n.T("Fichier d’origine", "Original file").In(lang), Text: base + "/attachments", URL: base + "/attachments"},
	}
	return callsTab(callsView{Call: s.call(r, d, q), Asked: q.asked() || q.sort.Name != "", Points: points, Examples: examples(d)}), nil
}

type callsView struct {
	Call     apiCall
	Asked    bool // the address asks for something in particular
	Points   []ui.Fact
	Examples []ui.Fact
}

// namesCode reports whether a number is a code by its name: nobody wants its mean.
func namesCode(f schema.Field) bool {
	return strings.HasPrefix(f.Name, "code") || strings.HasPrefix(strings.ToLower(f.Label), "code")
}

// examples are parameters that make sense on the fields of this dataset.
func examples(d *source) []ui.Fact {
	var list []ui.Fact
	add := func(what i18n.Text, params string) {
		list = append(list, ui.Fact{Label: what.FR, Hint: what.EN, Text: params})
	}
	for _, f := range d.fields.Fields {
		if isFacet(f, d.Fields[f.Name]) {
			add(i18n.T("Compter les lignes par « %s »", "Count the rows by “%s”", f.Label), "select=count(*) as n&group_by="+quoteName(f.Name)+"&order_by=n desc")
			break
		}
	}
	for _, f := range d.fields.Fields {
		if f.Type.Numeric() && !f.IsYear() && !namesCode(f) {
			add(i18n.T("Moyenne et médiane de « %s »", "Mean and median of “%s”", f.Label), "select=avg("+quoteName(f.Name)+"), median("+quoteName(f.Name)+")")
			break
		}
	}
	if f, found := d.fields.First("date", "datetime"); found {
		add(i18n.T("Ce qui suit le 1er janvier 2026", "What follows 1 January 2026"), "where="+quoteName(f.Name)+" >= date'2026-01-01'")
	}
	if f, found := d.fields.First("point"); found {
		add(i18n.T("À moins de 5 km d’un lieu", "Within 5 km of a place"), "where=within_distance("+quoteName(f.Name)+", geom'POINT(2.35 48.85)', 5km)")
	}
	return list
}
