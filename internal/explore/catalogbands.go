package explore

import (
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"
	"time"

	"socle/internal/query"
)

// band is the value of range() on numbers and of its static form: shown as text, ordered as its bounds are.
type band struct {
	place float64
	text  string
}

// bandStatic puts a value between two bounds; nil when it is in no band.
func (e *evaluator) bandStatic(x query.BandStatic, value any) any {
	for i := range x.Bounds[1:] {
		between := query.Between{Low: x.Bounds[i], High: x.Bounds[i+1], HighOpen: true}
		if betweenValues(between, value) {
			return band{float64(i), "[" + e.bound(x.Bounds[i]) + ", " + e.bound(x.Bounds[i+1]) + "["}
		}
	}
	return nil
}

func (e *evaluator) bound(l query.Literal) string {
	switch value := literalValue(l).(type) {
	case time.Time:
		if l.Kind == query.Date {
			return value.Format(time.DateOnly)
		}
		return second(value, e.zone)
	case nil:
		return "*"
	default:
		return fmt.Sprint(value)
	}
}

func bandWidth(x query.BandWidth, value any) any {
	n, ok := number(value)
	if !ok {
		return nil
	}
	place := math.Floor(n / x.Width)
	digits := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	return band{place, "[" + digits(place*x.Width) + ", " + digits((place+1)*x.Width) + "["}
}

// bandPeriod is the first instant of the period of a time, by the clocks of the zone.
func (e *evaluator) bandPeriod(x query.BandPeriod, value any) any {
	t, ok := value.(time.Time)
	if !ok {
		return nil
	}
	t = t.In(e.zone)
	y, m, d := t.Date()
	midnight := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, e.zone) }
	switch x.Unit {
	case query.Years:
		return midnight(y, time.January, 1)
	case query.Quarters:
		return midnight(y, (m-1)/3*3+1, 1)
	case query.Months:
		return midnight(y, m, 1)
	case query.Weeks:
		return midnight(y, m, d-(int(t.Weekday())+6)%7)
	case query.Days:
		since := int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
		return midnight(y, m, d-((since%x.Count)+x.Count)%x.Count)
	}
	width := map[query.PeriodUnit]time.Duration{query.Hours: time.Hour, query.Minutes: time.Minute, query.Seconds: time.Second,
		query.Milliseconds: time.Millisecond}[x.Unit] * time.Duration(x.Count)
	since := t.UnixNano() % int64(width)
	return t.Add(-time.Duration((since + int64(width)) % int64(width)))
}

// dateFormat writes a time in parts.
func (e *evaluator) dateFormat(x query.DateFormat, value any) any {
	t, ok := value.(time.Time)
	if !ok {
		return nil
	}
	t = t.In(e.zone)
	weekYear, week := t.ISOWeek()
	day := (int(t.Weekday()) + 6) % 7
	var b strings.Builder
	for _, part := range x.Parts {
		switch part.Token {
		case "":
			b.WriteString(part.Text)
		case "yyyy", "yy", "MM", "M", "dd", "d", "HH", "mm", "ss":
			b.WriteString(t.Format(map[string]string{"yyyy": "2006", "yy": "06", "MM": "01", "M": "1", "dd": "02", "d": "2", "HH": "15", "mm": "04", "ss": "05"}[part.Token]))
		case "xxxx":
			fmt.Fprintf(&b, "%04d", weekYear)
		case "xx":
			fmt.Fprintf(&b, "%02d", weekYear%100)
		case "ww":
			fmt.Fprintf(&b, "%02d", week)
		case "DDD":
			fmt.Fprintf(&b, "%03d", t.YearDay())
		case "E", "EEEE":
			b.WriteString(x.Names(part.Token)[day])
		case "MMM", "MMMM":
			b.WriteString(x.Names(part.Token)[t.Month()-1])
		default:
			b.WriteString(strconv.Itoa(map[string]int{"w": week, "e": day + 1, "D": t.YearDay(), "H": t.Hour(), "m": t.Minute(), "s": t.Second()}[part.Token]))
		}
	}
	return b.String()
}

// random is a number in [0, 1[ that depends on the dataset and the seed only.
func random(uid string, seed any) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%v %s", seed, uid)
	return float64(h.Sum64()>>11) / (1 << 53)
}
