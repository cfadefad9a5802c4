package registry

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// The kinds of key that the editor adds. The key that identifies a row is with the presentation of the schema.
const (
	keyUnique  = "unique"
	keyForeign = "renvoi"
)

// ownTable is the target of a reference to the same file.
const ownTable = "."

// referredName is the property of a foreign key that names the schema of the registry that it refers to. The standard only
// names the file of a package.
const referredName = "schema"

// mostPairs is how many fields the form of a reference joins at once.
const mostPairs = 3

// keying is the page where a key is added.
type keying struct {
	Draft   Draft
	Table   *frictionless.Schema
	Targets []ui.Option
	Target  string               // "" until it is chosen
	Title   string               // of the target
	Other   *frictionless.Schema // of the target
	Form    url.Values
	Errors  web.FormErrors
}

func (s *Service) editKey(w http.ResponseWriter, r *http.Request) error {
	d, t, err := s.edited(r)
	if err != nil {
		return err
	}
	return s.renderKey(w, r, keying{Draft: d, Table: t, Target: r.URL.Query().Get("vers")}, http.StatusOK)
}

func (s *Service) renderKey(w http.ResponseWriter, r *http.Request, page keying, status int) error {
	ctx := r.Context()
	own := Ref{page.Draft.Org, page.Draft.Name}
	all, err := s.List(ctx, "")
	if err != nil {
		return err
	}
	page.Targets = []ui.Option{{Value: ownTable, Label: i18n.S(ctx, "Une autre ligne de ce même fichier", "Another row of the same file")}}
	for _, schema := range all {
		if schema.Kind == TableSchema && schema.Ref != own {
			page.Targets = append(page.Targets, ui.Option{Value: schema.Ref.String(), Label: schema.Title + " (" + schema.Ref.String() + ")"})
		}
	}
	if page.Target != "" && page.Other == nil {
		page.Other, page.Title, err = s.target(ctx, page.Draft, page.Table, page.Target)
		if found, ok := web.FormError(err); ok {
			page.Errors, page.Other, status = onlyOf(found, "vers"), nil, fault.KindOf(err).Status()
		} else if err != nil {
			return err
		}
	}
	title := i18n.T("Nouvelle clé", "New key").In(i18n.From(ctx))
	return web.Render(w, r, status, keyPage(s.editInfo(r, title, s.newCrumb(r), ui.Crumb{Label: firstOf(page.Draft.Title(), "…"), URL: draftPath(page.Draft.ID)}), page))
}

// target is the table that a reference leads to. It answers Invalid when it leads back to the draft.
func (s *Service) target(ctx context.Context, d Draft, t *frictionless.Schema, name string) (*frictionless.Schema, string, error) {
	if name == ownTable {
		return t, i18n.S(ctx, "ce même fichier", "the same file"), nil
	}
	ref, _, err := ParseRef(name)
	if err != nil {
		return nil, "", at(err, "vers")
	}
	other, version, err := s.table(ctx, ref)
	if err != nil {
		return nil, "", at(err, "vers")
	}
	return other, version.Title, s.acyclic(ctx, Ref{d.Org, d.Name}, []Ref{ref})
}

// table is the latest version of a Table Schema of the registry.
func (s *Service) table(ctx context.Context, ref Ref) (*frictionless.Schema, Version, error) {
	_, v, err := s.Version(ctx, ref, Latest)
	if err == nil && v.Kind != TableSchema {
		err = notTable(v.Kind)
	}
	if err != nil {
		return nil, v, err
	}
	t, err := frictionless.Parse(v.Document)
	return t, v, err
}

// referred are the schemas of the registry that a table refers to.
func referred(t *frictionless.Schema) []Ref {
	var list []Ref
	for _, key := range t.ForeignKeys {
		if ref, _, err := ParseRef(key.Extra.Text(referredName)); err == nil {
			list = append(list, ref)
		}
	}
	return list
}

