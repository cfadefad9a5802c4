package outbound

import (
	"context"
	"io"
	"net/http"
)

// Check asks whether an http or https address answers, and reads nothing of what it gives. A refusal to who is not signed in, or
// who asks too often, is an answer. The faults are those of [Client.Fetch]: of kind Unavailable when another try may do better.
func (c *Client) Check(ctx context.Context, address string) error {
	u, err := parse(address)
	if err != nil {
		return err
	}
	var status int
	host := u.Hostname()
	// Some servers do not know HEAD, or answer it wrongly: what they refuse is asked again as a reader would.
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		request, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
		if err != nil {
			return invalid(err)
		}
		answer, err := c.http.Do(request)
		if err != nil {
			return c.explain(ctx, host, err)
		}
		_, _ = io.CopyN(io.Discard, answer.Body, 1)
		answer.Body.Close()
		status, host = answer.StatusCode, answer.Request.URL.Hostname()
		if status < http.StatusBadRequest {
			return nil
		}
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusTooManyRequests:
		return nil
	}
	return refusedStatus(host, status)
}
