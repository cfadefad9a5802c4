package query

import (
	"math"
	"strconv"
	"strings"

	"socle/internal/i18n"
	"socle/internal/schema"
)

const bandsUsage = "range(nombre, *, 10, 50, *), range(nombre, 5) ou range(date, 1 month)"

var shortUnits = map[string]PeriodUnit{"ms": Milliseconds, "s": Seconds, "m": Minutes, "h": Hours, "d": Days, "w": Weeks, "M": Months, "q": Quarters, "y": Years}

var longUnits = map[string]PeriodUnit{"millisecond": Milliseconds, "second": Seconds, "minute": Minutes, "hour": Hours, "day": Days,
	"week": Weeks, "month": Months, "quarter": Quarters, "year": Years}

// bands reads the three forms of range().
func (b *binder) bands(n call) (Expr, *SyntaxError) {
	if len(n.args) < 2 {
		return nil, b.usage(n, bandsUsage)
	}
	of, err := b.value(n.args[0].value)
	if err != nil {
		return nil, err
	}
	if t := of.Type(); !t.Numeric() && !t.Temporal() {
		return nil, b.fail(n.args[0].value, show(n.args[0].value), i18n.T("range demande un nombre ou une date", "range needs a number or a date"))
	}
	if len(n.args) == 2 {
		return b.equalBands(n, of)
	}
	band := BandStatic{Of: of}
	for i, arg := range n.args[1:] {
		if _, star := arg.value.(starNode); star {
			if i > 0 && i < len(n.args)-2 {
				return nil, b.fail(arg.value, "*", i18n.T("* ne peut être que la première ou la dernière borne", "* can only be the first or the last bound"))
			}
			band.Bounds = append(band.Bounds, Literal{})
			continue
		}
		bound, err := b.literal(arg.value, of.Type())
		if err != nil {
			return nil, err
		}
		if bound.Kind == Null {
			return nil, b.usage(n, bandsUsage)
		}
		if last := len(band.Bounds) - 1; last >= 0 && band.Bounds[last].Kind != Null && !before(band.Bounds[last], bound) {
			return nil, b.fail(arg.value, show(arg.value), i18n.T("les bornes de range doivent croître", "the bounds of range must ascend"))
		}
		band.Bounds = append(band.Bounds, bound)
	}
	return band, nil
}

// before compares two bounds of the same class.
func before(a, b Literal) bool {
	if a.Kind == Date || a.Kind == Datetime {
		return a.Time.Before(b.Time)
	}
	return a.number() < b.number()
}

func (l Literal) number() float64 {
	if l.Kind == Integer {
		return float64(l.Integer)
	}
	return l.Decimal
}

func (b *binder) equalBands(n call, of Expr) (Expr, *SyntaxError) {
	switch width := n.args[1].value.(type) {
	case number:
		w, err := strconv.ParseFloat(width.digits, 64)
		if of.Type().Numeric() && err == nil && w > 0 && !math.IsInf(w, 0) {
			return BandWidth{Of: of, Width: w}, nil
		}
	case quantity:
		unit, ok := shortUnits[width.unit]
		if !ok {
			unit, ok = longUnits[strings.TrimSuffix(strings.ToLower(width.unit), "s")]
		}
		count, err := strconv.Atoi(width.digits)
		if ok && err == nil && of.Type().Temporal() && count > 0 && count <= 1_000_000 {
			if unit >= Weeks && count != 1 {
				return nil, b.fail(width, show(width), i18n.T("semaines, mois, trimestres et années ne vont que par 1", "weeks, months, quarters and years only go by 1"))
			}
			if of.Type() == schema.Date && unit < Days {
				return nil, b.fail(width, show(width), i18n.T("ce champ est un jour, sans heure", "this field is a day, without time"))
			}
			return BandPeriod{Of: of, Count: count, Unit: unit}, nil
		}
	}
	return nil, b.usage(n, bandsUsage)
}
