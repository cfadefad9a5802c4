package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/store"
)

// draftJob prepares and publishes a draft.
type draftJob struct {
	Draft string `json:"draft"`
}

// Kind names the job for ever.
func (draftJob) Kind() string { return "ingest_draft" }

// cleanJob removes drafts that were forgotten, and what dead writers left.
type cleanJob struct{}

// Kind names the job for ever.
func (cleanJob) Kind() string { return "ingest_clean" }

const (
	draftAttempts = 4
	cleanEvery    = time.Hour
)

// insertOf asks for the work of one submission: a job that is about to end, of the submission before, must not be taken for it.
func insertOf(d Draft) jobs.Insert {
	return jobs.Insert{Key: d.ID + " " + d.UpdatedAt.Format(time.RFC3339Nano), Owner: d.Owner}
}

// Kinds are the kinds of job that ingestion does: hand them to the runner, and the runner to [Service.Work].
func (s *Service) Kinds() []jobs.Kind {
	return []jobs.Kind{
		jobs.Handle(jobs.KindOptions{Title: i18n.T("Publication d’un fichier", "Publishing a file"), MaxAttempts: draftAttempts, Timeout: 2 * time.Hour},
			func(ctx context.Context, job *jobs.Job, args draftJob) error {
				ctx, err := s.inTheNameOfOwner(ctx, args.Draft)
				if err != nil {
					return jobs.Stop(err)
				}
				return s.work(ctx, args.Draft, job, job.Attempt >= draftAttempts)
			}),
		jobs.Handle(jobs.KindOptions{Title: i18n.T("Ménage des dépôts abandonnés", "Cleaning of abandoned deposits"), Every: cleanEvery, AtStart: true},
			func(ctx context.Context, _ *jobs.Job, _ cleanJob) error { return s.Clean(ctx) }),
	}
}

// Work gives the runner that does the jobs. Without it, [Service.Submit] works at once.
func (s *Service) Work(runner *jobs.Runner) { s.jobs = runner }

// inTheNameOfOwner gives a job the rights that the owner of a draft has now.
func (s *Service) inTheNameOfOwner(ctx context.Context, id string) (context.Context, error) {
	d, err := readDraft(ctx, s.Store, id)
	if err != nil {
		return ctx, err
	}
	who, err := s.Identity.PrincipalOf(ctx, d.Owner)
	if err != nil {
		return ctx, err
	}
	return identity.With(ctx, who), nil
}

// Clean removes drafts that expired and what dead writers left in the lake.
func (s *Service) Clean(ctx context.Context) error {
	if _, err := s.Store.ExecContext(ctx, oldDrafts, store.At(store.Now())); err != nil {
		return fmt.Errorf("ingest: clean: %w", err)
	}
	_, err := s.Lake.Clean(ctx)
	return err
}

// work does what a draft waits for. It may be done again from the start at any point: what was published before is
// found. last says that nobody will try again, so that the draft goes back to its owner.
func (s *Service) work(ctx context.Context, id string, job *jobs.Job, last bool) error {
	d, err := s.Draft(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil // discarded since
	}
	if err != nil || d.State != DraftWorking {
		return err
	}
	if job != nil {
		d.Request.Progress = func(p Progress) { job.Progress(ctx, p.Ratio, p.Label) }
	}
	err = s.advance(ctx, &d)
	d.Request.Progress = nil
	switch {
	case err == nil:
		return s.saveDraft(ctx, &d)
	case fault.KindOf(err) == fault.Internal && !last:
		return err
	case ctx.Err() != nil && !last:
		return err // stopped from outside: it will be taken up again
	}
	d.State, d.Problem, d.Code = DraftReady, fault.Message(err), fault.CodeOf(err)
	var broken *BrokenError
	if errors.As(err, &broken) {
		d.Checked = broken.Checked
	}
	if e := s.saveDraft(context.WithoutCancel(ctx), &d); e != nil {
		return errors.Join(err, e)
	}
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	return nil // its owner is told on the page
}