// acyclic refuses references that lead back to the schema that makes them: neither file could be filled in first.
func (s *Service) acyclic(ctx context.Context, from Ref, to []Ref) error {
	if from.Owner == "" || from.Name == "" {
		return nil // nothing refers to what has no name yet
	}
	before := map[Ref]Ref{} // by which schema each was met
	for _, ref := range to {
		before[ref] = from
	}
	for len(to) > 0 {
		at := to[0]
		to = to[1:]
		if at == from {
			return cyclic(from, before)
		}
		t, _, err := s.table(ctx, at)
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
			continue // it leads nowhere
		}
		if err != nil {
			return err
		}
		for _, next := range referred(t) {
			if _, met := before[next]; !met {
				before[next] = at
				to = append(to, next)
			}
		}
	}
	return nil
}

// cyclic says the way that leads back.
func cyclic(from Ref, before map[Ref]Ref) error {
	way := []string{from.String()}
	for at := before[from]; at != from; at = before[at] {
		way = append(way, at.String())
	}
	way = append(way, from.String())
	slices.Reverse(way)
	return fault.New(fault.Invalid, "keys_cyclic", i18n.T("Ces schémas renvoient l’un à l’autre (%s) : aucun des deux fichiers ne pourrait être rempli le premier. Retirez l’un des deux renvois.",
		"These schemas refer to each other (%s): neither file could be filled in first. Remove one of the two references.", strings.Join(way, " → "))).At("vers")
}

func (s *Service) saveKey(w http.ResponseWriter, r *http.Request) error {
	web.LimitBody(w, r, formBytes)
	if err := r.ParseForm(); err != nil {
		return cut(err)
	}
	ctx := r.Context()
	d, t, err := s.edited(r)
	if err != nil {
		return err
	}
	page := keying{Draft: d, Table: t, Form: r.PostForm}
	if r.PostForm.Get("cle") == keyUnique {
		err = readUnique(t, r.PostForm["colonnes"])
	} else {
		page.Target = r.PostForm.Get("vers")
		if page.Other, page.Title, err = s.target(ctx, d, t, page.Target); err == nil {
			err = readReference(t, page, r.PostForm)
		} else {
			page.Other = nil
		}
	}
	if err == nil {
		err = s.saveTable(ctx, d, t)
	}
	if found, ok := web.FormError(err); ok {
		page.Errors = found
		return s.renderKey(w, r, page, fault.KindOf(err).Status())
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, draftPath(d.ID)+"#cles")
}

// readUnique adds a key of the columns chosen.
func readUnique(t *frictionless.Schema, columns []string) error {
	wrong := func(fr, en string) error {
		return fault.New(fault.Invalid, "key_incomplete", i18n.T(fr, en)).At("colonnes")
	}
	columns = slices.DeleteFunc(slices.Clone(columns), func(name string) bool { return t.Field(name) == nil })
	switch {
	case len(columns) == 0:
		return wrong("Choisissez au moins deux champs.", "Choose at least two fields.")
	case len(columns) == 1:
		return wrong("Choisissez au moins deux champs. Pour un seul, cochez « Sans doublon » dans la page du champ.", "Choose at least two fields. For one alone, tick “No duplicates” on the page of the field.")
	case slices.ContainsFunc(t.UniqueKeys, func(key []string) bool { return slices.Equal(key, columns) }):
		return wrong("Cette clé est déjà là.", "This key is already there.")
	}
	t.UniqueKeys = append(t.UniqueKeys, columns)
	t.Profile = frictionless.TableSchemaV2 // version 1 has no unique keys
	return nil
}

func pairName(side string, i int) string { return side + "-" + strconv.Itoa(i) }

