package ingest

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/schema"
	"socle/internal/validate"
	"socle/internal/web"
)

// Rows that were set aside come back in two ways, each a draft that its owner looks at before it is published: the same file, when
// a steward judges that they are right after all; or the file with corrected rows in their place.

// maxReason is how long the reason of a judgement may be, in characters.
const maxReason = 2000

// mayGiveBack answers whether the rows that a version set aside can still be given back: those of the head can.
func (v seen) mayGiveBack() error {
	switch {
	case v.Version.Erased != nil:
		return lake.ErrErased
	case v.Version.Quarantine.Aside == 0:
		return fault.New(fault.Conflict, "nothing_set_aside", i18n.T("Aucune ligne de cette version n’est mise de côté.", "No row of this version is set aside."))
	case v.Version.Number != v.Head:
		return fault.New(fault.Conflict, "version_superseded", i18n.T(
			"Une version plus récente est en ligne : rendez les lignes de celle-là.", "A later version is online: give back the rows of that one."))
	}
	return nil
}

// mendable reports whether corrected rows can take the place of those set aside: the file is a table of text.
func (v seen) mendable() bool {
	return v.Report.Source.Kind == format.CSV || v.Report.Source.Kind == format.TSV
}

// GiveBack stages the file of the head of a dataset again, to publish the rows that it set aside as they are. Only a steward may
// judge so; reason is why, which readers see.
func (s *Service) GiveBack(ctx context.Context, id, reason string) (Draft, error) {
	v, err := s.findVersion(ctx, id, 0)
	if err == nil {
		err = v.mayGiveBack()
	}
	if err == nil {
		err = s.Access.Can(ctx, identity.From(ctx), access.Steward, v.Dataset.Asset)
	}
	if err != nil {
		return Draft{}, err
	}
	switch reason = strings.TrimSpace(reason); {
	case reason == "":
		return Draft{}, fault.New(fault.Invalid, "reason_required", i18n.T("Dites pourquoi ces lignes sont justes : les lecteurs le verront.", "Say why these rows are right: readers will see it.")).At("motif")
	case utf8.RuneCountInString(reason) > maxReason:
		return Draft{}, fault.New(fault.TooLarge, "text_too_long", i18n.T("Ce motif est trop long : au plus %d caractères.", "This reason is too long: at most %d characters.", maxReason)).At("motif")
	}
	original, err := s.Lake.Open(ctx, v.Version, v.Version.Original)
	if err != nil {
		return Draft{}, err
	}
	defer original.Close()
	return s.stage(ctx, v.Version.Original.Name, original, v.Version.Original.Bytes, Request{ID: v.Dataset.ID, Waive: true, Note: reason, Mends: v.Version.Number})
}

// Mend stages the file of the head of a dataset with the rows of another in the place of those set aside: those that stay come
// first, in their order. The columns of the other file must be those of the first.
func (s *Service) Mend(ctx context.Context, id, name string, corrected io.Reader) (Draft, error) {
	v, err := s.findVersion(ctx, id, 0)
	if err == nil {
		err = v.mayGiveBack()
	}
	if err == nil {
		err = s.Access.Can(ctx, identity.From(ctx), access.Publish, v.Dataset.Asset)
	}
	if err != nil {
		return Draft{}, err
	}
	if !v.mendable() {
		return Draft{}, fault.New(fault.Invalid, "not_a_text_table", i18n.T(
			"Le fichier de cette version n’est pas un CSV : corrigez les lignes dans le fichier lui-même, et publiez-le à nouveau.",
			"The file of this version is no CSV: correct the rows in the file itself, and publish it again.")).At("file")
	}
	w, err := s.Lake.Begin(ctx)
	if err != nil {
		return Draft{}, err
	}
	defer w.Abort()
	whole, rows, err := s.mended(ctx, w, v, name, corrected)
	if err != nil {
		return Draft{}, err
	}
	file, err := os.Open(whole)
	if err != nil {
		return Draft{}, fmt.Errorf("ingest: mend: %w", err)
	}
	defer file.Close()
	note := i18n.T("Lignes mises de côté par la version %d, corrigées : %d.", "Rows set aside by version %d, corrected: %d.", v.Version.Number, rows)
	return s.stage(ctx, stem(v.Version.Original.Name)+".csv", file, -1, Request{ID: v.Dataset.ID, Note: note.In(i18n.From(ctx)), Mends: v.Version.Number, Once: true,
		Read: format.Options{Encoding: "utf-8", Delimiter: ";", Quote: `"`, HeaderRow: 1, Sheet: Automatic, Member: Automatic}})
}

