package outbound

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// New returns a client within bounds.
func New(options Options) *Client {
	options.MaxBytes = cmp.Or(options.MaxBytes, 2<<30)
	options.MaxRedirects = cmp.Or(options.MaxRedirects, 5)
	options.ConnectIn = cmp.Or(options.ConnectIn, 10*time.Second)
	options.AnswerIn = cmp.Or(options.AnswerIn, 30*time.Second)
	options.FinishIn = cmp.Or(options.FinishIn, 15*time.Minute)
	options.UserAgent = cmp.Or(options.UserAgent, "Socle")

	c := &Client{options: options}
	dialer := &net.Dialer{Timeout: options.ConnectIn, Control: c.control}
	transport := &http.Transport{
		Proxy:                  nil, // a proxy would connect for us, to addresses we could not check
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    options.ConnectIn,
		ResponseHeaderTimeout:  options.AnswerIn,
		MaxResponseHeaderBytes: 256 << 10,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    2,
		ForceAttemptHTTP2:      true,
	}
	c.http = &http.Client{
		Transport:     named{transport, options.UserAgent},
		CheckRedirect: c.checkRedirect,
		Timeout:       options.FinishIn,
	}
	return c
}

// named says who is asking on every request, those of libraries included.
type named struct {
	next  http.RoundTripper
	agent string
}

func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return nil, errScheme
	}
	if r.Header.Get("User-Agent") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", n.agent)
	}
	return n.next.RoundTrip(r)
}

var (
	errScheme    = errors.New("only http and https addresses are reached")
	errRedirects = errors.New("too many redirects")
)

func (c *Client) checkRedirect(r *http.Request, via []*http.Request) error {
	if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return errScheme
	}
	if len(via) > max(0, c.options.MaxRedirects) {
		return errRedirects
	}
	r.Header.Del("Referer") // the address that led here may hold a secret
	return nil
}

// HTTP is the bounded client itself, for libraries that ask for one. It follows the same rules of address,
// redirect and time; the size of answers is then the caller's to bound.
func (c *Client) HTTP() *http.Client { return c.http }

// Fetch gets the file at an http or https address. The faults it returns are made to be read by the person who
// typed the address: outbound_address_invalid, outbound_address_refused, outbound_redirects, outbound_unreachable,
// outbound_status, outbound_too_large, outbound_timeout.
func (c *Client) Fetch(ctx context.Context, address string) (*Response, error) {
	u, err := parse(address)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, invalid(err)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, c.explain(ctx, u.Hostname(), err)
	}
	final := answer.Request.URL
	if answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		return nil, refusedStatus(final.Hostname(), answer.StatusCode)
	}
	if answer.ContentLength > c.options.MaxBytes {
		answer.Body.Close()
		return nil, c.tooLarge()
	}
	mediaType, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil {
		mediaType = ""
	}
	return &Response{
		Body:      &body{ReadCloser: answer.Body, ctx: ctx, client: c, host: final.Hostname(), left: c.options.MaxBytes},
		Name:      fileName(answer.Header.Get("Content-Disposition"), final, mediaType),
		MediaType: mediaType,
		Length:    answer.ContentLength,
		URL:       final.String(),
	}, nil
}

func parse(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil:
		return nil, invalid(err)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, invalid(nil)
	case u.User != nil:
		return nil, fault.New(fault.Invalid, "outbound_address_invalid", i18n.T(
			"L’adresse contient un nom d’utilisateur ou un mot de passe, qui resterait visible dans l’historique. Retirez-le.",
			"The address holds a user name or a password, which would stay visible in the history. Remove it."))
	}
	u.Fragment = ""
	return u, nil
}

func invalid(cause error) error {
	return fault.New(fault.Invalid, "outbound_address_invalid", i18n.T(
		"Cette adresse ne peut pas être lue. Donnez une adresse complète qui commence par https:// ou http://.",
		"This address cannot be read. Give a full address that begins with https:// or http://.")).Because(cause)
}

// body bounds what is read and turns what goes wrong on the way into faults.
type body struct {
	io.ReadCloser
	ctx    context.Context // of the request, to tell a caller who left from a server that is slow
	client *Client
	host   string
	left   int64
}

func (b *body) Read(p []byte) (int, error) {
	// One byte more than allowed is asked for, so that an answer of exactly the limit passes.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n + int(b.left), b.client.tooLarge()
	}
	if err != nil && err != io.EOF {
		err = b.client.explain(b.ctx, b.host, err)
	}
	return n, err
}

// fileName chooses the name of what came: the one the server proposes, else the end of the address; an extension
// is added from the media type when there is none.
func fileName(disposition string, u *url.URL, mediaType string) string {
	name := ""
	if _, parameters, err := mime.ParseMediaType(disposition); err == nil {
		name = clean(parameters["filename"])
	}
	if name == "" {
		name = clean(path.Base(u.Path))
	}
	if name == "" {
		name = "fichier"
	}
	if path.Ext(name) == "" {
		name += extensions[mediaType]
	}
	return name
}

var extensions = map[string]string{
	"text/csv": ".csv", "text/tab-separated-values": ".tsv", "application/json": ".json",
	"application/geo+json": ".geojson", "application/x-ndjson": ".ndjson", "application/ndjson": ".ndjson",
	"application/zip": ".zip", "application/gzip": ".gz", "application/x-gzip": ".gz",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
	"application/vnd.oasis.opendocument.spreadsheet":                    ".ods",
	"application/vnd.apache.parquet":                                    ".parquet",
}

// clean keeps the last element of a path in either style, without control characters, or nothing.
func clean(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if name == "/" {
		return ""
	}
	for len(name) > 200 {
		_, size := utf8.DecodeRuneInString(name)
		name = name[size:] // the end holds the extension
	}
	return name
}
