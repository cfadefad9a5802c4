package explore

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// PathConsole is the page where people ask in SQL.
const PathConsole = "/sql"

// ConsoleAddress opens a statement on that page, with its answer.
func ConsoleAddress(statement string) string { return sqlAddress(PathConsole, statement) + "#reponse" }

// The parameters of the page.
const (
	paramSQL   = "sql"
	paramView  = "vue"   // "graphique", or the table
	paramHelp  = "jeu"   // the dataset whose fields are shown
	paramLabel = "titre" // columns of the chart
	paramBar   = "valeur"
)

// sqlShown is how many rows the page shows.
const sqlShown = 200

// Pages are the pages of explore that are not parts of the page of a dataset.
func (s *Service) Pages() web.Routes {
	return web.Routes{{Pattern: "GET " + PathConsole, Permission: access.Public, Handler: s.console}}
}

// consoleView is what the console shows.
type consoleView struct {
	SQL       string
	Problem   string // what is wrong with the statement
	Asked     bool
	Columns   []ui.Column
	Rows      [][]ui.Cell
	Status    string
	Cut       bool // the page does not show every row
	Versions  []ui.Fact
	Files     []ui.DownloadInfo
	Views     []ui.TabInfo
	Chart     *chartView
	Chooser   chartChooser
	Examples  []sqlExample
	Datasets  []ui.Option
	Fields    []helpedDataset
	Shareable string
}

// sqlExample is a statement to start from.
type sqlExample struct {
	Title string
	SQL   string
	URL   string
}

// helpedDataset is a dataset with its fields, and the datasets that it can be joined to.
type helpedDataset struct {
	ID     string
	Title  string
	Fields [][]ui.Cell // name, label, type
	Joins  []sqlExample
}

// console answers a statement as a page: the form, what it gives, and help at hand.
func (s *Service) console(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := i18n.From(ctx)
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	v := consoleView{SQL: strings.TrimSpace(strings.ReplaceAll(p.text(paramSQL), "\r\n", "\n"))}
	status := http.StatusOK
	help := p.texts(paramHelp)
	if v.SQL != "" {
		v.Asked = true
		if s.limit != nil {
			if err := s.limit(w, r); err != nil {
				return err
			}
		}
		q, err := s.askSQL(ctx, v.SQL)
		if err == nil {
			for _, d := range q.sources {
				help = append(help, d.ID)
			}
			if unchanged, err := s.consoleUnchanged(w, r, q); unchanged || err != nil {
				return err
			}
			err = s.fillConsole(ctx, r, &v, q)
		}
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				return err
			}
			v.Problem, status = fault.Message(err).In(lang), fault.KindOf(err).Status()
			w.Header().Del("ETag")
		}
	}
	if err := s.help(ctx, &v, help); err != nil {
		return err
	}
	info := web.PageInfo{Title: i18n.T("Croiser des données", "SQL console").In(lang), Active: "sql", Wide: true, NoIndex: v.Asked,
		Description: i18n.T("Interroger plusieurs jeux de données ensemble, en SQL.", "Query several datasets together, in SQL.").In(lang),
		Crumbs:      []ui.Crumb{{Label: i18n.T("Croiser des données", "SQL console").In(lang)}}}
	return web.Render(w, r, status, consolePage(info, v))
}

// consoleUnchanged answers 304 when the reader holds the page already: the same statement, on the same versions, beside
// the same catalogue.
func (s *Service) consoleUnchanged(w http.ResponseWriter, r *http.Request, q *sqlQuestion) (bool, error) {
	snapshot, err := s.catalogue.now(r.Context())
	if err != nil {
		return false, err
	}
	return web.NotModified(w, r, keyOf(q.key, r.URL.RawQuery, strconv.FormatInt(snapshot.revision, 10)), time.Time{}), nil
}

