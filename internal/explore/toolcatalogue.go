package explore

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
)

type searchInput struct {
	Query    string `json:"query,omitempty" jsonschema:"a few words in French, such as: effectifs collège académie"`
	Theme    string `json:"theme,omitempty" jsonschema:"only the datasets of this theme, as an earlier answer spells it"`
	Producer string `json:"producer,omitempty" jsonschema:"only the datasets of this producer, as an earlier answer spells it"`
	Limit    int    `json:"limit,omitempty" jsonschema:"datasets at most: 10 when absent, 50 at most"`
	Offset   int    `json:"offset,omitempty" jsonschema:"datasets to skip"`
}

type searchAnswer struct {
	Total    int              `json:"total" jsonschema:"datasets found, on all pages"`
	Datasets []datasetSummary `json:"datasets"`
	Note     string           `json:"note,omitempty"`
	Address  string           `json:"address" jsonschema:"page of the same search, for people"`
}

// datasetSummary is a dataset in a list.
type datasetSummary struct {
	Dataset  string   `json:"dataset" jsonschema:"identifier, for the other tools"`
	Title    string   `json:"title"`
	Summary  string   `json:"summary,omitempty" jsonschema:"beginning of the description"`
	Producer string   `json:"producer"`
	Themes   []string `json:"themes"`
	Licence  string   `json:"licence"`
	Version  int      `json:"version,omitempty"`
	Date     string   `json:"date,omitempty" jsonschema:"day on which the version was published"`
	Rows     *int64   `json:"rows,omitempty"`
	Page     string   `json:"page"`
}

// toolSearch looks for datasets with all the words, or else with some of them: assistants write sentences.
func (s *Service) toolSearch(ctx context.Context, in searchInput) (*searchAnswer, error) {
	limit, offset := cmp.Or(max(in.Limit, 0), 10), max(in.Offset, 0)
	values := url.Values{"limit": {strconv.Itoa(min(limit, 50))}, "offset": {strconv.Itoa(offset)}}
	for name, value := range map[string]string{"theme": in.Theme, "publisher": in.Producer} {
		if value = strings.TrimSpace(value); value != "" {
			values.Add("refine", name+":"+value)
		}
	}
	words := strings.TrimSpace(in.Query)
	p := &parameters{values: values}
	request := p.page()
	if p.err != nil {
		return nil, p.err
	}
	if words != "" {
		request.Where = []string{"search(" + quoteValue(words) + ")"}
	}
	selection, err := bindCatalog(request)
	if err != nil {
		return nil, err
	}
	list, _, _, err := s.sources(ctx)
	if err != nil {
		return nil, err
	}
	e := &evaluator{ctx: ctx, zone: pageLocation(), find: s.finder()}
	site := s.site(ctx)
	rows := e.filter(selection.plan, makeRows(list, site+Prefix, shape{zone: pageLocation()}))
	e.sort(selection.plan, rows)
	answer := &searchAnswer{Datasets: []datasetSummary{}, Address: address(site+"/jeux", pageSearch(words))}
	if e.err != nil {
		return nil, e.err
	}
	if len(rows) == 0 && words != "" {
		selection.plan.Where = nil
		if rows, err = s.someWords(ctx, words, e.filter(selection.plan, makeRows(list, site+Prefix, shape{zone: pageLocation()}))); err != nil {
			return nil, err
		}
		answer.Note = i18n.S(ctx, "Aucun jeu de données n’a aucun de ces mots. Essayez des mots voisins, ou un thème.",
			"No dataset has any of these words. Try related words, or a theme.")
		if len(rows) > 0 {
			answer.Note = i18n.S(ctx, "Aucun jeu de données n’a tous ces mots ; voici ceux qui en ont certains. Essayez avec moins de mots.",
				"No dataset has all these words; these have some of them. Try fewer words.")
		}
	}
	answer.Total = len(rows)
	for _, row := range window(rows, selection.plan) {
		answer.Datasets = append(answer.Datasets, s.summary(ctx, row.source))
	}
	return answer, nil
}

func pageSearch(words string) url.Values {
	if words == "" {
		return nil
	}
	return url.Values{"q": {words}}
}

// someWords keeps the datasets that have at least one of the words, those that have the most first.
func (s *Service) someWords(ctx context.Context, text string, rows []*catalogRow) ([]*catalogRow, error) {
	find := s.finder()
	if find == nil {
		return nil, nil
	}
	score := map[string]int{}
	for _, word := range query.Terms(text) {
		if utf8.RuneCountInString(word) < 3 {
			continue
		}
		found, err := find(ctx, word)
		if err != nil {
			return nil, err
		}
		for uid := range found {
			score[uid]++
		}
	}
	rows = slices.DeleteFunc(rows, func(row *catalogRow) bool { return score[row.UID] == 0 })
	slices.SortStableFunc(rows, func(a, b *catalogRow) int { return cmp.Or(score[b.UID]-score[a.UID], cmp.Compare(a.ID, b.ID)) })
	return rows, nil
}

