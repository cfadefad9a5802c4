// Package outbound is the one way out: the HTTP client that every request Socle makes of its own goes through.
//
// Addresses come from people ("publish the file at this URL"), so the client refuses to be led inside: it looks at
// the address it is about to connect to, after the name was resolved and for each redirect, and refuses those that
// are not of the public Internet. Redirects, sizes and times are bounded, and the environment's proxies are ignored.
package outbound

import (
	"io"
	"net/http"
	"net/netip"
	"time"
)

// Options bounds what a [Client] may do. The zero Options is the safe default.
type Options struct {
	AllowPrivate []netip.Prefix // networks to reach although they are not public: tests, a self-hosted neighbour
	MaxBytes     int64          // largest answer [Client.Fetch] reads; 2 GiB when 0
	MaxRedirects int            // redirects followed; 5 when 0, none when negative
	ConnectIn    time.Duration  // time to resolve, connect and shake hands, at each hop; 10 s when 0
	AnswerIn     time.Duration  // time to the first byte of the answer's header, at each hop; 30 s when 0
	FinishIn     time.Duration  // time for a whole request, its body read; 15 min when 0
	UserAgent    string         // how the client names itself; "Socle" when empty
}

// Client makes requests to the outside. It is safe for concurrent use.
type Client struct {
	options Options
	http    *http.Client
}

// Response is what a [Client.Fetch] brings back. The caller closes Body.
type Response struct {
	Body      io.ReadCloser // fails with a fault of kind TooLarge past Options.MaxBytes
	Name      string        // a file name without folders, from Content-Disposition or the address; never empty
	MediaType string        // as the server said it, without parameters; "" when it said nothing
	Length    int64         // bytes the server announced, -1 when it did not
	URL       string        // the address after redirects
}