// fillConsole runs the statement and lays out its answer.
func (s *Service) fillConsole(ctx context.Context, r *http.Request, v *consoleView, q *sqlQuestion) error {
	result, err := s.sqlRows(ctx, q, sqlPageRows)
	if err != nil {
		return err
	}
	lang := i18n.From(ctx)
	for _, c := range result.columns {
		v.Columns = append(v.Columns, ui.Column{Label: c.Name, Hint: typeName(lang, c.Field), Numeric: c.Field.Type.Numeric()})
	}
	for i, row := range result.rows {
		if i == sqlShown {
			v.Cut = true
			break
		}
		cells := make([]ui.Cell, len(row))
		for j, value := range row {
			cells[j] = cell(lang, value, result.columns[j].Field)
		}
		v.Rows = append(v.Rows, cells)
	}
	v.Cut = v.Cut || result.more
	v.Status = rowsInWords(lang, len(result.rows), result.more)
	for _, d := range q.sources {
		v.Versions = append(v.Versions, ui.Fact{Label: d.Title, Text: i18n.T("version %d du %s", "version %d of %s", d.head.Number, i18n.Text{
			FR: i18n.Date(i18n.FR, d.head.PublishedAt), EN: i18n.Date(i18n.EN, d.head.PublishedAt)}).In(lang), URL: "/jeux/" + d.ID})
	}
	labels := map[string]string{"csv": "CSV", "json": "JSON", "jsonl": "NDJSON", "xlsx": "Excel (XLSX)", "parquet": "Parquet", "arrow": "Arrow"}
	for _, f := range sqlFiles() {
		v.Files = append(v.Files, ui.DownloadInfo{Label: labels[f.name], Detail: "." + f.extension, URL: sqlAddress(PathSQL, v.SQL, "format", f.name)})
	}
	v.Shareable = web.URL(r, sqlAddress(PathConsole, v.SQL))
	chart := r.URL.Query().Get(paramView) == "graphique"
	v.Views = []ui.TabInfo{{Label: i18n.T("Tableau", "Table").In(lang), URL: sqlAddress(PathConsole, v.SQL) + "#reponse", Current: !chart},
		{Label: i18n.T("Graphique", "Chart").In(lang), URL: sqlAddress(PathConsole, v.SQL, paramView, "graphique") + "#reponse", Current: chart}}
	if chart {
		v.Chart, v.Chooser = chartOf(lang, result, r.URL.Query().Get(paramLabel), r.URL.Query().Get(paramBar))
	}
	return nil
}

func rowsInWords(lang i18n.Lang, n int, more bool) string {
	if more {
		return i18n.T("Plus de %s lignes", "More than %s rows", text(int64(n))).In(lang)
	}
	return i18n.Count(n, i18n.T("ligne", "row"), i18n.T("lignes", "rows")).In(lang)
}

// help gathers what one needs to write a statement: the identifiers, the fields of some datasets, what they can be
// joined on, examples.
func (s *Service) help(ctx context.Context, v *consoleView, asked []string) error {
	_, list, err := s.visible(ctx)
	if err != nil {
		return err
	}
	lang := i18n.From(ctx)
	var open []*source
	for _, d := range list {
		if !d.hasData() {
			continue
		}
		v.Datasets = append(v.Datasets, ui.Option{Value: d.ID, Label: d.ID + " – " + d.Title, Selected: slices.Contains(asked, d.ID)})
		opened, err := s.open(ctx, d)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				return err
			}
			continue
		}
		open = append(open, opened)
	}
	for _, d := range open {
		if !slices.Contains(asked, d.ID) || len(v.Fields) == 6 {
			continue
		}
		h := helpedDataset{ID: d.ID, Title: d.Title, Joins: joins(lang, d, open)}
		for _, f := range d.fields.Fields {
			h.Fields = append(h.Fields, []ui.Cell{{Text: f.Name, Head: true}, {Text: first(f.Label, f.Name)}, {Text: typeName(lang, f)}})
		}
		v.Fields = append(v.Fields, h)
	}
	v.Examples = sqlExamples(lang, open)
	return nil
}

