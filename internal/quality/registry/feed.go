package registry

import (
	"encoding/xml"
	"net/http"
	"slices"
	"time"

	"socle/internal/i18n"
)

// The elements of a feed, as RFC 4287 names them.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"xml:lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	atomEntry struct {
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Author  string   `xml:"author>name"`
		Link    atomLink `xml:"link"`
		Summary string   `xml:"summary,omitempty"`
	}
)

// feedLength is how many versions a feed tells.
const feedLength = 100

// showFeed tells the last versions of every schema, or of the one that the address names.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang, base := i18n.From(ctx), s.base(r)
	feed := atomFeed{Lang: string(lang), ID: base + pathFeed, Title: i18n.T("%s : nouvelles versions des schémas", "%s: new versions of schemas", s.options.Site).In(lang)}
	page := pathSchemas
	var schemas []Schema
	var err error
	if r.PathValue("name") != "" {
		schemas = make([]Schema, 1)
		schemas[0], err = s.Get(ctx, refOf(r))
		page = schemaPath(refOf(r))
		feed.ID, feed.Title = base+schemaPath(refOf(r), "flux.atom"), i18n.T("Nouvelles versions de « %s »", "New versions of “%s”", schemas[0].Title).In(lang)
	} else {
		schemas, err = s.List(ctx, "")
	}
	if err != nil {
		return err
	}
	feed.Links = []atomLink{{"self", "application/atom+xml", feed.ID}, {"alternate", "text/html", base + page}}
	feed.Updated = atomTime(time.Unix(0, 0))
	for i, t := range latestVersions(schemas) {
		if i == 0 {
			feed.Updated = atomTime(t.version.PublishedAt)
		}
		address := base + schemaPath(t.schema.Ref, t.version.Number)
		feed.Entries = append(feed.Entries, atomEntry{ID: address, Title: t.version.Title + " " + t.version.Number, Updated: atomTime(t.version.PublishedAt),
			Author: t.schema.Owner, Link: atomLink{"alternate", "text/html", address}, Summary: t.version.Note})
	}
	text, err := xml.MarshalIndent(feed, "", "  ")
	if err != nil {
		return err
	}
	forEverybody(w, "application/atom+xml; charset=utf-8", "public, no-cache")
	_, _ = w.Write(append(append([]byte(xml.Header), text...), '\n')) // the reader may have left; there is nobody to tell
	return nil
}

// told is a version and the schema it is of.
type told struct {
	schema  Schema
	version Version
}

// latestVersions lists the versions of schemas, the last published first, as many as a feed tells.
func latestVersions(schemas []Schema) []told {
	var all []told
	for _, schema := range schemas {
		for _, v := range schema.Versions {
			all = append(all, told{schema, v})
		}
	}
	slices.SortStableFunc(all, func(a, b told) int { return b.version.PublishedAt.Compare(a.version.PublishedAt) })
	return all[:min(len(all), feedLength)]
}

func atomTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
