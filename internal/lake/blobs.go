package lake

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// ErrNoBlob says that no blob has that key.
var ErrNoBlob = errors.New("lake: no such blob")

// Blobs keeps files by key. A key is a relative path with "/" between its parts. A blob is written once, whole, and
// never changed: it is there entirely or not at all, also after a loss of power.
type Blobs interface {
	// Put makes a blob of a local file. It may move the file instead of copying it.
	Put(ctx context.Context, key, path string) error
	// Open reads a blob. It answers [ErrNoBlob].
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	// Size returns the bytes of a blob. It answers [ErrNoBlob].
	Size(ctx context.Context, key string) (int64, error)
	// Delete removes a blob. Removing one that does not exist is no error.
	Delete(ctx context.Context, key string) error
	// Location is the address of a blob for other programs: "file:///…", "s3://…".
	Location(key string) string
	// List yields the blobs whose key begins with prefix, among them any that a crash left half-written.
	List(ctx context.Context, prefix string) iter.Seq2[Blob, error]
}

// Blob is what a list says of a blob.
type Blob struct {
	Key      string
	Bytes    int64
	Modified time.Time
}
