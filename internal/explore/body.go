package explore

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"strconv"
	"sync"

	"socle/internal/web"
)

// body is an answer in memory. It is compressed once, for all who read that.
type body struct {
	text   []byte
	once   sync.Once
	zipped []byte // nil until it was asked for, and when it is not worth it
}

// asBody makes a body of what is computed.
func asBody(make func(context.Context) ([]byte, error)) func(context.Context) (*body, error) {
	return func(ctx context.Context) (*body, error) {
		text, err := make(ctx)
		if err != nil {
			return nil, err
		}
		return &body{text: text}, nil
	}
}

// weight is what the body takes in memory, its compressed form included.
func (b *body) weight() int64 { return int64(len(b.text)) * 5 / 4 }

// zippedFrom is the size from which a body is worth compressing.
const zippedFrom = 1024

// zippers compress bodies; one takes a megabyte, so they serve again.
var zippers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // fails on an unknown level only
	return z
}}

func (b *body) gzip() []byte {
	b.once.Do(func() {
		if len(b.text) < zippedFrom {
			return
		}
		var out bytes.Buffer
		z := zippers.Get().(*gzip.Writer)
		defer zippers.Put(z)
		z.Reset(&out)
		_, _ = z.Write(b.text) // a buffer takes everything
		_ = z.Close()
		if out.Len() < len(b.text) {
			b.zipped = out.Bytes()
		}
	})
	return b.zipped
}

// send answers with the body, whose media type is set.
func (b *body) send(w http.ResponseWriter, r *http.Request) {
	h, text := w.Header(), b.text
	if web.Accepts(r, "gzip") && web.Compressible(h.Get("Content-Type")) {
		if zipped := b.gzip(); zipped != nil {
			h.Add("Vary", "Accept-Encoding") // to what is not encoded yet, the site adds it
			h.Set("Content-Encoding", "gzip")
			text = zipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(text) // the client may have left; there is nobody to tell
	}
}
