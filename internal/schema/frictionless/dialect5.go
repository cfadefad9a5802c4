package frictionless

import (
	"encoding/json"
)

// asFrictionless reads the words of frictionless-py 5 for a dialect: an object for each format ("csv", "excel", "ods", "json"), and
// "skipBlankRows". They say what the standard does not say itself; they stay among the other properties, as they came.
func (d *Dialect) asFrictionless() {
	var skip bool
	if json.Unmarshal(d.Extra.Get("skipBlankRows"), &skip) == nil {
		d.SkipBlankRows = skip
	}
	var csv struct {
		Delimiter        string `json:"delimiter"`
		LineTerminator   string `json:"lineTerminator"`
		QuoteChar        string `json:"quoteChar"`
		DoubleQuote      *bool  `json:"doubleQuote"`
		EscapeChar       string `json:"escapeChar"`
		NullSequence     string `json:"nullSequence"`
		SkipInitialSpace bool   `json:"skipInitialSpace"`
	}
	if json.Unmarshal(d.Extra.Get("csv"), &csv) == nil {
		for _, part := range []struct {
			own  *string
			said string
			one  bool // a single character
		}{{&d.Delimiter, csv.Delimiter, true}, {&d.QuoteChar, csv.QuoteChar, true}, {&d.EscapeChar, csv.EscapeChar, true}, {&d.LineTerminator, csv.LineTerminator, false}, {&d.NullSequence, csv.NullSequence, false}} {
			if *part.own == "" && !(part.one && len(part.said) > 1) {
				*part.own = part.said
			}
		}
		if d.DoubleQuote == nil {
			d.DoubleQuote = csv.DoubleQuote
		}
		d.SkipInitialSpace = d.SkipInitialSpace || csv.SkipInitialSpace
	}
	for _, format := range []string{"excel", "ods"} {
		var sheet struct {
			Sheet json.RawMessage `json:"sheet"`
		}
		if json.Unmarshal(d.Extra.Get(format), &sheet) != nil || d.SheetName != "" || d.SheetNumber != 0 {
			continue
		}
		var number int
		if json.Unmarshal(sheet.Sheet, &number) == nil && number > 0 {
			d.SheetNumber = number
		} else {
			_ = json.Unmarshal(sheet.Sheet, &d.SheetName) // neither a number nor a name says nothing
		}
	}
	var inJSON struct {
		Property string `json:"property"`
	}
	if json.Unmarshal(d.Extra.Get("json"), &inJSON) == nil && d.Property == "" {
		d.Property = inJSON.Property
	}
}
