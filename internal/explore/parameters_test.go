package explore

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"socle/internal/asset"
)

// honoured are the parameters of each path of the Explore API v2.1: what is asked beside one, and a value of it that changes the answer.
var honoured = []struct{ path, beside, parameter string }{
	{"/catalog/datasets", ``, `select=dataset_id`},
	{"/catalog/datasets", ``, `where=title like "calendrier"`},
	{"/catalog/datasets", ``, `order_by=title desc`},
	{"/catalog/datasets", ``, `limit=1`},
	{"/catalog/datasets", ``, `offset=1`},
	{"/catalog/datasets", ``, `refine=theme:Établissements`},
	{"/catalog/datasets", ``, `exclude=theme:Établissements`},
	{"/catalog/datasets", `select=date_format(modified, "EEEE") as jour`, `lang=de`},
	{"/catalog/datasets", ``, `timezone=Asia/Kathmandu`},
	{"/catalog/datasets", ``, `group_by=theme`},
	{"/catalog/datasets", ``, `include_links=true`},
	{"/catalog/exports/json", ``, `select=dataset_id`},
	{"/catalog/exports/json", ``, `where=title like "calendrier"`},
	{"/catalog/exports/json", ``, `order_by=title desc`},
	{"/catalog/exports/json", `select=count(*) as n`, `group_by=theme`},
	{"/catalog/exports/json", ``, `limit=1`},
	{"/catalog/exports/json", ``, `offset=1`},
	{"/catalog/exports/json", ``, `refine=theme:Établissements`},
	{"/catalog/exports/json", ``, `exclude=theme:Établissements`},
	{"/catalog/exports/json", `select=date_format(modified, "EEEE") as jour`, `lang=de`},
	{"/catalog/exports/json", ``, `timezone=Asia/Kathmandu`},
	{"/catalog/exports/dcat", ``, `where=title like "calendrier"`},
	{"/catalog/exports/rss", ``, `limit=1`},
	{"/catalog/exports/csv", ``, `delimiter=,`},
	{"/catalog/exports/csv", ``, `list_separator=/`},
	{"/catalog/exports/csv", ``, `quote_all=true`},
	{"/catalog/exports/csv", ``, `with_bom=false`},
	{"/catalog/exports/dcat", ``, `include_exports=csv,xlsx`},
	{"/catalog/exports/dcat", ``, `use_labels_in_exports=false`},
	{"/catalog/facets", ``, `facet=keyword`},
	{"/catalog/facets", `facet=keyword`, `refine=theme:Établissements`},
	{"/catalog/facets", `facet=keyword`, `exclude=theme:Établissements`},
	{"/catalog/facets", `facet=keyword`, `where=title like "calendrier"`},
	{"/catalog/facets", `facet=keyword&where=hour(modified) = %HOUR%`, `timezone=Asia/Kathmandu`},

	{"/catalog/datasets/etablissements", ``, `select=dataset_id`},
	{"/catalog/datasets/etablissements", `select=date_format(modified, "EEEE") as jour`, `lang=de`},
	{"/catalog/datasets/etablissements", ``, `timezone=Asia/Kathmandu`},
	{"/catalog/datasets/etablissements", ``, `include_links=true`},
	{"/catalog/datasets/etablissements/records", ``, `select=nom`},
	{"/catalog/datasets/etablissements/records", ``, `where=effectif > 500`},
	{"/catalog/datasets/etablissements/records", ``, `group_by=academie`},
	{"/catalog/datasets/etablissements/records", ``, `order_by=effectif desc`},
	{"/catalog/datasets/etablissements/records", ``, `limit=3`},
	{"/catalog/datasets/etablissements/records", ``, `offset=3`},
	{"/catalog/datasets/etablissements/records", ``, `refine=academie:Lyon`},
	{"/catalog/datasets/etablissements/records", ``, `exclude=academie:Lyon`},
	{"/catalog/datasets/etablissements/records", `select=date_format(maj, "MMMM") as mois`, `lang=de`},
	{"/catalog/datasets/etablissements/records", ``, `timezone=Asia/Kathmandu`},
	{"/catalog/datasets/etablissements/records", ``, `include_links=true`},
	{"/catalog/datasets/etablissements/records", ``, `include_app_metas=true`},
	{"/catalog/datasets/etablissements/records/7", ``, `select=nom`},
	{"/catalog/datasets/etablissements/records/7", `select=date_format(maj, "MMMM") as mois`, `lang=de`},
	{"/catalog/datasets/etablissements/records/7", ``, `timezone=Asia/Kathmandu`},
	{"/catalog/datasets/etablissements/facets", `facet=type`, `where=effectif > 500`},
	{"/catalog/datasets/etablissements/facets", `facet=type`, `refine=academie:Lyon`},
	{"/catalog/datasets/etablissements/facets", `facet=type`, `exclude=academie:Lyon`},
	{"/catalog/datasets/etablissements/facets", ``, `facet=type`},
	{"/catalog/datasets/etablissements/facets", `facet=type&where=date_format(maj, "MMMM") = "janvier"`, `lang=de`},
	{"/catalog/datasets/etablissements/facets", `facet=type&where=hour(maj) = 22`, `timezone=Asia/Kathmandu`},
	{"/catalog/datasets/etablissements/exports/json", ``, `select=nom`},
	{"/catalog/datasets/etablissements/exports/json", ``, `where=effectif > 500`},
	{"/catalog/datasets/etablissements/exports/json", ``, `order_by=effectif desc`},
	{"/catalog/datasets/etablissements/exports/json", ``, `group_by=academie`},
	{"/catalog/datasets/etablissements/exports/json", ``, `limit=3`},
	{"/catalog/datasets/etablissements/exports/json", ``, `refine=academie:Lyon`},
	{"/catalog/datasets/etablissements/exports/json", ``, `exclude=academie:Lyon`},
	{"/catalog/datasets/etablissements/exports/json", `select=date_format(maj, "MMMM") as mois`, `lang=de`},
	{"/catalog/datasets/etablissements/exports/json", ``, `timezone=Asia/Kathmandu`},
	{"/catalog/datasets/etablissements/exports/json", ``, `compressed=true`},
	{"/catalog/datasets/etablissements/exports/csv", ``, `use_labels=true`},
	{"/catalog/datasets/etablissements/exports/csv", ``, `delimiter=|`},
	{"/catalog/datasets/etablissements/exports/csv", ``, `quote_all=true`},
	{"/catalog/datasets/etablissements/exports/csv", ``, `with_bom=false`},
	{"/catalog/datasets/listes/exports/csv", ``, `list_separator=/`},
	{"/catalog/datasets/etablissements/exports/xlsx", ``, `use_labels=true`},
	{"/catalog/datasets/etablissements/exports/parquet", ``, `parquet_compression=zstd`},
	{"/catalog/datasets/etablissements/exports/shp", ``, `epsg=2154`},
	{"/catalog/datasets/etablissements/exports/geojson", ``, `epsg=2154`},
	{"/catalog/datasets/etablissements/exports/gpx", ``, `name_field=uai`},
	{"/catalog/datasets/etablissements/exports/gpx", ``, `description_field_list=academie,type`},
	{"/catalog/datasets/etablissements/exports/gpx", ``, `use_extension=false`},
	{"/catalog/datasets/etablissements/exports/kml", ``, `where=effectif > 500`},
	{"/catalog/datasets/etablissements/exports/turtle", ``, `limit=3`},
}

