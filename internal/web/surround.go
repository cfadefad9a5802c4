package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

type requestKey struct{}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// RequestID returns the identifier of the request, which is in its log lines and on its error page.
func RequestID(r *http.Request) string { return requestID(r.Context()) }

var goodID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// observe names each request, survives a panic in it and writes one log line about it. The line says what was asked
// and how it went, never who asked: no address, no account, no parameters.
func (s *Site) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := r.Header.Get("X-Request-Id")
		if !s.options.TrustProxy || !goodID.MatchString(id) {
			id = newID()
		}
		w.Header().Set("X-Request-Id", id)
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, id))
		seen := &recorder{ResponseWriter: w}
		defer func() {
			if cause := recover(); cause != nil {
				s.recovered(seen, r, cause)
			}
			if strings.HasPrefix(r.URL.Path, assetPrefix) && seen.status() < 400 {
				return
			}
			s.log.InfoContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", seen.status(),
				"bytes", seen.bytes, "ms", time.Since(start).Milliseconds(), "request", id)
		}()
		next.ServeHTTP(seen, r)
	})
}

// recovered answers for a handler that panicked, or cuts the connection when it had begun to answer, so that half
// an answer is not taken for a whole one.
func (s *Site) recovered(w *recorder, r *http.Request, cause any) {
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	s.log.ErrorContext(r.Context(), "panic", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()), "request", requestID(r.Context()))
	if w.code != 0 {
		panic(http.ErrAbortHandler)
	}
	w.Header().Del("Content-Encoding")
	w.Header().Del("Content-Length")
	s.writeError(w, r, fmt.Errorf("panic: %v", cause))
}

func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	return hex.EncodeToString(b[:])
}

// recorder remembers the status and the size of an answer.
type recorder struct {
	http.ResponseWriter
	code  int
	bytes int64
}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) status() int {
	if w.code == 0 {
		return http.StatusOK
	}
	return w.code
}

func (w *recorder) WriteHeader(code int) {
	if w.code == 0 && code >= 200 {
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// secure sets what browsers must refuse to do with our pages. Scripts and styles come from our own files only, so
// that text which slips into a page stays text.
func (s *Site) secure(next http.Handler) http.Handler {
	images := "img-src 'self' data: blob:"
	connect := "connect-src 'self'"
	if s.options.MapTiles != "" {
		host := tileOrigin(s.options.MapTiles)
		images += " " + host
		connect += " " + host
	}
	policy := strings.Join([]string{"default-src 'none'", "script-src 'self'", "style-src 'self'", images, "font-src 'self'",
		connect, "worker-src 'self' blob:", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'",
		"frame-ancestors 'none'", "object-src 'none'"}, "; ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		if s.options.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}
