package validate

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/icalendar"
)

// CalendarKind is the kind of the task of an iCalendar: its groups are about a property of a block, like "VEVENT/DTSTART",
// and its rows are events.
const CalendarKind = "ical"

// isCalendar reports whether a file is an iCalendar: it begins like one, or its name says so.
func isCalendar(path, name string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(file, head)
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	return icalendar.Looks(head[:n]) || n > 0 && strings.EqualFold(filepath.Ext(name), ".ics"), nil
}

// calendar holds an iCalendar against its norm.
func calendar(ctx context.Context, path, name string, o Options) (*Report, error) {
	started := time.Now()
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if o.Examples <= 0 || o.Examples > most {
		o.Examples = most
	}
	r := calendarRun{most: o.Examples, groups: map[[2]string]*Group{}}
	facts, err := icalendar.Check(ctx, file, r.add)
	if err != nil {
		return nil, err
	}
	report := &Report{Valid: r.errors == 0, Errors: []Group{}, Warnings: oddities(facts)}
	for _, g := range r.groups {
		report.Errors = append(report.Errors, *g)
	}
	slices.SortFunc(report.Errors, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Examples[0].Line, b.Examples[0].Line), strings.Compare(a.Field, b.Field), strings.Compare(a.Rule, b.Rule))
	})
	report.Stats = Stats{Tasks: 1, Rows: facts.Events, Errors: r.errors, FaultyRows: facts.Faulty, Warnings: len(report.Warnings), Seconds: time.Since(started).Seconds()}
	if info, err := file.Stat(); err == nil {
		report.Stats.Bytes = info.Size()
	}
	report.Tasks = []Task{{Name: name, Place: name, Kind: CalendarKind, Valid: report.Valid, Labels: []string{}, Rows: facts.Events, Errors: r.errors, FaultyRows: facts.Faulty}}
	return report, nil
}

// noCalendarSchema refuses to hold a calendar against a schema.
func noCalendarSchema(name string) error {
	return fault.New(fault.Invalid, "calendar_schema", i18n.T("« %s » est un calendrier iCalendar : il se confronte à sa norme, sans schéma.", "“%s” is an iCalendar: it is held against its norm, without a schema.", name)).At("schema")
}

// calendarRun gathers the faults of a calendar by property and rule.
type calendarRun struct {
	most   int
	groups map[[2]string]*Group
	errors int64
}

func (r *calendarRun) add(f icalendar.Fault) {
	r.errors++
	field := strings.Trim(f.Component+"/"+f.Property, "/")
	key := [2]string{field, f.Rule.Name}
	if r.groups[key] == nil && len(r.groups) >= mostGroups {
		key[0] = "…"
	}
	g := r.groups[key]
	if g == nil {
		code := codeConstraint
		switch f.Rule.Name {
		case "content-line", "line-end", "blocks":
			code = "source-error"
		case "value":
			code = codeType
		}
		g = &Group{Field: key[0], Rule: f.Rule.Name, Type: code, Code: code, Tags: []string{"#calendar"}, Title: f.Rule.Title, Message: f.Rule.Title, Instruction: f.Rule.What, Fix: f.Rule.Fix, rule: -1}
		r.groups[key] = g
	}
	if g.Count++; len(g.Examples) >= r.most {
		return
	}
	e := Example{Line: f.Line, RowNumber: f.Line, Field: field, Cell: clip([]byte(f.Content)), Suggestion: f.Instead, Message: i18n.T("Ligne %d : %s", "Line %d: %s", f.Line, f.Wrong)}
	if f.Property == "ATTENDEE" || f.Property == "ORGANIZER" || holdsNIR(e.Cell) {
		e.Cell, e.Masked, e.Suggestion = mask(e.Cell), true, ""
	}
	if e.Suggestion != "" {
		e.Message = i18n.T("%s Voulez-vous dire « %s » ?", "%s Did you mean “%s”?", e.Message, clip([]byte(e.Suggestion)))
	}
	g.Examples = append(g.Examples, e)
}

// oddities are what a person should know of a calendar that its norm allows.
func oddities(f icalendar.Facts) []Warning {
	list := []Warning{}
	warn := func(code string, text i18n.Text) { list = append(list, Warning{Code: code, Text: text}) }
	lines := func(n int64) i18n.Text { return i18n.Count(n, i18n.T("ligne", "line"), i18n.T("lignes", "lines")) }
	if f.Mark {
		warn("calendar_mark", i18n.T("Le fichier commence par une marque d’ordre des octets, que des agendas ne comprennent pas : enregistrez-le en UTF-8 sans marque.",
			"The file begins with a byte order mark, which some agendas do not understand: save it in UTF-8 without one."))
	}
	if f.LongLines > 0 {
		warn("calendar_long_lines", i18n.T("Plus de 75 octets sur %s (la première est la ligne %d) : la norme demande de les replier.", "Over 75 octets on %s (the first is line %d): the norm asks that they be folded.", lines(f.LongLines), f.FirstLongLine))
	}
	if f.LongEvents > 0 {
		warn("calendar_over_a_year", i18n.T("%s un an ou plus (le premier commence à la ligne %d) : vérifiez l’année de la fin.", "%s a year or more (the first begins on line %d): check the year of the end.",
			i18n.Count(f.LongEvents, i18n.T("événement dure", "event lasts"), i18n.T("événements durent", "events last")), f.FirstLongEvent))
	}
	if f.Uncompared {
		warn("calendar_uncompared", i18n.T("Les identifiants sont trop nombreux pour être tous comparés.", "There are too many identifiers to compare them all."))
	}
	return list
}
