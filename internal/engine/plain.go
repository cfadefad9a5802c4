package engine

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"socle/internal/schema"
)

// plainSQL selects a column in a form that plainValue turns into the value of the field.
func plainSQL(f schema.Field, column string) string {
	switch {
	case f.Exact():
		return "CAST(" + column + " AS VARCHAR)"
	case f.Type == schema.Point:
		return "CAST(to_json(" + column + ") AS VARCHAR)"
	}
	return column
}

// plainValue turns what the driver gives into a value as [Rows.Values] gives them.
func plainValue(f schema.Field, raw any) (any, error) {
	switch v := raw.(type) {
	case time.Time:
		return v.UTC(), nil
	case string:
		switch f.Type {
		case schema.Point:
			var c schema.Coordinates
			if err := json.Unmarshal([]byte(v), &c); err != nil {
				return nil, fmt.Errorf("engine: point: %w", err)
			}
			return c, nil
		case schema.JSON, schema.Geometry:
			return json.RawMessage(v), nil
		}
	}
	return raw, nil
}

// done ends the reading of a table.
func (t Table) done() {
	if t.Release != nil {
		t.Release()
	}
}

func joinWith(parts []string, separator, none string) string {
	if len(parts) == 0 {
		return none
	}
	return strings.Join(parts, separator)
}
