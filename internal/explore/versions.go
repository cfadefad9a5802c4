package explore

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"socle/internal/api"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/lake"
)

// which is the version of a dataset that a request asks for. The zero value is the newest one.
type which struct {
	number int       // 0 when the request does not say
	asOf   time.Time // the newest version published by then
	path   bool      // the number stands in the path, so that links keep it
}

type whichKey struct{}

func (c which) in(ctx context.Context) context.Context { return context.WithValue(ctx, whichKey{}, c) }

func whichOf(ctx context.Context) which {
	c, _ := ctx.Value(whichKey{}).(which)
	return c
}

// versioned reads which version a request asks for, in its path or with as_of, before the handler opens the dataset.
func (s *Service) versioned(next api.Handler) api.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		chosen, err := askedVersion(r)
		if err != nil {
			return err
		}
		return next(w, r.WithContext(chosen.in(r.Context())))
	}
}

func askedVersion(r *http.Request) (which, error) {
	p, err := parametersOf(r)
	if err != nil {
		return which{}, err
	}
	asOf := p.asOf()
	if p.err != nil {
		return which{}, p.err
	}
	text := r.PathValue("version")
	if text == "" {
		return which{asOf: asOf}, nil
	}
	number, err := strconv.Atoi(text)
	switch {
	case err != nil || number < 1:
		return which{}, unknownVersion(text)
	case !asOf.IsZero():
		return which{}, fault.New(fault.Invalid, codeParameter, i18n.T(
			"L’adresse nomme déjà une version : retirez as_of.", "The address names a version already: take as_of out.")).At("as_of")
	}
	return which{number: number, path: true}, nil
}

// asOf reads an instant, or a day, which means its end on the clocks of the time zone of the request.
func (p *parameters) asOf() time.Time {
	text := strings.TrimSpace(p.text("as_of"))
	if text == "" {
		return time.Time{}
	}
	_, zone := p.timezone()
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Nanosecond)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04:05"} {
		if instant, err := time.ParseInLocation(layout, text, zone); err == nil {
			return instant
		}
	}
	p.fail("as_of", text, i18n.T("un jour (2026-09-01) ou un instant (2026-09-01T08:00:00Z)", "a day (2026-09-01) or an instant (2026-09-01T08:00:00Z)"))
	return time.Time{}
}

// at is the dataset as a version of it was: its rows, its fields, and what who asks sees of them.
func (s *Service) at(ctx context.Context, d *source, chosen which) (*source, error) {
	if chosen == (which{}) {
		return d, nil
	}
	version, err := s.version(ctx, d, chosen)
	if err != nil {
		return nil, err
	}
	old := *d.published
	old.head, old.schema = version, described(version.Schema, d.Fields)
	at := &source{published: &old, view: d.view, fields: d.view.Schema(old.schema), everybody: d.everybody, pinned: chosen.path, purse: d.purse}
	return at, at.needData()
}

func (s *Service) version(ctx context.Context, d *source, chosen which) (lake.Version, error) {
	if chosen.number > 0 {
		version, err := s.versions.Get(ctx, d.UID, chosen.number)
		if fault.Is(err, fault.NotFound) {
			return lake.Version{}, unknownVersion(strconv.Itoa(chosen.number))
		}
		return version, err
	}
	list, err := s.versions.List(ctx, d.UID)
	if err != nil {
		return lake.Version{}, err
	}
	for _, version := range list { // the newest first
		if !version.PublishedAt.After(chosen.asOf) {
			return version, nil
		}
	}
	return lake.Version{}, fault.New(fault.NotFound, "UnknownVersionError", i18n.T(
		"Ce jeu de données n’avait pas encore de données à cet instant.", "This dataset had no data yet at that instant.")).At("as_of")
}

func unknownVersion(text string) error {
	return fault.New(fault.NotFound, "UnknownVersionError", i18n.T(
		"La version «\u00a0%s\u00a0» de ce jeu de données n’existe pas.", "The version “%s” of this dataset does not exist.", short(text)))
}

// path is the address of the dataset below that of the API, with the version when the request named it there.
func (d *source) path() string {
	path := "/catalog/datasets/" + d.ID
	if d.pinned {
		path += "/versions/" + strconv.Itoa(d.head.Number)
	}
	return path
}

// versionObject is one version in the list of them. What a grant does not show is null.
type versionObject struct {
	Version     int     `json:"version"`
	PublishedAt string  `json:"published_at"`
	Rows        *int64  `json:"records_count"`
	Bytes       *int64  `json:"bytes"`
	Digest      *string `json:"original_sha256"`
	Note        *string `json:"note"`
	Loss        *string `json:"loss_note"`
	ErasedAt    *string `json:"erased_at"`
	Links       []link  `json:"_links"`
}

// listVersions answers with every version of a dataset, the newest first.
func (s *Service) listVersions(w http.ResponseWriter, r *http.Request) error {
	d, err := s.find(r.Context(), r.PathValue("dataset_id"))
	if err != nil {
		return err
	}
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	_, zone := p.timezone()
	if p.err != nil {
		return p.err
	}
	list, err := s.versions.List(r.Context(), d.UID)
	if err != nil {
		return err
	}
	base := s.base(r) + "/catalog/datasets/" + d.ID + "/versions"
	answer := versionList{len(list), []versionObject{}}
	key := keyOf("versions", d.version(), d.view.Key(), base, zone.String())
	for _, v := range list {
		o := versionObject{Version: v.Number, PublishedAt: instant(v.PublishedAt.In(zone)), Note: some(v.Note), Loss: some(v.LossNote)}
		if d.view.Whole() {
			o.Rows, o.Bytes, o.Digest = &v.Rows, &v.Bytes, some(v.Original.SHA256)
		}
		self := base + "/" + strconv.Itoa(v.Number)
		o.Links = []link{{"self", self}}
		if v.Erased != nil {
			o.ErasedAt = some(instant(v.Erased.At.In(zone)))
			key += " " + strconv.Itoa(v.Number)
		} else {
			o.Links = append(o.Links, link{"records", self + "/records"}, link{"facets", self + "/facets"}, link{"exports", self + "/exports"})
		}
		answer.Results = append(answer.Results, o)
	}
	return s.writeJSON(w, r, key, d.everybody, answer)
}