// mended writes the file of a version with corrected rows in the place of those set aside, and returns how many those are.
func (s *Service) mended(ctx context.Context, w *lake.Write, v seen, name string, corrected io.Reader) (whole string, rows int64, err error) {
	original, err := s.Lake.Open(ctx, v.Version, v.Version.Original)
	if err != nil {
		return "", 0, err
	}
	defer original.Close()
	before, err := tableOf(ctx, w, "before", v.Version.Original.Name, original, v.Report.Options)
	if err != nil {
		return "", 0, err
	}
	after, err := tableOf(ctx, w, "after", cleanName(name), corrected, format.Options{Limits: format.Limits{Columns: s.options.Columns, Unwrapped: s.options.Unwrapped}})
	if err != nil {
		return "", 0, err
	}
	places, err := sameColumns(before.Header, after.Header)
	if err != nil {
		return "", 0, err
	}
	file, err := os.Create(filepath.Join(w.Dir, "mended.csv"))
	if err != nil {
		return "", 0, fmt.Errorf("ingest: mend: %w", err)
	}
	defer file.Close()
	out := csv.NewWriter(file)
	out.Comma = ';'
	_ = out.Write(before.Header) // the error comes back from Flush
	if err := s.writeKept(ctx, out, v.Version, before); err != nil {
		return "", 0, err
	}
	for row, err := range after.Rows(ctx) {
		if err != nil {
			return "", 0, err
		}
		record := make([]string, len(before.Header))
		for i, at := range places {
			if at < len(row.Cells) {
				record[i] = row.Cells[at].Text
			}
		}
		for _, extra := range row.Extra {
			record = append(record, extra.Text)
		}
		_ = out.Write(record)
		rows++
	}
	if rows == 0 {
		return "", 0, fault.New(fault.Invalid, "header_only", i18n.T("Ce fichier n’a aucune ligne à rendre.", "This file has no row to give back.")).At("file")
	}
	out.Flush()
	return file.Name(), rows, out.Error()
}

// writeKept writes the rows of a table that were not set aside.
func (s *Service) writeKept(ctx context.Context, out *csv.Writer, version lake.Version, table *format.Table) error {
	next, stop := iter.Pull2(s.Quarantine(ctx, version))
	defer stop()
	var aside int64 // number of the next row set aside, 0 when there is none left
	advance := func() error {
		entry, err, more := next()
		aside = 0
		if more && err == nil && entry.Kind == SetAside { // they come first in the list
			aside = entry.Row
		}
		return err
	}
	if err := advance(); err != nil {
		return err
	}
	for row, err := range table.Rows(ctx) {
		if err != nil {
			return err
		}
		if row.Number == aside {
			if err := advance(); err != nil {
				return err
			}
			continue
		}
		var record []string
		for _, cells := range [][]format.Cell{row.Cells, row.Extra} {
			for _, c := range cells {
				record = append(record, c.Text)
			}
		}
		_ = out.Write(record)
	}
	return nil
}

// tableOf keeps a file in the folder of a write, and opens it.
func tableOf(ctx context.Context, w *lake.Write, part, name string, body io.Reader, options format.Options) (*format.Table, error) {
	folder, err := os.MkdirTemp(w.Dir, part+"-")
	if err != nil {
		return nil, fmt.Errorf("ingest: mend: %w", err)
	}
	file, err := os.Create(filepath.Join(folder, "file"+strings.ToLower(path.Ext(name))))
	if err != nil {
		return nil, fmt.Errorf("ingest: mend: %w", err)
	}
	_, err = io.Copy(file, body)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, explainReceive(err)
	}
	source, err := format.Detect(ctx, file.Name(), name)
	if err == nil && source.Wrapped() {
		source, err = format.Unwrap(ctx, source, folder, options)
	}
	if err != nil {
		return nil, err
	}
	if source.Kind == format.Parquet {
		return nil, fault.New(fault.Invalid, "not_a_text_table", i18n.T("Rendez les lignes corrigées en CSV ou dans un tableur.", "Give the corrected rows back as CSV or in a spreadsheet.")).At("file")
	}
	return format.Open(ctx, source, folder, options, nil)
}

