package explore

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/access"
	"socle/internal/i18n"
	"socle/internal/mcp"
	"socle/internal/web"
)

// ToolInstructions is what an assistant should know before it calls the tools.
const ToolInstructions = `Published datasets of a French public data portal (education, youth, sport).
Work in this order: search_datasets, then describe_dataset, whose field names and types the other tools need, then query_dataset, list_values or read_rows; query_sql joins several datasets.
Compute with query_dataset (count, sum, avg, median, group_by) rather than by reading rows. Find how a value is spelt with list_values before you filter on it.
Values are in French. When you state a figure, cite its source with the text in "citation", which names the producer, the version, its date and the licence, and give the address in "citation.address", which gives the same answer again.
A message in "error" says what to change: correct the call and try again.`

// The bounds of one answer to an assistant, whose memory is short.
const (
	toolBytes  = 48_000 // of rows, or of fields
	toolRows   = 100
	toolGroups = 500
	toolFields = 300
	toolText   = 4_000 // characters of a description
)

// Tools gives the door of assistants the tools of the catalogue and of its data. Anybody may call them; each asks what
// who asks may see, builds the same question as the Explore API, and answers from the same memory.
func (s *Service) Tools(door *mcp.Door) {
	mcp.Register(door, access.Public, mcp.Tool{Name: "search_datasets", Title: i18n.T("Chercher un jeu de données", "Search for a dataset"),
		Description: "Find datasets by words of their title, description, keywords or columns, best first. Call it first: the other tools need the identifier that it gives. Without words, it lists the catalogue."}, s.toolSearch)
	mcp.Register(door, access.Public, mcp.Tool{Name: "describe_dataset", Title: i18n.T("Décrire un jeu de données", "Describe a dataset"),
		Description: "What a dataset is: its fields with their types, labels, units and meanings; producer, licence, version, dates, period and territory covered; and how to cite it. Call it before any query, to know the names of the fields."}, s.toolDescribe)
	mcp.Register(door, access.Public, mcp.Tool{Name: "query_dataset", Title: i18n.T("Interroger un jeu de données", "Query a dataset"),
		Description: `Filter, sort, compute and group the rows of a dataset in ODSQL, the language of the Explore API. Examples:
- a figure for each group: select "academie, count(*) as n, avg(ips) as ips", group_by "academie", order_by "n desc"
- a total: select "sum(effectif) as total", where "rentree >= date'2024-09-01' and secteur = 'Public'"
- rows: select "nom, effectif", where "nom like '*hugo*'", order_by "effectif desc", limit 10
Also: in ("a", "b"), is null, search("mots"), within_distance(point, geom'POINT(2.35 48.85)', 10km), year(date), range(n, 10), count(distinct x), median(x), percentile(x, 90). Texts are in quotes, names of fields as describe_dataset gives them.`}, s.toolQuery)
	mcp.Register(door, access.Public, mcp.Tool{Name: "read_rows", Title: i18n.T("Lire quelques lignes", "Read a few rows"),
		Description: "A few rows as they are, in the order of the file, to see what values look like. To compute, or to filter, use query_dataset."}, s.toolRead)
	mcp.Register(door, access.Public, mcp.Tool{Name: "list_values", Title: i18n.T("Lister les valeurs d’un champ", "List the values of a field"),
		Description: "The values of a field with the number of rows of each, most frequent first: how a category is spelt, which years there are."}, s.toolValues)
	if s.sql != nil {
		mcp.Register(door, access.Public, mcp.Tool{Name: "query_sql", Title: i18n.T("Croiser des données en SQL", "Join datasets in SQL"),
			Description: "Join several datasets, or compute what query_dataset cannot, with one SELECT in the SQL of DuckDB: joins, subqueries, WITH, windows. Only reading, only datasets; no file, no table function, no clock. Call describe_dataset on each dataset first: identifiers go between double quotes, texts between single ones."}, s.toolSQL)
	}
	mcp.Document(door, access.Public, mcp.Resource{Template: documentPrefix + "{dataset}", Name: "dataset", Title: i18n.T("Fiche d’un jeu de données", "Description of a dataset"),
		Description: "What describe_dataset answers, as a document."}, func(ctx context.Context, address string) (*datasetWords, error) {
		id, err := url.PathUnescape(strings.TrimPrefix(address, documentPrefix))
		if err != nil {
			id = address
		}
		return s.toolDescribe(ctx, describeInput{Dataset: id})
	})
}

const documentPrefix = "socle://dataset/"

// citation is the source of an answer: what to write beside a figure, and where to find it again.
type citation struct {
	Dataset    string `json:"dataset"`
	Title      string `json:"title"`
	Producer   string `json:"producer"`
	Version    int    `json:"version,omitempty" jsonschema:"number of the version that was read; versions never change"`
	Date       string `json:"date,omitempty" jsonschema:"day on which this version was published"`
	Licence    string `json:"licence"`
	LicenceURL string `json:"licence_url,omitempty"`
	Page       string `json:"page" jsonschema:"page of the dataset, for people"`
	Address    string `json:"address" jsonschema:"address that gives this answer again, from the same version"`
	NeedsToken bool   `json:"needs_token,omitempty" jsonschema:"the address asks for a token: the dataset is not open to all"`
	Text       string `json:"text" jsonschema:"the reference to give with what is said from this answer"`
}

// cite names the source of an answer that the Explore API gives at a path below the dataset.
func (s *Service) cite(ctx context.Context, d *source, path string, values url.Values) citation {
	lang := i18n.From(ctx)
	site := s.site(ctx)
	licence, licenceURL := d.licence()
	at := *d
	at.pinned = d.head.Number > 0
	c := citation{Dataset: d.ID, Title: d.Title, Producer: d.organization.Name, Version: d.head.Number, Licence: licence, LicenceURL: licenceURL,
		Page: site + "/jeux/" + d.ID, Address: address(site+Prefix+at.path()+path, values), NeedsToken: !d.everybody}
	parts := []string{c.Producer, i18n.T("«\u00a0%s\u00a0»", "“%s”", d.Title).In(lang)}
	if c.Version > 0 {
		published := d.head.PublishedAt.In(pageLocation())
		c.Date = published.Format(time.DateOnly)
		parts = append(parts, i18n.T("version %d du %s", "version %d of %s", c.Version, i18n.Text{FR: dayText(i18n.FR, published, ""), EN: dayText(i18n.EN, published, "")}).In(lang))
	}
	parts = slices.DeleteFunc(append(parts, licence, c.Page), func(part string) bool { return part == "" })
	c.Text = strings.Join(parts, ", ")
	return c
}

// site is the public address of the portal, without a final slash; "" when it is not known, outside of HTTP.
func (s *Service) site(ctx context.Context) string {
	if s.url != "" {
		return s.url
	}
	return web.URL((&http.Request{}).WithContext(ctx), "")
}

// findFor opens a dataset for a tool, at a version when one is asked for.
func (s *Service) findFor(ctx context.Context, id string, version int) (*source, error) {
	if version < 0 {
		return nil, unknownVersion(strconv.Itoa(version))
	}
	return s.find(which{number: version, path: version > 0}.in(ctx), strings.TrimSpace(id))
}

// clip cuts a text for an assistant, and says so.
func clip(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most]) + "…"
}
