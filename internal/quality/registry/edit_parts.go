package registry

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// documenting is the page where a document is edited as text.
type documenting struct {
	Draft
	Text     string
	Problems []frictionless.Problem
	Error    i18n.Text
}

func (s *Service) editDocument(w http.ResponseWriter, r *http.Request) error {
	d, err := s.Draft(r.Context(), r.PathValue("draft"))
	if err != nil {
		return err
	}
	return s.renderDocument(w, r, documenting{Draft: d, Text: d.Document}, http.StatusOK)
}

func (s *Service) renderDocument(w http.ResponseWriter, r *http.Request, page documenting, status int) error {
	title := i18n.T("Document JSON", "JSON document").In(i18n.From(r.Context()))
	return web.Render(w, r, status, documentPage(s.editInfo(r, title, s.newCrumb(r), ui.Crumb{Label: firstOf(page.Draft.Title(), "…"), URL: draftPath(page.ID)}), page))
}

// saveDocument keeps what was typed. What is no schema is shown again with every problem.
func (s *Service) saveDocument(w http.ResponseWriter, r *http.Request) error {
	web.LimitBody(w, r, 2*s.options.MaxBytes+1<<20) // typed text comes encoded
	if err := r.ParseForm(); err != nil {
		return cut(err)
	}
	d, err := s.Draft(r.Context(), r.PathValue("draft"))
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(r.PostForm.Get("document"), "\r\n", "\n")
	changed := d
	if text != strings.ReplaceAll(d.Document, "\r\n", "\n") { // looking at it changes nothing
		changed.Document, changed.Origin = text, ""
	}
	err = s.Save(r.Context(), changed)
	var e *fault.Error
	if errors.As(err, &e) && (e.Kind == fault.Invalid || e.Kind == fault.TooLarge) {
		return s.renderDocument(w, r, documenting{Draft: d, Text: text, Problems: frictionless.ProblemsOf(err), Error: e.Message}, e.Kind.Status())
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, draftPath(d.ID))
}

// fielding is the page of one field of a draft.
type fielding struct {
	Draft  Draft
	Index  string // its place from 0, "nouveau" for one to add
	Field  *frictionless.Field
	Errors web.FormErrors
}

const newField = "nouveau"

// fieldAt returns the field that an address names.
func fieldAt(r *http.Request, t *frictionless.Schema) (*frictionless.Field, int, error) {
	text := r.PathValue("field")
	if text == newField {
		return &frictionless.Field{Type: frictionless.String}, len(t.Fields), nil
	}
	index, err := strconv.Atoi(text)
	if err != nil || index < 0 || index >= len(t.Fields) {
		return nil, 0, fault.New(fault.NotFound, "field_not_found", i18n.T("Ce champ n’existe pas.", "This field does not exist."))
	}
	return &t.Fields[index], index, nil
}

func (s *Service) editField(w http.ResponseWriter, r *http.Request) error {
	d, t, err := s.edited(r)
	if err != nil {
		return err
	}
	f, _, err := fieldAt(r, t)
	if err != nil {
		return err
	}
	return s.renderField(w, r, fielding{Draft: d, Index: r.PathValue("field"), Field: f}, http.StatusOK)
}

func (s *Service) renderField(w http.ResponseWriter, r *http.Request, page fielding, status int) error {
	title := firstOf(page.Field.Name, i18n.T("Nouveau champ", "New field").In(i18n.From(r.Context())))
	return web.Render(w, r, status, fieldPage(s.editInfo(r, title, s.newCrumb(r), ui.Crumb{Label: firstOf(page.Draft.Title(), "…"), URL: draftPath(page.Draft.ID)}), page))
}

func (s *Service) saveField(w http.ResponseWriter, r *http.Request) error {
	web.LimitBody(w, r, formBytes)
	if err := r.ParseForm(); err != nil {
		return cut(err)
	}
	d, t, err := s.edited(r)
	if err != nil {
		return err
	}
	f, index, err := fieldAt(r, t)
	if err != nil {
		return err
	}
	changed := *f
	changed.Extra = slices.Clone(f.Extra)
	err = readField(&changed, t, r.PostForm)
	if err == nil && slices.ContainsFunc(t.Fields, func(o frictionless.Field) bool { return o.Name == changed.Name && o.Name != f.Name }) {
		err = fault.New(fault.Invalid, "field_name_taken", i18n.T("Un autre champ s’appelle déjà « %s ».", "Another field is already called “%s”.", changed.Name)).At("nom")
	}
	if err == nil {
		before := f.Name
		if index == len(t.Fields) {
			t.Fields = append(t.Fields, changed)
		} else {
			t.Fields[index] = changed
			rename(t, before, changed.Name)
		}
		err = s.saveTable(r.Context(), d, t)
	}
	if err == nil {
		if _, wrong := validate.Compile(r.Context(), &frictionless.Schema{Fields: []frictionless.Field{changed}}, validate.Options{}); wrong != nil {
			// Kept, so that nothing typed is lost, and said at once: the schema cannot be published so.
			return s.renderField(w, r, fielding{Draft: d, Index: strconv.Itoa(index), Field: &changed, Errors: besideInputs(wrong)}, http.StatusUnprocessableEntity)
		}
		if r.PostForm.Get("action") == "suivant" {
			return web.Redirect(w, r, draftPath(d.ID, "champs", newField))
		}
		return web.Redirect(w, r, draftPath(d.ID)+"#champs")
	}
	if found, ok := web.FormError(err); ok {
		errors := onlyOf(found, "nom", "categories", "longueur-min", "longueur-max")
		if len(frictionless.ProblemsOf(err)) > 0 {
			errors = besideInputs(err)
		}
		return s.renderField(w, r, fielding{Draft: d, Index: r.PathValue("field"), Field: &changed, Errors: errors}, fault.KindOf(err).Status())
	}
	return err
}

// ruling is the page where a rule between columns is added.
type ruling struct {
	Draft  Draft
	Table  *frictionless.Schema
	Errors web.FormErrors
}

func (s *Service) editRule(w http.ResponseWriter, r *http.Request) error {
	d, t, err := s.edited(r)
	if err != nil {
		return err
	}
	return s.renderRule(w, r, ruling{Draft: d, Table: t}, http.StatusOK)
}

func (s *Service) renderRule(w http.ResponseWriter, r *http.Request, page ruling, status int) error {
	title := i18n.T("Nouvelle règle entre colonnes", "New rule between columns").In(i18n.From(r.Context()))
	return web.Render(w, r, status, rulePage(s.editInfo(r, title, s.newCrumb(r), ui.Crumb{Label: firstOf(page.Draft.Title(), "…"), URL: draftPath(page.Draft.ID)}), page))
}

func (s *Service) saveRule(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return cut(err)
	}
	d, t, err := s.edited(r)
	if err != nil {
		return err
	}
	check, err := readRule(r.PostForm)
	if err == nil {
		t.CustomChecks = append(t.CustomChecks, check)
		err = s.saveTable(r.Context(), d, t)
	}
	if found, ok := web.FormError(err); ok {
		return s.renderRule(w, r, ruling{Draft: d, Table: t, Errors: found}, fault.KindOf(err).Status())
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, draftPath(d.ID)+"#regles")
}