func (s *Service) summary(ctx context.Context, d *source) datasetSummary {
	c := s.cite(ctx, d, "", nil)
	return datasetSummary{Dataset: d.ID, Title: d.Title, Summary: clip(strings.TrimSpace(d.Description), 300), Producer: c.Producer, Themes: orEmpty(d.Themes), Licence: c.Licence,
		Version: c.Version, Date: c.Date, Rows: d.knownRows(), Page: c.Page}
}

// knownRows is the number of rows, nil when there is no data or who asks sees some of them only.
func (d *source) knownRows() *int64 {
	if !d.hasData() {
		return nil
	}
	return d.rowCount()
}

type describeInput struct {
	Dataset string `json:"dataset" jsonschema:"identifier of the dataset, as search_datasets gives it"`
	Version int    `json:"version,omitempty" jsonschema:"an earlier version, by its number; the newest when absent"`
}

// datasetWords is a dataset as an assistant reads about it.
type datasetWords struct {
	Dataset       string       `json:"dataset"`
	Title         string       `json:"title"`
	Description   string       `json:"description,omitempty" jsonschema:"in Markdown"`
	Producer      string       `json:"producer"`
	Source        string       `json:"source,omitempty" jsonschema:"where the data comes from"`
	Themes        []string     `json:"themes"`
	Keywords      []string     `json:"keywords"`
	Territory     string       `json:"territory,omitempty"`
	CoverageStart string       `json:"coverage_start,omitempty" jsonschema:"first day of the period that the data describes"`
	CoverageEnd   string       `json:"coverage_end,omitempty"`
	Frequency     string       `json:"frequency,omitempty" jsonschema:"how often it is updated"`
	NextDue       string       `json:"next_due,omitempty" jsonschema:"when the next version is expected"`
	Access        string       `json:"access" jsonschema:"open, internal or restricted"`
	Rows          *int64       `json:"rows,omitempty"`
	Key           []string     `json:"key" jsonschema:"fields that together identify a row"`
	Fields        []fieldWords `json:"fields"`
	Cut           string       `json:"cut,omitempty"`
	Note          string       `json:"note,omitempty"`
	Citation      citation     `json:"citation"`
}

// fieldWords is a field, or a column of an answer.
type fieldWords struct {
	Name        string `json:"name" jsonschema:"as queries write it"`
	Label       string `json:"label,omitempty"`
	Type        string `json:"type" jsonschema:"text, integer, decimal, boolean, date, datetime, point, geometry or json"`
	Unit        string `json:"unit,omitempty"`
	Description string `json:"description,omitempty"`
	Category    bool   `json:"category,omitempty" jsonschema:"holds a few values that are worth grouping by"`
}

func (s *Service) toolDescribe(ctx context.Context, in describeInput) (*datasetWords, error) {
	d, err := s.findFor(ctx, in.Dataset, in.Version)
	if err != nil {
		return nil, err
	}
	w := &datasetWords{Dataset: d.ID, Title: d.Title, Description: clip(d.Description, toolText), Producer: d.organization.Name, Source: d.Source, Themes: orEmpty(d.Themes),
		Keywords: orEmpty(d.Keywords), Territory: d.Spatial, CoverageStart: d.CoverageStart, CoverageEnd: d.CoverageEnd, Frequency: d.Frequency, Access: string(d.Level),
		Rows: d.knownRows(), Key: orEmpty(d.Key), Fields: []fieldWords{}, Citation: s.cite(ctx, d, "", nil)}
	if !d.NextDue.IsZero() {
		w.NextDue = d.NextDue.Format("2006-01-02")
	}
	if err := d.needData(); err != nil {
		w.Note = fault.Message(err).In(i18n.From(ctx))
	}
	size := 0
	for i, f := range d.fields.Fields {
		words := fieldWords{Name: f.Name, Label: f.Label, Type: string(f.Type), Unit: f.Unit, Description: clip(f.Description, 500), Category: isFacet(f, d.Fields[f.Name])}
		if size += 80 + len(words.Name) + len(words.Label) + len(words.Description); i == toolFields || size > toolBytes {
			w.Cut = i18n.S(ctx, "Les %d premiers champs sur %d ; tous sont à l’adresse de la citation.", "The first %d fields of %d; all are at the address of the citation.", i, len(d.fields.Fields))
			break
		}
		w.Fields = append(w.Fields, words)
	}
	return w, nil
}
