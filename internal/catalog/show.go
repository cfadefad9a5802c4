package catalog

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema"
	"socle/internal/store"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// The tabs of a dataset, as addresses name them. The first has the address of the dataset itself.
const (
	tabData       = ""
	tabDictionary = "dictionnaire"
	tabColumns    = "colonnes"
	tabQuality    = "qualite"
	tabMap        = "carte"
	tabDownloads  = "telechargements"
	tabAPI        = "api"
	tabVersions   = "versions"
)

// download is a file to take away.
type download struct {
	Name      i18n.Text
	Purpose   i18n.Text // what it is good for
	Format    string
	MediaType string
	URL       string
	Bytes     int64 // 0: not known before it is made
	SHA256    string
	File      string // name of the original
	Original  bool
}

// mediaType says what a file is, after its name.
func mediaType(name string) string {
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".csv":
		return "text/csv"
	case ".tsv":
		return "text/tab-separated-values"
	case ".json":
		return "application/json"
	case ".ndjson", ".jsonl":
		return "application/x-ndjson"
	case ".geojson":
		return "application/geo+json"
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".ods":
		return "application/vnd.oasis.opendocument.spreadsheet"
	case ".parquet":
		return "application/vnd.apache.parquet"
	case ".zip":
		return "application/zip"
	case ".gz":
		return "application/gzip"
	}
	return "application/octet-stream"
}

// view is what the page of a dataset shows.
type view struct {
	Dataset    asset.Dataset
	Producer   identity.Organization
	Head       seen
	Tab        string
	Tabs       []tab
	Text       string // description as HTML
	Plain      string // words of the description
	Lead       string // its first paragraph
	More       bool   // there is more than that paragraph
	Downloads  []download
	Dictionary bool              // the dictionary can be taken away, printed, and has a history
	Comments   Comments          // nil where nobody may comment
	Waiting    map[string]int    // comments that wait for an answer, by field
	Agenda     string            // address to subscribe to; "" when the rows are no events
	Panels     []templ.Component // what others draw under the data
	Content    templ.Component   // what another capability draws in the tab; nil when the tab is ours or empty
	CanEdit    bool
	CanDecide  bool // level, withdrawal
	CanPublish bool
	Demo       bool
	Now        time.Time
}

type tab struct {
	Key   string
	Label i18n.Text
	URL   string
	Count int64 // shown beside the label when not 0
}

// dataset returns the dataset that an address names, when who asks may do action to it.
func (c *Catalog) dataset(r *http.Request, action access.Action) (asset.Dataset, error) {
	return c.allowedDataset(r.Context(), r.PathValue("id"), action)
}

// show answers with a tab of the page of a dataset.
func (c *Catalog) show(key string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := c.dataset(r, access.Read)
		if fault.Is(err, fault.NotFound) {
			return c.notFound(w, r, err)
		}
		if err != nil {
			return err
		}
		v, err := c.view(r, d, key)
		if err != nil {
			return err
		}
		if v.Content, err = c.content(r, v); err != nil {
			return err
		}
		if key == tabDictionary && c.comments != nil {
			v.Comments = c.comments
			if v.Waiting, err = c.comments.WaitingByField(r.Context(), d.UID); err != nil {
				return err
			}
		}
		if web.IsPartial(r) && v.Content != nil {
			return web.Render(w, r, http.StatusOK, v.Content)
		}
		if v.Panels, err = c.panelsOf(r, v); err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, datasetPage(c.datasetInfo(r, v), v))
	}
}

// notFound says that there is no such dataset and offers to look for it: an address that changed, a word mistyped.
func (c *Catalog) notFound(w http.ResponseWriter, r *http.Request, err error) error {
	lang := i18n.From(r.Context())
	words := strings.NewReplacer("-", " ", "_", " ").Replace(r.PathValue("id"))
	info := web.PageInfo{Title: i18n.T("Jeu de données introuvable", "Dataset not found").In(lang), NoIndex: true, Active: "catalogue",
		Crumbs: []ui.Crumb{{Label: i18n.T("Catalogue", "Catalogue").In(lang), URL: pathCatalogue}, {Label: i18n.T("Introuvable", "Not found").In(lang)}}}
	return web.Render(w, r, http.StatusNotFound, notFoundPage(info, fault.Message(err).In(lang), shorten(words, 100)))
}

