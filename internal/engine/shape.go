package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strconv"
	"sync"

	"github.com/peterstace/simplefeatures/geom"
)

func parseFloat(s string) (float64, bool) {
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil
}

// shapes are the constant geometries of the questions under way, read once each. It is safe for concurrent use.
type shapes struct {
	mu    sync.RWMutex
	byKey map[string]*sharedShape
}

type sharedShape struct {
	*preparedShape
	users int
}

func newShapes() *shapes { return &shapes{byKey: map[string]*sharedShape{}} }

// get finds a shape by its key; nil when no question has it, or when it cannot be read.
func (s *shapes) get(key string) *preparedShape {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if shape := s.byKey[key]; shape != nil {
		return shape.preparedShape
	}
	return nil
}

// heldShapes are those of one question, which keeps them until it is over.
type heldShapes struct {
	all  *shapes
	keys []string
	then []func() // what else ends with the question
}

// hold reads a geometry, or finds it read, and returns its key.
func (h *heldShapes) hold(wkt string) string {
	sum := sha256.Sum256([]byte(wkt))
	key := hex.EncodeToString(sum[:12])
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	shape := h.all.byKey[key]
	if shape == nil {
		shape = &sharedShape{preparedShape: prepareText(wkt)}
		h.all.byKey[key] = shape
	}
	shape.users++
	h.keys = append(h.keys, key)
	return key
}

// release forgets the shapes that no other question has.
func (h *heldShapes) release() {
	for _, end := range h.then {
		end()
	}
	h.then = nil
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	for _, key := range h.keys {
		if shape := h.all.byKey[key]; shape != nil {
			if shape.users--; shape.users == 0 {
				delete(h.all.byKey, key)
			}
		}
	}
	h.keys = nil
}

// preparedShape is a constant geometry made ready to be compared with many rows: the edges of its areas lie in
// horizontal strips, so that a point meets a few of them only.
type preparedShape struct {
	geometry geom.Geometry
	box      box
	areal    bool // made of areas only: [preparedShape.place] uses the strips
	strips   [][]segment
	height   float64 // of a strip
}

type segment struct{ a, b geom.XY }

// The answers of place.
const (
	outside int32 = iota
	onEdge
	within
)

func prepare(g geom.Geometry) *preparedShape {
	s := &preparedShape{geometry: g, box: emptyBox(), areal: true}
	if low, high, ok := g.Envelope().MinMaxXYs(); ok {
		s.box = box{low.X, low.Y, high.X, high.Y}
	}
	var edges []segment
	for _, part := range g.Dump() {
		if !part.IsPolygon() {
			s.areal = false
			continue
		}
		for _, ring := range linesOf(part) {
			points := ring.Coordinates()
			for i := range points.Length() - 1 {
				edges = append(edges, segment{points.GetXY(i), points.GetXY(i + 1)})
			}
		}
	}
	// A collection of areas that overlap would count their edges twice: only one area, or several that do not.
	s.areal = s.areal && !g.IsGeometryCollection() && len(edges) > 0
	if !s.areal {
		return s
	}
	s.strips = make([][]segment, min(max(len(edges)/4, 1), 4096))
	s.height = (s.box.north - s.box.south) / float64(len(s.strips))
	for _, e := range edges {
		for i := s.strip(math.Min(e.a.Y, e.b.Y)); i <= s.strip(math.Max(e.a.Y, e.b.Y)); i++ {
			s.strips[i] = append(s.strips[i], e)
		}
	}
	return s
}

// prepareText is [prepare] of a text; nil when it cannot be read.
func prepareText(wkt string) *preparedShape {
	g, err := geom.UnmarshalWKT(wkt, geom.NoValidate{})
	if err != nil {
		return nil
	}
	return prepare(g)
}

// stripsJSON writes the edges of areas, [[[a.X, a.Y, b.X, b.Y], …], …]; empty for what is not made of areas only.
func (s *preparedShape) stripsJSON() string {
	if s == nil || !s.areal {
		return ""
	}
	text := []byte{'['}
	for i, strip := range s.strips {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '[')
		for j, e := range strip {
			if j > 0 {
				text = append(text, ',')
			}
			for k, x := range []float64{e.a.X, e.a.Y, e.b.X, e.b.Y} {
				text = strconv.AppendFloat(append(text, "[,,,"[k]), x, 'g', -1, 64)
			}
			text = append(text, ']')
		}
		text = append(text, ']')
	}
	return string(append(text, ']'))
}

func (s *preparedShape) strip(y float64) int {
	if s.height <= 0 {
		return 0
	}
	return min(max(int((y-s.box.south)/s.height), 0), len(s.strips)-1)
}

// place says where a point lies: inside, on the edge or outside.
func (s *preparedShape) place(lon, lat float64) int32 {
	if !(lon >= s.box.west && lon <= s.box.east && lat >= s.box.south && lat <= s.box.north) {
		return outside
	}
	if s.areal {
		return s.placeInAreas(geom.XY{X: lon, Y: lat})
	}
	point := geom.XY{X: lon, Y: lat}.AsPoint().AsGeometry()
	if !geom.Intersects(point, s.geometry) {
		return outside
	}
	if inside, err := geom.Within(point, s.geometry); err == nil && !inside {
		return onEdge
	}
	return within
}

// placeInAreas counts the edges that a ray to the east crosses.
func (s *preparedShape) placeInAreas(p geom.XY) int32 {
	inside := false
	for _, e := range s.strips[s.strip(p.Y)] {
		side := (e.b.X-e.a.X)*(p.Y-e.a.Y) - (p.X-e.a.X)*(e.b.Y-e.a.Y)
		if side == 0 && p.X >= math.Min(e.a.X, e.b.X) && p.X <= math.Max(e.a.X, e.b.X) && p.Y >= math.Min(e.a.Y, e.b.Y) && p.Y <= math.Max(e.a.Y, e.b.Y) {
			return onEdge
		}
		if (e.a.Y > p.Y) != (e.b.Y > p.Y) && (side > 0) == (e.b.Y > e.a.Y) {
			inside = !inside
		}
	}
	if inside {
		return within
	}
	return outside
}

func (s *preparedShape) intersects(g geom.Geometry) bool { return geom.Intersects(g, s.geometry) }

// relatable bounds the vertices of the geometries whose exact relation is computed.
const relatable = 20_000

// contains reports whether a geometry is inside. Its vertices are looked at first: they settle most cases.
func (s *preparedShape) contains(g geom.Geometry) bool {
	low, high, ok := g.Envelope().MinMaxXYs()
	if !ok || !(box{low.X, low.Y, high.X, high.Y}).inside(s.box) {
		return false
	}
	points := g.DumpCoordinates()
	if s.areal {
		for i := range points.Length() {
			if p := points.GetXY(i); s.place(p.X, p.Y) == outside {
				return false
			}
		}
	}
	if points.Length() > relatable || g.Validate() != nil {
		return s.areal // every vertex is inside: that is all that can be said of a huge area, or of one that crosses itself
	}
	inside, err := geom.Within(g, s.geometry)
	return err == nil && inside
}
