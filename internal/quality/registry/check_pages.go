package registry

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// checkPages is the table of the pages where a file is held against a schema. Anybody may; the address of a report is
// known to who sent the file.
func (s *Service) checkPages() web.Routes {
	return web.Routes{
		{Pattern: "GET " + pathValidate, Permission: access.Public, Handler: s.showValidate},
		{Pattern: "POST " + pathValidate, Permission: access.Public, Handler: s.validate},
		{Pattern: "GET /valider/{check}", Permission: access.Public, Handler: s.showCheck},
		{Pattern: "POST /valider/{check}/suite", Permission: access.Public, Handler: s.continueCheck},
		{Pattern: "GET /valider/{check}/fautes.csv", Permission: access.Public, Handler: s.giveFile(roleList)},
		{Pattern: "GET /valider/{check}/corrige.csv", Permission: access.Public, Handler: s.giveFile(roleMended)},
	}
}

func checkPath(id string, page ...string) string {
	return pathValidate + "/" + strings.Join(append([]string{url.PathEscape(id)}, page...), "/")
}

// asking is the form that sends a file to check.
type asking struct {
	Chosen  string // name of a schema
	Address string // of a schema elsewhere
	File    string // address of the file
	Schemas []ui.Option
	Limit   int64
	Errors  web.FormErrors
}

func (s *Service) showValidate(w http.ResponseWriter, r *http.Request) error {
	return s.renderValidate(w, r, asking{Chosen: r.URL.Query().Get("schema")}, http.StatusOK)
}

func (s *Service) renderValidate(w http.ResponseWriter, r *http.Request, page asking, status int) error {
	ctx := r.Context()
	all, err := s.List(ctx, "")
	if err != nil {
		return err
	}
	page.Schemas = []ui.Option{{Value: "", Label: i18n.S(ctx, "Aucun : vérifier les formes seulement", "None: check the forms only")}}
	for _, schema := range all {
		if schema.Kind == TableSchema {
			page.Schemas = append(page.Schemas, ui.Option{Value: schema.Ref.String(), Label: schema.Title + " (" + schema.Ref.String() + ")"})
		}
	}
	page.Limit = s.fileLimit(ctx)
	title := i18n.S(ctx, "Vérifier un fichier", "Check a file")
	info := web.PageInfo{Title: title, Active: "schemas", Crumbs: []ui.Crumb{{Label: i18n.S(ctx, "Schémas", "Schemas"), URL: pathSchemas}, {Label: title}}}
	return web.Render(w, r, status, validatePage(info, page))
}

// fileLimit is how large a file somebody may send: less for those whom nobody knows.
func (s *Service) fileLimit(ctx context.Context) int64 {
	if signedIn(ctx) {
		return s.options.MaxFile
	}
	return min(s.options.MaxFile, 100_000_000)
}

// against is the schema that a file is held against.
type against struct {
	name, title, document string // all empty: inferred from the file
}

// validate receives a file and holds it against the schema chosen.
func (s *Service) validate(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if s.options.Limit != nil {
		if err := s.options.Limit(w, r); err != nil {
			return err
		}
	}
	web.LimitBody(w, r, s.fileLimit(ctx)+1<<20)
	web.Stream(w)
	write, err := s.Lake.Begin(ctx)
	if err != nil {
		return err
	}
	defer write.Abort()
	form, file, err := receiveForm(r, write.Dir)
	if err != nil {
		return err
	}
	c, err := s.startFrom(ctx, write, form, file)
	if found, ok := web.FormError(err); ok {
		page := asking{Chosen: form.Get("schema"), Address: form.Get("adresse-schema"), File: form.Get("adresse"), Errors: onlyOf(found, "file", "adresse", "schema", "adresse-schema")}
		return s.renderValidate(w, r, page, fault.KindOf(err).Status())
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, checkPath(c.ID))
}

func (s *Service) startFrom(ctx context.Context, write *lake.Write, form url.Values, file received) (Check, error) {
	held, err := s.against(ctx, form.Get("schema"), form.Get("adresse-schema"))
	if err != nil {
		return Check{}, err
	}
	if file.Path == "" && form.Get("adresse") != "" {
		if file, err = s.fetchFile(ctx, form.Get("adresse"), write.Dir); err != nil {
			return Check{}, at(err, "adresse")
		}
	}
	if file.Path == "" {
		return Check{}, fault.New(fault.Invalid, "file_required", i18n.T("Choisissez un fichier, ou donnez son adresse.",
			"Choose a file, or give its address.")).At("file")
	}
	return s.StartCheck(ctx, write, file, held)
}

// against finds a schema by its name or its address.
func (s *Service) against(ctx context.Context, name, address string) (against, error) {
	switch {
	case address != "":
		document, err := s.Fetch(ctx, address)
		if err != nil {
			return against{}, at(err, "adresse-schema")
		}
		about, err := s.inspect(document)
		if err == nil && about.Kind != TableSchema {
			err = notTable(about.Kind)
		}
		return against{address, firstOf(about.Title, about.Name, address), string(document)}, at(err, "adresse-schema")
	case name != "":
		ref, number, err := ParseRef(name)
		if err != nil {
			return against{}, err
		}
		schema, v, err := s.Version(ctx, ref, number)
		if err == nil && v.Kind != TableSchema {
			err = notTable(v.Kind)
		}
		return against{schema.Ref.String() + "@" + v.Number, v.Title, string(v.Document)}, at(err, "schema")
	}
	return against{}, nil
}