func (c *Catalog) view(r *http.Request, d asset.Dataset, key string) (view, error) {
	ctx := r.Context()
	producer, err := c.people.Organization(ctx, d.OrgID)
	if err != nil {
		return view{}, err
	}
	head, err := c.seenHead(ctx, d)
	if err != nil {
		return view{}, err
	}
	text, err := c.markdown.HTML(d.Description)
	if err != nil {
		return view{}, err
	}
	may := func(action access.Action) bool { return c.access.Can(ctx, identity.From(ctx), action, d.Asset) == nil }
	d = narrowedDataset(d, head)
	v := view{Dataset: d, Producer: producer, Head: head, Tab: key, Text: text, Plain: c.markdown.Plain(d.Description),
		Lead:      c.markdown.Lead(d.Description),
		Downloads: downloadsOf(d, head), CanEdit: may(access.Describe), CanDecide: may(access.Steward),
		CanPublish: may(access.Publish), Dictionary: c.drafter != nil, Demo: c.site.Demo, Now: store.Now()}
	if len(v.Downloads) > 0 && isAgenda(d, head.Schema) && d.Level == asset.Open { // an agenda signs in nowhere
		v.Agenda = agendaURL(c.base(r), d.ID)
	}
	v.More = v.Lead != "" && v.Lead != v.Plain
	v.Tabs = c.tabs(v)
	if !slices.ContainsFunc(v.Tabs, func(t tab) bool { return t.Key == key }) {
		return view{}, fault.New(fault.NotFound, "tab_not_found",
			i18n.T("Ce jeu de données n’a pas cette page.", "This dataset does not have that page."))
	}
	return v, nil
}

// tabs lists the tabs that have something to show.
func (c *Catalog) tabs(v view) []tab {
	id := v.Dataset.ID
	all := []struct {
		key   string
		label i18n.Text
		shown bool
		count int64
	}{
		{tabData, i18n.T("Données", "Data"), true, 0},
		{tabDictionary, i18n.T("Dictionnaire", "Dictionary"), v.Head.Number > 0, int64(len(v.Head.Schema.Fields))},
		{tabColumns, i18n.T("Statistiques", "Statistics"), v.Head.Number > 0 && c.data != nil, 0},
		{tabQuality, i18n.T("Qualité", "Quality"), c.quality != nil, 0},
		{tabMap, i18n.T("Carte", "Map"), c.data != nil && hasPlace(v.Head.Schema), 0},
		{tabDownloads, i18n.T("Téléchargements", "Downloads"), len(v.Downloads) > 0, 0},
		{tabAPI, i18n.T("API", "API"), v.Head.Number > 0 && c.data != nil, 0},
		{tabVersions, i18n.T("Versions", "Versions"), v.Head.Number > 0 && c.versions != nil, int64(v.Head.Number)},
	}
	var tabs []tab
	for _, t := range all {
		if !t.shown {
			continue
		}
		url := datasetPath(id)
		if t.key != tabData {
			url = datasetPath(id, t.key)
		}
		tabs = append(tabs, tab{Key: t.key, Label: t.label, URL: url, Count: t.count})
	}
	return tabs
}

func hasPlace(s schema.Schema) bool {
	_, found := s.First(schema.Point, schema.Geometry)
	return found
}

// content asks a neighbour for what a tab holds.
func (c *Catalog) content(r *http.Request, v view) (templ.Component, error) {
	if v.Tab == tabQuality {
		return c.quality.Panel(r, v.Dataset)
	}
	if v.Head.Number == 0 {
		return nil, nil
	}
	switch {
	case v.Tab == tabVersions && c.versions != nil:
		return c.versions.History(r, v.Dataset)
	case c.data == nil:
		return nil, nil
	case v.Tab == tabData:
		return c.data.Table(r, v.Dataset)
	case v.Tab == tabColumns:
		return c.data.Statistics(r, v.Dataset)
	case v.Tab == tabMap:
		return c.data.Map(r, v.Dataset)
	case v.Tab == tabAPI:
		return c.data.Calls(r, v.Dataset)
	}
	return nil, nil
}

// panelsOf asks the neighbours for what they have to say under the data.
func (c *Catalog) panelsOf(r *http.Request, v view) ([]templ.Component, error) {
	if v.Tab != tabData {
		return nil, nil
	}
	var panels []templ.Component
	for _, p := range c.panels {
		panel, err := p.Panel(r, v.Dataset)
		if err != nil {
			return nil, err
		}
		if panel != nil {
			panels = append(panels, panel)
		}
	}
	return panels, nil
}

