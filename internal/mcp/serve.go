package mcp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
)

type requestKey struct{}

// siteName is the name by which a site is asked, without its port; "" when not known.
type siteName string

func nameOf(address string) siteName {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return siteName(strings.ToLower(u.Hostname()))
}

// Handler serves assistants over HTTP: mount it at [Path]. Who asks is already in the context of the request. There is
// no session, so nothing is kept between two calls, and any node may answer.
func (d *Door) Handler() http.Handler {
	protocol := mcp.NewStreamableHTTPHandler(func(r *http.Request) *mcp.Server { return d.in(i18n.From(r.Context())) }, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, Logger: d.log, DisableLocalhostProtection: true, // [Door.checkSite] knows the name of the site
		MaxRequestBodyBytes: requestLimit, PropagateRequestCancellation: true})
	return &handler{d, protocol}
}

func (d *Door) in(lang i18n.Lang) *mcp.Server {
	if lang == i18n.EN {
		return d.english
	}
	return d.french
}

type handler struct {
	*Door
	protocol http.Handler
}

// ServeHTTP reads a call within its limits of size and time, then answers it.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r = r.WithContext(context.WithValue(i18n.With(r.Context(), languageOf(r)), requestKey{}, r.Context()))
	if err := h.checkSite(r); err != nil {
		h.WriteError(w, r, err)
		return
	}
	if h.options.Limit != nil {
		if err := h.options.Limit(w, r); err != nil {
			h.WriteError(w, r, err)
			return
		}
	}
	if r.Method == http.MethodPost {
		body, err := readCall(w, r)
		if err != nil {
			h.WriteError(w, r, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	h.protocol.ServeHTTP(w, r)
}

// languageOf is the language of what assistants are told: French unless they ask for English.
func languageOf(r *http.Request) i18n.Lang {
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en") {
		return i18n.EN
	}
	return i18n.FR
}

// checkSite refuses what a page of another site makes a browser send, even one whose name was made to lead here (DNS
// rebinding): the specification of the transport asks for it.
func (d *Door) checkSite(r *http.Request) error {
	asked := siteName(strings.ToLower(hostname(r.Host)))
	if origin := r.Header.Get("Origin"); origin != "" {
		if from := nameOf(origin); from == "" || from != asked && from != d.site {
			return fault.New(fault.Forbidden, "cross_origin", i18n.T(
				"Cette demande vient d’une page d’un autre site : elle est refusée. Appelez depuis un assistant, non depuis une page.",
				"This request comes from a page of another site: it is refused. Call from an assistant, not from a page."))
		}
	}
	address, local := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if d.options.TrustProxy || asked == d.site || !local || !loopback(hostname(address.String())) || loopback(string(asked)) {
		return nil
	}
	return fault.New(fault.Forbidden, "unknown_host", i18n.T(
		"Ce serveur ne répond pas au nom « %s ». Si c’est le sien, qui l’exploite le dit avec --url.",
		"This server does not answer to the name “%s”. If it is its own, its operator says so with --url.", string(asked)))
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// readCall reads the body of a request, which holds one call: a list of them would be a way around the limits.
func readCall(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTime)) // a recorder in a test has none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, requestLimit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, fault.New(fault.TooLarge, "body_too_large", i18n.T("L’appel dépasse la limite de %d Ko.", "The call is over the limit of %d kB.", requestLimit>>10))
	case err != nil:
		return nil, fault.New(fault.Invalid, "body_unreadable", i18n.T("Le corps de la requête n’est pas arrivé en entier.", "The body of the request did not come whole.")).Because(err)
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")):
		return nil, fault.New(fault.Invalid, "batch_refused", i18n.T("Un seul appel à la fois : envoyez un objet, non une liste.", "One call at a time: send an object, not a list."))
	}
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Now().Add(callTime + bodyTime))
	return body, nil
}

// Serve answers one assistant on a pair of streams, until the input ends. who says, at each call, whose rights it has.
func (d *Door) Serve(ctx context.Context, in io.ReadCloser, out io.WriteCloser, who func(context.Context) (identity.Principal, error)) error {
	server := d.in(i18n.From(ctx))
	server.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, request mcp.Request) (mcp.Result, error) {
			principal, err := who(ctx)
			if err != nil {
				return nil, errors.New(fault.Message(err).In(i18n.From(ctx)))
			}
			return next(identity.With(ctx, principal), method, request)
		}
	})
	return server.Run(ctx, &mcp.IOTransport{Reader: in, Writer: out, MaxLineLength: requestLimit})
}
