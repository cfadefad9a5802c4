package kit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// A Client asks one server over one connection that stays open. It does the least that HTTP/1.1 needs, for it shares the machine
// with the server that it measures: net/http would take a good part of it.
type Client struct {
	Plain   bool   // asks for answers without compression
	From    string // the address of this machine that it asks from, "127.0.0.2"; "" for the usual one
	address string
	conn    net.Conn
	in      *bufio.Reader
	out     []byte
}

// NewClient returns a client of the server at an address, "127.0.0.1:8080".
func NewClient(address string) *Client { return &Client{address: address} }

// An Answer is what a client read of an answer.
type Answer struct {
	Status int
	ETag   string
	Type   string
	Coding string
	Length int64
}

// Get asks for a path, with If-None-Match when etag is not empty, and reads the answer, into body when it is not nil. It
// accepts gzip, as browsers, agendas and libraries do, and leaves what comes as it comes.
//
// A server may close a connection that was idle for a while: then the request is asked again on a new one, once.
func (c *Client) Get(ctx context.Context, path, etag string, body io.Writer) (a Answer, err error) {
	reused := c.conn != nil
	a, err = c.get(ctx, path, etag, body)
	if reused && a.Status == 0 && err != nil && ctx.Err() == nil {
		a, err = c.get(ctx, path, etag, body)
	}
	return a, err
}

func (c *Client) get(ctx context.Context, path, etag string, body io.Writer) (a Answer, err error) {
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	if c.conn == nil {
		dialer := net.Dialer{}
		if c.From != "" {
			dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(c.From)}
		}
		if c.conn, err = dialer.DialContext(ctx, "tcp", c.address); err != nil {
			return a, err
		}
		c.in = bufio.NewReaderSize(c.conn, 64<<10)
	}
	deadline, _ := ctx.Deadline() // the zero time is none
	if err := c.conn.SetDeadline(deadline); err != nil {
		return a, err
	}
	conn := c.conn // the client may have closed it and forgotten it when the context ends
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c.out = append(append(append(append(c.out[:0], "GET "...), path...), " HTTP/1.1\r\nHost: "...), c.address...)
	coding := "\r\nAccept-Encoding: gzip\r\n"
	if c.Plain {
		coding = "\r\nAccept-Encoding: identity\r\n"
	}
	c.out = append(c.out, coding...)
	if etag != "" {
		c.out = append(append(append(c.out, "If-None-Match: "...), etag...), "\r\n"...)
	}
	if _, err := c.conn.Write(append(c.out, "\r\n"...)); err != nil {
		return a, err
	}
	return c.read(body)
}

// read reads an answer whole.
func (c *Client) read(body io.Writer) (a Answer, err error) {
	if body == nil {
		body = io.Discard
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return a, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return a, fmt.Errorf("not HTTP: %q", line)
	}
	if a.Status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, err
	}
	length, chunked, last := int64(-1), false, false
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return a, err
		}
		name, value, found := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(": "))
		if !found {
			break
		}
		switch string(bytes.ToLower(name)) {
		case "content-length":
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return a, err
			}
		case "transfer-encoding":
			chunked = string(value) == "chunked"
		case "etag":
			a.ETag = string(value)
		case "content-type":
			a.Type = string(value)
		case "content-encoding":
			a.Coding = string(value)
		case "connection":
			last = string(value) == "close"
		}
	}
	switch {
	case a.Status == 304 || a.Status == 204:
	case chunked:
		a.Length, err = c.chunks(body)
	case length >= 0:
		a.Length, err = io.CopyN(body, c.in, length)
	default:
		return a, errors.New("an answer without a length")
	}
	if last {
		c.Close()
	}
	return a, err
}

func (c *Client) chunks(body io.Writer) (total int64, err error) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return total, err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return total, fmt.Errorf("size of a chunk: %w", err)
		}
		if size == 0 {
			break
		}
		n, err := io.CopyN(body, c.in, size)
		total += n
		if err != nil {
			return total, err
		}
		if _, err := c.in.Discard(2); err != nil {
			return total, err
		}
	}
	for { // trailers
		line, err := c.in.ReadSlice('\n')
		if err != nil || len(bytes.TrimSpace(line)) == 0 {
			return total, err
		}
	}
}

// Close closes the connection; the next request opens another.
func (c *Client) Close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}
