package explore

import (
	"context"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/web/ui"
)

// tableView is what the tab of the table shows.
type tableView struct {
	Dataset   string // title
	Question  question
	Fields    []schema.Field // all
	Sortable  []ui.Column
	Rows      [][]ui.Cell
	Total     int64 // rows that the question keeps
	Next      string
	Problem   string // what is wrong with the question
	InWhere   bool   // it is in the condition written by hand
	Call      apiCall
	Downloads []ui.DownloadInfo
	Hidden    int // columns that are not shown
}

// Table draws the rows of a dataset as the address asks: found, filtered, sorted, page by page. A question that
// cannot be understood is shown with what is wrong, and no rows.
func (s *Service) Table(r *http.Request, dataset asset.Dataset) (templ.Component, error) {
	ctx := r.Context()
	d, err := s.describe(ctx, dataset)
	if err != nil {
		return nil, err
	}
	if d.needData() != nil {
		return nil, nil
	}
	q := ask(r, d)
	v := tableView{Dataset: d.Title, Question: q, Fields: d.fields.Fields, Call: s.call(r, d, q),
		Hidden: len(d.fields.Fields) - len(q.columns), Downloads: s.questionDownloads(r, d, q)}
	lang := i18n.From(ctx)
	v.Sortable = headers(lang, q)
	if err := s.fill(ctx, d, &v); err != nil {
		message, askable := misasked(err)
		if !askable {
			return nil, err
		}
		v.Problem, v.InWhere = message.In(lang), q.where != "" && d.misread(q)
	}
	return tableTab(v), nil
}

// misread reports whether the condition written by hand is what is wrong.
func (d *source) misread(q question) bool {
	_, err := query.Condition(d.fields, q.where)
	return err != nil
}

// fill reads the page of the table.
func (s *Service) fill(ctx context.Context, d *source, v *tableView) error {
	plan, err := d.ask(v.Question)
	if err != nil {
		return err
	}
	if v.Total, err = s.engine.Count(ctx, plan); err != nil {
		return err
	}
	rows, err := s.engine.Query(ctx, plan)
	if err != nil {
		return err
	}
	defer rows.Close()
	lang := i18n.From(ctx)
	for rows.Next() {
		values := rows.Values()
		cells := make([]ui.Cell, len(values))
		for i, value := range values {
			cells[i] = cell(lang, value, rows.Columns()[i].Field)
		}
		v.Rows = append(v.Rows, cells)
		if len(v.Rows) == v.Question.size && int64((v.Question.page+1)*v.Question.size) < v.Total {
			v.Next = v.Question.next(rows.Cursor().String())
		}
	}
	return rows.Err()
}

// headers are the heads of the columns, each leading to the table sorted by it.
func headers(lang i18n.Lang, q question) []ui.Column {
	list := make([]ui.Column, len(q.columns))
	for i, f := range q.columns {
		list[i] = ui.Column{Label: first(f.Label, f.Name), Hint: typeName(lang, f), Numeric: f.Type.Numeric()}
		if !f.Type.Spatial() && f.Type != schema.JSON {
			list[i].SortURL = q.sortedBy(f)
		}
		if q.sort.Name == f.Name {
			list[i].Sorted = map[bool]string{true: "descending", false: "ascending"}[q.desc]
		}
	}
	return list
}

// questionDownloads are the files that hold what the question keeps.
func (s *Service) questionDownloads(r *http.Request, d *source, q question) []ui.DownloadInfo {
	labels := map[string]string{"arrow": "Arrow", "csv": "CSV", "fgb": "FlatGeobuf", "geojson": "GeoJSON", "gpx": "GPX", "ical": "Agenda (iCalendar)", "json": "JSON",
		"jsonl": "NDJSON", "jsonld": "JSON-LD", "kml": "KML", "n3": "N3", "ods": "OpenDocument (ODS)", "parquet": "Parquet", "rdfxml": "RDF/XML", "shp": "Shapefile (ZIP)", "turtle": "Turtle", "xlsx": "Excel (XLSX)"}
	var list []ui.DownloadInfo
	for _, f := range d.formats() {
		list = append(list, ui.DownloadInfo{Label: labels[f.name], Detail: "." + f.extension, URL: s.exportURL(r, d, q, f.name)})
	}
	return list
}

