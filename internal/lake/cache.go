package lake

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// cache keeps local copies of remote blobs, the least used of which go when there are too many bytes. Whoever reads
// a copy holds a shared lock on its file, so that no process removes it meanwhile.
type cache struct {
	dir   string
	most  int64
	blobs Blobs
	locks keyed
}

const arriving = ".arriving" // ends the name of a copy that is not whole yet

func openCache(dir string, blobs Blobs, most int64) (*cache, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	return &cache{dir: dir, most: most, blobs: blobs}, nil
}

func (c *cache) path(key string) string {
	digest := sha256.Sum256([]byte(key))
	return filepath.Join(c.dir, hex.EncodeToString(digest[:])+filepath.Ext(key))
}

// get returns a local copy of a file, and what to call when it is no longer read.
func (c *cache) get(ctx context.Context, file File) (path string, release func(), err error) {
	path = c.path(file.Key)
	if release, err = c.pin(path, file.Bytes); err == nil {
		return path, release, nil
	}
	unlock, err := c.locks.lock(ctx, file.Key)
	if err != nil {
		return "", nil, err
	}
	defer unlock()
	if release, err = c.pin(path, file.Bytes); err == nil {
		return path, release, nil
	}
	if err := c.fetch(ctx, file, path); err != nil {
		return "", nil, err
	}
	if release, err = c.pin(path, file.Bytes); err != nil {
		return "", nil, fmt.Errorf("lake: local copy of %s: %w", file.Key, err)
	}
	return path, release, c.shrink()
}

// pin takes a shared lock on a copy that is there and has the right size.
func (c *cache) pin(path string, bytes int64) (release func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, err
	}
	// Removed between the opening and the lock, or cut: it is of no use.
	here, err := os.Stat(path)
	info, e := file.Stat()
	if err != nil || e != nil || !os.SameFile(here, info) || info.Size() != bytes {
		file.Close()
		return nil, errors.Join(fs.ErrNotExist, err, e)
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // only the order of removal depends on it
	return func() { file.Close() }, nil
}

// fetch copies a blob and checks that it is what its record says.
func (c *cache) fetch(ctx context.Context, file File, path string) error {
	reader, err := c.blobs.Open(ctx, file.Key)
	if err != nil {
		return err
	}
	defer reader.Close()
	target, err := os.CreateTemp(c.dir, "*"+arriving)
	if err != nil {
		return fmt.Errorf("lake: local copy: %w", err)
	}
	defer os.Remove(target.Name()) // fails once it has its final name
	defer target.Close()
	if err := syscall.Flock(int(target.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("lake: local copy: %w", err)
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(target, hash), contextReader{ctx, reader})
	if err != nil {
		return fmt.Errorf("lake: local copy of %s: %w", file.Key, err)
	}
	if digest := hex.EncodeToString(hash.Sum(nil)); n != file.Bytes || digest != file.SHA256 {
		return fmt.Errorf("lake: %s is damaged: %d bytes, digest %s", file.Key, n, digest)
	}
	if err := os.Rename(target.Name(), path); err != nil {
		return fmt.Errorf("lake: local copy of %s: %w", file.Key, err)
	}
	return nil
}

// adopt makes the local copy of a blob of the file that it was just made from.
func (c *cache) adopt(key, path string) { _ = os.Rename(path, c.path(key)) }

// drop forgets a copy.
func (c *cache) drop(key string) { _ = os.Remove(c.path(key)) }

// shrink removes the copies that were not read for the longest time until the rest fits. Copies being read stay.
func (c *cache) shrink() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("lake: cache: %w", err)
	}
	type copied struct {
		path  string
		bytes int64
		used  time.Time
	}
	var copies []copied
	var total int64
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil { // another process removed it
			continue
		}
		path := filepath.Join(c.dir, entry.Name())
		if strings.HasSuffix(entry.Name(), arriving) {
			c.evict(path) // does nothing while it is arriving
			continue
		}
		total += info.Size()
		copies = append(copies, copied{path, info.Size(), info.ModTime()})
	}
	slices.SortFunc(copies, func(a, b copied) int { return cmp.Or(a.used.Compare(b.used), strings.Compare(a.path, b.path)) })
	for _, old := range copies {
		if total <= c.most {
			break
		}
		if c.evict(old.path) {
			total -= old.bytes
		}
	}
	return nil
}

// evict removes a file that nobody holds.
func (c *cache) evict(path string) bool {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer file.Close()
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return false
	}
	return os.Remove(path) == nil
}
