package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// timeLayout has a fixed width, in UTC, so that instants sort as text.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// Now is the current instant, in UTC, with the precision that the store keeps (microseconds).
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// NewID returns a new identifier, a UUID of version 7: later ones sort after earlier ones.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Time carries an instant to and from a TEXT column, as RFC 3339 in UTC with six decimals. The zero instant is
// NULL; NULL and the empty text are the zero instant.
type Time struct{ time.Time }

// At wraps t as a parameter.
func At(t time.Time) Time { return Time{t} }

// Value implements [driver.Valuer].
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.UTC().Format(timeLayout), nil
}

// Scan implements [database/sql.Scanner].
func (t *Time) Scan(src any) error {
	text, err := textOf(src)
	if err != nil || text == "" {
		t.Time = time.Time{}
		return err
	}
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return fmt.Errorf("store: instant %q: %w", text, err)
	}
	t.Time = parsed.UTC()
	return nil
}

// Bool carries a boolean to and from an INTEGER column, as 0 or 1.
type Bool bool

// Value implements [driver.Valuer].
func (b Bool) Value() (driver.Value, error) {
	if b {
		return int64(1), nil
	}
	return int64(0), nil
}

// Scan implements [database/sql.Scanner]; NULL is false.
func (b *Bool) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*b = false
	case int64:
		*b = v != 0
	case bool:
		*b = Bool(v)
	default:
		return fmt.Errorf("store: %T is not a boolean", src)
	}
	return nil
}

// Text carries a string to and from a TEXT column that may be NULL: the empty string is NULL.
type Text string

// Value implements [driver.Valuer].
func (s Text) Value() (driver.Value, error) {
	if s == "" {
		return nil, nil
	}
	return string(s), nil
}

// Scan implements [database/sql.Scanner].
func (s *Text) Scan(src any) error {
	text, err := textOf(src)
	*s = Text(text)
	return err
}

// JSON carries any value to and from a TEXT column. NULL and the empty text are the zero value.
type JSON[T any] struct{ V T }

// AsJSON wraps v as a parameter.
func AsJSON[T any](v T) JSON[T] { return JSON[T]{v} }

// Value implements [driver.Valuer].
func (j JSON[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(j.V)
	return string(text), err
}

// Scan implements [database/sql.Scanner].
func (j *JSON[T]) Scan(src any) error {
	var zero T
	j.V = zero
	text, err := textOf(src)
	if err != nil || text == "" {
		return err
	}
	return json.Unmarshal([]byte(text), &j.V)
}

func textOf(src any) (string, error) {
	switch v := src.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	}
	return "", fmt.Errorf("store: %T is not a text", src)
}
