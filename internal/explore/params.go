package explore

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
)

// The limits of the Explore API on one page of an answer. Exports have none.
const (
	maxLimit         = 100
	maxWindow        = 10_000 // offset + limit must stay below
	maxGroupedLimit  = 20_000
	maxGroupedWindow = 20_000 // offset + limit must not exceed
	defaultLimit     = 10
)

// The languages that the parameter lang may name.
var languages = []string{"en", "fr", "nl", "pt", "it", "ar", "de", "es", "ca", "eu", "sv"}

// codeParameter is the error code of a parameter that cannot be read.
const codeParameter = "InvalidRESTParameterError"

// parameters reads the query of a request, and remembers the first one that is wrong.
type parameters struct {
	values url.Values
	err    error
}

func parametersOf(r *http.Request) (*parameters, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.New(fault.Invalid, codeParameter, i18n.T(
			"L’adresse contient un paramètre mal encodé\u00a0: «\u00a0%\u00a0» s’écrit %25, et «\u00a0;\u00a0» s’écrit %3B.",
			"The address holds a parameter that is badly encoded: “%” is written %25, and “;” is written %3B.")).Because(err)
	}
	return &parameters{values: values}, nil
}

// parameter reads the first value of one parameter, and decodes no other: an address may be long, and who is refused should cost
// little.
func parameter(r *http.Request, name string) string {
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		key, value, _ := strings.Cut(part, "=")
		if strings.Contains(part, ";") || len(key) > 3*len(name) {
			continue
		}
		if key, err := url.QueryUnescape(key); err != nil || key != name {
			continue
		}
		if value, err := url.QueryUnescape(value); err == nil {
			return value
		}
	}
	return ""
}

func (p *parameters) fail(name, value string, expected i18n.Text) {
	if p.err != nil {
		return
	}
	if len(value) > 80 {
		value = strings.ToValidUTF8(value[:80], "") + "…"
	}
	p.err = fault.New(fault.Invalid, codeParameter, i18n.T(
		"Valeur incorrecte pour le paramètre %s\u00a0: «\u00a0%s\u00a0». Il faut %s.",
		"Invalid value for the parameter %s: “%s”. Expected: %s.", name, value, expected)).At(name)
}

// text returns a parameter given at most once.
func (p *parameters) text(name string) string {
	values := p.values[name]
	if len(values) > 1 {
		p.fail(name, strings.Join(values, ", "), i18n.T("une seule valeur", "a single value"))
	}
	if len(values) == 0 {
		return ""
	}
	return strings.ToValidUTF8(values[0], "\ufffd")
}

// texts returns the values of a parameter that may be repeated, empty ones left out.
func (p *parameters) texts(name string) []string {
	var list []string
	for _, value := range p.values[name] {
		if strings.TrimSpace(value) != "" {
			list = append(list, strings.ToValidUTF8(value, "\ufffd"))
		}
	}
	return list
}

func (p *parameters) integer(name string, missing, least, most int) int {
	text := p.text(name)
	if text == "" {
		return missing
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < least || n > most {
		p.fail(name, text, i18n.T("un entier de %d à %d", "an integer from %d to %d", least, most))
		return missing
	}
	return n
}

func (p *parameters) boolean(name string, missing bool) bool {
	text := p.text(name)
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "":
		return missing
	case "true", "1", "yes", "on":
		return true
	case "false", "0", "no", "off":
		return false
	}
	p.fail(name, text, i18n.T("true ou false", "true or false"))
	return missing
}

// choice returns one of the allowed values, the first one when the parameter is absent.
func (p *parameters) choice(name string, allowed ...string) string {
	text := p.text(name)
	if text == "" {
		return allowed[0]
	}
	if !slices.Contains(allowed, text) {
		shown := strings.ReplaceAll(strings.Join(allowed, " "), "\t", "TAB")
		p.fail(name, text, i18n.T("l’une des valeurs\u00a0: %s", "one of the values: %s", shown))
		return allowed[0]
	}
	return text
}

func (p *parameters) lang() string { return p.choice("lang", append([]string{"fr"}, languages...)...) }

// timezone returns an IANA name, "" for UTC.
func (p *parameters) timezone() (string, *time.Location) {
	name := strings.TrimSpace(p.text("timezone"))
	if name == "" || name == "UTC" {
		return "", time.UTC
	}
	location, err := time.LoadLocation(name)
	if err != nil || !common(name) {
		p.fail("timezone", name, i18n.T("un nom de fuseau horaire tel que Europe/Paris", "the name of a time zone, such as Europe/Paris"))
		return "", time.UTC
	}
	return name, location
}

// common reports whether a name of a time zone is one that everybody knows, databases too, rather than one that this machine has
// besides: its own zone, or another edition of its tables.
func common(zone string) bool {
	return zone != "Local" && zone != "localtime" && zone != "posixrules" && !strings.HasPrefix(zone, "posix/") && !strings.HasPrefix(zone, "right/")
}

// shape is what a request asks of the form of an answer, apart from the data.
type shape struct {
	lang     string
	zone     *time.Location
	links    bool
	appMetas bool
}

func (p *parameters) shape() shape {
	_, zone := p.timezone()
	return shape{lang: p.lang(), zone: zone, links: p.boolean("include_links", false), appMetas: p.boolean("include_app_metas", false)}
}

// filters returns the part of a request that chooses rows and columns.
func (p *parameters) filters() query.Request {
	zone, _ := p.timezone()
	return query.Request{Select: p.text("select"), Where: p.texts("where"), GroupBy: p.text("group_by"), OrderBy: p.text("order_by"),
		Refine: p.texts("refine"), Exclude: p.texts("exclude"), Timezone: zone, Lang: p.lang(), Limit: -1}
}

// deprecate says in the headers, as the Explore API does, what a question uses that has changed since.
func deprecate(h http.Header, plan *query.Plan) {
	if len(plan.Deprecated) == 0 {
		return
	}
	messages := make([]string, len(plan.Deprecated))
	for i, d := range plan.Deprecated {
		messages[i] = d.ID + ": " + d.Message
	}
	h.Set("ODS-Explore-API-Deprecation", strings.Join(messages, "; "))
	h.Set("Link", `<https://help.opendatasoft.com/apis/ods-explore-v2/#section/Introduction/v2.1-Changelog>; rel="deprecation"`)
}

// page returns the request for one page, within the limits of the API.
func (p *parameters) page() query.Request {
	request := p.filters()
	most, window := maxLimit, maxWindow-1
	if request.GroupBy != "" {
		most, window = maxGroupedLimit, maxGroupedWindow
	}
	request.Limit = p.integer("limit", defaultLimit, -1, most)
	request.Offset = p.integer("offset", 0, 0, window)
	if request.Limit == -1 {
		request.Limit = min(most, window-request.Offset)
	}
	if request.Offset+request.Limit > window {
		p.fail("offset", strconv.Itoa(request.Offset), i18n.T(
			"offset + limit d’au plus %d\u00a0; pour tout lire, utilisez les exports",
			"offset + limit of at most %d; to read everything, use the exports", window))
	}
	return request
}

// whole returns the request for an export: everything, unless limited.
func (p *parameters) whole() query.Request {
	request := p.filters()
	request.Limit = p.integer("limit", -1, -1, 1<<40)
	request.Offset = p.integer("offset", 0, 0, 1<<40)
	return request
}

// canonical writes the parameters that make an answer what it is, in one order, for keys of caches.
func (p *parameters) canonical(names ...string) string {
	kept := url.Values{}
	for _, name := range names {
		if values, given := p.values[name]; given {
			kept[name] = values
		}
	}
	return kept.Encode()
}
