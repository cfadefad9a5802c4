package query

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// RowID identifies a row inside its version: the place of its file in the high bits, then the place of the row in
// the file. Identifiers ascend in the order of the version.
type RowID int64

// RowBits is how many low bits of a [RowID] hold the place of the row in its file.
const RowBits = 40

// A Cursor is a place in the order of a plan: just at one row.
type Cursor struct {
	Keys []Literal // the values of the sort keys, then of the group keys in a grouped plan, at that row
	Row  RowID     // the row; 0 in a grouped plan
}

type wireKey struct {
	Kind    LiteralKind `json:"k"`
	Text    string      `json:"s,omitempty"`
	Integer int64       `json:"i,omitempty"`
	Decimal float64     `json:"d,omitempty"`
	Boolean bool        `json:"b,omitempty"`
}

type wireCursor struct {
	Keys []wireKey `json:"k,omitempty"`
	Row  int64     `json:"r,omitempty"`
}

// String is the cursor as an address carries it.
func (c Cursor) String() string {
	w := wireCursor{Row: int64(c.Row)}
	for _, k := range c.Keys {
		key := wireKey{Kind: k.Kind, Text: k.Text, Integer: k.Integer, Decimal: k.Decimal, Boolean: k.Boolean}
		if k.Kind == Date || k.Kind == Datetime {
			key.Integer = k.Time.UnixMicro()
		}
		w.Keys = append(w.Keys, key)
	}
	data, err := json.Marshal(w)
	if err != nil { // a number that JSON cannot say, such as an infinity: no cursor from here
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// ParseCursor reads what [Cursor.String] wrote.
func ParseCursor(text string) (Cursor, error) {
	bad := fault.New(fault.Invalid, "invalid_cursor", i18n.T("Le curseur est abîmé\u00a0: reprenez la première page.",
		"The cursor is damaged: start again from the first page.")).At("cursor")
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(data) > 1<<16 {
		return Cursor{}, bad
	}
	var w wireCursor
	if err := json.Unmarshal(data, &w); err != nil || w.Row < 0 {
		return Cursor{}, bad
	}
	c := Cursor{Row: RowID(w.Row)}
	for _, k := range w.Keys {
		if k.Kind < Null || k.Kind > Datetime {
			return Cursor{}, bad
		}
		l := Literal{Kind: k.Kind, Text: k.Text, Integer: k.Integer, Decimal: k.Decimal, Boolean: k.Boolean}
		if k.Kind == Date || k.Kind == Datetime {
			l = Literal{Kind: k.Kind, Time: time.UnixMicro(k.Integer).UTC()}
		}
		c.Keys = append(c.Keys, l)
	}
	return c, nil
}

// Resume makes the plan start just after the place of a cursor that an answer to the same question gave.
func (p *Plan) Resume(cursor string) error {
	c, err := ParseCursor(cursor)
	if err != nil {
		return err
	}
	fits := len(c.Keys) == len(p.Order)+len(p.Groups)
	for i, key := range c.Keys {
		if !fits || i >= len(p.Order) {
			break
		}
		fits = key.fits(p.Order[i].Expr)
	}
	if !fits {
		return fault.New(fault.Invalid, "invalid_cursor", i18n.T("Ce curseur vient d’une autre question\u00a0: reprenez la première page.",
			"This cursor comes from another question: start again from the first page.")).At("cursor")
	}
	p.After = &c
	return nil
}

// decimalText is how an exact decimal travels.
var decimalText = regexp.MustCompile(`^-?[0-9]{1,38}(\.[0-9]{1,38})?$`)

// fits reports whether a cursor may hold the value as that of a sort key. A cursor comes from outside: a value of
// another type would not compare.
func (l Literal) fits(key Expr) bool {
	t := key.Type()
	f, field := key.(Field)
	switch {
	case l.Kind == Null:
		return true
	case l.Kind == Text && field && f.Exact():
		return decimalText.MatchString(l.Text)
	case l.Kind == Text:
		return t == schema.Text || t == ""
	case t.Numeric():
		return l.Kind == Integer || l.Kind == Decimal
	}
	return l.Type() == t
}
