package lake

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/scratch"
	"socle/internal/store"
)

// A Write is a version in the making: a scratch folder of its own, and files that nobody sees yet. It ends with
// [Write.Commit], [Write.Keep] or [Write.Abort]; when its process dies before that, [Lake.Clean] removes it.
type Write struct {
	ID  string // names the write, and begins the keys of its blobs
	Dir string // scratch folder, on the same disk as the blobs when they are a folder; emptied at the end

	lake  *Lake
	space *scratch.Space
	stop  context.CancelFunc // of the heartbeat
	done  chan struct{}      // closed when the heartbeat has stopped
	mu    sync.Mutex
	files []File
	kept  keeping
}

// keeping is what survives of a write when its process dies: the files kept earlier, until when.
type keeping struct {
	until time.Time
	keys  []string
}

// The states of a write.
const (
	writeActive = "active"
	writeKept   = "kept"
)

// Begin starts a write.
func (l *Lake) Begin(ctx context.Context) (*Write, error) {
	id := store.NewID()
	space, err := l.scratch.Hold(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("lake: scratch: %w", err)
	}
	l.point("scratch")
	now := store.Now()
	_, err = l.db.ExecContext(ctx, insertWrite, id, l.node, writeActive, store.At(now), store.At(now.Add(l.options.Lease)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lake: begin: %w", err), space.Release())
	}
	l.point("begun")
	return l.start(id, space, nil, keeping{}), nil
}

// Resume takes up a write that was kept, with the files that it had. Only one resumption holds it at a time: another
// gets Conflict. It answers NotFound when the write was cleaned away or committed.
func (l *Lake) Resume(ctx context.Context, id string, files []File) (*Write, error) {
	space, err := l.scratch.Hold(ctx, id)
	if err != nil {
		return nil, busyWrite().Because(err)
	}
	var kept keeping
	err = l.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		row, err := readWrite(ctx, tx, id)
		if err != nil {
			return err
		}
		// An active write of this folder is dead, since its scratch folder was free.
		if row.state == writeActive && row.node != l.node && row.lease.After(store.Now()) {
			return busyWrite()
		}
		kept = row.kept
		_, err = tx.ExecContext(ctx, resumeWrite, writeActive, l.node, store.At(store.Now().Add(l.options.Lease)), id)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, space.Release())
	}
	return l.start(id, space, slices.Clone(files), kept), nil
}

func busyWrite() *fault.Error {
	return fault.New(fault.Conflict, "write_busy", i18n.T(
		"Ce dépôt est déjà en cours de publication. Attendez la fin du traitement.",
		"This deposit is already being published. Wait until it is done."))
}

func goneWrite() *fault.Error {
	return fault.New(fault.NotFound, "write_gone", i18n.T(
		"Ce dépôt n’existe plus : il a expiré ou a été publié. Déposez le fichier à nouveau.",
		"This deposit no longer exists: it expired or was published. Upload the file again."))
}

func (l *Lake) start(id string, space *scratch.Space, files []File, kept keeping) *Write {
	ctx, stop := context.WithCancel(context.Background())
	w := &Write{ID: id, Dir: space.Dir, lake: l, space: space, stop: stop, done: make(chan struct{}), files: files, kept: kept}
	l.alive.Add(1)
	go w.beat(ctx)
	return w
}

// beat tells the other machines that this writer lives.
func (w *Write) beat(ctx context.Context) {
	defer w.lake.alive.Done()
	defer close(w.done)
	tick := time.NewTicker(w.lake.options.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			until := store.At(store.Now().Add(w.lake.options.Lease))
			if _, err := w.lake.db.ExecContext(ctx, renewWrite, until, w.ID, writeActive, w.lake.node); err != nil && ctx.Err() == nil {
				w.lake.slog.Warn("lake: lease not renewed", "write", w.ID, "error", err)
			}
		}
	}
}

