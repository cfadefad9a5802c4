package main

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
)

// A call is an address, what it asks for, and whether who asks has the answer already and only wants to know whether it changed.
type call struct {
	path  string
	again bool
	kind  string
}

const datasets = "/api/explore/v2.1/catalog/datasets/"

// caller draws calls in the proportions of the portal. It belongs to one client.
type caller struct {
	r     *rand.Rand
	list  []dataset
	whole []bool  // downloads, after the calls
	until []int64 // sum of calls up to each dataset, and of small downloads
	zipf  *rand.Zipf
}

// smallFile is the size up to which a download is a call like others; whole large files would be measured by the gigabyte.
const smallFile = 300_000

func newCaller(list []dataset, seed uint64) *caller {
	r := rand.New(rand.NewPCG(seed, 7))
	c := &caller{r: r, zipf: rand.NewZipf(r, 1.1, 8, 1<<20)}
	var sum int64
	add := func(d dataset, whole bool, times int64) {
		if d.rows > 0 && times > 0 {
			sum += times
			c.list, c.whole, c.until = append(c.list, d), append(c.whole, whole), append(c.until, sum)
		}
	}
	for _, d := range list {
		add(d, false, d.calls)
		if d.bytes <= smallFile {
			add(d, true, d.downloads)
		}
	}
	return c
}

// next draws a call.
func (c *caller) next() call {
	n, _ := slices.BinarySearch(c.until, c.r.Int64N(c.until[len(c.until)-1])+1)
	d := c.list[n]
	if c.whole[n] {
		return call{path: datasets + d.id + "/exports/csv", kind: "a small file whole"}
	}
	switch d.kind() {
	case calendar:
		return c.calendar(d)
	case directory:
		return c.directory(d)
	}
	return c.other(d)
}

// few draws a number below n, the first ones far more often.
func (c *caller) few(n int) int { return int(c.zipf.Uint64()) % n }

// calendar draws what agendas, sites and scripts ask of the school calendar: mostly a small file for one place or zone, that half of
// them have already.
func (c *caller) calendar(d dataset) call {
	place := c.few(len(places))
	refine := "refine=" + url.QueryEscape("location:"+places[place])
	if c.r.IntN(3) == 0 {
		refine = "refine=" + url.QueryEscape("zones:"+zone(place))
	}
	year := "&refine=" + url.QueryEscape("annee_scolaire:"+schoolYear(schoolYears-1-c.few(3)))
	switch n := c.r.IntN(100); {
	case n < 40:
		return call{datasets + d.id + "/exports/ical?" + refine, c.r.IntN(2) == 0, "a calendar for agendas"}
	case n < 60:
		return call{datasets + d.id + "/exports/json?" + refine + year, c.r.IntN(3) == 0, "a calendar as JSON or CSV"}
	case n < 70:
		return call{datasets + d.id + "/exports/csv?" + refine + year, c.r.IntN(3) == 0, "a calendar as JSON or CSV"}
	default:
		return call{datasets + d.id + "/records?limit=20&order_by=start_date&" + refine + year, false, "a page of a calendar"}
	}
}

// directory draws what sites ask of the directory of schools: one school, those of a commune, those around a point.
func (c *caller) directory(d dataset) call {
	path := datasets + d.id + "/records?"
	switch n := c.r.IntN(100); {
	case n < 55: // one school: known ones more than others
		return call{path: "limit=1&where=" + url.QueryEscape(fmt.Sprintf(`identifiant_de_l_etablissement="%s"`, uai(c.few(d.rows)))), kind: "one school by its code"}.under(path)
	case n < 75: // any school
		return call{path: "limit=1&where=" + url.QueryEscape(fmt.Sprintf(`identifiant_de_l_etablissement="%s"`, uai(c.r.IntN(d.rows)))), kind: "one school by its code"}.under(path)
	case n < 90:
		return call{path: "limit=20&where=" + url.QueryEscape(fmt.Sprintf(`nom_commune="%s-%d"`, places[c.few(len(places))], c.few(40))), kind: "the schools of a commune"}.under(path)
	case n < 95:
		return call{path: "limit=20&where=" + url.QueryEscape(fmt.Sprintf("within_distance(position, geom'POINT(%.2f %.2f)', 5km)", -4+float64(c.few(1000))/100, 42+float64(c.few(800))/100)), kind: "the schools around a point"}.under(path)
	default:
		return call{path: fmt.Sprintf("limit=20&offset=%d", 20*c.few(400)), kind: "a page of the directory"}.under(path)
	}
}

// other draws what is asked of other datasets: pages, mostly the first, one school’s figures, counts by year.
func (c *caller) other(d dataset) call {
	path := datasets + d.id + "/records?"
	switch n := c.r.IntN(100); {
	case n < 35:
		return call{path: "limit=10", kind: "the first page"}.under(path)
	case n < 55:
		return call{path: fmt.Sprintf("limit=20&offset=%d", 20*c.few(max(min(d.rows, 9_000)/20, 1))), kind: "another page"}.under(path)
	case n < 80:
		return call{path: "limit=20&where=" + url.QueryEscape(fmt.Sprintf(`uai="%s"`, uai(c.few(2_000)))), kind: "a school’s figures"}.under(path)
	case n < 90:
		return call{path: "limit=50&group_by=annee&select=" + url.QueryEscape("annee, count(*) as n") + "&refine=" + url.QueryEscape("academie:"+places[c.few(len(places))]), kind: "counts by year"}.under(path)
	default:
		return call{path: datasets + d.id, again: c.r.IntN(2) == 0, kind: "the description"}
	}
}

func (c call) under(path string) call {
	c.path = path + c.path
	return c
}
