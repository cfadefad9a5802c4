package validate

import (
	"socle/internal/i18n"
)

// most is how many examples a group has at most.
const most = 100

// A Report is what a validation found. Its JSON is the answer of `socle validate --json` and of the API.
type Report struct {
	Valid    bool      `json:"valid"`
	Stats    Stats     `json:"stats"`
	Tasks    []Task    `json:"tasks"`    // one for each table
	Errors   []Group   `json:"errors"`   // one for each table, field and rule that has faults, in the order of the columns
	Warnings []Warning `json:"warnings"` // what a person should know, that makes nothing invalid
}

// Stats are the figures of a report, exact.
type Stats struct {
	Tasks      int     `json:"tasks"`
	Rows       int64   `json:"rows"`       // data rows, blank lines left out
	Errors     int64   `json:"errors"`     // faults
	FaultyRows int64   `json:"faultyRows"` // rows that have at least one
	Warnings   int     `json:"warnings"`
	Bytes      int64   `json:"bytes"`   // of the files read
	Seconds    float64 `json:"seconds"` // it took
}

// A Task is one table of a report.
type Task struct {
	Name       string   `json:"name"`
	Place      string   `json:"place"`          // name of the file
	Kind       string   `json:"kind,omitempty"` // "ical" for a calendar, whose rows are events; empty for a table
	Valid      bool     `json:"valid"`
	Labels     []string `json:"labels"` // of the columns, as they came
	Fields     int      `json:"fields"` // of the schema
	Rows       int64    `json:"rows"`
	Errors     int64    `json:"errors"`
	FaultyRows int64    `json:"faultyRows"`

	faulty *RowSet
	run    *tableRun
}

// Faulty returns the rows of the table that have at least one fault.
func (t *Task) Faulty() *RowSet { return t.faulty }

// Read reports whether the table could be read; its faults may then be visited.
func (t *Task) Read() bool { return t.run != nil }

// A Group is the faults of one rule on one field, or on the rows or the header of the table.
type Group struct {
	Table       string    `json:"table,omitempty"`       // name of the table, when the report has several
	Field       string    `json:"field"`                 // name of the field; empty for a rule of the row or the header
	FieldNumber int       `json:"fieldNumber,omitempty"` // place of the column, from 1; 0 for none
	Fields      []string  `json:"fields,omitempty"`      // of a rule over several
	Rule        string    `json:"rule"`                  // "type", "required", "pattern", "primaryKey", "siret", "date-order"…
	Type        string    `json:"type"`                  // the code of frictionless-py: "type-error", "constraint-error", "foreign-key"…
	Code        string    `json:"code"`                  // the same, under the name of its earlier versions
	Tags        []string  `json:"tags"`                  // "#table", "#header", "#label", "#row", "#cell"
	Title       i18n.Text `json:"title"`                 // the rule in a few words
	Message     i18n.Text `json:"message"`               // what is wrong
	Instruction i18n.Text `json:"instruction"`           // what the field expects, from the schema
	Fix         i18n.Text `json:"fix"`                   // what to do about it
	Count       int64     `json:"count"`                 // exact
	Examples    []Example `json:"examples"`              // the first ones in the order of the file, at most 100

	rule int // its number in the run; -1 for the header
}

// An Example is one fault.
type Example struct {
	Row         int64     `json:"row,omitempty"`       // number of the data row, from 1; 0 for the header
	Line        int64     `json:"line,omitempty"`      // line of the file, row of the sheet or element of the array, from 1
	RowNumber   int64     `json:"rowNumber,omitempty"` // as frictionless-py counts: every record of the file, the header included
	Field       string    `json:"fieldName,omitempty"`
	FieldNumber int       `json:"fieldNumber,omitempty"`
	Pointer     string    `json:"pointer,omitempty"`    // place in a JSON document (RFC 6901); empty for the whole, and for a table
	Cell        string    `json:"cell"`                 // as it came, cut after 200 bytes; masked where it may not be shown
	Masked      bool      `json:"masked,omitempty"`     // the cell is not shown in clear
	Message     i18n.Text `json:"message"`              // the value, what is wrong with it
	Suggestion  string    `json:"suggestion,omitempty"` // the value that was probably meant
}

// A Warning is something to know about the file or the schema.
type Warning struct {
	Table string    `json:"table,omitempty"`
	Code  string    `json:"code"`
	Path  string    `json:"path,omitempty"` // place in the schema
	Text  i18n.Text `json:"text"`
}

// Group returns the group of a field and a rule, nil when it has no fault.
func (r *Report) Group(field, rule string) *Group {
	for i := range r.Errors {
		if r.Errors[i].Field == field && r.Errors[i].Rule == rule {
			return &r.Errors[i]
		}
	}
	return nil
}

// A RowSet is a set of rows of a table. It takes one bit a row where there are faults, and nothing elsewhere.
type RowSet struct {
	blocks []rowBits
	first  []int64 // number of data rows before each block
	count  int64
}

// rowBits are the faulty rows of a block, nil when it has none.
type rowBits []uint64

func (b *rowBits) add(row int32) (added bool) {
	word, bit := int(row>>6), uint64(1)<<(row&63)
	for len(*b) <= word {
		*b = append(*b, 0)
	}
	added = (*b)[word]&bit == 0
	(*b)[word] |= bit
	return added
}

// Len returns how many rows are in the set.
func (s *RowSet) Len() int64 {
	if s == nil {
		return 0
	}
	return s.count
}

// Has reports whether a data row, from 1, is in the set.
func (s *RowSet) Has(row int64) bool {
	if s == nil || row < 1 {
		return false
	}
	i := lastAtMost(s.first, row-1)
	if i < 0 {
		return false
	}
	bits, place := s.blocks[i], row-1-s.first[i]
	return int(place>>6) < len(bits) && bits[place>>6]&(1<<(place&63)) != 0
}

// lastAtMost returns the last index whose value is at most n, -1 when there is none.
func lastAtMost(sorted []int64, n int64) int {
	low, high := 0, len(sorted)
	for low < high {
		if middle := (low + high) / 2; sorted[middle] <= n {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low - 1
}
