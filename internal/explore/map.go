package explore

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/web/ui"
)

const (
	mapPoints = 20_000 // points that a browser reads at once; more come as tiles
	mapFields = 8      // fields shown of a point
	mapList   = 30     // places listed in words
)

// mapView is what the tab of the map shows.
type mapView struct {
	Map      ui.MapInfo
	Question question
	Table    string // address of the same rows as a table
	Columns  []ui.Column
	Places   [][]ui.Cell
	Total    int64
	Drawable bool // there are points to draw
	Problem  string
	Asked    bool
}

// Map draws the rows of a dataset that have a place, as the address asks, and lists the first of them in words.
func (s *Service) Map(r *http.Request, dataset asset.Dataset) (templ.Component, error) {
	ctx := r.Context()
	d, err := s.describe(ctx, dataset)
	if err != nil {
		return nil, err
	}
	place, found := d.fields.First(schema.Point)
	if !found {
		place, found = d.fields.First(schema.Geometry)
	}
	if d.needData() != nil || !found {
		return nil, nil
	}
	q := ask(r, d)
	lang := i18n.From(ctx)
	shown := placeFields(d, place)
	v := mapView{Question: q, Asked: q.asked(), Drawable: true,
		Table: address("/jeux/"+d.ID, q.values())}
	if err := s.places(ctx, d, q, shown, place, &v); err != nil {
		message, askable := misasked(err)
		if !askable {
			return nil, err
		}
		v.Problem, v.Drawable = message.In(lang), false
		return mapTab(v), nil
	}
	v.Map = ui.MapInfo{Label: i18n.T("Carte de « %s »", "Map of “%s”", d.Title).In(lang), Title: first(titleOf(shown, place).Label, titleOf(shown, place).Name),
		Count: v.count(lang)}
	if place.Type == schema.Geometry || v.Total > mapPoints {
		v.Map.Tiles = tilesSource(d, q, place)
	} else {
		v.Map.Source = mapSource(d, q, shown, place)
	}
	return mapTab(v), nil
}

// placeFields chooses the fields that say what a place is: those named first, texts before figures.
func placeFields(d *source, place schema.Field) []schema.Field {
	var list []schema.Field
	for _, wanted := range []func(schema.Field) bool{
		func(f schema.Field) bool { return isName(f) },
		func(f schema.Field) bool { return f.Type == schema.Text && !isName(f) },
		func(f schema.Field) bool { return f.Type.Numeric() || f.Type == schema.Boolean || f.Type.Temporal() },
	} {
		for _, f := range d.fields.Fields {
			if wanted(f) && !f.Personal && len(list) < mapFields {
				list = append(list, f)
			}
		}
	}
	return append(list, place)
}

// isName reports whether a field is likely to hold the name of the thing.
func isName(f schema.Field) bool {
	words := strings.Split(f.Name, "_")
	return f.Type == schema.Text && (slices.Contains(words, "nom") || slices.Contains(words, "name") || slices.Contains(words, "libelle") ||
		slices.Contains(words, "intitule") || slices.Contains(words, "titre") || strings.HasPrefix(f.Name, "appellation"))
}

func titleOf(shown []schema.Field, place schema.Field) schema.Field {
	if shown[0].Name == place.Name {
		return schema.Field{}
	}
	return shown[0]
}

// mapSource is the address of the points that the browser draws, labels as names.
func mapSource(d *source, q question, shown []schema.Field, place schema.Field) string {
	values := url.Values{"use_labels": {"true"}, "limit": {strconv.Itoa(mapPoints)}, "select": {names(shown)}, "timezone": {pageZone}}
	for _, condition := range append(q.conditions(), quoteName(place.Name)+" is not null") {
		values.Add("where", condition)
	}
	return Prefix + "/catalog/datasets/" + url.PathEscape(d.ID) + "/exports/geojson?" + values.Encode()
}

// tilesSource is the address of the description of the tiles that the browser draws piece by piece.
func tilesSource(d *source, q question, place schema.Field) string {
	return address(TilesPrefix+"/"+url.PathEscape(d.ID)+"/tiles.json", url.Values{"where": q.conditions(), "field": {place.Name}})
}

func names(fields []schema.Field) string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = quoteName(f.Name)
	}
	return strings.Join(list, ", ")
}

// places counts the places and reads the first of them.
func (s *Service) places(ctx context.Context, d *source, q question, shown []schema.Field, place schema.Field, v *mapView) error {
	plan, err := d.plan(query.Request{Select: names(shown), Where: append(q.conditions(), quoteName(place.Name)+" is not null"),
		OrderBy: q.orderBy(), Limit: mapList, Timezone: pageZone})
	if err != nil {
		return err
	}
	if v.Total, err = s.engine.Count(ctx, plan); err != nil {
		return err
	}
	rows, err := s.engine.Query(ctx, plan)
	if err != nil {
		return err
	}
	defer rows.Close()
	lang := i18n.From(ctx)
	for _, column := range rows.Columns() {
		v.Columns = append(v.Columns, ui.Column{Label: first(column.Label, column.Name), Numeric: column.Type().Numeric()})
	}
	for rows.Next() {
		values := rows.Values()
		cells := make([]ui.Cell, len(values))
		for i, value := range values {
			cells[i] = cell(lang, value, rows.Columns()[i].Field)
		}
		v.Places = append(v.Places, cells)
	}
	return rows.Err()
}

// count says how many places there are.
func (v mapView) count(lang i18n.Lang) string {
	return i18n.Count(v.Total, i18n.T("lieu ; les cercles chiffrés en rassemblent plusieurs", "place; numbered circles gather several"),
		i18n.T("lieux ; les cercles chiffrés en rassemblent plusieurs", "places; numbered circles gather several")).In(lang)
}

// noMap says why nothing is drawn.
func noMap(ctx context.Context) string {
	return i18n.S(ctx, "Aucune de ces lignes n’a de position.", "None of these rows has a location.")
}
