package validate

import (
	_ "embed"
	"html/template"
	"io"

	"socle/internal/i18n"
)

//go:embed report.html
var reportPage string

// HTML writes the report as one page that stands alone: no script, no other file, readable in light and dark, on paper.
func (r *Report) HTML(w io.Writer, lang i18n.Lang) error {
	page, err := template.New("report").Funcs(template.FuncMap{
		"t":      func(fr, en string) string { return i18n.T(fr, en).In(lang) },
		"in":     func(t i18n.Text) string { return t.In(lang) },
		"number": func(n int64) string { return i18n.Integer(lang, n) },
		"faults": func(n int64) string { return faults(n).In(lang) },
		"more":   func(g Group) int64 { return g.Count - int64(len(g.Examples)) },
		"lang":   func() string { return string(lang) },
	}).Parse(reportPage)
	if err != nil {
		return err
	}
	return page.Execute(w, r)
}
