package ingest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/lake"
)

// PublishFile publishes a file of this machine. The principal of ctx must have the right to. It answers [LossError] or
// [PersonalError] when somebody must confirm, and faults of kind Invalid when the file cannot be read.
func (s *Service) PublishFile(ctx context.Context, path string, r Request) (Result, error) {
	file, err := os.Open(path)
	if err != nil {
		return Result{}, fault.New(fault.Invalid, "file_unreadable", i18n.T("Le fichier « %s » ne peut pas être ouvert. Vérifiez son chemin et ses droits.",
			"The file “%s” cannot be opened. Check its path and its permissions.", path)).At("file").Because(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		return Result{}, fault.New(fault.Invalid, "file_is_folder", i18n.T("« %s » est un dossier ; donnez un fichier.",
			"“%s” is a folder; give a file.", path)).At("file")
	}
	size := int64(-1)
	if err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	return s.publish(ctx, info.Name(), file, size, r)
}

// Publish publishes what a reader gives; name is the name of the file.
func (s *Service) Publish(ctx context.Context, name string, body io.Reader, r Request) (Result, error) {
	return s.publish(ctx, name, body, -1, r)
}

// PublishURL publishes the file at an address of the public Internet.
func (s *Service) PublishURL(ctx context.Context, address string, r Request) (Result, error) {
	if _, err := s.aim(ctx, address, r); err != nil {
		return Result{}, err
	}
	response, err := s.Outbound.Fetch(ctx, address)
	if err != nil {
		return Result{}, err
	}
	defer response.Body.Close()
	return s.publish(ctx, response.Name, response.Body, response.Length, r)
}

func (s *Service) publish(ctx context.Context, name string, body io.Reader, size int64, r Request) (Result, error) {
	// Asked before the bytes come, so that nobody uploads for nothing, and again after.
	if _, err := s.aim(ctx, name, r); err != nil {
		return Result{}, err
	}
	w, err := s.Lake.Begin(ctx)
	if err != nil {
		return Result{}, err
	}
	defer w.Abort()
	file, err := s.receive(ctx, w, name, body, size, r)
	if err != nil {
		return Result{}, err
	}
	defer func() { <-file.flushed }()
	t, release, err := s.enter(ctx, name, r)
	if err != nil {
		return Result{}, err
	}
	defer release()
	settings := t.settings.over(r)
	if t.same(file.sha256, t.fingerprint(settings)) {
		return s.unchanged(ctx, t, r)
	}
	p, err := s.prepare(ctx, w, t, file.path, file.name, settings, r)
	if err != nil {
		return Result{}, err
	}
	result := p.result(t, r)
	if r.DryRun {
		result.Version.Original = lake.File{Role: lake.RoleOriginal, Name: file.name, Bytes: file.bytes, SHA256: file.sha256}
		return result, nil
	}
	if err := hold(p.Changes, r); err != nil {
		return Result{}, err
	}
	<-file.flushed
	if _, err := w.Add(ctx, lake.RoleOriginal, file.name, file.path, 0, file.sha256); err != nil {
		return Result{}, err
	}
	if err := p.converted.store(ctx, w); err != nil {
		return Result{}, err
	}
	return s.commit(ctx, w, t, p, result, r)
}

// enter waits for its turn on a dataset, and says how it stands then.
func (s *Service) enter(ctx context.Context, name string, r Request) (*target, func(), error) {
	t, err := s.aim(ctx, name, r)
	if err != nil {
		return nil, nil, err
	}
	release, err := s.Lake.Lock(ctx, t.id)
	if err != nil {
		return nil, nil, err
	}
	if t, err = s.aim(ctx, name, r); err != nil {
		release()
		return nil, nil, err
	}
	return t, release, nil
}

// same reports whether bytes and settings are those of the head.
func (t *target) same(sha256, fingerprint string) bool {
	return t.head != nil && t.head.Original.SHA256 == sha256 && t.head.Fingerprint == fingerprint
}

// fingerprint is the digest of the settings.
func (s Settings) fingerprint() string {
	s.Kind = ""
	text, err := json.Marshal(s) // maps are written in the order of their keys
	if err != nil {
		panic(err) // strings and numbers only
	}
	digest := sha256.Sum256(text)
	return hex.EncodeToString(digest[:])
}

// fingerprint is the digest of everything but the bytes that decides what a publication to the target makes of a file:
// the same file is looked at again when the rules of its dataset changed.
func (t *target) fingerprint(s Settings) string {
	if len(t.gate.Schemas) == 0 {
		return s.fingerprint()
	}
	digest := sha256.New()
	fmt.Fprint(digest, s.fingerprint(), t.gate.Policy)
	for _, g := range t.gate.Schemas {
		fmt.Fprint(digest, "\n", g.Name)
	}
	return hex.EncodeToString(digest.Sum(nil))
}

// prepared is a publication that only waits for its commit.
type prepared struct {
	Version   lake.Version  `json:"version"`
	Columns   []Column      `json:"columns"`
	Notes     []format.Note `json:"notes,omitempty"`
	Personal  []Personal    `json:"personal,omitempty"`
	Changes   *Changes      `json:"changes,omitempty"`
	Checked   []Checked     `json:"checked,omitempty"`
	converted converted
}

// Report is what reading the original of a version found.
type Report struct {
	Source   format.Source  `json:"source"`
	Encoding string         `json:"encoding,omitempty"`
	Options  format.Options `json:"options,omitzero"` // every choice made, forced or detected
	Columns  []Column       `json:"columns"`          // without examples, which may be about people
	Notes    []format.Note  `json:"notes,omitempty"`
	Changes  *Changes       `json:"changes,omitempty"` // against the version before
	Checked  []Checked      `json:"checked,omitempty"` // against the schemas that the dataset declares
	Header   []string       `json:"header,omitempty"`  // of the file, when rows of it are set aside
}

// ReportOf returns the report of a version.
func ReportOf(v lake.Version) (Report, error) {
	var report Report
	if len(v.Report) == 0 {
		return report, nil
	}
	if err := json.Unmarshal(v.Report, &report); err != nil {
		return report, fmt.Errorf("ingest: report of version %d of %s: %w", v.Number, v.DatasetUID, err)
	}
	return report, nil
}

// prepare reads, converts and compares a file, in the scratch folder of a write. It answers [PersonalError] as soon as
// the columns are known.
func (s *Service) prepare(ctx context.Context, w *lake.Write, t *target, path, name string, settings Settings, r Request) (*prepared, error) {
	rd, err := s.read(ctx, path, name, w.Dir, settings, t.gate, r)
	if err != nil {
		return nil, err
	}
	if err := rd.mustHaveRows(); err != nil {
		return nil, err
	}
	personal := rd.personal()
	if err := checkPersonal(t, personal, r); err != nil {
		return nil, err
	}
	out, err := s.convert(ctx, w, rd, r)
	if err != nil {
		return nil, err
	}
	out.schema.PrimaryKey = r.Key
	if r.Key == nil && t.dataset != nil {
		out.schema.PrimaryKey = t.dataset.Key
	}
	if err := checkKey(out.schema, r.Key); err != nil {
		return nil, err
	}
	r.tell(StepCheck, 0, 0)
	p := &prepared{Columns: rd.columns, Notes: rd.notes, Personal: personal, Checked: rd.checked, converted: out}
	if t.head != nil {
		if p.Changes, err = s.compare(ctx, *t.head, out.data, out.schema, out.rows); err != nil {
			return nil, err
		}
	}
	fingerprint := t.fingerprint(settings)
	if settings.Kind = rd.source.Kind; r.Once {
		stay := r
		stay.Read = format.Options{}
		settings = t.settings.over(stay)
	}
	p.Version = lake.Version{Rows: out.rows, Schema: out.schema, Quarantine: out.counts, Fingerprint: fingerprint}
	if p.Version.Settings, err = json.Marshal(settings); err != nil {
		return nil, fmt.Errorf("ingest: settings: %w", err)
	}
	report := Report{Source: rd.source, Columns: withoutExamples(rd.columns), Notes: rd.notes, Changes: p.Changes, Checked: rd.checked}
	if rd.aside.Len() > 0 {
		report.Header = rd.text.Header
	}
	if rd.table != nil {
		report.Encoding, report.Options = rd.table.Encoding, rd.table.Options
	}
	if p.Version.Report, err = json.Marshal(report); err != nil {
		return nil, fmt.Errorf("ingest: report: %w", err)
	}
	s.point("prepared")
	return p, nil
}

// withoutExamples leaves out the values of cells: a report lasts longer than the data, which may be erased.
func withoutExamples(columns []Column) []Column {
	bare := make([]Column, len(columns))
	for i, c := range columns {
		c.Examples, c.Offenders = nil, nil
		if c.NearMiss != nil {
			near := *c.NearMiss
			near.Examples = nil
			c.NearMiss = &near
		}
		bare[i] = c
	}
	return bare
}

func (p *prepared) result(t *target, r Request) Result {
	result := Result{Version: p.Version, Created: t.dataset == nil, DryRun: r.DryRun, Columns: p.Columns, Changes: p.Changes,
		Notes: p.Notes, Personal: p.Personal, Checked: p.Checked}
	result.Version.Number = t.base() + 1
	if t.dataset != nil {
		result.Dataset = *t.dataset
	} else {
		result.Dataset.ID, result.Dataset.Title, result.Dataset.Level, result.Dataset.OrgID = t.id, t.title, t.level, t.orgID
	}
	return result
}

// hold stops a publication that loses much, unless somebody said why that is right.
func hold(changes *Changes, r Request) error {
	if !changes.Large() || r.AcceptLoss != "" {
		return nil
	}
	reasons := i18n.Text{}
	for _, reason := range changes.Reasons {
		reasons.FR += " " + reason.FR
		reasons.EN += " " + reason.EN
	}
	return &LossError{Changes: changes, Fault: fault.New(fault.Conflict, "large_loss", i18n.T(
		"Cette version ferait perdre beaucoup de données.%s Si c’est voulu, confirmez-le avec une note que liront les usagers (--accept-loss NOTE).",
		"This version would lose much data.%s If that is intended, confirm it with a note that users will read (--accept-loss NOTE).", reasons)).At("acceptLoss")}
}

// attempts is how often a publication is compared again because another one came first.
const attempts = 3

// commit publishes what was prepared. When another machine published meanwhile, it compares again.
func (s *Service) commit(ctx context.Context, w *lake.Write, t *target, p *prepared, result Result, r Request) (Result, error) {
	r.tell(StepPublish, 0, 0)
	for attempt := 1; ; attempt++ {
		version := p.Version
		version.Note = r.Note
		if p.Changes.Large() {
			version.LossNote = r.AcceptLoss
		}
		published, err := w.Commit(ctx, lake.Publication{Version: version, Base: t.base(), Detail: detail(t, p, r),
			Prepare: func(ctx context.Context, _ *sql.Tx) (string, error) {
				dataset, err := s.save(ctx, t, version.Schema, r)
				result.Dataset = dataset
				return dataset.UID, err
			}})
		if err == nil {
			result.Version, result.Changes, result.Created = published, p.Changes, t.dataset == nil
			r.tell(StepPublish, 1, 1)
			if dataset, err := s.Assets.Get(ctx, t.id); err == nil { // with the dates of this publication
				result.Dataset = dataset
			}
			return result, nil
		}
		if fault.CodeOf(err) != "head_moved" || attempt == attempts {
			return Result{}, err
		}
		if t, err = s.aim(ctx, t.id, r); err != nil {
			return Result{}, err
		}
		if err := s.compareAgain(ctx, w, t, p); err != nil {
			return Result{}, err
		}
		if err := hold(p.Changes, r); err != nil {
			return Result{}, err
		}
	}
}

// compareAgain compares files that are already blobs with a head that moved.
func (s *Service) compareAgain(ctx context.Context, w *lake.Write, t *target, p *prepared) error {
	data, ok := w.File(lake.RoleData)
	if !ok || t.head == nil {
		return errors.New("ingest: nothing to compare")
	}
	path, release, err := w.Local(ctx, data)
	if err != nil {
		return err
	}
	defer release()
	p.Changes, err = s.compare(ctx, *t.head, path, p.Version.Schema, p.Version.Rows)
	return err
}

// detail is what the record says of a publication beside its size.
func detail(t *target, p *prepared, r Request) map[string]any {
	d := map[string]any{"id": t.id, "level": string(t.level)}
	if p.Version.Quarantine.Total() > 0 {
		d["quarantine"] = p.Version.Quarantine.Total()
	}
	if p.Changes.Large() {
		d["lossAccepted"] = true
	}
	if r.Mends > 0 {
		d["mends"] = r.Mends
	}
	if r.Waive {
		d["rulesWaived"] = true
	}
	if len(p.Personal) > 0 && r.ConfirmPersonal {
		names := make([]string, len(p.Personal))
		for i, column := range p.Personal {
			names[i] = column.Name
		}
		d["personalConfirmed"] = names
	}
	return d
}