// joinKey is the field on which two datasets can be joined, "" when there is none: one that identifies something in
// both, of the same name and type.
func joinKey(a, b *source) string {
	for _, f := range a.fields.Fields {
		g, both := b.fields.Field(f.Name)
		if !both || g.Type != f.Type || f.Type != schema.Text && f.Type != schema.Integer {
			continue
		}
		if f.Concept != "" || g.Concept != "" || slices.Contains(a.Key, f.Name) || slices.Contains(b.Key, f.Name) {
			return f.Name
		}
	}
	return ""
}

// mostJoins is how many datasets the help proposes to join another to.
const mostJoins = 8

func joins(lang i18n.Lang, d *source, all []*source) []sqlExample {
	var list []sqlExample
	for _, other := range all {
		if key := joinKey(d, other); other.ID != d.ID && key != "" && len(list) < mostJoins {
			list = append(list, exampleOf(i18n.T("%s, par « %s »", "%s, by “%s”", other.Title, key).In(lang), joinSQL(d, other, key)))
		}
	}
	return list
}

func exampleOf(title, text string) sqlExample {
	return sqlExample{Title: title, SQL: text, URL: sqlAddress(PathConsole, text) + "#reponse"}
}

// joinSQL is a join of two datasets with a few columns of each.
func joinSQL(a, b *source, key string) string {
	var columns []string
	for _, side := range []struct {
		name string
		d    *source
	}{{"a", a}, {"b", b}} {
		n := 0
		for _, f := range side.d.fields.Fields {
			if f.Name != key && n < 3 && f.Type != schema.JSON && !f.Type.Spatial() {
				columns = append(columns, side.name+"."+sqlName(f.Name))
				n++
			}
		}
	}
	return "SELECT " + strings.Join(append([]string{sqlName(key)}, columns...), ", ") + "\nFROM " + sqlName(a.ID) + " AS a\nJOIN " + sqlName(b.ID) + " AS b USING (" + sqlName(key) + ")\nLIMIT 100"
}

// sqlName writes an identifier, between quotes where it needs them.
func sqlName(name string) string {
	plain := name != "" && !strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' })
	if plain && !slices.Contains(sqlWords, name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// sqlWords are words of SQL that fields of the ministry's files are called by.
var sqlWords = []string{"all", "any", "as", "asc", "case", "column", "date", "desc", "end", "from", "group", "in", "limit", "not", "null", "order", "select", "table", "then", "to", "type", "union", "user", "when", "where", "with"}

// sqlExamples are statements on datasets that are there.
func sqlExamples(lang i18n.Lang, all []*source) []sqlExample {
	var list []sqlExample
	for _, d := range all {
		category, number := "", ""
		for _, f := range d.fields.Fields {
			if category == "" && f.Type == schema.Text && isFacet(f, d.Fields[f.Name]) {
				category = f.Name
			}
			if number == "" && f.Type.Numeric() && !f.IsYear() && !namesCode(f) {
				number = f.Name
			}
		}
		if category == "" || number == "" {
			continue
		}
		list = append(list, exampleOf(i18n.T("Compter et additionner : %s", "Count and add up: %s", d.Title).In(lang),
			"SELECT "+sqlName(category)+", count(*) AS lignes, sum("+sqlName(number)+") AS total\nFROM "+sqlName(d.ID)+"\nGROUP BY "+sqlName(category)+"\nORDER BY total DESC"))
		break
	}
	for i, a := range all {
		for _, b := range all[i+1:] {
			if key := joinKey(a, b); key != "" && len(list) < 3 {
				list = append(list, exampleOf(i18n.T("Croiser : %s et %s", "Join: %s and %s", a.Title, b.Title).In(lang), joinSQL(a, b, key)))
			}
		}
		if i == 60 { // enough to find two that go together
			break
		}
	}
	if len(all) > 0 {
		list = append(list, exampleOf(i18n.T("Regarder : %s", "Look at: %s", all[0].Title).In(lang), "SELECT *\nFROM "+sqlName(all[0].ID)+"\nLIMIT 20"))
	}
	return list
}

func (c sqlExample) open(i int) ui.CodeInfo {
	return ui.CodeInfo{Label: strconv.Itoa(i+1) + ". " + c.Title, Code: c.SQL}
}
