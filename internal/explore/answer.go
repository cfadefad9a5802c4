package explore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"socle/internal/web"
)

// link is one element of "_links".
type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

type links struct {
	Links []link `json:"_links"`
}

// base is the public address of the API, without a final slash.
func (s *Service) base(r *http.Request) string {
	if s.url != "" {
		return s.url + Prefix
	}
	return web.URL(r, Prefix)
}

// self is the public address of a request, with other values for some of its parameters; an empty one goes.
func (s *Service) self(r *http.Request, changes ...string) string {
	query := r.URL.Query()
	query.Del("apikey")
	query.Del("access_token")
	for i := 0; i+1 < len(changes); i += 2 {
		if query.Set(changes[i], changes[i+1]); changes[i+1] == "" {
			query.Del(changes[i])
		}
	}
	address := s.base(r) + strings.TrimPrefix(strings.TrimSuffix(r.URL.EscapedPath(), "/"), Prefix)
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

// pageLinks are the links of one page of a list of total elements; a negative total is not known.
func (s *Service) pageLinks(r *http.Request, offset, limit int, total int64) []link {
	list := []link{{"self", s.self(r)}, {"first", s.self(r, "offset", "0", "cursor", "")}}
	if total < 0 || limit <= 0 || parameter(r, "cursor") != "" {
		return list
	}
	if last := (max(total, 1) - 1) / int64(limit) * int64(limit); last < maxWindow {
		list = append(list, link{"last", s.self(r, "offset", strconv.FormatInt(last, 10))})
	}
	if next := int64(offset + limit); next < total && next+int64(limit) < maxWindow {
		list = append(list, link{"next", s.self(r, "offset", strconv.FormatInt(next, 10))})
	}
	return list
}

// encode writes a value as JSON, leaving <, > and & as they are.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// freshness says how long an answer may be believed without asking again. What everybody may read may be kept by
// shared caches for a moment; the rest only by who asked, who must ask again, so that a revoked right ends at once.
func freshness(h http.Header, everybody bool) {
	if everybody {
		h.Set("Cache-Control", "public, max-age=0, s-maxage=30, stale-while-revalidate=60")
		return
	}
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Authorization, Cookie")
}

// tag makes an ETag of a key that names everything an answer depends on. It is weak because the site compresses.
func tag(key string) string {
	sum := sha256.Sum256([]byte(key))
	return `W/"` + hex.EncodeToString(sum[:16]) + `"`
}

// unchanged sets the ETag and answers 304 when the client already holds that answer.
func unchanged(w http.ResponseWriter, r *http.Request, key string) bool {
	etag := tag(key)
	w.Header().Set("ETag", etag)
	for held := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		held = strings.TrimSpace(held)
		if held == "*" || strings.TrimPrefix(held, "W/") == strings.TrimPrefix(etag, "W/") {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// answer writes a JSON body that is determined by key, from memory when it is there.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, key string, everybody bool, make func(context.Context) ([]byte, error)) error {
	freshness(w.Header(), everybody)
	if unchanged(w, r, key) {
		return nil
	}
	known, err := s.cache.answer(r.Context(), key, asBody(make))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	s.linkNext(w, r, known.text)
	known.send(w, r)
	return nil
}

// writeJSON answers with a value that is at hand.
func (s *Service) writeJSON(w http.ResponseWriter, r *http.Request, key string, everybody bool, value any) error {
	return s.answer(w, r, key, everybody, func(context.Context) ([]byte, error) { return encode(value) })
}

// keyOf joins the parts of a key so that no two lists of parts give the same one.
func keyOf(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = url.QueryEscape(part)
	}
	return strings.Join(escaped, " ")
}
