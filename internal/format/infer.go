package format

import (
	"slices"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// The thresholds of a type that not all values fit: see [Infer].
const (
	tolerantFrom   = 100 // values
	toleratedShare = 100 // one misfit in so many values
	nearShare      = 5   // a type that one value in five refuses is still worth a mention
)

// strict lists the types that are tried, the narrowest first.
var strict = []schema.Type{schema.Boolean, schema.Integer, schema.Date, schema.Datetime, schema.Decimal, schema.Point, schema.Geometry, schema.JSON}

// tolerant lists those that a few values may refuse.
var tolerant = []schema.Type{schema.Integer, schema.Date, schema.Datetime, schema.Decimal, schema.Point}

func infer(t *Table, p *Profile) []Guess {
	guesses := make([]Guess, len(p.Columns))
	for i := range p.Columns {
		guesses[i] = inferColumn(t, &p.Columns[i], i)
	}
	return guesses
}

func inferColumn(t *Table, c *ColumnProfile, column int) Guess {
	typ, format := chooseType(t, c, column)
	g := guess(c, typ, format, t.Options)
	if reason := textReason(t, c, column, typ); !reason.IsZero() {
		g.Reason = reason
	}
	if typ == schema.Text && !saysCode(c.Name) && c.counts[cIntZeros] == 0 {
		g.NearMiss = nearMiss(c, t.Options)
	}
	return g
}

// chooseType is the rule of [Infer].
func chooseType(t *Table, c *ColumnProfile, column int) (schema.Type, string) {
	marked, _ := c.marked()
	values := c.Filled - marked
	if values == 0 {
		return schema.Text, ""
	}
	for _, typ := range strict {
		format, fits := c.best(typ, t.Options)
		if fits == values && allowed(t, c, column, typ, format) {
			return typ, format
		}
	}
	if values < tolerantFrom {
		return schema.Text, ""
	}
	var best schema.Type
	var bestFormat string
	most := values - values/toleratedShare - 1
	for _, typ := range tolerant {
		if format, fits := c.best(typ, t.Options); fits > most && allowed(t, c, column, typ, format) {
			best, bestFormat, most = typ, format, fits
		}
	}
	if best != "" {
		return best, bestFormat
	}
	return schema.Text, ""
}

// allowed says what a type that the values fit also needs: codes stay text, no digit is lost, 0 and 1 are truths
// only where nothing speaks against it.
func allowed(t *Table, c *ColumnProfile, column int, typ schema.Type, format string) bool {
	texts := t.texts != nil && t.texts[column] || typ.Numeric() && isCode(conceptOf(c, schema.Integer))
	switch typ {
	case schema.Integer:
		return !texts && !saysCode(c.Name) && c.counts[cIntZeros] == 0
	case schema.Decimal:
		whole := c.counts[cPoint] + c.counts[cComma] + c.counts[cPointSpaced] + c.counts[cCommaSpaced] + c.counts[cExponent]
		return !texts && c.counts[cIntZeros] == 0 && !(saysCode(c.Name) && whole == 0) && (!c.lossy || c.exact())
	case schema.Boolean:
		switch format {
		case "1/0":
			return !texts && !saysCode(c.Name) && !saysCount(c.Name) && c.ones > 0 && c.ones < c.bits
		case "o/n":
			return c.counts[cO] > 0 && c.counts[cN] > 0
		}
	case schema.Point:
		return format != FormatArray || saysPlace(c.Name)
	}
	return true
}

// isCode reports whether a concept told by the shape and key of the values is written with digits that are no number.
func isCode(concept string) bool {
	return slices.Contains([]string{"uai", "siret", "siren", "nir", "ine", "phone"}, concept)
}

// exact reports whether the numbers of a column fit DECIMAL(38, fraction).
func (c *ColumnProfile) exact() bool {
	return c.fraction > 0 && c.whole+c.fraction <= 38 && c.counts[cExponent] == 0
}

// guess fills the counts and the examples for a type.
func guess(c *ColumnProfile, typ schema.Type, format string, o Options) Guess {
	marked, which := c.marked()
	g := Guess{Field: schema.Field{Name: c.Name, Label: c.Label, Type: typ, Format: format}, Null: c.Null, EmptyText: c.EmptyText}
	if typ == schema.Text {
		g.Values = c.Filled
	} else {
		g.Missing, g.Marked, g.Values = which, marked, c.Filled-marked
	}
	if g.Field.Label == "" {
		g.Field.Label = c.Name
	}
	g.Fits = c.fits(typ, format)
	g.Misfits = g.Values - g.Fits
	if typ == schema.Decimal && c.lossy && c.exact() {
		g.Field.Scale, g.Exact = c.fraction, true
	}
	fitting := func(k class) bool {
		if format == "1/0" {
			return k == cInt
		}
		return k > cBlank && !k.missing() && k.fits(typ, format) || typ == schema.Text && k != cBlank
	}
	g.Examples = c.pick(fitting)
	if g.Misfits > 0 {
		g.Offenders = c.pick(func(k class) bool { return k != cBlank && !k.missing() && !fitting(k) })
	}
	for _, other := range schema.Types {
		if _, n := c.best(other, o); n == c.Filled-marked && n > 0 || other == schema.Text {
			g.FitsAll = append(g.FitsAll, other)
		}
	}
	g.Field.Concept = conceptOf(c, typ)
	g.Field.Personal, g.Why = personal(c, typ)
	g.Reason = reasonFor(&g)
	return g
}

// nearMiss looks for a stricter type that few values refuse.
func nearMiss(c *ColumnProfile, o Options) *NearMiss {
	marked, _ := c.marked()
	values := c.Filled - marked
	most := values - values/nearShare - 1
	var near *NearMiss
	for _, typ := range []schema.Type{schema.Integer, schema.Decimal, schema.Date, schema.Datetime, schema.Point, schema.Boolean} {
		format, fits := c.best(typ, o)
		if fits <= most || fits == values || values < 3 || format == "1/0" {
			continue
		}
		most = fits
		near = &NearMiss{Type: typ, Format: format, Misfits: values - fits, Examples: c.pick(func(k class) bool {
			return k != cBlank && !k.missing() && !k.fits(typ, format)
		})}
	}
	if near == nil {
		return nil
	}
	first := Example{}
	if len(near.Examples) > 0 {
		first = near.Examples[0]
	}
	near.Text = i18n.T("Presque %s : %s ne le sont pas, par exemple « %s » à la ligne %d.", "Almost %s: %s are not, for instance “%s” on line %d.",
		pluralOf(near.Type), i18n.Count(near.Misfits, i18n.T("valeur", "value"), i18n.T("valeurs", "values")), first.Value, first.Line)
	return near
}

func retype(t *Table, p *Profile, column int, typ schema.Type, format string) (Guess, error) {
	if column < 0 || column >= len(p.Columns) {
		return Guess{}, fault.New(fault.Invalid, "unknown_field", i18n.T("Cette colonne n’existe pas.", "This column does not exist."))
	}
	if !typ.Valid() {
		return Guess{}, fault.New(fault.Invalid, "unknown_type", i18n.T(
			"Le type « %s » n’existe pas : choisissez parmi text, integer, decimal, boolean, date, datetime, point, geometry et json.",
			"Type “%s” does not exist: choose among text, integer, decimal, boolean, date, datetime, point, geometry and json.", string(typ)))
	}
	c := &p.Columns[column]
	if format == "" {
		format, _ = c.best(typ, t.Options)
	} else if !slices.Contains(Formats(typ), format) {
		return Guess{}, fault.New(fault.Invalid, "unknown_format", i18n.T(
			"Le format « %s » n’existe pas pour ce type.", "Format “%s” does not exist for this type.", format))
	}
	g := guess(c, typ, format, t.Options)
	g.Reason = i18n.T("Type choisi par une personne.", "Type chosen by a person.")
	return g, nil
}
