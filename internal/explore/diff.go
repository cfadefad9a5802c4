package explore

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
)

// Differ is what explore needs of an engine to compare versions.
type Differ interface {
	Changes(ctx context.Context, c engine.Comparison) (*engine.Rows, error)
	CountChanges(ctx context.Context, c engine.Comparison) (engine.ChangeCounts, error)
}

// difference is two versions of a dataset, as who asks sees them, to be compared.
type difference struct {
	engine.Comparison
	before, after *source
	common        []schema.Field
	key           []string
}

// diffColumn is a column that one version has and the other does not, or that changed its type.
type diffColumn struct {
	Name   string `json:"name"`
	Type   string `json:"type,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// ComparedVersions is what changed from a version to another.
type ComparedVersions struct {
	From    diffVersion `json:"from"`
	To      diffVersion `json:"to"`
	Key     []string    `json:"key"` // what identifies a row; none when whole rows were compared
	Columns struct {
		Added   []diffColumn `json:"added"`
		Removed []diffColumn `json:"removed"`
		Retyped []diffColumn `json:"retyped"`
	} `json:"columns"`
	Counts struct {
		Added    int64 `json:"added"`
		Removed  int64 `json:"removed"`
		Changed  int64 `json:"changed"`
		SetAside int64 `json:"set_aside"`
	} `json:"counts"`
	Total int64 `json:"total_count"`
}

// diffPage is the whole answer, as the description says it.
type diffPage struct {
	ComparedVersions
	Results []changedRow `json:"results" nullable:"false"`
}

// changedRow is one row that changed.
type changedRow struct {
	Change string         `json:"change" enum:"added,removed,changed"`
	Rows   int64          `json:"rows" doc:"How many rows are alike"`
	Before map[string]any `json:"before" nullable:"true"`
	After  map[string]any `json:"after" nullable:"true"`
}

// The parameters of differences.
var (
	diffParameters = []*huma.Param{
		numberParameter("from", "The earlier version; the one before “to” when absent.", 0, 0, 0),
		numberParameter("to", "The later version; the newest when absent.", 0, 0, 0),
		listParameter("change", "Kinds of change that are wanted: added, removed, changed. All when absent."), zoneParameter, languageParameter,
	}
	diffPageParameters = []*huma.Param{numberParameter("limit", "Rows of the page.", defaultLimit, 0, maxLimit), numberParameter("offset", "Rows before the page.", 0, 0, 0)}
)

func diffFormats() []exportFormat {
	return slices.DeleteFunc(slices.Clone(exportFormats), func(f exportFormat) bool { return f.name != "csv" && f.name != "jsonl" })
}

type diffVersion struct {
	Version     int    `json:"version"`
	PublishedAt string `json:"published_at"`
}

// diff answers with what changed between two versions of a dataset: the one before and the newest, unless others are
// named.
func (s *Service) diff(w http.ResponseWriter, r *http.Request) error {
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	d, err := s.differing(r, p)
	if err != nil {
		return err
	}
	d.Limit, d.Offset = p.integer("limit", defaultLimit, 0, maxLimit), p.integer("offset", 0, 0, 1<<40)
	_, zone := p.timezone()
	if p.err != nil {
		return p.err
	}
	key := keyOf("diff", d.keyOf(), strconv.Itoa(d.Limit), strconv.Itoa(d.Offset), zone.String())
	return s.answer(w, r, key, d.after.everybody, func(ctx context.Context) ([]byte, error) { return s.compared(ctx, d, zone) })
}

// differing opens the two versions that a request names.
func (s *Service) differing(r *http.Request, p *parameters) (*difference, error) {
	ctx := r.Context()
	if s.differ == nil {
		return nil, fault.New(fault.Unavailable, "UnavailableError", i18n.T("Les versions ne sont pas comparées ici.", "Versions are not compared here."))
	}
	after, err := s.find(ctx, r.PathValue("dataset_id"))
	if err != nil {
		return nil, err
	}
	if err := after.needData(); err != nil {
		return nil, err
	}
	to := p.integer("to", 0, 0, 1<<30)
	if to == 0 {
		to = after.head.Number
	}
	from := p.integer("from", 0, 0, 1<<30)
	if from == 0 {
		from = to - 1
	}
	kinds := p.kinds()
	if p.err != nil {
		return nil, p.err
	}
	if from == 0 {
		return nil, fault.New(fault.NotFound, "UnknownVersionError", i18n.T(
			"Cette version est la première : rien ne la précède.", "This version is the first one: nothing comes before it.")).At("from")
	}
	d := &difference{after: after}
	if to != after.head.Number {
		if d.after, err = s.at(ctx, after, which{number: to}); err != nil {
			return nil, err
		}
	}
	if d.before, err = s.at(ctx, after, which{number: from}); err != nil {
		return nil, err
	}
	d.Kinds, d.Key, d.Limit = kinds, after.Key, -1
	for _, side := range []struct {
		of   *source
		plan **query.Plan
	}{{d.before, &d.Before}, {d.after, &d.After}} {
		plan := query.All(side.of.from(), side.of.fields)
		if err := side.of.view.Narrow(plan, side.of.schema); err != nil {
			return nil, err
		}
		*side.plan = plan
	}
	d.common, d.key = d.Common()
	return d, nil
}

// kinds reads which changes are wanted, all when none is named.
func (p *parameters) kinds() []string {
	var kinds []string
	for _, text := range p.texts("change") {
		for kind := range strings.SplitSeq(text, ",") {
			kind = strings.TrimSpace(kind)
			if !slices.Contains([]string{engine.RowAdded, engine.RowRemoved, engine.RowChanged}, kind) {
				p.fail("change", kind, i18n.T("added, removed ou changed", "added, removed or changed"))
			}
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

func (d *difference) keyOf() string {
	return keyOf(d.Before.Key(), d.After.Key(), strings.Join(d.Key, "\n"), strings.Join(d.Kinds, " "))
}

// compared writes the answer: the counts, the columns, one page of rows.
func (s *Service) compared(ctx context.Context, d *difference, zone *time.Location) ([]byte, error) {
	counts, err := s.differ.CountChanges(ctx, d.Comparison)
	if err != nil {
		return nil, err
	}
	answer := ComparedVersions{Key: orEmpty(d.key)}
	answer.From = diffVersion{d.before.head.Number, instant(d.before.head.PublishedAt.In(zone))}
	answer.To = diffVersion{d.after.head.Number, instant(d.after.head.PublishedAt.In(zone))}
	answer.Columns.Added, answer.Columns.Removed, answer.Columns.Retyped = d.columns()
	answer.Counts.Added, answer.Counts.Removed, answer.Counts.Changed, answer.Counts.SetAside = counts.Added, counts.Removed, counts.Changed, counts.SetAside
	for kind, n := range map[string]int64{engine.RowAdded: counts.Added, engine.RowRemoved: counts.Removed, engine.RowChanged: counts.Changed} {
		if len(d.Kinds) == 0 || slices.Contains(d.Kinds, kind) {
			answer.Total += n
		}
	}
	body, err := encode(answer)
	if err != nil {
		return nil, err
	}
	body = append(body[:len(body)-1], `,"results":[`...)
	n := 0
	err = s.eachChange(ctx, d, zone, func(object []byte) error {
		if n++; n > 1 {
			body = append(body, ',')
		}
		body = append(body, object...)
		return nil
	})
	return append(body, "]}"...), err
}

// columns lists the columns that one version has and the other has not, or has with another type.
func (d *difference) columns() (added, removed, retyped []diffColumn) {
	added, removed, retyped = []diffColumn{}, []diffColumn{}, []diffColumn{}
	before := schemaOf(d.Before.Columns)
	after := schemaOf(d.After.Columns)
	for _, f := range after.Fields {
		was, both := before.Field(f.Name)
		switch {
		case !both:
			added = append(added, diffColumn{Name: f.Name, Type: string(f.Type)})
		case was.Type != f.Type || was.Scale != f.Scale:
			retyped = append(retyped, diffColumn{Name: f.Name, Before: string(was.Type), After: string(f.Type)})
		}
	}
	for _, f := range before.Fields {
		if _, both := after.Field(f.Name); !both {
			removed = append(removed, diffColumn{Name: f.Name, Type: string(f.Type)})
		}
	}
	return added, removed, retyped
}

// eachChange writes each changed row as a JSON object: its key, its values before and after.
func (s *Service) eachChange(ctx context.Context, d *difference, zone *time.Location, write func(object []byte) error) error {
	rows, err := s.differ.Changes(ctx, d.Comparison)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns := rows.Columns()[2:]
	n := len(d.common)
	encoder := newRowEncoder(columns[:n], zone)
	for rows.Next() {
		values := rows.Values()
		change, _ := values[0].(string)
		object := append([]byte(`{"change":"`), change...)
		times, _ := values[1].(int64)
		object = strconv.AppendInt(append(object, `","rows":`...), times, 10)
		for _, side := range []struct {
			name   string
			absent string
			values []any
		}{{"before", engine.RowAdded, values[2 : 2+n]}, {"after", engine.RowRemoved, values[2+n:]}} {
			object = append(append(append(object, `,"`...), side.name...), `":`...)
			if change == side.absent {
				object = append(object, "null"...)
				continue
			}
			if object, err = encoder.append(append(object, '{'), side.values); err != nil {
				return err
			}
			object = append(object, '}')
		}
		if err := write(append(object, '}')); err != nil {
			return err
		}
	}
	return rows.Err()
}

// diffExport sends every changed row as a file: "csv", with the values before and after side by side, or "jsonl".
func (s *Service) diffExport(w http.ResponseWriter, r *http.Request) error {
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	f, err := formatNamed(r.PathValue("format"), diffFormats())
	if err != nil {
		return err
	}
	d, err := s.differing(r, p)
	if err != nil {
		return err
	}
	_, zone := p.timezone()
	if p.err != nil {
		return p.err
	}
	freshness(w.Header(), d.after.everybody)
	if unchanged(w, r, keyOf("diff", d.keyOf(), f.name, zone.String())) {
		return nil
	}
	name := d.after.ID + "-v" + strconv.Itoa(d.before.head.Number) + "-v" + strconv.Itoa(d.after.head.Number) + "." + f.extension
	return s.stream(w, r, download{name: name, mediaType: f.mediaType}, func(ctx context.Context, out io.Writer) (int64, error) {
		if f.name == "csv" {
			return s.diffCSV(ctx, d, zone, out)
		}
		var n int64
		err := s.eachChange(ctx, d, zone, func(object []byte) error {
			n++
			_, err := out.Write(append(object, '\n'))
			return err
		})
		return n, err
	})
}

// diffCSV writes a line for each changed row: the kind of change, each field as it is now, or was last, and beside each
// field out of the key its value before.
func (s *Service) diffCSV(ctx context.Context, d *difference, zone *time.Location, out io.Writer) (n int64, err error) {
	rows, err := s.differ.Changes(ctx, d.Comparison)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	writer := format.NewWriter("csv", out, format.WriteOptions{Scratch: s.scratch})
	fields := []schema.Field{{Name: "change", Type: schema.Text}, {Name: "rows", Type: schema.Integer}}
	for _, f := range d.common {
		fields = append(fields, f)
		if !slices.Contains(d.key, f.Name) {
			f.Name = "before." + f.Name
			fields = append(fields, f)
		}
	}
	if err := writer.Begin(schema.Schema{Fields: fields}); err != nil {
		return 0, err
	}
	count := len(d.common)
	for ; rows.Next(); n++ {
		values := rows.Values()
		line := append(make([]any, 0, len(fields)), values[0], values[1])
		for i, f := range d.common {
			was, is := values[2+i], values[2+count+i]
			for _, value := range []*any{&was, &is} {
				if t, ok := localTime(*value, f.Type, zone); ok {
					*value = t
				}
			}
			if values[0] == engine.RowRemoved {
				is = was
			}
			if line = append(line, is); !slices.Contains(d.key, f.Name) {
				line = append(line, was)
			}
		}
		if err := writer.Row(line); err != nil {
			return n, err
		}
	}
	if err := rows.Err(); err != nil {
		return n, err
	}
	return n, writer.End()
}
