package lake

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/s3blob" // the s3:// scheme
	"gocloud.dev/gcerrors"
)

// Bucket keeps blobs in a bucket of S3, or of anything that speaks its protocol.
type Bucket struct {
	bucket   *blob.Bucket
	location string            // address of the keys: "s3://name/prefix"
	settings map[string]string // how other programs reach it, see [Lake.ClientSettings]
}

// OpenBucket opens the bucket of an address: "s3://name?region=…", with endpoint=https://… and use_path_style=true for a
// server other than Amazon's, and prefix=…/ to keep to a part of it. The keys come from the environment
// (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) as for every client of S3.
func OpenBucket(ctx context.Context, address string) (*Bucket, error) {
	bucket, err := blob.OpenBucket(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("lake: bucket: %w", err)
	}
	if ok, err := bucket.IsAccessible(ctx); err != nil || !ok {
		bucket.Close()
		if err == nil {
			err = fmt.Errorf("it does not exist")
		}
		return nil, fmt.Errorf("lake: bucket: %w", err)
	}
	location, settings, err := outside(address)
	if err != nil {
		bucket.Close()
		return nil, fmt.Errorf("lake: bucket: %w", err)
	}
	return &Bucket{bucket, location, settings}, nil
}

// outside turns an address as gocloud writes it into the address and the settings that the programs around Iceberg use.
func outside(address string) (location string, settings map[string]string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", nil, err
	}
	settings = map[string]string{}
	parameters := u.Query()
	for ours, theirs := range map[string]string{"region": "s3.region", "endpoint": "s3.endpoint"} {
		if value := parameters.Get(ours); value != "" {
			settings[theirs] = value
		}
	}
	for _, name := range []string{"use_path_style", "s3ForcePathStyle"} {
		if parameters.Get(name) == "true" {
			settings["s3.force-virtual-addressing"] = "false"
		}
	}
	return "s3://" + u.Host + "/" + parameters.Get("prefix"), settings, nil
}

// Location implements [Blobs].
func (b *Bucket) Location(key string) string { return b.location + key }

// Close ends the use of the bucket.
func (b *Bucket) Close() error { return b.bucket.Close() }

// Put uploads a file. S3 shows an object only when it is whole.
func (b *Bucket) Put(ctx context.Context, key, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("lake: put %s: %w", key, err)
	}
	defer file.Close()
	// Closing a writer whose context is over is how an upload is given up.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := b.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return fmt.Errorf("lake: put %s: %w", key, err)
	}
	if _, err := io.Copy(w, file); err != nil {
		cancel()
		w.Close()
		return fmt.Errorf("lake: put %s: %w", key, err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("lake: put %s: %w", key, err)
	}
	return nil
}

// Open implements [Blobs].
func (b *Bucket) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	r, err := b.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, blobError("open", key, err)
	}
	return r, nil
}

// Size implements [Blobs].
func (b *Bucket) Size(ctx context.Context, key string) (int64, error) {
	attributes, err := b.bucket.Attributes(ctx, key)
	if err != nil {
		return 0, blobError("size of", key, err)
	}
	return attributes.Size, nil
}

// Delete implements [Blobs].
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if err := b.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return blobError("delete", key, err)
	}
	return nil
}

// List implements [Blobs].
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Blob, error] {
	return func(yield func(Blob, error) bool) {
		list := b.bucket.List(&blob.ListOptions{Prefix: prefix})
		for {
			object, err := list.Next(ctx)
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(Blob{}, fmt.Errorf("lake: list: %w", err))
				return
			}
			// Some servers list folders as empty objects.
			if object.IsDir || (object.Size == 0 && object.Key[len(object.Key)-1] == '/') {
				continue
			}
			if !yield(Blob{Key: object.Key, Bytes: object.Size, Modified: object.ModTime}, nil) {
				return
			}
		}
	}
}

func blobError(what, key string, err error) error {
	if gcerrors.Code(err) == gcerrors.NotFound {
		return fmt.Errorf("%w: %s", ErrNoBlob, key)
	}
	return fmt.Errorf("lake: %s %s: %w", what, key, err)
}