// datasetInfo is what the layout must know of the page.
func (c *Catalog) datasetInfo(r *http.Request, v view) web.PageInfo {
	lang := i18n.From(r.Context())
	d := v.Dataset
	info := web.PageInfo{
		Title: d.Title, Active: "catalogue", Canonical: datasetPath(d.ID),
		Description: shorten(first(v.Plain, i18n.T("Jeu de données publié par %s", "Dataset published by %s", v.Producer.Name).In(lang)), 160),
		Crumbs: []ui.Crumb{
			{Label: i18n.T("Catalogue", "Catalogue").In(lang), URL: pathCatalogue},
			{Label: d.Title},
		},
		NoIndex: d.Level != asset.Open || d.State != asset.Published,
		Wide:    v.Tab == tabData || v.Tab == tabMap,
	}
	for _, t := range v.Tabs {
		if t.Key == v.Tab && v.Tab != tabData {
			info.Title = t.Label.In(lang) + " – " + d.Title
		}
	}
	if v.Tab == tabMap {
		info.Scripts = []string{"map"}
	}
	if !info.NoIndex && v.Tab == tabData {
		info.JSONLD = ldOf(ldContent{Dataset: d, Producer: v.Producer, Description: v.Plain, Site: c.site.Name.FR,
			Base: c.base(r), Fields: v.Head.Schema.Fields, Version: v.Head.Number, PublishedAt: v.Head.PublishedAt, Downloads: v.Downloads})
	}
	return info
}

// base is the public address of the portal, without a final slash.
func (c *Catalog) base(r *http.Request) string {
	if c.site.URL != "" {
		return c.site.URL
	}
	return web.URL(r, "")
}

// downloadsOf lists what may be taken away of a version.
func downloadsOf(d asset.Dataset, head seen) []download {
	if head.Number == 0 {
		return nil
	}
	var list []download
	if head.Whole {
		list = append(list, download{Name: i18n.T("Fichier d’origine", "Original file"), Format: "original", MediaType: mediaType(head.Original.Name), File: head.Original.Name,
			Purpose: i18n.T("exactement ce que le producteur a déposé, octet pour octet", "exactly what the producer sent, byte for byte"),
			URL:     originalPath(d.ID, head.Number), Bytes: head.Original.Bytes, SHA256: head.Original.SHA256, Original: true})
	}
	add := func(format, media string, name, purpose i18n.Text) {
		list = append(list, download{Name: name, Purpose: purpose, Format: format, MediaType: media, URL: exportPath(d.ID, format)})
	}
	add("csv", "text/csv", i18n.T("CSV", "CSV"), i18n.T("tableurs et scripts ; séparateur « ; », UTF-8", "spreadsheets and scripts; “;” separator, UTF-8"))
	add("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", i18n.T("Excel (XLSX)", "Excel (XLSX)"),
		i18n.T("classeur avec types et dates", "workbook with types and dates"))
	add("ods", "application/vnd.oasis.opendocument.spreadsheet", i18n.T("OpenDocument (ODS)", "OpenDocument (ODS)"),
		i18n.T("classeur pour LibreOffice, avec types et dates", "workbook for LibreOffice, with types and dates"))
	add("json", "application/json", i18n.T("JSON", "JSON"), i18n.T("une liste d’objets", "a list of objects"))
	add("jsonl", "application/x-ndjson", i18n.T("JSON par lignes (NDJSON)", "JSON lines (NDJSON)"), i18n.T("un objet par ligne, à lire en flux", "one object a line, to read as a stream"))
	if hasPlace(head.Schema) {
		add("geojson", "application/geo+json", i18n.T("GeoJSON", "GeoJSON"), i18n.T("cartes et systèmes d’information géographique", "maps and geographic information systems"))
	}
	if isAgenda(d, head.Schema) {
		add("ical", "text/calendar", i18n.T("Agenda (iCalendar)", "Agenda (iCalendar)"), i18n.T("les événements, pour les importer une fois dans un agenda", "the events, to import once into an agenda"))
	}
	add("parquet", "application/vnd.apache.parquet", i18n.T("Parquet", "Parquet"), i18n.T("analyse de gros volumes : DuckDB, pandas, R", "analysis of large volumes: DuckDB, pandas, R"))
	return list
}

// isAgenda reports whether the rows of a dataset are events: people said so, or a field of days is named as the
// beginning of something. Every dataset with days can be had as an agenda; only of these is it worth a link.
func isAgenda(d asset.Dataset, s schema.Schema) bool {
	return slices.ContainsFunc(s.Fields, func(f schema.Field) bool {
		words := strings.Split(f.Name, "_")
		return f.Type.Temporal() && (d.Fields[f.Name].Role == asset.EventBegin || slices.Contains(words, "debut") || slices.Contains(words, "start"))
	})
}

// agendaURL is the address that an agenda subscribes to: it is read again from time to time, for years.
func agendaURL(base, id string) string {
	_, host, _ := strings.Cut(base, "://")
	return "webcal://" + host + exportPath(id, "ical")
}