// advance prepares a draft, then publishes it unless it must be shown first.
func (s *Service) advance(ctx context.Context, d *Draft) error {
	if v, ok, err := s.Lake.ByWrite(ctx, d.ID); err != nil || ok {
		if ok { // published by an attempt that died before it could say so
			err = s.finish(ctx, d, v)
		}
		return err
	}
	r := d.Request
	t, release, err := s.enter(ctx, d.Name, r)
	if err != nil {
		return err
	}
	defer release()
	settings := t.settings.over(r)
	if t.same(d.SHA256, t.fingerprint(settings)) {
		result, err := s.unchanged(ctx, t, r)
		if err != nil {
			return err
		}
		d.State, d.Result = DraftPublished, &DraftResult{DatasetID: result.Dataset.ID, Number: result.Version.Number, Unchanged: true}
		return s.Lake.Discard(ctx, d.ID)
	}
	w, err := s.Lake.Resume(ctx, d.ID, d.Files)
	if err != nil {
		return err
	}
	defer w.Abort()
	shown := d.Prepared != nil && d.Changes.base() == t.base() && d.Prepared.Version.Fingerprint == t.fingerprint(settings)
	if !shown {
		if err := s.prepareDraft(ctx, w, d, t, settings); err != nil {
			return err
		}
	}
	if s.mustShow(d, t, shown) {
		d.State = DraftPrepared
		d.Files, err = w.Keep(ctx, d.ExpiresAt, lake.RoleOriginal, lake.RoleData, lake.RoleQuarantine)
		return err
	}
	if err := checkKey(d.Prepared.Version.Schema, r.Key); err != nil {
		return err
	}
	result, err := s.commit(ctx, w, t, d.Prepared, d.Prepared.result(t, r), r)
	var loss *LossError
	if errors.As(err, &loss) { // another version came in between, and more would be lost than was shown
		d.Changes, d.State = loss.Changes, DraftPrepared
		d.Prepared.Changes = loss.Changes
		d.Files, err = w.Keep(ctx, d.ExpiresAt, lake.RoleOriginal, lake.RoleData, lake.RoleQuarantine)
		return err
	}
	if err != nil {
		return err
	}
	s.point("draft committed")
	d.State, d.Prepared, d.Files = DraftPublished, nil, nil
	d.Result = &DraftResult{DatasetID: result.Dataset.ID, Number: result.Version.Number, Created: result.Created}
	d.Reading.Preview = nil
	return nil
}

// base is the number of the head that was compared with, 0 for none.
func (c *Changes) base() int {
	if c == nil {
		return 0
	}
	return c.Base
}

// prepareDraft reads, converts and compares the file of a draft, and makes blobs of the outcome.
func (s *Service) prepareDraft(ctx context.Context, w *lake.Write, d *Draft, t *target, settings Settings) error {
	if err := w.Drop(ctx, lake.RoleData, lake.RoleQuarantine); err != nil {
		return err
	}
	original, ok := w.File(lake.RoleOriginal)
	if !ok {
		return noDraft()
	}
	path, release, err := w.Local(ctx, original)
	if err != nil {
		return err
	}
	defer release()
	r := d.Request
	r.ConfirmPersonal = true // asked on the page, with the changes
	p, err := s.prepare(ctx, w, t, path, d.Name, settings, r)
	if err != nil {
		return err
	}
	if err := p.converted.store(ctx, w); err != nil {
		return err
	}
	d.Prepared, d.Changes, d.Personal, d.Checked, d.Reading.Columns = p, p.Changes, p.Personal, p.Checked, p.Columns
	return nil
}

// mustShow reports whether the owner must see something before the draft is published: what changes against the
// head, rules that the file breaks, a large loss without a note, columns about people that would be open.
func (s *Service) mustShow(d *Draft, t *target, shown bool) bool {
	if !shown && (t.head != nil || broken(d.Checked)) {
		return true
	}
	if d.Changes.Large() && d.Request.AcceptLoss == "" {
		return true
	}
	return t.level == asset.Open && checkPersonal(t, d.Personal, d.Request) != nil
}

// finish records that a draft became a version.
func (s *Service) finish(ctx context.Context, d *Draft, v lake.Version) error {
	dataset, err := s.Assets.ByUID(ctx, v.DatasetUID)
	if err != nil {
		return err
	}
	d.State, d.Prepared, d.Files = DraftPublished, nil, nil
	d.Result = &DraftResult{DatasetID: dataset.ID, Number: v.Number, Created: v.Number == 1}
	d.Reading.Preview = nil
	return nil
}
