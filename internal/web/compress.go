package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"socle/internal/nice"
)

// compressFrom is the size from which compressing an answer of known length pays.
const compressFrom = 1024

// compress compresses text on its way out, with Brotli for pages and gzip for the rest: on a long export Brotli
// would be what one waits for. Answers that are compressed already, or partial, pass untouched.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &compressor{ResponseWriter: w, brotli: Accepts(r, "br"), gzip: Accepts(r, "gzip"), head: r.Method == http.MethodHead}
		next.ServeHTTP(c, r)
		c.close() // not deferred: after a panic the cut must show
	})
}

// Accepts reports whether Accept-Encoding names an encoding without refusing it (q=0).
func Accepts(r *http.Request, encoding string) bool {
	for _, header := range r.Header.Values("Accept-Encoding") {
		for item := range strings.SplitSeq(header, ",") {
			name, parameters, _ := strings.Cut(item, ";")
			if !strings.EqualFold(strings.TrimSpace(name), encoding) {
				continue
			}
			weight, found := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
			q, err := strconv.ParseFloat(weight, 64)
			return !found || err == nil && q > 0
		}
	}
	return false
}

type compressor struct {
	http.ResponseWriter
	brotli, gzip bool
	head         bool
	decided      bool
	out          encoder
	pool         *sync.Pool    // where out came from
	slow         bool          // the answer is long: what it costs gives way to others
	waiting      *bytes.Buffer // of a slow answer: what is compressed and not sent yet
}

// encoder is what both compressions are.
type encoder interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

// An encoder takes up to a megabyte: those of answers that are sent serve again.
var (
	brotlis = &sync.Pool{New: func() any { return brotli.NewWriterLevel(nil, 4) }}
	gzips   = &sync.Pool{New: func() any {
		out, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // fails on an unknown level only
		return out
	}}
)

func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *compressor) WriteHeader(code int) {
	if code >= 200 {
		c.decide(code, nil)
	}
	c.ResponseWriter.WriteHeader(code)
}

func (c *compressor) Write(b []byte) (int, error) {
	if !c.decided {
		c.decide(http.StatusOK, b)
		c.ResponseWriter.WriteHeader(http.StatusOK)
	}
	if c.out == nil {
		return c.ResponseWriter.Write(b)
	}
	if !c.slow {
		return c.out.Write(b)
	}
	var n int
	var err error
	nice.Do(func() { n, err = c.out.Write(b) })
	if err == nil {
		_, err = c.waiting.WriteTo(c.ResponseWriter) // it may have to wait for its reader, and keeps no turn meanwhile
	}
	return n, err
}

// decide chooses the encoding from the headers, once; first is the first piece of the body when it is known.
func (c *compressor) decide(code int, first []byte) {
	if c.decided {
		return
	}
	c.decided = true
	h := c.Header()
	if h.Get("Content-Type") == "" && len(first) > 0 {
		h.Set("Content-Type", http.DetectContentType(first))
	}
	if !Compressible(h.Get("Content-Type")) || h.Get("Content-Encoding") != "" || h.Get("Content-Range") != "" {
		return
	}
	h.Add("Vary", "Accept-Encoding")
	size, err := strconv.Atoi(h.Get("Content-Length"))
	small := err == nil && size < compressFrom
	if small || c.head || code == http.StatusNoContent || code == http.StatusNotModified || !c.brotli && !c.gzip {
		return
	}
	h.Del("Content-Length")
	if etag := h.Get("ETag"); etag != "" && !strings.HasPrefix(etag, "W/") {
		h.Set("ETag", "W/"+etag) // the bytes differ with the encoding, the meaning does not
	}
	page := strings.HasPrefix(h.Get("Content-Type"), "text/html")
	if c.brotli && (page || !c.gzip) {
		h.Set("Content-Encoding", "br")
		c.encode(brotlis)
		return
	}
	h.Set("Content-Encoding", "gzip")
	c.encode(gzips)
}

func (c *compressor) encode(pool *sync.Pool) {
	c.pool, c.out = pool, pool.Get().(encoder)
	c.out.Reset(c.ResponseWriter)
	if c.slow {
		c.waiting = &bytes.Buffer{}
		c.out.Reset(c.waiting)
	}
}

// Flush sends what there is, for answers that arrive little by little.
func (c *compressor) Flush() {
	if !c.decided {
		c.WriteHeader(http.StatusOK)
	}
	if c.out != nil {
		_ = c.out.Flush()
		c.send()
	}
	_ = http.NewResponseController(c.ResponseWriter).Flush()
}

// close ends the compressed stream.
func (c *compressor) close() {
	if c.out != nil {
		_ = c.out.Close()
		c.send()
		c.out.Reset(nil) // holds on to no answer while it waits
		c.pool.Put(c.out)
		c.out = nil
	}
}

// send sends what a slow answer holds.
func (c *compressor) send() {
	if c.waiting != nil {
		_, _ = c.waiting.WriteTo(c.ResponseWriter) // the reader may have left; there is nobody to tell
	}
}

// Compressible reports whether a media type is text, or is as long as text, which the site compresses on its way out.
func Compressible(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return strings.HasPrefix(kind, "text/") && kind != "text/event-stream" || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml") ||
		kind == "application/json" || kind == "application/xml" || kind == "application/javascript" || kind == "application/x-ndjson" ||
		kind == "application/rdf+xml" || kind == "application/vnd.mapbox-vector-tile" || kind == "image/svg+xml"
}
