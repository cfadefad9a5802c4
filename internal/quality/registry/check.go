package registry

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/schema/frictionless"
	"socle/internal/store"
	"socle/internal/validate"
)

// CheckState is where a check is.
type CheckState string

// The states of a check.
const (
	CheckWorking CheckState = "working"
	CheckDone    CheckState = "done"
	CheckFailed  CheckState = "failed" // the file could not be held against the schema
)

// Check is a file held against a schema for somebody. Its address is its secret: whoever holds it sees the report.
type Check struct {
	ID        string
	State     CheckState
	JobID     int64
	CreatedAt time.Time
	ExpiresAt time.Time

	CheckContent
}

// CheckContent is what of a check changes as it goes.
type CheckContent struct {
	Name     string           `json:"name"`             // of the file
	Bytes    int64            `json:"bytes"`            //
	Schema   string           `json:"schema,omitempty"` // "owner/name@1.0.0", or the address of the document; "" when it was inferred
	Title    string           `json:"title"`            // of the schema
	From     string           `json:"from,omitempty"`   // check whose corrected file this is
	Document string           `json:"document,omitempty"`
	Files    []lake.File      `json:"files,omitempty"`
	Report   *validate.Report `json:"report,omitempty"` // once done
	Mended   validate.Mended  `json:"mended"`
	Problem  i18n.Text        `json:"problem,omitzero"` // why it failed
}

// The life and the limits of a check.
const (
	checkLife     = 24 * time.Hour
	checkAtOnce   = 8_000_000 // bytes of a file that is checked while its sender waits
	shownExamples = 100
)

// The roles of the files of a check, in the lake's words.
const (
	roleMended = lake.RoleData
	roleList   = lake.RoleQuarantine
)

