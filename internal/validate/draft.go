package validate

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"socle/internal/format"
	"socle/internal/french"
	"socle/internal/schema"
	"socle/internal/schema/frictionless"
)

// Draft makes a schema of a table from all of its cells: the type of each column, and the code of the administration
// that its values are. Holding the table against it finds the values that are not like the others of their column.
func Draft(ctx context.Context, t *format.Table) (*frictionless.Schema, error) {
	profile, err := format.Scan(ctx, t, nil)
	if err != nil {
		return nil, err
	}
	s := &frictionless.Schema{Profile: frictionless.TableSchemaV2}
	// A cell beyond the names of the columns is a fault of its row, and no column.
	for _, guess := range format.Infer(t, profile)[:t.Labelled()] {
		s.Fields = append(s.Fields, FieldOf(guess))
	}
	return s, nil
}

// FieldOf writes the guess of a column as a field of a Table Schema, whose format is the code that most of its values are.
func FieldOf(g format.Guess) frictionless.Field {
	f := frictionless.Field{Name: g.Field.Label, Type: frictionless.String}
	if len(g.Examples) > 0 && !g.Field.Personal {
		f.Example, _ = json.Marshal(g.Examples[0].Value) // a text is always JSON
	}
	if g.Marked > 0 {
		f.MissingValues = []frictionless.MissingValue{{}}
		for _, marker := range g.Missing {
			f.MissingValues = append(f.MissingValues, frictionless.MissingValue{Value: marker}, frictionless.MissingValue{Value: strings.ToUpper(marker)})
		}
	}
	switch g.Field.Type {
	case schema.Text:
		if _, known := french.ConceptOf(g.Field.Concept); known {
			f.Format = g.Field.Concept
		}
	case schema.Integer, schema.Decimal:
		f.Type = frictionless.Integer
		if g.Field.Type == schema.Decimal {
			f.Type = frictionless.Number
		}
		if strings.Contains(g.Field.Format, "comma") {
			f.DecimalChar = ","
		}
		if strings.Contains(g.Field.Format, "spaces") {
			f.GroupChar = " "
		}
	case schema.Boolean:
		f.Type = frictionless.Boolean
		if yes, no, found := strings.Cut(g.Field.Format, "/"); found && yes != "true" {
			f.TrueValues, f.FalseValues = inEveryCase(yes), inEveryCase(no)
		}
	case schema.Date:
		f.Type, f.Format = frictionless.Date, g.Field.Format
	case schema.Datetime:
		f.Type, f.Format = frictionless.Datetime, "any"
	case schema.Point:
		switch g.Field.Format {
		case format.FormatLonLat:
			f.Type = frictionless.Geopoint
		case format.FormatJSON:
			f.Type, f.Format = frictionless.Geopoint, "object"
		case format.FormatArray:
			f.Type, f.Format = frictionless.Geopoint, "array"
		}
	case schema.Geometry:
		f.Type = frictionless.GeoJSON
	case schema.JSON:
		f.Type = frictionless.Any
	}
	return f
}

// inEveryCase lists a word in the cases in which people write it: oui, Oui, OUI.
func inEveryCase(word string) []string {
	return slices.Compact([]string{word, strings.ToUpper(word[:1]) + word[1:], strings.ToUpper(word)})
}
