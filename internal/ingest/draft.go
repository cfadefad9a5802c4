package ingest

import (
	"context"
	"database/sql"
	"io"
	"time"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/store"
	"socle/internal/validate"
)

// DraftState is where a draft is.
type DraftState string

// The states of a draft.
const (
	DraftReady     DraftState = "ready"     // read; its owner looks at the types and may change them
	DraftWorking   DraftState = "working"   // a job prepares or publishes it
	DraftPrepared  DraftState = "prepared"  // converted and compared: it waits for a confirmation
	DraftPublished DraftState = "published" // it became a version, or was the same as the head
)

// Draft is a file received and read that nobody but its owner sees.
type Draft struct {
	ID        string     `json:"id"`
	Owner     string     `json:"-"` // id of the person or application
	OwnerName string     `json:"-"`
	State     DraftState `json:"state"`
	Name      string     `json:"name"` // of the file
	Bytes     int64      `json:"bytes"`
	SHA256    string     `json:"sha256"`
	JobID     int64      `json:"jobId,omitempty"` // the last job, 0 for none
	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt time.Time  `json:"updatedAt"`
	ExpiresAt time.Time  `json:"expiresAt"`

	DraftContent
}

// DraftContent is what of a draft changes as it goes.
type DraftContent struct {
	Request  Request      `json:"request"`            // what was asked so far
	Reading  Reading      `json:"reading"`            // what the file holds
	Personal []Personal   `json:"personal,omitempty"` // columns that identify people
	Changes  *Changes     `json:"changes,omitempty"`  // against the head, once prepared
	Checked  []Checked    `json:"checked,omitempty"`  // what the schemas of the dataset found in the file, once it was held against them
	Problem  i18n.Text    `json:"problem,omitzero"`   // why it could not be published; zero when nothing is wrong
	Code     string       `json:"code,omitempty"`     // of the problem
	Result   *DraftResult `json:"result,omitempty"`   // once published
	Files    []lake.File  `json:"files"`              // kept in the lake
	Prepared *prepared    `json:"prepared,omitempty"` // converted, for the settings and head that it names
}

// DraftResult is what became of a draft.
type DraftResult struct {
	DatasetID string `json:"datasetId"`
	Number    int    `json:"number"`
	Unchanged bool   `json:"unchanged"`
	Created   bool   `json:"created"`
}

// Reading is what reading the whole file found.
type Reading struct {
	Kind     format.Kind    `json:"kind"`
	Rows     int64          `json:"rows"`
	Columns  []Column       `json:"columns"`
	Options  format.Options `json:"options"` // choices made, forced or detected
	HasNames bool           `json:"hasNames"`
	Sheets   []string       `json:"sheets,omitempty"`
	Preview  []format.Row   `json:"preview,omitempty"`
	Notes    []format.Note  `json:"notes,omitempty"`
}

// Stage receives a file, keeps it and reads it whole, as a draft of the principal of ctx.
func (s *Service) Stage(ctx context.Context, name string, body io.Reader, r Request) (Draft, error) {
	return s.stage(ctx, name, body, -1, r)
}

// StageURL stages the file at an address.
func (s *Service) StageURL(ctx context.Context, address string, r Request) (Draft, error) {
	if err := mayStage(ctx); err != nil {
		return Draft{}, err
	}
	response, err := s.Outbound.Fetch(ctx, address)
	if err != nil {
		return Draft{}, err
	}
	defer response.Body.Close()
	return s.stage(ctx, response.Name, response.Body, response.Length, r)
}

func mayStage(ctx context.Context) error {
	return access.On(access.Contribute).Check(identity.From(ctx))
}

func (s *Service) stage(ctx context.Context, name string, body io.Reader, size int64, r Request) (Draft, error) {
	if err := mayStage(ctx); err != nil {
		return Draft{}, err
	}
	w, err := s.Lake.Begin(ctx)
	if err != nil {
		return Draft{}, err
	}
	defer w.Abort()
	file, err := s.receive(ctx, w, name, body, size, r)
	if err != nil {
		return Draft{}, err
	}
	defer func() { <-file.flushed }()
	settings, err := s.earlier(ctx, r)
	if err != nil {
		return Draft{}, err
	}
	rd, err := s.read(ctx, file.path, file.name, w.Dir, settings.over(r), validate.Gate{}, r)
	if err != nil {
		return Draft{}, err
	}
	<-file.flushed
	if _, err := w.Add(ctx, lake.RoleOriginal, file.name, file.path, 0, file.sha256); err != nil {
		return Draft{}, err
	}
	who, now := identity.From(ctx), store.Now()
	d := Draft{ID: w.ID, Owner: who.Actor(), OwnerName: who.Name, State: DraftReady, Name: file.name, Bytes: file.bytes, SHA256: file.sha256,
		CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(s.options.DraftLife),
		DraftContent: DraftContent{Request: r, Reading: rd.describe(), Personal: rd.personal()}}
	// One transaction, so that a draft never lacks its file, nor a kept file its draft.
	err = s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		if d.Files, err = w.Keep(ctx, d.ExpiresAt, lake.RoleOriginal); err != nil {
			return err
		}
		return insertDraft(ctx, tx, d)
	})
	s.point("staged")
	return d, err
}

