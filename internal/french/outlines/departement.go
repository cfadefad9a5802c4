package outlines

import "sync"

// departement is the ground of its communes.
type departement struct {
	communes []outline
	box      box
}

// departements are the départements by their code, and by the code of three characters that the ministry gives them.
var departements = sync.OnceValues(func() (map[string]*departement, error) {
	all, err := communes()
	if err != nil {
		return nil, err
	}
	grounds := map[string]*departement{}
	for commune, o := range all {
		code := departementOf(commune)
		d := grounds[code]
		if d == nil {
			d = &departement{box: nothing}
			grounds[code] = d
			if alias := ministryCode(code); alias != code {
				grounds[alias] = d
			}
		}
		d.communes = append(d.communes, o)
		d.box = d.box.with(o.box)
	}
	return grounds, nil
})

// departementOf is the beginning of the code of a commune that is the code of its département.
func departementOf(commune string) string {
	if commune[:2] == "97" || commune[:2] == "98" {
		return commune[:3]
	}
	return commune[:2]
}

// ministryCode is the code of a département in the nomenclatures of the ministry: 35 is 035, 2A is 620, 2B is 720.
func ministryCode(code string) string {
	switch {
	case code == "2A":
		return "620"
	case code == "2B":
		return "720"
	case len(code) == 2:
		return "0" + code
	}
	return code
}

// WithinDepartement reports whether a point, in degrees, lies in a département, that is in one of its communes, or within [Margin]
// of it. The département is named by its code, or by that of one of its communes. known is false for one whose communes have no
// outline.
func WithinDepartement(code string, lon, lat float64) (inside, known bool) {
	all, err := departements()
	if err != nil {
		return false, false
	}
	d, known := all[code]
	if !known && len(code) == 5 {
		d, known = all[departementOf(code)]
	}
	return known && d.within(lon, lat), known
}

// within looks first for a commune that holds the point: few have it in their box, and to be near is longer to tell.
func (d *departement) within(lon, lat float64) bool {
	if !d.box.holds(lon, lat) {
		return false
	}
	for i := range d.communes {
		if o := &d.communes[i]; o.box.holds(lon, lat) && o.holds(lon, lat) {
			return true
		}
	}
	for i := range d.communes {
		if o := &d.communes[i]; o.box.holds(lon, lat) && o.near(lon, lat) {
			return true
		}
	}
	return false
}
