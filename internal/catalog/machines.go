package catalog

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/search"
	"socle/internal/store"
	"socle/internal/web"
)

// feedSize is how many datasets a feed holds.
const feedSize = 50

func feedAlternate(ctx context.Context, url string) web.Alternate {
	return web.Alternate{Type: "application/atom+xml", URL: url,
		Title: i18n.S(ctx, "Jeux de données mis à jour", "Updated datasets")}
}

// feed answers with an Atom feed of the datasets that a wish finds, the last changed first.
func (c *Catalog) feed(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	wanted := parseWish(r.URL.Query())
	wanted.Sort, wanted.Page = "recent", 1
	result, err := c.find(ctx, wanted, feedSize)
	if err != nil {
		return err
	}
	wanted.Sort = ""
	var out bytes.Buffer
	if err := feedOf(i18n.From(ctx), c.site, c.base(r), wanted, result.Entries).write(&out); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	return answer(w, r, out.Bytes())
}

// feedOf makes the feed of a list.
func feedOf(lang i18n.Lang, site Site, base string, wanted wish, entries []Entry) atomFeed {
	f := atomFeed{Lang: string(lang), ID: base + wanted.on(pathFeed), Updated: atomTime(time.Unix(0, 0)),
		Title:    i18n.T("%s : jeux de données mis à jour", "%s: updated datasets", site.Name).In(lang),
		Subtitle: site.Description.In(lang),
		Links: []atomLink{
			{Rel: "self", Type: "application/atom+xml", Href: base + wanted.on(pathFeed)},
			{Rel: "alternate", Type: "text/html", Href: base + wanted.on(pathCatalogue)},
		}}
	for i, e := range entries {
		if i == 0 {
			f.Updated = atomTime(e.UpdatedAt)
		}
		entry := atomEntry{ID: "urn:uuid:" + e.UID, Title: e.Title, Updated: atomTime(e.UpdatedAt), Author: atomAuthor{e.OrgName},
			Summary: e.Summary, Links: []atomLink{{Rel: "alternate", Type: "text/html", Href: base + datasetPath(e.ID)}}}
		if e.Theme != "" {
			entry.Categories = []atomCategory{{e.Theme}}
		}
		f.Entries = append(f.Entries, entry)
	}
	return f
}

// siteLD describes the portal to search engines.
func (c *Catalog) siteLD(r *http.Request) any {
	base := c.base(r)
	return map[string]any{"@context": "https://schema.org", "@type": "DataCatalog", "name": c.site.Name.FR, "url": base + "/",
		"description": c.site.Description.FR, "inLanguage": []string{"fr", "en"}}
}

// The elements of a site map, as sitemaps.org names them.
type (
	siteMap struct {
		XMLName xml.Name      `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URLs    []siteMapPage `xml:"url"`
	}
	siteMapPage struct {
		Address  string `xml:"loc"`
		Modified string `xml:"lastmod,omitempty"`
	}
)

// siteMapLimit is how many addresses the format allows in one file.
const siteMapLimit = 50_000

// sitemap lists what everybody may read, whoever asks.
func (c *Catalog) sitemap(w http.ResponseWriter, r *http.Request) error {
	base := c.base(r)
	list := siteMap{URLs: []siteMapPage{{Address: base + "/"}, {Address: base + pathCatalogue}, {Address: base + pathOrganizations},
		{Address: base + pathHelp}}}
	result, err := c.index.Search(r.Context(), search.Query{Limit: siteMapLimit - len(list.URLs),
		Visible: func(d *search.Document) bool { return d.Level == string(asset.Open) }})
	if err != nil {
		return err
	}
	for _, hit := range result.Hits {
		if e, ok := hit.Document.Data.(Entry); ok {
			list.URLs = append(list.URLs, siteMapPage{base + datasetPath(e.ID), atomTime(e.UpdatedAt)})
		}
	}
	out := bytes.NewBufferString(xml.Header)
	if err := xml.NewEncoder(out).Encode(list); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	return answer(w, r, out.Bytes())
}

// robots says what crawlers may fetch: everything but what is endless or for people only.
func (c *Catalog) robots(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	return answer(w, r, []byte(strings.Join([]string{"User-agent: *", "Disallow: /api/", "Disallow: /administration", "Disallow: /compte",
		"Disallow: /connexion", "Disallow: /mot-de-passe/", "Disallow: " + pathPublish, "Disallow: /jeux?", "Disallow: /jeux/*?", "Allow: /",
		"", "Sitemap: " + c.base(r) + pathSitemap, ""}, "\n")))
}

// security says where to report a weakness, as RFC 9116 asks. It is not there when nobody is named.
func (c *Catalog) security(w http.ResponseWriter, r *http.Request) error {
	if c.site.Legal.Security == "" {
		http.NotFound(w, r)
		return nil
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	return answer(w, r, fmt.Appendf(nil, "Contact: %s\nExpires: %s\nPreferred-Languages: fr, en\nCanonical: %s/.well-known/security.txt\n",
		c.site.Legal.Security, store.Now().AddDate(0, 6, 0).Format("2006-01-02T00:00:00Z"), c.base(r)))
}

// answer writes a document made whole in memory.
func answer(w http.ResponseWriter, r *http.Request, body []byte) error {
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader may have left; there is nobody to tell
	}
	return nil
}
