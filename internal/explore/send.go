package explore

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"strconv"

	"socle/internal/nice"
	"socle/internal/web"
)

// download is a file being sent.
type download struct {
	key        string // everything that its bytes depend on; "" for a file that is not to be kept in memory
	name       string
	mediaType  string
	compressed bool // as a gzip file, not as an encoding of the transport
}

// sentFile is a small file as it was sent, kept in memory to be sent again: most of what agendas ask for is.
type sentFile struct {
	body
	rows   int64
	digest string
}

func weightOfFile(f *sentFile) int64 { return f.weight() + int64(len(f.digest)) }

// held is the size up to which a file waits for its end before it leaves: it then has its length, its row count and
// its digest in its headers, and may be kept.
const held = 256 << 10

// stream sends a file that write makes while it leaves. Nothing is sent before the first bytes, so that an error
// before them is still answered as one; after them, an error cuts the connection, so that half a file is never taken
// for a whole one. Row count and digests are in headers when the file is small, otherwise they follow in trailers.
func (s *Service) stream(w http.ResponseWriter, r *http.Request, file download, write func(context.Context, io.Writer) (int64, error)) error {
	h := w.Header()
	h.Set("Content-Type", file.mediaType)
	if file.compressed {
		file.name += ".gz"
		h.Set("Content-Type", "application/gzip")
	}
	h.Set("Content-Disposition", disposition(file.name))
	if known, found := s.files.get(file.key); found && file.key != "" {
		known.send(w, r)
		return nil
	}
	if r.Method == http.MethodHead {
		return nil
	}
	web.Stream(w)
	out := &outgoing{w: w, r: r, sum: sha256.New()}
	rows, err := writeFile(r.Context(), out, file.compressed, write)
	if err == nil {
		err = out.flush()
	}
	if err != nil {
		if !out.left {
			return err
		}
		if r.Context().Err() == nil {
			s.log.ErrorContext(r.Context(), "export interrupted", slog.String("path", r.URL.Path), slog.Any("error", err))
		}
		panic(http.ErrAbortHandler) // the documented way of net/http to cut an answer short
	}
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(out.sum.Sum(nil)) + ":"
	if out.left {
		h.Set("Socle-Row-Count", strconv.FormatInt(rows, 10))
		h.Set("Socle-Digest", digest)
		if !encoded(r) {
			h.Set("Repr-Digest", digest)
		}
		return nil
	}
	small := &sentFile{body: body{text: out.first.Bytes()}, rows: rows, digest: digest}
	if file.key != "" {
		s.files.put(file.key, small)
	}
	small.send(w, r)
	return nil
}

// send answers with a file that is in memory.
func (f *sentFile) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Socle-Row-Count", strconv.FormatInt(f.rows, 10))
	h.Set("Socle-Digest", f.digest)
	if !encoded(r) {
		h.Set("Repr-Digest", f.digest)
	}
	f.body.send(w, r)
}

// encoded reports whether the answer may be encoded for the transport, which the site decides: the digest of the
// representation covers that, and is known here only when it is not.
func encoded(r *http.Request) bool { return web.Accepts(r, "gzip") || web.Accepts(r, "br") }

func writeFile(ctx context.Context, out io.Writer, compressed bool, write func(context.Context, io.Writer) (int64, error)) (int64, error) {
	if !compressed {
		return write(ctx, out)
	}
	zipped := gzip.NewWriter(out)
	rows, err := write(ctx, zipped)
	if err != nil {
		return rows, err
	}
	return rows, zipped.Close()
}

// outgoing digests what passes, and holds the beginning back as long as it may be the whole. What is larger goes on in pieces, whose
// digest gives way to other answers.
type outgoing struct {
	w     http.ResponseWriter
	r     *http.Request
	sum   hash.Hash
	first bytes.Buffer // the beginning; then the piece that is not sent yet
	left  bool         // something has been sent
	err   error
}

// Write implements [io.Writer].
func (o *outgoing) Write(b []byte) (int, error) {
	switch {
	case o.err != nil:
		return 0, o.err
	case o.first.Len()+len(b) <= held:
		return o.first.Write(b)
	case !o.left:
		o.leave()
	}
	if o.pass(o.first.Bytes()); o.err == nil {
		o.first.Reset()
		if len(b) < held {
			return o.first.Write(b)
		}
		o.pass(b)
	}
	return len(b), o.err
}

// flush ends the file: what is small is digested, what is not has left.
func (o *outgoing) flush() error {
	if !o.left {
		o.sum.Write(o.first.Bytes())
	} else if o.err == nil {
		o.pass(o.first.Bytes())
	}
	return o.err
}

func (o *outgoing) pass(b []byte) {
	nice.Do(func() { o.sum.Write(b) })
	_, o.err = o.w.Write(b)
}

// leave begins the answer: the file is too large to wait for its end.
func (o *outgoing) leave() {
	o.left = true
	names := "Socle-Row-Count, Socle-Digest"
	if !encoded(o.r) {
		names += ", Repr-Digest"
	}
	o.w.Header().Set("Trailer", names)
}

// disposition names a downloaded file.
func disposition(name string) string {
	if header := mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(name)}); header != "" {
		return header
	}
	return "attachment"
}