const (
	selectCheck = `SELECT id, state, job_id, content, created_at, expires_at FROM registry_checks WHERE id = $1 AND expires_at > $2`
	insertCheck = `INSERT INTO registry_checks (id, owner, state, job_id, content, bytes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	updateCheck = `UPDATE registry_checks SET state = $1, job_id = $2, content = $3 WHERE id = $4`
	keptBytes   = `SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM registry_checks WHERE owner = $1 AND expires_at > $2`
	oldChecks   = `DELETE FROM registry_checks WHERE expires_at < $1`
)

// checkJob holds the file of a check against its schema.
type checkJob struct {
	Check string `json:"check"`
	User  string `json:"user,omitempty"` // whose rights it has; empty for a visitor
}

// Kind names the job for ever.
func (checkJob) Kind() string { return "registry_check" }

// Kinds are the kinds of job that the registry does: hand them to the runner, and the runner to [Service.Work].
func (s *Service) Kinds() []jobs.Kind {
	return []jobs.Kind{jobs.Handle(jobs.KindOptions{Title: i18n.T("Vérification d’un fichier", "Checking a file"), MaxAttempts: 3, Timeout: time.Hour},
		func(ctx context.Context, job *jobs.Job, args checkJob) error {
			if args.User != "" {
				who, err := s.Identity.PrincipalOf(ctx, args.User)
				if err != nil {
					return jobs.Stop(err)
				}
				ctx = identity.With(ctx, who)
			}
			return s.work(ctx, args.Check, job)
		})}
}

// Work gives the runner that does the jobs. Without it, every check is done at once.
func (s *Service) Work(runner *jobs.Runner) { s.jobs = runner }

func noCheck() error {
	return fault.New(fault.NotFound, "check_not_found", i18n.T("Cette vérification n’existe pas, ou elle a expiré. Envoyez le fichier à nouveau.",
		"This check does not exist, or it expired. Send the file again."))
}

// Check returns a check by its address. It answers NotFound.
func (s *Service) Check(ctx context.Context, id string) (Check, error) {
	var c Check
	var content store.JSON[CheckContent]
	var created, expires store.Time
	err := s.Store.QueryRowContext(ctx, selectCheck, id, store.At(store.Now())).Scan(&c.ID, &c.State, &c.JobID, &content, &created, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return Check{}, noCheck()
	}
	if err != nil {
		return Check{}, fmt.Errorf("registry: check: %w", err)
	}
	c.CheckContent, c.CreatedAt, c.ExpiresAt = content.V, created.Time, expires.Time
	return c, nil
}

func (s *Service) saveCheck(ctx context.Context, c Check) error {
	if _, err := s.Store.ExecContext(ctx, updateCheck, string(c.State), c.JobID, store.AsJSON(c.CheckContent), c.ID); err != nil {
		return fmt.Errorf("registry: check %s: %w", c.ID, err)
	}
	return nil
}

// StartCheck holds a file that lies in the folder of a write against a schema: at once when it is small, else by a job.
// An empty document lets the schema be inferred.
func (s *Service) StartCheck(ctx context.Context, w *lake.Write, file received, against against) (Check, error) {
	if against.document != "" {
		table, err := frictionless.Parse([]byte(against.document))
		if err == nil {
			_, err = validate.Compile(ctx, table, validate.Options{}) // said before anything is kept
		}
		if err != nil {
			return Check{}, at(err, "schema")
		}
	}
	info, err := os.Stat(file.Path)
	if err != nil {
		return Check{}, err
	}
	if info.Size() == 0 {
		return Check{}, fault.New(fault.Invalid, "file_empty", i18n.T("Le fichier « %s » est vide.", "The file “%s” is empty.", file.Name)).At("file")
	}
	now := store.Now()
	c := Check{ID: w.ID, State: CheckWorking, CreatedAt: now, ExpiresAt: now.Add(checkLife), CheckContent: CheckContent{Name: file.Name, Bytes: info.Size(),
		Schema: against.name, Title: against.title, Document: against.document, From: file.From}}
	if _, err := w.Add(ctx, lake.RoleOriginal, file.Name, file.Path, 0, ""); err != nil {
		return Check{}, err
	}
	atOnce := s.jobs == nil || info.Size() <= checkAtOnce
	err = s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		if err := s.room(ctx, tx, c.Bytes); err != nil {
			return err
		}
		if c.Files, err = w.Keep(ctx, c.ExpiresAt, lake.RoleOriginal); err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, oldChecks, store.At(now)); err != nil {
			return err
		}
		if !atOnce {
			if c.JobID, _, err = s.jobs.Insert(ctx, tx, checkJob{c.ID, identity.From(ctx).UserID}, jobs.Insert{Key: c.ID}); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, insertCheck, c.ID, identity.From(ctx).Actor(), string(c.State), c.JobID, store.AsJSON(c.CheckContent), c.Bytes, store.At(now), store.At(c.ExpiresAt))
		return err
	})
	if err != nil || !atOnce {
		return c, err
	}
	if err := s.work(ctx, c.ID, nil); err != nil {
		return Check{}, err
	}
	return s.Check(ctx, c.ID)
}

// room refuses a file when too much is kept already for people who are not signed in: nobody fills the disk under no name.
func (s *Service) room(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, bytes int64) error {
	who := identity.From(ctx)
	if !who.IsAnonymous() {
		return nil
	}
	var kept int64
	if err := db.QueryRowContext(ctx, keptBytes, who.Actor(), store.At(store.Now())).Scan(&kept); err != nil {
		return fmt.Errorf("registry: what is kept of checks: %w", err)
	}
	if kept+bytes > s.options.KeptOfStrangers {
		return fault.New(fault.TooMany, "checks_full", i18n.T("Trop de fichiers à vérifier sont gardés en ce moment. Connectez-vous, ou revenez dans quelques heures.",
			"Too many files to check are kept at the moment. Sign in, or come back in a few hours.")).At("file")
	}
	return nil
}

// work does a check. It may be done again from the start at any point.
func (s *Service) work(ctx context.Context, id string, job *jobs.Job) error {
	c, err := s.Check(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil // expired since
	}
	if err != nil || c.State != CheckWorking {
		return err
	}
	w, err := s.Lake.Resume(ctx, c.ID, c.Files)
	if err != nil {
		return err
	}
	defer w.Abort()
	options := validate.Options{Examples: shownExamples, Scratch: w.Dir, AnyCase: true, Keep: true, Table: c.Name, Lists: s.Lists, Tables: s.tables()}
	if job != nil {
		options.Progress = func(done, total int64) {
			job.Progress(ctx, 0.7*float64(done)/float64(max(total, 1)), i18n.T("Lecture de toutes les cellules", "Reading every cell"))
		}
	}
	err = s.hold(ctx, w, &c, options, job)
	switch {
	case err == nil:
		c.State = CheckDone
	case fault.KindOf(err) == fault.Internal || ctx.Err() != nil:
		return err
	default:
		c.State, c.Problem = CheckFailed, fault.Message(err)
	}
	if c.Files, err = w.Keep(ctx, c.ExpiresAt, lake.RoleOriginal, roleMended, roleList); err != nil {
		return err
	}
	return s.saveCheck(ctx, c)
}

// hold reads the file, then writes the list of faults and the file with what is sure mended.
func (s *Service) hold(ctx context.Context, w *lake.Write, c *Check, options validate.Options, job *jobs.Job) error {
	original, ok := w.File(lake.RoleOriginal)
	if !ok {
		return noCheck()
	}
	path, release, err := w.Local(ctx, original)
	if err != nil {
		return err
	}
	defer release()
	var table *frictionless.Schema
	if c.Document != "" {
		if table, err = frictionless.Parse([]byte(c.Document)); err != nil {
			return err
		}
	}
	report, err := validate.Check(ctx, validate.File{Path: path, Name: c.Name, Parquet: s.Parquet}, table, w.Dir, options)
	if err != nil {
		return err
	}
	c.Report = report
	if report.Valid || !report.Tasks[0].Read() {
		return nil
	}
	if job != nil {
		job.Progress(ctx, 0.75, i18n.T("Liste des fautes et fichier corrigé", "List of the faults and corrected file"))
	}
	err = s.artefact(ctx, w, roleMended, "corrige.csv", func(out *bufio.Writer) (err error) {
		_, _ = out.WriteString("\ufeff") // spreadsheets read UTF-8 only when it is announced
		c.Mended, err = report.Mend(ctx, out)
		return err
	})
	if err != nil {
		return err
	}
	return s.artefact(ctx, w, roleList, "fautes.csv", func(out *bufio.Writer) error {
		_, _ = out.WriteString("\ufeff")
		return report.List(ctx, out, i18n.FR)
	})
}

// artefact writes a file of a check and makes a blob of it.
func (s *Service) artefact(ctx context.Context, w *lake.Write, role lake.Role, name string, write func(*bufio.Writer) error) error {
	path := filepath.Join(w.Dir, name)
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<18)
	err = errors.Join(write(out), out.Flush(), file.Close())
	if err != nil {
		return err
	}
	_, err = w.Add(ctx, role, name, path, 0, "")
	return err
}
