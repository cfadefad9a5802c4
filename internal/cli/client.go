package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
)

// A client talks to the APIs: of a running server, or of the program itself on a data folder, in process. So a
// command is written once.
type client struct {
	base  string
	token string
	http  *http.Client
	close func() error
}

// client returns the client that the flags ask for. Close it.
func (s *session) client() (*client, error) {
	if s.globals.Server != "" {
		base, err := url.Parse(s.globals.Server)
		if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
			return nil, misuse{i18n.T("--server attend une adresse comme https://data.exemple.fr.", "--server expects an address like https://data.example.org.")}
		}
		return &client{base: strings.TrimSuffix(s.globals.Server, "/"), token: s.globals.Token, http: &http.Client{}, close: func() error { return nil }}, nil
	}
	program, err := s.open()
	if err != nil {
		return nil, err
	}
	return &client{base: "http://socle.invalid", http: &http.Client{Transport: inProcess{program.API()}}, close: program.Close}, nil
}

// do sends a request and returns the answer, or the error that the answer says.
func (c *client) do(ctx context.Context, method, path string, parameters url.Values, body io.Reader, contentType string) (*http.Response, error) {
	address := c.base + path
	if len(parameters) > 0 {
		address += "?" + parameters.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	request.Header.Set("Accept-Language", string(i18n.From(ctx)))
	response, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.New(fault.Unavailable, "server_unreachable", i18n.T(
			"Le serveur %s ne répond pas. Vérifiez l’adresse et que le serveur est en marche.",
			"The server %s does not answer. Check the address and that the server is running.", c.base)).Because(err)
	}
	if response.StatusCode >= 400 {
		defer response.Body.Close()
		return nil, errorOf(response)
	}
	return response, nil
}

// get reads a JSON answer.
func (c *client) get(ctx context.Context, path string, parameters url.Values, into any) error {
	response, err := c.do(ctx, http.MethodGet, path, parameters, nil, "")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("answer of %s: %w", path, err)
	}
	return nil
}

// send sends a JSON body, and reads the answer if into is not nil.
func (c *client) send(ctx context.Context, method, path string, body, into any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	response, err := c.do(ctx, method, path, nil, bytes.NewReader(content), "application/json")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("answer of %s: %w", path, err)
	}
	return nil
}

// errorOf turns an error of either API back into a fault: a problem, or the body of the Explore API.
func errorOf(response *http.Response) error {
	var body struct {
		Code      string `json:"code"`
		Detail    string `json:"detail"`
		Title     string `json:"title"`
		Message   string `json:"message"`
		ErrorCode string `json:"error_code"`
		Messages  i18n.Text
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(content, &body)
	}
	text := body.Messages
	for _, candidate := range []string{body.Detail, body.Message, body.Title, response.Status} {
		if text.IsZero() && candidate != "" {
			text = i18n.Text{FR: candidate, EN: candidate}
		}
	}
	code := body.Code
	if code == "" {
		code = body.ErrorCode
	}
	return fault.New(kindOf(response.StatusCode), code, text).Because(err)
}

func kindOf(status int) fault.Kind {
	for _, kind := range []fault.Kind{fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge,
		fault.TooMany, fault.Unavailable, fault.Gone} {
		if kind.Status() == status {
			return kind
		}
	}
	if status < 500 {
		return fault.Invalid
	}
	return fault.Internal
}

// inProcess is a transport that hands requests to a handler, as the program itself, and streams the answers.
type inProcess struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	reader, writer := io.Pipe()
	answer := &streamed{header: http.Header{}, body: writer, ready: make(chan struct{})}
	// A handler expects a body, and who asks.
	request := r.Clone(identity.With(r.Context(), identity.From(r.Context())))
	if request.Body == nil {
		request.Body = http.NoBody
	}
	request.RequestURI = request.URL.RequestURI()
	go func() {
		defer func() {
			var err error
			if problem := recover(); problem != nil {
				err = fmt.Errorf("handler: %v", problem)
				if problem == http.ErrAbortHandler {
					err = io.ErrUnexpectedEOF
				}
			}
			answer.WriteHeader(http.StatusOK)
			writer.CloseWithError(err)
		}()
		p.handler.ServeHTTP(answer, request)
	}()
	select {
	case <-answer.ready:
	case <-r.Context().Done():
		reader.CloseWithError(r.Context().Err())
		return nil, r.Context().Err()
	}
	return &http.Response{Status: http.StatusText(answer.status), StatusCode: answer.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: answer.sent, Body: reader, ContentLength: -1, Request: r}, nil
}

// streamed is a response writer whose header is fixed at the first write.
type streamed struct {
	header http.Header
	sent   http.Header
	status int
	once   sync.Once
	body   *io.PipeWriter
	ready  chan struct{}
}

func (s *streamed) Header() http.Header { return s.header }

func (s *streamed) WriteHeader(status int) {
	if status < 200 {
		return
	}
	s.once.Do(func() {
		s.status, s.sent = status, s.header.Clone()
		close(s.ready)
	})
}

func (s *streamed) Write(p []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	n, err := s.body.Write(p)
	if errors.Is(err, io.ErrClosedPipe) {
		err = http.ErrHandlerTimeout
	}
	return n, err
}

// Flush implements [http.Flusher]: a pipe holds nothing back.
func (s *streamed) Flush() { s.WriteHeader(http.StatusOK) }

// SetWriteDeadline and SetReadDeadline let handlers lift limits that are not there.
func (s *streamed) SetWriteDeadline(any) error { return nil }