// earlier returns the settings with which the head of the request's dataset was read. A draft may be made before it
// is known where it goes, so a dataset that one may not publish to says nothing.
func (s *Service) earlier(ctx context.Context, r Request) (Settings, error) {
	if r.ID == "" || r.New {
		return Settings{}, nil
	}
	t, err := s.aim(ctx, "", r)
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return Settings{}, err
		}
		return Settings{}, nil
	}
	return t.settings, nil
}

func noDraft() error {
	return fault.New(fault.NotFound, "draft_not_found", i18n.T(
		"Ce dépôt n’existe pas, ou il a expiré. Déposez le fichier à nouveau.",
		"This deposit does not exist, or it expired. Upload the file again."))
}

// Draft returns a draft of the principal of ctx; to others it does not exist.
func (s *Service) Draft(ctx context.Context, id string) (Draft, error) {
	d, err := readDraft(ctx, s.Store, id)
	if err != nil {
		return Draft{}, err
	}
	who := identity.From(ctx)
	if who.IsAnonymous() || d.Owner != who.Actor() {
		return Draft{}, noDraft()
	}
	return d, nil
}

// Drafts lists the drafts of the principal of ctx that were not published, the newest first.
func (s *Service) Drafts(ctx context.Context) ([]Draft, error) {
	return listDrafts(ctx, s.Store, identity.From(ctx).Actor())
}

func busyDraft() error {
	return fault.New(fault.Conflict, "draft_busy", i18n.T("Ce dépôt est en cours de traitement. Attendez qu’il se termine.",
		"This deposit is being processed. Wait until it is done."))
}

func publishedDraft() error {
	return fault.New(fault.Conflict, "draft_published", i18n.T("Ce dépôt a déjà été publié.", "This deposit was already published."))
}

// Adjust changes what is asked of a draft, and reads the file again when that changes how it reads.
func (s *Service) Adjust(ctx context.Context, id string, r Request) (Draft, error) {
	d, err := s.Draft(ctx, id)
	if err != nil {
		return Draft{}, err
	}
	switch d.State {
	case DraftWorking:
		return Draft{}, busyDraft()
	case DraftPublished:
		return Draft{}, publishedDraft()
	}
	before, err := s.earlier(ctx, d.Request)
	if err != nil {
		return Draft{}, err
	}
	after, err := s.earlier(ctx, r)
	if err != nil {
		return Draft{}, err
	}
	if before.over(d.Request).fingerprint() != after.over(r).fingerprint() {
		rd, err := s.reread(ctx, d, after.over(r), r)
		if err != nil {
			return Draft{}, err
		}
		d.Reading, d.Personal = rd.describe(), rd.personal()
	}
	if d.Request.ID != r.ID || d.Request.New != r.New {
		d.Changes = nil
	}
	d.Request, d.State, d.Problem, d.Code, d.Checked = r, DraftReady, i18n.Text{}, "", nil
	return d, s.saveDraft(ctx, &d)
}

// reread reads the file of a draft again.
func (s *Service) reread(ctx context.Context, d Draft, settings Settings, r Request) (*reading, error) {
	w, err := s.Lake.Resume(ctx, d.ID, d.Files)
	if err != nil {
		return nil, err
	}
	defer w.Abort() // back to what was kept
	original, _ := w.File(lake.RoleOriginal)
	path, release, err := w.Local(ctx, original)
	if err != nil {
		return nil, err
	}
	defer release()
	return s.read(ctx, path, d.Name, w.Dir, settings, validate.Gate{}, r)
}

// Submit has a draft prepared and, unless something must be confirmed or shown first, published, by a job. The
// principal of ctx must be allowed to publish.
func (s *Service) Submit(ctx context.Context, id string) (Draft, error) {
	d, err := s.Draft(ctx, id)
	if err != nil {
		return Draft{}, err
	}
	switch d.State {
	case DraftPublished:
		return Draft{}, publishedDraft()
	case DraftWorking:
		return d, nil
	}
	if _, err := s.aim(ctx, d.Name, d.Request); err != nil {
		return Draft{}, err
	}
	d.State, d.Problem, d.Code = DraftWorking, i18n.Text{}, "" // what was found stays until it is looked for again
	// A token of an application has no account in whose name a job could work later.
	if s.jobs == nil || identity.From(ctx).Kind != identity.Person {
		if err := s.saveDraft(ctx, &d); err != nil {
			return Draft{}, err
		}
		if err := s.work(ctx, id, nil, true); err != nil {
			return Draft{}, err
		}
		return s.Draft(ctx, id)
	}
	err = s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		if d.JobID, _, err = s.jobs.Insert(ctx, tx, draftJob{Draft: id}, insertOf(d)); err != nil {
			return err
		}
		return s.saveDraft(ctx, &d)
	})
	return d, err
}

// Discard removes a draft and its file.
func (s *Service) Discard(ctx context.Context, id string) error {
	d, err := s.Draft(ctx, id)
	if err != nil {
		return err
	}
	if d.State == DraftWorking {
		return busyDraft()
	}
	if d.State != DraftPublished {
		if err := s.Lake.Discard(ctx, id); err != nil {
			return err
		}
	}
	return deleteDraft(ctx, s.Store, id)
}
