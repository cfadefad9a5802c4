package ingest

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/web"
)

// findVersion returns a version that the principal of ctx sees whole, 0 for the head.
func (s *Service) findVersion(ctx context.Context, id string, number int) (seen, error) {
	who := identity.From(ctx)
	dataset, err := s.Assets.Get(ctx, id)
	if err != nil {
		return seen{}, err
	}
	view, err := s.Access.View(ctx, who, dataset.Asset)
	if err != nil {
		return seen{}, err
	}
	if !view.Whole() {
		return seen{}, fault.New(fault.Forbidden, "part_only", i18n.T(
			"Vous ne voyez qu’une partie de ces données ; le détail des versions est réservé à ceux qui les voient toutes.",
			"You see only a part of this data; the detail of versions is for those who see all of it."))
	}
	head, err := s.Lake.Head(ctx, dataset.UID)
	if err != nil {
		return seen{}, err
	}
	v := seen{Dataset: dataset, Version: head, Head: head.Number, Named: !who.IsAnonymous(),
		Decides: s.Access.Can(ctx, who, access.Steward, dataset.Asset) == nil}
	if number != 0 && number != head.Number {
		if v.Version, err = s.Lake.Get(ctx, dataset.UID, number); err != nil {
			return seen{}, err
		}
	}
	v.Report, err = ReportOf(v.Version)
	return v, err
}

// History draws the versions of a dataset, the newest first, for its page.
func (s *Service) History(r *http.Request, d asset.Dataset) (templ.Component, error) {
	ctx := r.Context()
	versions, err := s.Lake.List(ctx, d.UID)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, nil
	}
	view, err := s.Access.View(ctx, identity.From(ctx), d.Asset)
	if err != nil {
		return nil, err
	}
	return historyView(d, versions, view.Whole(), mayName(r)), nil
}

func (s *Service) showVersion(w http.ResponseWriter, r *http.Request) error {
	v, err := s.version(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, versionPage(v.info(r, i18n.T("Version %d", "Version %d", v.Version.Number), ""), v))
}

