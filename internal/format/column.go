package format

import (
	"slices"

	"socle/internal/french"
	"socle/internal/schema"
)

// ColumnProfile is what one reading learns of a column: how many cells are of each class, so that the fits of any
// type are known without reading again.
type ColumnProfile struct {
	Label     string    `json:"label"`
	Name      string    `json:"name"`
	Null      int64     `json:"null"`      // unquoted empty cells
	EmptyText int64     `json:"emptyText"` // "" or blanks
	Filled    int64     `json:"filled"`    // all others
	MinLength int       `json:"minLength"` // characters, of cells that are not null
	MaxLength int       `json:"maxLength"`
	First     []Example `json:"first,omitempty"` // first values

	counts     [classes]int64
	codes      [french.Codes]int64
	examples   [classes][]Example
	bits, ones int64
	pureDigits int64
	whole      int // most digits before the separator
	fraction   int // and after
	lossy      bool
}

// columnProfile keeps what a profile needs of a stat, with the examples put where they are.
func columnProfile(label, name string, s *stat, where func(sighting) (row, line int64)) ColumnProfile {
	c := ColumnProfile{Label: label, Name: name, Null: s.null, EmptyText: s.counts[cBlank], MinLength: s.minLen, MaxLength: s.maxLen,
		counts: s.counts, codes: s.codes, bits: s.bits, ones: s.ones, pureDigits: s.pureDigits, whole: s.maxWhole, fraction: s.maxFraction, lossy: s.lossy}
	for i, seen := range s.examples {
		if class(i) != cBlank {
			c.Filled += s.counts[i]
		}
		for _, at := range seen {
			row, line := where(at)
			c.examples[i] = append(c.examples[i], Example{Value: at.value, Line: line, row: row})
		}
	}
	c.First = c.pick(func(k class) bool { return k != cBlank })
	return c
}

// pick returns the first examples of the classes that are wanted.
func (c *ColumnProfile) pick(wanted func(class) bool) []Example {
	var out []Example
	for k := range c.examples {
		if wanted(class(k)) {
			out = append(out, c.examples[k]...)
		}
	}
	slices.SortFunc(out, func(a, b Example) int { return int(a.row - b.row) })
	return out[:min(len(out), kept)]
}

// marked counts the missing markers.
func (c *ColumnProfile) marked() (n int64, which []string) {
	for i, m := range markers {
		if k := c.counts[cMissing+class(i)]; k > 0 {
			n, which = n+k, append(which, m)
		}
	}
	return n, which
}

// fits counts the cells that fit a type in a format.
func (c *ColumnProfile) fits(t schema.Type, format string) int64 {
	if t == schema.Boolean && format == "1/0" {
		return c.bits
	}
	var n int64
	for k := cInt; k < cMissing; k++ {
		if k.fits(t, format) {
			n += c.counts[k]
		}
	}
	if t == schema.Text {
		n = c.Filled
	}
	return n
}

// best returns the format of a type that most cells fit, the usual one when several do as well.
func (c *ColumnProfile) best(t schema.Type, o Options) (format string, fits int64) {
	fits = -1
	for _, f := range Formats(t) {
		comma := f == FormatComma || f == FormatCommaSpaces
		if t == schema.Decimal && (o.DecimalComma == "comma" && !comma || o.DecimalComma == "point" && comma) {
			continue
		}
		if n := c.fits(t, f); n > fits {
			format, fits = f, n
		}
	}
	if t == schema.Point && format == FormatLatLon && c.counts[cPairLatLon] == 0 && c.looksLonLat() {
		format = FormatLonLat
	}
	return format, fits
}

// looksLonLat tells the order of pairs that are on the Earth in both: metropolitan France lies between latitudes
// 41 and 52 and longitudes -6 and 10, and a name may say it.
func (c *ColumnProfile) looksLonLat() bool {
	if c.counts[cPairLonLat] > 0 {
		return true
	}
	france, reversed := 0, 0
	for _, e := range c.examples[cPair] {
		i := slices.Index([]byte(e.Value), ',')
		x, okX := degrees(trim([]byte(e.Value)[:i]))
		y, okY := degrees(trim([]byte(e.Value)[i+1:]))
		if okX && okY {
			if inFrance(x, y) {
				france++
			}
			if inFrance(y, x) {
				reversed++
			}
		}
	}
	if france == reversed {
		return slices.Contains([]string{"lon_lat", "lonlat", "longitude_latitude", "long_lat"}, c.Name)
	}
	return reversed > france
}

func inFrance(lat, lon float64) bool { return lat > 41 && lat < 52 && lon > -6 && lon < 10 }
