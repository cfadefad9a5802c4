// Package ui is the set of components that every page is made of, from buttons to tables.
//
// A component is a templ function that takes a small struct of texts already in the reader's language. The markup
// follows the classes of the French State's design system (fr-…) where it has the component, and has classes of
// its own (s-…) where it has none; both themes style the same markup. Nothing needs JavaScript to be read or
// sent. The gallery in webtest shows all of them.
package ui

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"socle/internal/i18n"
)

// Crumb is one step of the way from the home page; the last one has no address.
type Crumb struct {
	Label string
	URL   string
}

// Link is a labelled address.
type Link struct {
	Label string
	URL   string
}

// The variants of a button.
const (
	Primary   = "" // the one action of the page
	Secondary = "secondary"
	Tertiary  = "tertiary"
	Danger    = "danger" // destroys or withdraws
)

// ButtonInfo describes a button, or a link that looks like one when it has an address.
type ButtonInfo struct {
	Label    string
	URL      string // a link when set
	Icon     string // a name of [Icon], before the label
	Variant  string
	Small    bool
	IconOnly bool   // the label is for screen readers only
	Type     string // "submit" when empty
	Name     string
	Value    string
	Download bool // the link downloads
	Attrs    templ.Attributes
}

// The kinds of badge and of alert. The colour never says it alone: each comes with an icon and words.
const (
	Neutral = ""
	Info    = "info"
	Success = "success"
	Warning = "warning"
	Failure = "error"
)

// BadgeInfo is a short state: "Publié", "En retard".
type BadgeInfo struct {
	Label string
	Kind  string
}

// TagInfo is a keyword, a theme, or a filter in use.
type TagInfo struct {
	Label  string
	URL    string // makes it a link
	Remove bool   // the link removes the filter
}

// AlertInfo is a message in the page. Children come after the text.
type AlertInfo struct {
	Kind  string // [Info] when empty
	Title string
	Text  string
	Live  bool // announced when it appears
}

// CardInfo leads to something: a dataset, an organisation. Children come at the end of the card.
type CardInfo struct {
	Title  string
	URL    string
	Level  int // of its heading, 3 when zero
	Text   string
	Over   string // a short line above the title: the producer
	Badges []BadgeInfo
	Tags   []TagInfo
	Facts  []string // short facts at the bottom: "1 200 lignes", "CSV, JSON"
}

// Fact is a line of a description list.
type Fact struct {
	Label string
	Text  string
	URL   string // makes the text a link
	Hint  string
}

// StatInfo is one large figure.
type StatInfo struct {
	Value string
	Label string
	Hint  string
	URL   string
}

// Column is the head of a column of a table.
type Column struct {
	Label   string
	Hint    string // under the label: the type, the unit
	Numeric bool   // aligned right
	SortURL string // makes the label a link that sorts
	Sorted  string // "ascending", "descending" or "" when it is not the order
}

// TableInfo is the head of a table. Its children are the rows, made with [Row] or by hand as <tr>.
type TableInfo struct {
	Caption     string // always read by screen readers
	ShowCaption bool
	Columns     []Column
	Dense       bool // many columns of data: smaller, scrolls sideways, head stays in view
	Prose       bool // cells hold sentences: on a phone their columns, but for cells of class s-short, stay wide enough to be read, and the table scrolls sideways
	ID          string
}

// Cell is a cell of a table.
type Cell struct {
	Text    string
	URL     string
	Numeric bool
	Head    bool // names the row
	Missing bool // there is no value; Text is ignored
	Class   string
}

// PaginationInfo moves through a list. Empty addresses are shown as impossible.
type PaginationInfo struct {
	Label       string // what is moved through, for screen readers
	First, Prev string
	Next, Last  string
	Status      string // "1 à 20 sur 1 234"
}

// TabInfo is a part of a page that has several, each with an address.
type TabInfo struct {
	Label   string
	URL     string
	Current bool
	Count   string // shown beside the label
}

// FieldInfo is a field of a form.
type FieldInfo struct {
	Name         string
	ID           string // Name when empty
	Label        string
	Hint         string
	Error        string // what is wrong with it, in a sentence
	Value        string
	Required     bool
	Type         string // "text" when empty
	Autocomplete string
	Rows         int    // of a text area, 5 when zero
	Accept       string // of a file: ".csv,.xlsx"
	Multiple     bool
	Code         bool // of a text area: what is typed is code
	Attrs        templ.Attributes
}

// Option is a choice of a list, of radio buttons or of check boxes.
type Option struct {
	Value    string
	Label    string
	Hint     string
	Selected bool
	Disabled bool
}

// ChoiceInfo is a question with several possible answers.
type ChoiceInfo struct {
	Name     string
	Legend   string
	Hint     string
	Error    string
	Multiple bool // check boxes instead of radio buttons
	Inline   bool
	Options  []Option
}

