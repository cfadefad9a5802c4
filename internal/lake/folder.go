package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Folder keeps blobs as files of a folder.
type Folder struct{ dir string }

// OpenFolder returns the blobs of a folder, made if absent.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("lake: blobs: %w", err)
	}
	if err := syncDir(filepath.Dir(dir)); err != nil {
		return nil, fmt.Errorf("lake: blobs: %w", err)
	}
	return &Folder{dir: dir}, nil
}

// Path returns the file of a blob, whether there is one or not.
func (f *Folder) Path(key string) string { return filepath.Join(f.dir, filepath.FromSlash(key)) }

// Location implements [Blobs].
func (f *Folder) Location(key string) string {
	return "file://" + filepath.ToSlash(f.dir) + "/" + key // as the programs around Iceberg write it: nothing is escaped
}

// partial ends the name of a file that is being copied into the folder from another file system.
const partial = ".partial"

// Put moves the file into the folder: its bytes reach the disk, then its name, then the names of the folders.
func (f *Folder) Put(ctx context.Context, key, path string) error {
	target := f.Path(key)
	if err := syncFile(path); err != nil {
		return fmt.Errorf("lake: put %s: %w", key, err)
	}
	if err := makeDirs(f.dir, filepath.Dir(target)); err != nil {
		return fmt.Errorf("lake: put %s: %w", key, err)
	}
	err := os.Rename(path, target)
	if errors.Is(err, syscall.EXDEV) {
		if err = copyFile(ctx, path, target+partial); err == nil {
			err = os.Rename(target+partial, target)
		}
	}
	if err == nil {
		err = syncDir(filepath.Dir(target))
	}
	if err != nil {
		return fmt.Errorf("lake: put %s: %w", key, err)
	}
	return nil
}

// Open implements [Blobs].
func (f *Folder) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	file, err := os.Open(f.Path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoBlob, key)
	}
	if err != nil {
		return nil, fmt.Errorf("lake: open %s: %w", key, err)
	}
	return file, nil
}

// Size implements [Blobs].
func (f *Folder) Size(_ context.Context, key string) (int64, error) {
	info, err := os.Stat(f.Path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%w: %s", ErrNoBlob, key)
	}
	if err != nil {
		return 0, fmt.Errorf("lake: size of %s: %w", key, err)
	}
	return info.Size(), nil
}

// Delete implements [Blobs]. Folders that it empties go too.
func (f *Folder) Delete(_ context.Context, key string) error {
	target := f.Path(key)
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("lake: delete %s: %w", key, err)
	}
	for dir := filepath.Dir(target); len(dir) > len(f.dir); dir = filepath.Dir(dir) {
		if os.Remove(dir) != nil { // not empty, or already gone
			break
		}
	}
	return nil
}

// List implements [Blobs].
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[Blob, error] {
	return func(yield func(Blob, error) bool) {
		err := filepath.WalkDir(f.dir, func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) { // removed since it was listed
				return nil
			}
			if err != nil {
				return err
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			name, _ := filepath.Rel(f.dir, path)
			key := filepath.ToSlash(name)
			if entry.IsDir() || !strings.HasPrefix(key, prefix) {
				return nil
			}
			info, err := entry.Info()
			if err != nil {
				return nil // removed since it was listed
			}
			if !yield(Blob{Key: key, Bytes: info.Size(), Modified: info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(Blob{}, fmt.Errorf("lake: list: %w", err))
		}
	}
}

// makeDirs makes dir and the folders between root and it, and sees to it that their names are on the disk.
func makeDirs(root, dir string) error {
	if dir == root {
		return nil
	}
	err := os.Mkdir(dir, 0o750)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		if err := makeDirs(root, filepath.Dir(dir)); err != nil {
			return err
		}
		return makeDirs(root, dir)
	case err != nil:
		return err
	}
	return syncDir(filepath.Dir(dir))
}

func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Sync()
}

func syncDir(path string) error { return syncFile(path) }

func copyFile(ctx context.Context, from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, contextReader{ctx, source})
	if err == nil {
		err = target.Sync()
	}
	if e := target.Close(); err == nil {
		err = e
	}
	return err
}

// contextReader stops reading when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