// readReference adds a reference from fields of the draft to as many of the target.
func readReference(t *frictionless.Schema, page keying, form url.Values) error {
	wrong := func(field string, message i18n.Text) error {
		return fault.New(fault.Invalid, "key_incomplete", message).At(field)
	}
	var key frictionless.ForeignKey
	for i := 1; i <= mostPairs; i++ {
		own, other := t.Field(form.Get(pairName("champ", i))), page.Other.Field(form.Get(pairName("cible", i)))
		switch {
		case own == nil && other == nil:
			continue
		case own == nil:
			return wrong(pairName("champ", i), i18n.T("Choisissez le champ de ce schéma.", "Choose the field of this schema."))
		case other == nil:
			return wrong(pairName("cible", i), i18n.T("Choisissez le champ où la valeur doit se trouver.", "Choose the field where the value must be found."))
		case page.Target == ownTable && own.Name == other.Name:
			return wrong(pairName("cible", i), i18n.T("Un champ ne renvoie pas à lui-même : toute valeur y serait toujours.", "A field does not refer to itself: every value would always be there."))
		case own.Type != other.Type:
			return wrong(pairName("cible", i), i18n.T("« %s » est de type « %s », et « %s » de type « %s » : leurs valeurs ne seront jamais les mêmes.", "“%s” is of type “%s”, and “%s” of type “%s”: their values will never be the same.", own.Name, typeName(own.Type), other.Name, typeName(other.Type)))
		case slices.Contains(key.Fields, own.Name):
			return wrong(pairName("champ", i), i18n.T("« %s » est déjà choisi plus haut.", "“%s” is already chosen above.", own.Name))
		}
		key.Fields, key.Reference = append(key.Fields, own.Name), append(key.Reference, other.Name)
	}
	if len(key.Fields) == 0 {
		return wrong(pairName("champ", 1), i18n.T("Choisissez le champ de ce schéma.", "Choose the field of this schema."))
	}
	if page.Target == ownTable {
		t.Profile = frictionless.TableSchemaV2 // version 1 wants a file to be named, even the same
	} else {
		ref, _, _ := ParseRef(page.Target) // it was read to find the target
		key.Resource = ref.Name
		if err := key.Extra.Set(referredName, ref.String()); err != nil {
			return err
		}
	}
	for _, there := range t.ForeignKeys {
		switch {
		case there.Resource == key.Resource && slices.Equal(there.Fields, key.Fields) && slices.Equal(there.Reference, key.Reference):
			return wrong(pairName("champ", 1), i18n.T("Ce renvoi est déjà là.", "This reference is already there."))
		case there.Resource == "" && key.Resource == "" && slices.Equal(there.Fields, key.Reference) && slices.Equal(there.Reference, key.Fields):
			return wrong(pairName("champ", 1), i18n.T("« %s » renvoie déjà à « %s » : si les deux renvoient l’un à l’autre, aucune ligne ne peut être écrite la première.",
				"“%s” refers to “%s” already: if both refer to each other, no row can be written first.", strings.Join(there.Fields, ", "), strings.Join(key.Fields, ", ")))
		}
	}
	t.ForeignKeys = append(t.ForeignKeys, key)
	return nil
}

// keyTexts are the keys of a table that are no identifier of rows, a sentence each, with the action that removes it.
func keyTexts(t *frictionless.Schema) (list []struct {
	Text   i18n.Text
	Action string
}) {
	add := func(text i18n.Text, action string, i int) {
		list = append(list, struct {
			Text   i18n.Text
			Action string
		}{text, action + ":" + strconv.Itoa(i)})
	}
	for i, key := range t.UniqueKeys {
		add(i18n.T("Pas deux lignes avec la même valeur de : %s.", "No two rows with the same value of: %s.", strings.Join(key, ", ")), "retirer-cle", i)
	}
	for i, key := range t.ForeignKeys {
		add(referenceText(key), "retirer-renvoi", i)
	}
	return list
}

// referenceText says a foreign key in a sentence.
func referenceText(key frictionless.ForeignKey) i18n.Text {
	where := i18n.T("« %s »", "“%s”", firstOf(key.Extra.Text(referredName), key.Resource))
	if key.Resource == "" {
		where = i18n.T("ce même fichier", "the same file")
	}
	return i18n.T("%s : une valeur de %s dans %s.", "%s: a value of %s in %s.", strings.Join(key.Fields, ", "), strings.Join(key.Reference, ", "), where)
}