// download gives the original, byte for byte.
func (s *Service) download(w http.ResponseWriter, r *http.Request) error {
	v, err := s.version(r)
	if err != nil {
		return err
	}
	file, err := s.Lake.Open(r.Context(), v.Version, v.Version.Original)
	if err != nil {
		return err
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", mediaType(v.Version.Original.Name))
	h.Set("Content-Disposition", attachment(v.Version.Original.Name))
	h.Set("ETag", `"`+v.Version.Original.SHA256+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", cacheControl(v.Dataset))
	web.Stream(w)
	http.ServeContent(w, r, "", v.Version.PublishedAt, file)
	return nil
}

// cacheControl lets anybody keep what anybody may read; it is asked again, because the level may change.
func cacheControl(d asset.Dataset) string {
	if d.Level == asset.Open && d.State == asset.Published {
		return "public, no-cache"
	}
	return "private, no-cache"
}

func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// mediaType says what an original is. It is never a type that a browser would run.
func mediaType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		return "text/csv"
	case ".tsv":
		return "text/tab-separated-values"
	case ".json":
		return "application/json"
	case ".geojson":
		return "application/geo+json"
	case ".ndjson", ".jsonl":
		return "application/x-ndjson"
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

// difference is what changed between two versions.
type difference struct {
	seen
	Before  lake.Version
	Choices []lake.Version // versions to compare with
	Diff    *engine.Difference
}

// showDifference compares a version with the one before, or with another that "avec" names.
func (s *Service) showDifference(w http.ResponseWriter, r *http.Request) error {
	v, err := s.version(r)
	if err != nil {
		return err
	}
	number := v.Version.Number - 1
	if text := r.URL.Query().Get("avec"); text != "" {
		if number, err = strconv.Atoi(text); err != nil || number < 1 {
			return noVersion()
		}
	}
	d := difference{seen: v}
	all, err := s.Lake.List(r.Context(), v.Dataset.UID)
	if err != nil {
		return err
	}
	for _, version := range all {
		if version.Number != v.Version.Number && version.Erased == nil {
			d.Choices = append(d.Choices, version)
		}
	}
	if number > 0 {
		if d.Before, d.Diff, err = s.Diff(r.Context(), v.Version, number, v.Dataset.Key); err != nil {
			return err
		}
	}
	title := i18n.T("Écarts de la version %d", "Changes of version %d", v.Version.Number)
	return web.Render(w, r, http.StatusOK, differencePage(v.info(r, title, "ecarts"), d))
}

// Diff compares a version with another version of the same dataset, row by row when key names fields of both.
func (s *Service) Diff(ctx context.Context, after lake.Version, number int, key []string) (lake.Version, *engine.Difference, error) {
	before, err := s.Lake.Get(ctx, after.DatasetUID, number)
	if err != nil {
		return before, nil, err
	}
	for _, name := range key {
		_, one := before.Schema.Field(name)
		_, two := after.Schema.Field(name)
		if !one || !two {
			key = nil
			break
		}
	}
	resolver := Resolver{s.Lake}
	first, err := resolver.Resolve(ctx, query.Source{Dataset: after.DatasetUID, Version: number})
	if err != nil {
		return before, nil, err
	}
	second, err := resolver.Resolve(ctx, query.Source{Dataset: after.DatasetUID, Version: after.Number})
	if err != nil {
		first.Release()
		return before, nil, err
	}
	diff, err := s.Engine.Diff(ctx, first, second, key)
	return before, diff, err
}

// quarantinePage is how many entries a page shows.
const quarantinePerPage = 100

type quarantine struct {
	seen
	Entries []Entry
	First   int // place of the first entry shown, from 1
	Page    int
	Column  string // only this column; "" for all
	Next    bool
	Back    givingBack
}

func (s *Service) showQuarantine(w http.ResponseWriter, r *http.Request) error {
	v, err := s.version(r)
	if err != nil {
		return err
	}
	return s.renderQuarantine(w, r, v, nil, "", http.StatusOK)
}

func (s *Service) renderQuarantine(w http.ResponseWriter, r *http.Request, v seen, found web.FormErrors, reason string, status int) error {
	if v.Version.Erased != nil {
		return lake.ErrErased
	}
	q := quarantine{seen: v, Page: 1, Column: r.URL.Query().Get("colonne"), Back: s.givingBack(r.Context(), v, found, reason)}
	if page, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && page > 1 {
		q.Page = min(page, 1_000_000)
	}
	skip := (q.Page - 1) * quarantinePerPage
	q.First = skip + 1
	for entry, err := range s.Quarantine(r.Context(), v.Version) {
		if err != nil {
			return err
		}
		if q.Column != "" && !entry.about(q.Column) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if len(q.Entries) == quarantinePerPage {
			q.Next = true
			break
		}
		q.Entries = append(q.Entries, entry)
	}
	title := i18n.T("Quarantaine de la version %d", "Quarantine of version %d", v.Version.Number)
	return web.Render(w, r, status, quarantinePage(v.info(r, title, "quarantaine"), q))
}

// downloadQuarantine gives the whole list with its sentences. A value that a spreadsheet would run is neutralised.
func (s *Service) downloadQuarantine(w http.ResponseWriter, r *http.Request) error {
	v, err := s.version(r)
	if err != nil {
		return err
	}
	if v.Version.Erased != nil {
		return lake.ErrErased
	}
	lang := i18n.From(r.Context())
	out := v.csv(w, "quarantaine")
	_ = out.Write([]string{"ligne", "colonne", "valeur", "constat", "consigne"}) // the error comes back from Flush
	for entry, err := range s.Quarantine(r.Context(), v.Version) {
		if err != nil {
			s.cut(err)
		}
		for _, f := range entry.findings(v.Version.Schema) {
			_ = out.Write([]string{strconv.FormatInt(entry.Line, 10), f.Column, neutral(f.Value), f.Text.In(lang), f.Fix.In(lang)})
		}
	}
	s.end(out)
	return nil
}

// downloadAside gives the rows set aside with the columns of the file that they came in, to be corrected.
func (s *Service) downloadAside(w http.ResponseWriter, r *http.Request) error {
	v, err := s.version(r)
	if err != nil {
		return err
	}
	if v.Version.Erased != nil {
		return lake.ErrErased
	}
	out := v.csv(w, "lignes-de-cote")
	_ = out.Write(v.Report.Header)
	for entry, err := range s.Quarantine(r.Context(), v.Version) {
		if err != nil {
			s.cut(err)
		}
		if entry.Kind == SetAside {
			_ = out.Write(entry.Cells)
		}
	}
	s.end(out)
	return nil
}

// csv begins the answer of a list of a version.
func (v seen) csv(w http.ResponseWriter, name string) *csv.Writer {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", attachment(fmt.Sprintf("%s-v%d-%s.csv", v.Dataset.ID, v.Version.Number, name)))
	h.Set("Cache-Control", cacheControl(v.Dataset))
	web.Stream(w)
	out := csv.NewWriter(w)
	out.Comma = ';'
	return out
}

// cut ends an answer that has begun: that is how its reader knows that it is not whole.
func (s *Service) cut(err error) {
	s.log.Error("ingest: quarantine cut", "error", err)
	panic(http.ErrAbortHandler)
}

func (s *Service) end(out *csv.Writer) {
	out.Flush()
	if err := out.Error(); err != nil && !errors.Is(err, context.Canceled) {
		s.log.Debug("ingest: reader left", "error", err)
	}
}

// neutral keeps a spreadsheet from running a value.
func neutral(value string) string {
	if value != "" && strings.ContainsRune("=+-@\t\r", rune(value[0])) {
		return "'" + value
	}
	return value
}

type erasure struct {
	seen
	Reason string
	Errors web.FormErrors
}

func (s *Service) showErasure(w http.ResponseWriter, r *http.Request) error {
	v, err := s.decided(r)
	if err != nil {
		return err
	}
	return s.renderErasure(w, r, erasure{seen: v}, http.StatusOK)
}

func (s *Service) renderErasure(w http.ResponseWriter, r *http.Request, e erasure, status int) error {
	title := i18n.T("Supprimer les données de la version %d", "Erase the data of version %d", e.Version.Number)
	return web.Render(w, r, status, erasurePage(e.info(r, title, "suppression"), e))
}

func (s *Service) decided(r *http.Request) (seen, error) {
	v, err := s.version(r)
	if err != nil {
		return v, err
	}
	return v, s.Access.Can(r.Context(), identity.From(r.Context()), access.Steward, v.Dataset.Asset)
}

func (s *Service) erase(w http.ResponseWriter, r *http.Request) error {
	v, err := s.decided(r)
	if err != nil {
		return err
	}
	reason := strings.TrimSpace(r.PostFormValue("motif"))
	err = s.Lake.Erase(r.Context(), v.Dataset.UID, v.Version.Number, reason)
	if errors, ok := web.FormError(err); ok {
		return s.renderErasure(w, r, erasure{seen: v, Reason: reason, Errors: errors}, fault.KindOf(err).Status())
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, versionPath(v.Dataset.ID, v.Version.Number), web.Flash{Kind: web.Success,
		Text: i18n.T("Les données de la version %d sont supprimées.", "The data of version %d is erased.", v.Version.Number)})
}
