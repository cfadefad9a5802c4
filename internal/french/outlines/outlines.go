// Package outlines knows where communes are: their outlines, simple enough to be carried in the program, fine enough to say that
// a point is not in a commune, or not in a département, which is the ground of its communes.
//
// Source: IGN, Admin Express COG 2018 (Licence Ouverte), as the repository gregoiredavid/france-geojson simplified it (commit
// 5d34ee6); simplified again and packed by the program in build. A commune that took in others since, by the list of package cog,
// has their ground too, and a code that is no longer one stands for the commune that took it in. Saint-Pierre-et-Miquelon, Saint-Barthélemy, Saint-Martin and the Pacific are not there.
package outlines

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sync"
)

//go:embed communes.bin.gz
var packed []byte

// Unit is the degree, or part of it, in which outlines are written: about a hundred metres.
const Unit = 0.001

// Margin is how far from an outline, in kilometres, a point is still taken for one of the commune: outlines are off by two
// hundred metres at most, and addresses are placed to within as much.
const Margin = 0.5

// vertex is a corner of an outline, in units.
type vertex struct{ lon, lat int32 }

// outline is the rings of a commune; a point is inside when it is within an odd number of them, so that holes are holes.
type outline struct {
	rings [][]vertex
	box   box // of the points that are inside or near
}

// box is a rectangle, in units.
type box struct{ west, south, east, north int32 }

// farther is a box wider than [Margin] on each side: ten units are 1.1 kilometres of latitude, and 0.7 of longitude in Dunkerque.
const farther = 10

// nothing is the box that holds no point.
var nothing = box{math.MaxInt32, math.MaxInt32, math.MinInt32, math.MinInt32}

func (b box) holds(lon, lat float64) bool {
	x, y := lon/Unit, lat/Unit
	return x >= float64(b.west) && x <= float64(b.east) && y >= float64(b.south) && y <= float64(b.north)
}

func (b box) with(o box) box {
	return box{min(b.west, o.west), min(b.south, o.south), max(b.east, o.east), max(b.north, o.north)}
}

var communes = sync.OnceValues(func() (map[string]outline, error) { return read(bytes.NewReader(packed)) })

// cities are the communes that have arrondissements, whose outlines are not known apart.
var cities = map[string]string{"751": "75056", "693": "69123", "132": "13055"}

// Within reports whether a point, in degrees, lies in a commune or within [Margin] of it. A commune that is no more is held
// against the one that took it in. known is false for a commune whose outline is not.
func Within(commune string, lon, lat float64) (inside, known bool) {
	all, err := communes()
	if err != nil {
		return false, false
	}
	o, known := all[commune]
	if !known && len(commune) == 5 {
		if o, known = all[cities[commune[:3]]]; !known {
			o, known = all[heir(commune)]
		}
	}
	return known && o.within(lon, lat), known
}

// Known is how many communes have an outline.
func Known() (int, error) {
	all, err := communes()
	return len(all), err
}

// within reports whether a point is inside or near. Most are inside, and most of the others out of the box.
func (o outline) within(lon, lat float64) bool {
	return o.box.holds(lon, lat) && (o.holds(lon, lat) || o.near(lon, lat))
}

// bounds is the box of an outline.
func (o outline) bounds() box {
	b := nothing
	for _, ring := range o.rings {
		for _, v := range ring {
			b = b.with(box{v.lon - farther, v.lat - farther, v.lon + farther, v.lat + farther})
		}
	}
	return b
}

// holds counts the edges that a line towards the east crosses.
func (o outline) holds(lon, lat float64) bool {
	x, y := lon/Unit, lat/Unit
	inside := false
	for _, ring := range o.rings {
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			if (float64(a.lat) > y) != (float64(b.lat) > y) && x < float64(a.lon)+(y-float64(a.lat))*float64(b.lon-a.lon)/float64(b.lat-a.lat) {
				inside = !inside
			}
		}
	}
	return inside
}

// near reports whether an edge is within the margin, on a plane that touches the Earth at the point.
func (o outline) near(lon, lat float64) bool {
	const kilometres = 6371 * math.Pi / 180 * Unit // a unit of latitude
	narrow := math.Cos(lat * math.Pi / 180)
	place := func(v vertex) (x, y float64) {
		return (float64(v.lon) - lon/Unit) * narrow * kilometres, (float64(v.lat) - lat/Unit) * kilometres
	}
	for _, ring := range o.rings {
		for i := range ring {
			ax, ay := place(ring[i])
			bx, by := place(ring[(i+1)%len(ring)])
			dx, dy := bx-ax, by-ay
			along := 0.0
			if length := dx*dx + dy*dy; length > 0 {
				along = min(1, max(0, -(ax*dx+ay*dy)/length))
			}
			if math.Hypot(ax+along*dx, ay+along*dy) <= Margin {
				return true
			}
		}
	}
	return false
}

// read unpacks the outlines: for each commune its code, the number of its rings, and for each the number of its vertices and
// their steps, first longitude then latitude, in units.
func read(r io.Reader) (map[string]outline, error) {
	plain, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("outlines: %w", err)
	}
	in := bufio.NewReader(plain)
	all := map[string]outline{}
	for {
		var code [5]byte
		if _, err := io.ReadFull(in, code[:]); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("outlines: %w", err)
		}
		rings, err := binary.ReadUvarint(in)
		if err != nil {
			return nil, fmt.Errorf("outlines: %s: %w", code, err)
		}
		var o outline
		for range rings {
			ring, err := readRing(in)
			if err != nil {
				return nil, fmt.Errorf("outlines: %s: %w", code, err)
			}
			o.rings = append(o.rings, ring)
		}
		o.box = o.bounds()
		all[string(code[:])] = o
	}
}

func readRing(in *bufio.Reader) ([]vertex, error) {
	n, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, err
	}
	ring := make([]vertex, 0, min(n, 10_000))
	var at vertex
	for range n {
		lon, err := binary.ReadVarint(in)
		if err != nil {
			return nil, err
		}
		lat, err := binary.ReadVarint(in)
		if err != nil {
			return nil, err
		}
		at = vertex{at.lon + int32(lon), at.lat + int32(lat)}
		ring = append(ring, at)
	}
	return ring, nil
}
