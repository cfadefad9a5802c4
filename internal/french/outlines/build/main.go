// Command build packs the outlines of communes into communes.bin.gz. It runs in internal/french/outlines, once the list of
// communes was built, on the files departements/*/communes-*.geojson of gregoiredavid/france-geojson, whose names it is given.
package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"

	"socle/internal/french/cog"
	"socle/internal/french/outlines"
)

// tolerance is how far, in units, a vertex that is left out may be from the line that replaces it.
const tolerance = 1.5

type point struct{ lon, lat float64 } // in units

type ring []point

func main() {
	if err := build(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func build(names []string) error {
	all := map[string][]ring{}
	for _, name := range names {
		if err := readFile(name, all); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := merge(all); err != nil {
		return err
	}
	return write("communes.bin.gz", all)
}

func readFile(name string, all map[string][]ring) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var file struct {
		Features []struct {
			Properties struct{ Code string }
			Geometry   struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return err
	}
	for _, f := range file.Features {
		var polygons [][][][2]float64
		switch f.Geometry.Type {
		case "Polygon":
			polygons = make([][][][2]float64, 1)
			err = json.Unmarshal(f.Geometry.Coordinates, &polygons[0])
		case "MultiPolygon":
			err = json.Unmarshal(f.Geometry.Coordinates, &polygons)
		default:
			err = fmt.Errorf("a commune that is a %s", f.Geometry.Type)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Properties.Code, err)
		}
		if len(f.Properties.Code) != 5 {
			return fmt.Errorf("%q is no code of a commune", f.Properties.Code)
		}
		for _, polygon := range polygons {
			for _, coordinates := range polygon {
				var r ring
				for _, c := range coordinates[:len(coordinates)-1] { // the last one repeats the first
					r = append(r, point{c[0] / outlines.Unit, c[1] / outlines.Unit})
				}
				all[f.Properties.Code] = append(all[f.Properties.Code], r.simplified())
			}
		}
	}
	return nil
}

// merge gives to the communes of today the ground of those that they took in.
func merge(all map[string][]ring) error {
	list, err := cog.Load()
	if err != nil {
		return err
	}
	taken := map[string][]ring{}
	for _, code := range list.Codes() {
		into := "" // once, however many periods the code has
		for _, record := range list.Find(code) {
			if record.Successor != "" && record.Successor != code && !record.Until.IsZero() {
				into = record.Successor
			}
		}
		if into != "" {
			taken[into] = append(taken[into], all[code]...)
		}
	}
	for code, rings := range taken {
		all[code] = append(slices.Clone(all[code]), rings...)
	}
	return nil
}

// simplified leaves out the vertices that say little, by the algorithm of Douglas and Peucker, and rounds the others.
func (r ring) simplified() ring {
	if len(r) < 4 {
		return r.rounded()
	}
	far := 0
	for i, p := range r {
		if math.Hypot(p.lon-r[0].lon, p.lat-r[0].lat) > math.Hypot(r[far].lon-r[0].lon, r[far].lat-r[0].lat) {
			far = i
		}
	}
	kept := append(r[:far+1].between(), append(slices.Clone(r[far:]), r[0]).between()...)
	return ring(kept).rounded()
}

// between are the vertices to keep of a line, without its last one.
func (r ring) between() ring {
	if len(r) < 3 {
		return r[:len(r)-1]
	}
	first, last := r[0], r[len(r)-1]
	narrow := math.Cos(first.lat * outlines.Unit * math.Pi / 180)
	dx, dy := (last.lon-first.lon)*narrow, last.lat-first.lat
	length := math.Hypot(dx, dy)
	worst, at := 0.0, 0
	for i, p := range r[1 : len(r)-1] {
		x, y := (p.lon-first.lon)*narrow, p.lat-first.lat
		off := math.Hypot(x, y)
		if length > 0 {
			off = math.Abs(x*dy-y*dx) / length
		}
		if off > worst {
			worst, at = off, i+1
		}
	}
	if worst <= tolerance {
		return ring{first}
	}
	return append(r[:at+1].between(), r[at:].between()...)
}

func (r ring) rounded() ring {
	var out ring
	for _, p := range r {
		p = point{math.Round(p.lon), math.Round(p.lat)}
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	return out
}

func write(name string, all map[string][]ring) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	packed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(packed)
	number := func(b []byte) {
		_, _ = out.Write(b) // told by Flush
	}
	vertices := 0
	for _, code := range slices.SortedFunc(maps.Keys(all), cmp.Compare[string]) {
		if len(all[code]) == 0 {
			continue
		}
		number([]byte(code))
		number(binary.AppendUvarint(nil, uint64(len(all[code]))))
		for _, r := range all[code] {
			number(binary.AppendUvarint(nil, uint64(len(r))))
			var lon, lat int64
			for _, p := range r {
				number(binary.AppendVarint(binary.AppendVarint(nil, int64(p.lon)-lon), int64(p.lat)-lat))
				lon, lat = int64(p.lon), int64(p.lat)
			}
			vertices += len(r)
		}
	}
	fmt.Printf("%d communes, %d vertices\n", len(all), vertices)
	return errors.Join(out.Flush(), packed.Close())
}