// SearchInfo is a search field with its button.
type SearchInfo struct {
	Action      string
	Name        string // "q" when empty
	ID          string // "search-" and the name when empty
	Value       string
	Label       string
	Placeholder string
	Large       bool
	Hidden      []Hidden // other parameters to keep
	Attrs       templ.Attributes
}

// Hidden is a parameter that a form carries along.
type Hidden struct {
	Name, Value string
}

// FacetInfo is a list of values that narrow a search, each with the number of results it leaves.
type FacetInfo struct {
	Label string
	Items []FacetItem
	Open  bool
	More  Link // leads to all values
}

// FacetItem is a value of a facet. Its address adds it, or removes it when it is selected.
type FacetItem struct {
	Label    string
	Count    string
	URL      string
	Selected bool
}

// ProgressInfo is work under way.
type ProgressInfo struct {
	Label string
	Value int // of Max; below zero when not known
	Max   int // 100 when zero
	Text  string
}

// CodeInfo is an example to copy.
type CodeInfo struct {
	Label string // "curl", "Python"
	Code  string
	Open  bool // among several: shown at first
}

// DetailsInfo is a part that opens on demand.
type DetailsInfo struct {
	Title string
	Open  bool
	Group string // only one of a group is open at a time
	ID    string
}

// EmptyInfo is what is shown where there is nothing. Children are what to do about it.
type EmptyInfo struct {
	Title string
	Text  string
	Icon  string
}

// DownloadInfo is a file to take away.
type DownloadInfo struct {
	Label  string
	Detail string // "CSV, 1,2 Mo"
	URL    string
}

// Bar is one bar of a chart.
type Bar struct {
	Label string
	Value float64
	Text  string // the value as people read it
}

// HistogramInfo is a small chart of counts, drawn on the server. Its table is there for those who cannot see it.
type HistogramInfo struct {
	Label string
	Bars  []Bar
	Low   string // under the first bar
	High  string // under the last bar
}

// LineInfo is a line over time, drawn on the server in a space of 600 by 200.
type LineInfo struct {
	Label  string // says what the line shows, for those who cannot see it
	Points string // "x,y x,y…"
	Low    string // under its two ends
	High   string
	Least  string // beside its floor and its top
	Most   string
}

// MapInfo is a map of the points of a GeoJSON document, or of the places of vector tiles, drawn when it comes into view. Children are what readers
// without JavaScript get: a link to the table.
type MapInfo struct {
	Label  string // says what is on it
	Source string // address of a GeoJSON FeatureCollection of points; "" when there are tiles
	Tiles  string // address of a TileJSON, for what is too much for one document
	Title  string // property shown as the title of a point
	Count  string // "12 345 points"
}

// Day writes a day in the language of ctx.
func Day(ctx context.Context, t time.Time) string { return i18n.Date(i18n.From(ctx), onClock(t)) }

// Moment writes a day and the time of it, for people.
func Moment(ctx context.Context, t time.Time) string {
	return i18n.DateTime(i18n.From(ctx), onClock(t))
}

// clock is the time zone in which pages say when something happened.
var clock = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return time.UTC
	}
	return zone
})

// onClock returns an instant as the clocks of the readers show it; no instant stays none.
func onClock(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(clock())
}

// unbroken keeps the French signs that follow a space on the line of the word before them, in what people typed.
func unbroken(title string) string {
	return strings.NewReplacer(" :", "\u00a0:", " ;", "\u202f;", " ?", "\u202f?", " !", "\u202f!", " »", "\u00a0»", "« ", "«\u00a0").Replace(title)
}

func orText(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func (f FieldInfo) id() string {
	return orText(f.ID, strings.NewReplacer("[", "-", "]", "", " ", "-").Replace(f.Name))
}

// describedBy lists what a screen reader reads after the label.
func (f FieldInfo) describedBy() string {
	if f.Error != "" {
		return f.id() + "-messages"
	}
	return ""
}

func (f FieldInfo) attributes() templ.Attributes {
	a := templ.Attributes{"id": f.id(), "name": f.Name}
	if f.Required {
		a["required"] = true
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
		a["aria-describedby"] = f.describedBy()
	}
	if f.Autocomplete != "" {
		a["autocomplete"] = f.Autocomplete
	}
	for name, value := range f.Attrs {
		a[name] = value
	}
	return a
}

func (c ChoiceInfo) field(i int) string { return FieldInfo{Name: c.Name}.id() + "-" + strconv.Itoa(i) }

func (c ChoiceInfo) kind() string {
	if c.Multiple {
		return "checkbox"
	}
	return "radio"
}

func (t TableInfo) id() string { return orText(t.ID, "table-"+short(t.Caption)) }

func (s SearchInfo) name() string { return orText(s.Name, "q") }
func (s SearchInfo) id() string   { return orText(s.ID, "search-"+s.name()) }

// short names an element after its text, the same at each rendering.
func short(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

func headingLevel(level int) int {
	if level < 2 || level > 6 {
		return 3
	}
	return level
}