// sameColumns says where the columns of a table are in another, which must have the same, in whatever order.
func sameColumns(want, got []string) ([]int, error) {
	places := make([]int, len(want))
	taken := make([]bool, len(got))
	for i, label := range want {
		places[i] = -1
		for j, other := range got {
			if !taken[j] && schema.Name(other) == schema.Name(label) {
				places[i], taken[j] = j, true
				break
			}
		}
		if places[i] < 0 {
			return nil, fault.New(fault.Invalid, "columns_differ", i18n.T(
				"La colonne « %s » manque. Gardez les colonnes du fichier des lignes mises de côté : %s.", "The column “%s” is missing. Keep the columns of the file of rows set aside: %s.",
				label, strings.Join(want, ", "))).At("file")
		}
	}
	if at := slices.Index(taken, false); at >= 0 {
		return nil, fault.New(fault.Invalid, "columns_differ", i18n.T(
			"La colonne « %s » n’est pas du fichier d’origine. Gardez ses colonnes : %s.", "The column “%s” is not of the original file. Keep its columns: %s.",
			got[at], strings.Join(want, ", "))).At("file")
	}
	return places, nil
}

// waive lets the rows that break a rule of a dataset pass, when a steward judged them right.
func (s *Service) waive(ctx context.Context, t *target, r Request) error {
	if !r.Waive || t.dataset == nil || t.gate.Policy != validate.SetAside {
		return nil
	}
	if err := s.Access.Can(ctx, identity.From(ctx), access.Steward, t.dataset.Asset); err != nil {
		return err
	}
	t.gate.Policy = validate.Warn
	return nil
}

// giveBack receives the judgement of a steward.
func (s *Service) giveBack(w http.ResponseWriter, r *http.Request) error {
	v, err := s.version(r)
	if err == nil {
		err = v.mayGiveBack()
	}
	if err != nil {
		return err
	}
	draft, err := s.GiveBack(r.Context(), v.Dataset.ID, r.PostFormValue("motif"))
	if found, ok := web.FormError(err); ok {
		return s.renderQuarantine(w, r, v, found, r.PostFormValue("motif"), fault.KindOf(err).Status())
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, draftPath(draft.ID))
}

// mend receives corrected rows.
func (s *Service) mend(w http.ResponseWriter, r *http.Request) error {
	v, err := s.version(r)
	if err == nil {
		err = v.mayGiveBack()
	}
	if err != nil {
		return err
	}
	web.LimitBody(w, r, s.options.MaxBytes+1<<20)
	draft, err := s.receiveMended(r, v.Dataset.ID)
	if found, ok := web.FormError(err); ok {
		return s.renderQuarantine(w, r, v, found, "", fault.KindOf(err).Status())
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, draftPath(draft.ID))
}

func (s *Service) receiveMended(r *http.Request, id string) (Draft, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return Draft{}, fault.New(fault.Invalid, "form_unreadable", i18n.T("Le formulaire n’a pas pu être lu.", "The form could not be read.")).Because(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return Draft{}, fault.New(fault.Invalid, "file_required", i18n.T("Choisissez le fichier des lignes corrigées.", "Choose the file of the corrected rows.")).At("file")
		}
		if err != nil {
			return Draft{}, explainReceive(err)
		}
		if part.FormName() == "file" && part.FileName() != "" {
			return s.Mend(r.Context(), id, part.FileName(), part)
		}
	}
}

// givingBack is what the page of a quarantine offers to do with the rows set aside.
type givingBack struct {
	Mend   bool // the reader may publish corrected rows
	Judge  bool // the reader may judge the rows right
	Text   bool // the file is one whose rows can be replaced
	Reason string
	Errors web.FormErrors
}

func (s *Service) givingBack(ctx context.Context, v seen, found web.FormErrors, reason string) givingBack {
	g := givingBack{Text: v.mendable(), Reason: reason, Errors: found}
	if v.mayGiveBack() == nil {
		who := identity.From(ctx)
		g.Mend = s.Access.Can(ctx, who, access.Publish, v.Dataset.Asset) == nil
		g.Judge = s.Access.Can(ctx, who, access.Steward, v.Dataset.Asset) == nil
	}
	return g
}

// sheetTypes are the files that corrected rows may come in.
const sheetTypes = ".csv,.tsv,.txt,.xlsx,.ods,.gz,.zip"