func notTable(kind Kind) error {
	return fault.New(fault.Invalid, "schema_kind", i18n.T("Ce schéma est un %s : seul un Table Schema se confronte à un fichier ici.",
		"This schema is a %s: only a Table Schema is held against a file here.", kind.Label())).At("schema")
}

// fetchFile brings the file at an address.
func (s *Service) fetchFile(ctx context.Context, address, folder string) (received, error) {
	response, err := s.Outbound.Fetch(ctx, address)
	if err != nil {
		return received{}, err
	}
	defer response.Body.Close()
	limit := s.fileLimit(ctx)
	file, err := keep(folder, response.Name, io.LimitReader(response.Body, limit+1))
	if err != nil {
		return received{}, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return received{}, err
	}
	if info.Size() > limit {
		return received{}, fault.New(fault.TooLarge, "file_too_large", i18n.T("Le fichier dépasse la taille acceptée, %s.",
			"The file is larger than what is accepted, %s.", bytesText(limit)))
	}
	return received{Name: response.Name, Path: file}, nil
}

// checked is the page of a check.
type checked struct {
	Check
	Groups  []validate.Group
	Table   *frictionless.Schema // nil when the schema was inferred
	Program *validate.Program    // of the table, where there are faults; nil when the schema was inferred
	Job     *jobs.Status
	Sort    string
	All     bool  // every example that is kept
	Limit   int64 // of the file that comes after
}

// Ways to sort a report.
const (
	sortPlace = ""       // in the order in which to mend them
	sortRule  = "regle"  // by rule
	sortCount = "nombre" // the most frequent first
)

func (s *Service) showCheck(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	c, err := s.Check(ctx, r.PathValue("check"))
	if err != nil {
		return err
	}
	page := checked{Check: c, Sort: r.URL.Query().Get("tri"), All: r.URL.Query().Get("exemples") == "tous", Limit: s.fileLimit(ctx)}
	if c.Document != "" {
		if page.Table, err = frictionless.Parse([]byte(c.Document)); err != nil {
			return err
		}
	}
	if c.Report != nil && !c.Report.Valid {
		page.Groups = sorted(c.Report.Errors, page.Sort, i18n.From(ctx))
		if page.Table != nil {
			if page.Program, err = validate.Compile(ctx, page.Table, validate.Options{}); err != nil {
				return err
			}
		}
	}
	if c.State == CheckWorking {
		w.Header().Set("Refresh", "2")
		if s.jobs != nil && c.JobID != 0 {
			if status, err := s.jobs.Status(ctx, c.JobID); err == nil {
				page.Job = &status
			} else if !fault.Is(err, fault.NotFound) {
				return err
			}
		}
	}
	title := i18n.S(ctx, "Vérification de %s", "Check of %s", c.Name)
	info := web.PageInfo{Title: title, Active: "schemas", NoIndex: true, Crumbs: []ui.Crumb{{Label: i18n.S(ctx, "Schémas", "Schemas"), URL: pathSchemas},
		{Label: i18n.S(ctx, "Vérifier un fichier", "Check a file"), URL: pathValidate}, {Label: c.Name}}}
	return web.Render(w, r, http.StatusOK, checkPage(info, page))
}

// sorted orders the groups of a report.
func sorted(groups []validate.Group, by string, lang i18n.Lang) []validate.Group {
	groups = slices.Clone(groups)
	switch by {
	case sortPlace:
		slices.SortStableFunc(groups, func(a, b validate.Group) int { return cmp.Compare(turn(a), turn(b)) })
	case sortRule:
		slices.SortStableFunc(groups, func(a, b validate.Group) int { return strings.Compare(a.Title.In(lang), b.Title.In(lang)) })
	case sortCount:
		slices.SortStableFunc(groups, func(a, b validate.Group) int { return cmp.Compare(b.Count, a.Count) })
	}
	return groups
}

// turn says when to mend the faults of a group: rows that are none, or whose values are in other columns, since they make
// many others, and would lose a value with a column that goes; the header; the cells; what rows must satisfy as a whole.
func turn(g validate.Group) int {
	switch {
	case slices.Contains([]string{"blank-row", "repeated-header", validate.ShiftedRow}, g.Rule):
		return 0
	case slices.Contains(g.Tags, "#header") || slices.Contains(g.Tags, "#file"):
		return 1
	case g.Rule == "extra-cell" || g.Rule == "missing-cell":
		return 2
	case g.Field != "":
		return 3
	}
	return 4
}

// giveFile gives a file of a check.
func (s *Service) giveFile(role lake.Role) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := s.Check(r.Context(), r.PathValue("check"))
		if err != nil {
			return err
		}
		i := slices.IndexFunc(c.Files, func(f lake.File) bool { return f.Role == role })
		if i < 0 {
			return noCheck()
		}
		file, err := s.Lake.Open(r.Context(), lake.Version{}, c.Files[i])
		if err != nil {
			return err
		}
		defer file.Close()
		name := mendedName(c.Name)
		if role == roleList {
			name = strings.TrimSuffix(filepath.Base(c.Name), path.Ext(c.Name)) + "-" + c.Files[i].Name
		}
		h := w.Header()
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		h.Set("Content-Length", fmt.Sprint(c.Files[i].Bytes))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "private, no-store")
		web.Stream(w)
		_, _ = io.Copy(w, file) // the reader may have left; there is nobody to tell
		return nil
	}
}
