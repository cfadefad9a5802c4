package explore

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/paulmach/orb/geojson"

	"socle/internal/query"
	"socle/internal/schema"
)

// tileSet describes the tiles of a dataset (TileJSON 3.0.0), for maps to begin with. The members after the bounds are
// ours: the address of what is known of one record, and how its fields are called.
type tileSetObject struct {
	TileJSON    string            `json:"tilejson"`
	Name        string            `json:"name"`
	Attribution string            `json:"attribution"`
	Version     string            `json:"version"`
	Scheme      string            `json:"scheme"`
	Tiles       []string          `json:"tiles"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Layers      []tileLayerObject `json:"vector_layers"`
	Bounds      []float64         `json:"bounds,omitempty"`
	Points      int64             `json:"points"` // places: points, or lines and areas
	Record      string            `json:"record"`
	Labels      map[string]string `json:"labels"`
}

type tileLayerObject struct {
	ID     string            `json:"id"`
	Fields map[string]string `json:"fields"`
}

func (s *Service) tileSet(w http.ResponseWriter, r *http.Request) error {
	d, err := s.find(r.Context(), r.PathValue("dataset_id"))
	if err != nil {
		return err
	}
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	request, name := p.filters(), p.text("field")
	if p.err != nil {
		return p.err
	}
	place, err := d.placeField(name)
	if err != nil {
		return err
	}
	plan, err := d.extentPlan(request, place)
	if err != nil {
		return err
	}
	w.Header().Set("X-Socle-Version", strconv.Itoa(d.head.Number))
	base, parameters := strings.TrimSuffix(s.base(r), Prefix), p.canonical("where", "refine", "exclude", "timezone", "field", "as_of", "lang")
	key := keyOf("tileset", plan.Key(), d.version(), d.edition(), base, parameters)
	return s.answer(w, r, key, d.everybody, func(ctx context.Context) ([]byte, error) {
		o := d.tileSet(base, parameters, place)
		if o.Points, o.Bounds, err = s.extent(ctx, plan); err != nil {
			return nil, err
		}
		return encode(o)
	})
}

func (d *source) tileSet(base, parameters string, place schema.Field) *tileSetObject {
	licence, _ := d.licence()
	o := &tileSetObject{TileJSON: "3.0.0", Name: d.Title, Version: strconv.Itoa(d.head.Number) + ".0.0", Scheme: "xyz", MaxZoom: tileZooms,
		Attribution: strings.Trim(d.organization.Name+", "+licence, ", "), Labels: map[string]string{},
		Layers: []tileLayerObject{{tileLayer, map[string]string{"cluster": "Boolean", "point_count": "Number", "point_count_abbreviated": "String", "record": "String", "title": "String"}}}}
	if place.Type == schema.Geometry {
		o.Layers = append([]tileLayerObject{{shapeLayer, map[string]string{"record": "String", "title": "String"}}}, o.Layers...)
	}
	tiles := base + TilesPrefix + "/" + url.PathEscape(d.ID) + "/{z}/{x}/{y}.mvt"
	if parameters != "" {
		tiles += "?" + parameters
	}
	o.Tiles = []string{tiles}
	shown := placeFields(d, place)
	for _, f := range shown {
		o.Labels[f.Name] = first(f.Label, f.Name)
	}
	at := *d
	at.pinned = true // records are numbered by version
	o.Record = base + Prefix + at.path() + "/records/{record}?" + url.Values{"select": {names(shown)}, "timezone": {pageZone}}.Encode()
	return o
}

// extentPlan asks for the number of points and the edges of the box around them.
func (d *source) extentPlan(request query.Request, place schema.Field) (*query.Plan, error) {
	of := query.Field{Field: place}
	return d.placePlan(request, place, func(plan *query.Plan) {
		plan.Columns, plan.Limit = []query.Column{column("points", query.Aggregate{Func: query.Count})}, 1
		if place.Type == schema.Geometry {
			plan.Columns = append(plan.Columns, column("", query.Aggregate{Func: query.Bounds, Of: of}))
			return
		}
		for _, e := range []query.Expr{query.Mercator{Of: of}, query.Mercator{Of: of, South: true}} {
			plan.Columns = append(plan.Columns, column("", query.Aggregate{Func: query.Minimum, Of: e}), column("", query.Aggregate{Func: query.Maximum, Of: e}))
		}
	})
}

func (s *Service) extent(ctx context.Context, plan *query.Plan) (points int64, bounds []float64, err error) {
	rows, err := s.engine.Query(ctx, plan)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	if rows.Next() {
		values := rows.Values()
		points, _ = values[0].(int64)
		var edges []float64
		for _, value := range values[1:] {
			switch value := value.(type) {
			case float64:
				edges = append(edges, value)
			case json.RawMessage: // the box around shapes
				if box, err := geojson.UnmarshalGeometry(value); err == nil {
					b := box.Geometry().Bound()
					bounds = []float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
				}
			}
		}
		if len(edges) == 4 {
			bounds = []float64{lonAt(edges[0]), latAt(edges[3]), lonAt(edges[1]), latAt(edges[2])}
		}
	}
	return points, bounds, rows.Err()
}