// unreadable are values that no path takes, by parameter.
var unreadable = map[string][]string{
	"select": {"select=foo(", "select=dataset_id, zzz(x)"}, "where": {"where=a >", "where=zzz = 1"}, "group_by": {"group_by=range(", "group_by=zzz"}, "order_by": {"order_by=zzz up", "order_by=zzz"},
	"refine": {"refine=zzz:1", "refine=sans_valeur"}, "exclude": {"exclude=zzz:1"}, "facet": {"facet=zzz", "facet=facet(name="}, "lang": {"lang=xx", "lang=FR-fr"}, "timezone": {"timezone=Mars/Phobos", "timezone=posix/Europe/Paris"},
	"limit": {"limit=-2", "limit=beaucoup", "limit=1.5"}, "offset": {"offset=-1", "offset=x"}, "include_links": {"include_links=peut-être"}, "include_app_metas": {"include_app_metas=2"},
	"use_labels": {"use_labels=oui?"}, "compressed": {"compressed=zip"}, "epsg": {"epsg=-1", "epsg=999999", "epsg=Lambert"}, "delimiter": {"delimiter=;;", "delimiter=tab"},
	"list_separator": {"list_separator=---------"}, "quote_all": {"quote_all=2"}, "with_bom": {"with_bom=2"}, "parquet_compression": {"parquet_compression=brotli"}, "use_extension": {"use_extension=2"},
	"include_exports": {"include_exports=docx"}, "use_labels_in_exports": {"use_labels_in_exports=2"}, "name_field": {"name_field=zzz"}, "description_field_list": {"description_field_list=uai,zzz"},
}

func TestEachParameterOfEachPathIsHonouredOrRefused(t *testing.T) {
	h := portal(t)
	h.publish(h.describe(asset.Dataset{Asset: asset.Asset{ID: "listes"}, Title: "Listes"}), trialFields, trialRows(20))
	modified, err := time.Parse(time.RFC3339, h.json("/catalog/datasets/etablissements")["metas"].(map[string]any)["default"].(map[string]any)["modified"].(string))
	h.must(err)
	ask := func(path string, params ...string) (int, string) {
		query := strings.ReplaceAll(strings.Join(params, "&"), "%HOUR%", modified.UTC().Format("15"))
		answer, body := h.get(Prefix + path + "?" + asTyped(strings.Trim(query, "&")))
		return answer.StatusCode, body
	}
	for _, c := range honoured {
		status, without := ask(c.path, c.beside)
		changed, with := ask(c.path, c.beside, c.parameter)
		if status != http.StatusOK || changed != http.StatusOK || with == without {
			t.Errorf("%s?%s: %d, and with %s %d: it changes nothing, or fails: %.200s", c.path, c.beside, status, c.parameter, changed, with)
		}
		name, _, _ := strings.Cut(c.parameter, "=")
		for _, wrong := range unreadable[name] {
			if status, body := ask(c.path, wrong); status != http.StatusBadRequest || !strings.Contains(body, `"error_code"`) {
				t.Errorf("%s?%s: %d, it is not refused: %.200s", c.path, wrong, status, body)
			}
		}
	}
}