// Add makes a blob of a file of the scratch folder, which it may move. digest is its SHA-256 in hexadecimal, computed
// here when empty. It may be called from several goroutines, for different files.
func (w *Write) Add(ctx context.Context, role Role, name, path string, rows int64, digest string) (File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return File{}, fmt.Errorf("lake: add: %w", err)
	}
	if digest == "" {
		if digest, err = hashFile(ctx, path); err != nil {
			return File{}, fmt.Errorf("lake: add: %w", err)
		}
	}
	w.mu.Lock()
	place := 1
	for _, f := range w.files {
		if f.Role == role {
			place++
		}
	}
	file := File{Key: w.key(role, place, name), Role: role, Name: name, Bytes: info.Size(), Rows: rows, SHA256: digest}
	w.files = append(w.files, file)
	w.mu.Unlock()
	w.lake.point("before " + string(role))
	if err := w.lake.blobs.Put(ctx, file.Key, path); err != nil {
		return File{}, err
	}
	w.lake.point("after " + string(role))
	if w.lake.cache != nil {
		w.lake.cache.adopt(file.Key, path)
	}
	return file, nil
}

// key is where a file goes: the extension of its name helps whoever looks into the folder.
func (w *Write) key(role Role, place int, name string) string {
	extension := ""
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 && len(name)-dot <= 9 && !strings.ContainsFunc(name[dot+1:], notPlain) {
		extension = strings.ToLower(name[dot:])
	}
	return fmt.Sprintf("%s/%s-%d%s", w.ID, role, place, extension)
}

func notPlain(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}

// File returns the first file added with a role and whether there is one.
func (w *Write) File(role Role) (File, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.files {
		if f.Role == role {
			return f, true
		}
	}
	return File{}, false
}

// Local returns the path of a file that was added, which must not be changed. Call release when done with it.
func (w *Write) Local(ctx context.Context, file File) (path string, release func(), err error) {
	return w.lake.local(ctx, file)
}

// A Publication is what turns a write into a version.
type Publication struct {
	// Version says the rest: schema, rows, quarantine counts, notes, settings, report. What the lake knows better is
	// set by Commit: number, time, author, bytes and files.
	Version Version
	// Base is the number of the head that the publisher looked at, 0 for none. Commit answers Conflict, with the code
	// "head_moved", when the head is another one by then.
	Base int
	// Prepare runs at the beginning of the transaction and returns the uid of the dataset, which it may create.
	Prepare func(ctx context.Context, tx *sql.Tx) (datasetUID string, err error)
	// Detail is added to the entry of the record. No personal data.
	Detail map[string]any
}

// Commit publishes: in one transaction the version gets its number, its row and its files, the head of the dataset
// moves, the asset is marked as published and the record gets its entry. The author is the principal of ctx. After
// an error nothing is published, and the write goes on.
func (w *Write) Commit(ctx context.Context, p Publication) (Version, error) {
	v := p.Version
	w.mu.Lock()
	v.Files, v.Bytes = nil, 0
	for _, f := range w.files {
		switch f.Role {
		case RoleData:
			v.Files = append(v.Files, f)
			v.Bytes += f.Bytes
		case RoleOriginal:
			v.Original = f
		case RoleQuarantine:
			v.Quarantine.File = &f
		}
	}
	w.mu.Unlock()
	who := identity.From(ctx)
	v.Author, v.AuthorName = who.Actor(), who.Name
	w.lake.point("before commit")
	err := w.lake.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		v.PublishedAt = store.Now()
		return w.publish(ctx, tx, p, &v)
	})
	if err != nil {
		return Version{}, err
	}
	w.lake.point("committed")
	w.end()
	return v, nil
}

