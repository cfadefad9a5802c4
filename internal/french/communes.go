package french

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// A CommuneRecord is one code of the official geographic code during one period. A code that was a commune, stopped,
// and became one again has two.
type CommuneRecord struct {
	Code      string
	Name      string
	Kind      CommuneKind
	From      time.Time // first day; zero when it was there before the list begins
	Until     time.Time // first day on which it no longer was; zero while it is
	Successor string    // the commune that it is part of now, when it is no more; "" when not known
	Postal    []string  // its postal codes today
}

// CommuneKind is what a code of the official geographic code stands for.
type CommuneKind string

// The kinds. The first two may be written where a commune is asked for; a delegated or associated commune is only a
// part of one.
const (
	KindCommune        CommuneKind = "commune"
	KindArrondissement CommuneKind = "arrondissement" // of Paris, Lyon or Marseille
	KindPart           CommuneKind = "part"           // delegated or associated
)

// Communes is a list of communes with their periods. It is read-only once read, and safe for concurrent use.
type Communes struct {
	records  map[string][]CommuneRecord
	byPostal map[string][]string
}

// dayForm is how days are written in the list.
const dayForm = "2006-01-02"

// ReadCommunes reads a list in CSV: code, name, kind, from, until, successor, postal codes separated by a space; days as
// 2026-01-31, empty when open. The first line names the columns.
func ReadCommunes(r io.Reader) (*Communes, error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord, rows.ReuseRecord = 7, true
	c := &Communes{records: map[string][]CommuneRecord{}, byPostal: map[string][]string{}}
	for line := 1; ; line++ {
		row, err := rows.Read()
		if err == io.EOF {
			return c, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list of communes: %w", err)
		}
		if line == 1 {
			continue
		}
		record := CommuneRecord{Code: row[0], Name: row[1], Kind: CommuneKind(row[2]), Successor: row[5]}
		if record.From, err = dayOf(row[3]); err == nil {
			record.Until, err = dayOf(row[4])
		}
		if err != nil {
			return nil, fmt.Errorf("list of communes, line %d: %w", line, err)
		}
		for _, postal := range splitSpaces(row[6]) {
			record.Postal = append(record.Postal, postal)
			if !slices.Contains(c.byPostal[postal], record.Code) {
				c.byPostal[postal] = append(c.byPostal[postal], record.Code)
			}
		}
		c.records[record.Code] = append(c.records[record.Code], record)
	}
}

func dayOf(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(dayForm, s)
}

func splitSpaces(s string) (parts []string) {
	start := 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == ' ' {
			if i > start {
				parts = append(parts, s[start:i])
			}
			start = i + 1
		}
	}
	return parts
}

// Len is how many different codes the list has.
func (c *Communes) Len() int { return len(c.records) }

// Codes returns the codes of the list, in order.
func (c *Communes) Codes() []string { return slices.Sorted(maps.Keys(c.records)) }

// Find returns the periods of a code, none when the list has no such code.
func (c *Communes) Find(code string) []CommuneRecord { return c.records[code] }

// holds reports whether the record holds on a day; the zero day is today, that is the end of the list.
func (r CommuneRecord) holds(day time.Time) bool {
	if day.IsZero() {
		return r.Until.IsZero()
	}
	return (r.From.IsZero() || !day.Before(r.From)) && (r.Until.IsZero() || day.Before(r.Until))
}

// At checks that a code was a commune, or an arrondissement of Paris, Lyon or Marseille, on a day; the zero day stands
// for the end of the list. A code of abroad (99…) is checked by its shape alone. The reason of a refusal says what the
// code was, and the suggestion is what was probably meant: the commune that took its place, or the one whose postal code
// it is.
func (c *Communes) At(code string, day time.Time) Verdict {
	shape := Commune(code)
	if !shape.Valid {
		if s := shape.Suggestion; s != "" && !c.exists(s, day) {
			shape.Suggestion = ""
		}
		return shape
	}
	code = shape.Canonical
	if code[:2] == "99" || c.exists(code, day) {
		return shape
	}
	return c.refuse(code, day)
}

func (c *Communes) exists(code string, day time.Time) bool {
	return slices.ContainsFunc(c.records[code], func(r CommuneRecord) bool { return r.Kind != KindPart && r.holds(day) })
}

// refuse says why a code was no commune on a day.
func (c *Communes) refuse(code string, day time.Time) Verdict {
	var last CommuneRecord
	for _, r := range c.records[code] {
		if r.Kind != KindPart {
			last = r
		}
	}
	over := last.Code == "" || !last.Until.IsZero() && (day.IsZero() || !day.Before(last.Until))
	if near := c.byPostal[code]; over && len(near) > 0 {
		v := invalid("« %s » est un code postal, pas le code d’une commune", "“%s” is a postal code, not the code of a commune", code)
		v.Suggestion = c.only(near)
		return v
	}
	if last.Code == "" {
		if parts := c.records[code]; len(parts) > 0 {
			v := invalid("%s est une commune déléguée ou associée", "%s is a delegated or associated commune", parts[0].Name)
			v.Suggestion = parts[0].Successor
			return v
		}
		return invalid("aucune commune n’a le code « %s »", "no commune has the code “%s”", code)
	}
	if !day.IsZero() && !last.From.IsZero() && day.Before(last.From) {
		return invalid("%s n’est une commune que depuis le %s", "%s has been a commune only since %s", last.Name, last.From.Format("02/01/2006"))
	}
	v := invalid("%s n’est plus une commune depuis le %s", "%s has no longer been a commune since %s", last.Name, last.Until.Format("02/01/2006"))
	v.Suggestion = last.Successor
	return v
}

// only is the single commune of a postal code, or the single arrondissement; "" when there are several.
func (c *Communes) only(near []string) string {
	if len(near) == 1 {
		return near[0]
	}
	found := ""
	for _, code := range near {
		if c.records[code][0].Kind == KindArrondissement {
			if found != "" {
				return ""
			}
			found = code
		}
	}
	return found
}