// status says where in the rows a page is.
func (v tableView) status(lang i18n.Lang) string {
	if len(v.Rows) == 0 {
		return i18n.T("Aucune ligne", "No row").In(lang)
	}
	from := int64(v.Question.page*v.Question.size) + 1
	to := from + int64(len(v.Rows)) - 1
	return i18n.T("%s à %s sur %s lignes", "%s to %s of %s rows", text(from), text(to), text(v.Total)).In(lang)
}

// text is a whole number in both languages.
func text(n int64) i18n.Text {
	return i18n.Text{FR: i18n.Integer(i18n.FR, n), EN: i18n.Integer(i18n.EN, n)}
}

func (v tableView) caption(lang i18n.Lang) string {
	return i18n.T("Lignes de « %s »", "Rows of “%s”", v.Dataset).In(lang)
}

func (v tableView) firstPage() string {
	if v.Question.page == 0 {
		return ""
	}
	return v.Question.url()
}

// tags are the conditions in use, each with the way to take it off.
func (v tableView) tags(lang i18n.Lang) []ui.TagInfo {
	var list []ui.TagInfo
	q := v.Question
	if q.text != "" {
		bare := q
		bare.text = ""
		list = append(list, ui.TagInfo{Label: i18n.T("contient « %s »", "contains “%s”", q.text).In(lang), URL: bare.url(), Remove: true})
	}
	for i, f := range q.filters {
		label := first(f.field.Label, f.field.Name) + " " + f.op.label.In(lang)
		if !f.op.bare {
			label += " " + i18n.T("« %s »", "“%s”", f.value).In(lang)
		}
		list = append(list, ui.TagInfo{Label: label, URL: q.without(i), Remove: true})
	}
	if q.where != "" {
		bare := q
		bare.where = ""
		list = append(list, ui.TagInfo{Label: q.where, URL: bare.url(), Remove: true})
	}
	return list
}

// hidden are the parameters that a form of the page carries along, but those it sets itself.
func (v tableView) hidden(but ...string) []ui.Hidden {
	values := v.Question.values()
	for _, name := range but {
		values.Del(name)
	}
	var list []ui.Hidden
	for _, name := range []string{paramText, paramFilter, paramWhere, paramSort, paramColumns, paramSize} {
		for _, value := range values[name] {
			list = append(list, ui.Hidden{Name: name, Value: value})
		}
	}
	return list
}

func (v tableView) fieldOptions(lang i18n.Lang) []ui.Option {
	list := []ui.Option{}
	for _, f := range v.Fields {
		list = append(list, ui.Option{Value: f.Name, Label: first(f.Label, f.Name) + " – " + typeName(lang, f)})
	}
	return list
}

func operatorOptions(lang i18n.Lang) []ui.Option {
	list := make([]ui.Option, len(operators))
	for i, o := range operators {
		list[i] = ui.Option{Value: o.key, Label: o.label.In(lang)}
	}
	return list
}

func (v tableView) sizeOptions(lang i18n.Lang) []ui.Option {
	var list []ui.Option
	for _, size := range pageSizes {
		n := strconv.Itoa(size)
		list = append(list, ui.Option{Value: n, Label: i18n.T("%s lignes", "%s rows", n).In(lang), Selected: size == v.Question.size})
	}
	return list
}

func (v tableView) columnOptions() []ui.Option {
	shown := map[string]bool{}
	for _, f := range v.Question.columns {
		shown[f.Name] = true
	}
	var list []ui.Option
	for _, f := range v.Fields {
		list = append(list, ui.Option{Value: f.Name, Label: first(f.Label, f.Name), Selected: shown[f.Name]})
	}
	return list
}

func (v tableView) whereError() string {
	if v.InWhere {
		return v.Problem
	}
	return ""
}