func (w *Write) publish(ctx context.Context, tx *sql.Tx, p Publication, v *Version) error {
	result, err := tx.ExecContext(ctx, deleteActiveWrite, w.ID, writeActive, w.lake.node)
	if err != nil {
		return fmt.Errorf("lake: commit: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return goneWrite().Because(err)
	}
	if v.DatasetUID, err = p.Prepare(ctx, tx); err != nil {
		return err
	}
	head, err := headNumber(ctx, tx, v.DatasetUID)
	if err != nil {
		return err
	}
	if head != p.Base {
		return fault.New(fault.Conflict, "head_moved", i18n.T(
			"Une autre version de ce jeu de données vient d’être publiée. Comparez à nouveau avant de publier.",
			"Another version of this dataset has just been published. Compare again before publishing."))
	}
	v.Number = head + 1 // the head is always the newest version
	if err := insertVersion(ctx, tx, *v); err != nil {
		return err
	}
	w.lake.point("inside commit")
	if err := w.lake.assets.Published(ctx, tx, v.DatasetUID, v.PublishedAt); err != nil {
		return err
	}
	if err := w.lake.changed(ctx, tx, v.DatasetUID); err != nil {
		return err
	}
	detail := map[string]any{"version": v.Number, "rows": v.Rows, "bytes": v.Bytes, "sha256": v.Original.SHA256}
	for key, value := range p.Detail {
		detail[key] = value
	}
	return w.lake.log.Record(ctx, tx, audit.Entry{Actor: v.Author, ActorName: v.AuthorName, Action: "dataset.publish",
		Asset: v.DatasetUID, Detail: detail})
}

// Keep ends the write for now: the files of the given roles stay until an instant, to be taken up by [Lake.Resume];
// the others go.
func (w *Write) Keep(ctx context.Context, until time.Time, roles ...Role) ([]File, error) {
	w.mu.Lock()
	var keep, drop []File
	for _, f := range w.files {
		if slices.Contains(roles, f.Role) {
			keep = append(keep, f)
		} else {
			drop = append(drop, f)
		}
	}
	w.files = keep
	w.mu.Unlock()
	keys := make([]string, len(keep))
	for i, f := range keep {
		keys[i] = f.Key
	}
	for _, f := range drop {
		if err := w.lake.remove(ctx, f.Key); err != nil {
			return nil, err
		}
	}
	result, err := w.lake.db.ExecContext(ctx, keepWrite, writeKept, store.At(until), store.AsJSON(keys), w.ID, writeActive, w.lake.node)
	if err != nil {
		return nil, fmt.Errorf("lake: keep: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return nil, goneWrite().Because(err)
	}
	w.lake.point("kept")
	w.end()
	return keep, nil
}

// Abort gives the write up. A write that was kept before goes back to what it was then; another one leaves nothing.
// It is harmless after Commit and Keep, so it may be deferred.
func (w *Write) Abort() {
	if w.space == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	row, err := readWrite(ctx, w.lake.db, w.ID)
	if err == nil && row.state == writeActive {
		err = w.lake.discard(ctx, row)
	}
	w.end()
	if err != nil && !fault.Is(err, fault.NotFound) {
		w.lake.slog.Warn("lake: a write was not wholly given up; doctor will", "write", w.ID, "error", err)
	}
}

// Discard removes a write that was kept, and its files. Discarding one that is gone is no error.
func (l *Lake) Discard(ctx context.Context, id string) error {
	w, err := l.Resume(ctx, id, nil)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := l.db.ExecContext(ctx, forgetKept, w.ID, writeActive, l.node); err != nil {
		w.end()
		return fmt.Errorf("lake: discard: %w", err)
	}
	w.Abort()
	return nil
}

// end stops the heartbeat and empties the scratch folder.
func (w *Write) end() {
	if w.space == nil {
		return
	}
	w.stop()
	<-w.done
	if err := w.space.Release(); err != nil {
		w.lake.slog.Warn("lake: scratch not emptied; doctor will", "write", w.ID, "error", err)
	}
	w.space = nil
}

// hashFile returns the SHA-256 of a file in hexadecimal.
func hashFile(ctx context.Context, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return hashReader(ctx, file)
}

func hashReader(ctx context.Context, r io.Reader) (string, error) {
	hash := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{hash}, contextReader{ctx, r}, make([]byte, 1<<20)); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// Drop removes the files of some roles that were added.
func (w *Write) Drop(ctx context.Context, roles ...Role) error {
	w.mu.Lock()
	var keep, drop []File
	for _, f := range w.files {
		if slices.Contains(roles, f.Role) {
			drop = append(drop, f)
		} else {
			keep = append(keep, f)
		}
	}
	w.files = keep
	w.mu.Unlock()
	for _, f := range drop {
		if err := w.lake.remove(ctx, f.Key); err != nil {
			return err
		}
	}
	return nil
}
