package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

const (
	maxName        = 200     // characters
	maxDescription = 100_000 // bytes
	maxAncestors   = 20
)

// OrganizationKind is a sort of organisation.
type OrganizationKind struct {
	ID    string
	Label i18n.Text
}

// OrganizationKinds returns the sorts of organisation, in the order in which a form offers them.
func OrganizationKinds() []OrganizationKind {
	return []OrganizationKind{
		{"ministry", i18n.T("Ministère ou service de l’État", "Ministry or State service")},
		{"academie", i18n.T("Académie ou rectorat", "Académie or rectorat")},
		{"local-authority", i18n.T("Collectivité territoriale", "Local authority")},
		{"school", i18n.T("École ou établissement scolaire", "School")},
		{"university", i18n.T("Enseignement supérieur ou recherche", "Higher education or research")},
		{"agency", i18n.T("Opérateur public", "Public agency")},
		{"association", i18n.T("Association ou fédération", "Association or federation")},
		{"company", i18n.T("Entreprise", "Company")},
		{"other", i18n.T("Autre", "Other")},
	}
}

const (
	selectOrg = `SELECT id, slug, name, kind, description, url, parent_id, own, created_at, updated_at FROM organizations`
	insertOrg = `INSERT INTO organizations (id, slug, name, kind, description, url, parent_id, own, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`
	updateOrg = `UPDATE organizations SET name = $1, kind = $2, description = $3, url = $4, parent_id = $5, updated_at = $6 WHERE id = $7`
)

func scanOrg(row interface{ Scan(...any) error }) (Organization, error) {
	var o Organization
	var parent store.Text
	var created, updated store.Time
	err := row.Scan(&o.ID, &o.Slug, &o.Name, &o.Kind, &o.Description, &o.URL, &parent, &o.Own, &created, &updated)
	o.ParentID, o.CreatedAt, o.UpdatedAt = string(parent), created.Time, updated.Time
	return o, err
}

// Setup makes the installation's own organisation if there is none yet, and returns it. slug and name serve only
// then; empty, they are "installation" and "Installation".
func (s *Service) Setup(ctx context.Context, slug, name string) (Organization, error) {
	if slug == "" {
		slug = "installation"
	}
	if name == "" {
		name = "Installation"
	}
	var own Organization
	err := s.db.Tx(With(ctx, System()), func(ctx context.Context, _ *sql.Tx) error {
		var err error
		if own, err = s.Own(ctx); fault.Is(err, fault.NotFound) {
			own, err = s.createOrganization(ctx, Organization{Slug: slug, Name: name, Own: true})
		}
		return err
	})
	return own, err
}

// Own returns the installation's own organisation, whose administrators administer the platform.
func (s *Service) Own(ctx context.Context) (Organization, error) {
	return s.oneOrg(ctx, ` WHERE own = 1`)
}

// CreateOrganization adds an organisation; an empty slug is made from the name. It answers Conflict when the slug
// is taken.
func (s *Service) CreateOrganization(ctx context.Context, o Organization) (Organization, error) {
	o.Own = false
	return s.createOrganization(ctx, o)
}

func (s *Service) createOrganization(ctx context.Context, o Organization) (Organization, error) {
	if o.Slug == "" {
		o.Slug = slugOf(o.Name)
	}
	o, err := cleanOrg(o)
	if err != nil {
		return Organization{}, err
	}
	if !validSlug.MatchString(o.Slug) {
		return Organization{}, fault.New(fault.Invalid, "slug_invalid", i18n.T(
			"L’identifiant « %s » ne convient pas : des minuscules sans accent, des chiffres, « - » et « _ », au plus 100 caractères.",
			"The identifier “%s” will not do: lower-case letters without accents, digits, “-” and “_”, 100 characters at most.",
			clip(o.Slug))).At("slug")
	}
	o.ID, o.CreatedAt = store.NewID(), s.now()
	o.UpdatedAt = o.CreatedAt
	err = s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, insertOrg, o.ID, o.Slug, o.Name, o.Kind, o.Description, o.URL, store.Text(o.ParentID),
			store.Bool(o.Own), store.At(o.CreatedAt))
		if err != nil {
			return explainOrg(err, o)
		}
		if err := s.changed(ctx, tx); err != nil {
			return err
		}
		return s.record(ctx, tx, "organization.create", o.ID, map[string]any{"slug": o.Slug})
	})
	if err != nil {
		return Organization{}, err
	}
	return o, nil
}

// UpdateOrganization changes the name, kind, description, address and parent of the organisation o.ID.
func (s *Service) UpdateOrganization(ctx context.Context, o Organization) (Organization, error) {
	o, err := cleanOrg(o)
	if err != nil {
		return Organization{}, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := s.oneOrg(ctx, ` WHERE id = $1`, o.ID); err != nil {
			return err
		}
		if err := s.checkAncestors(ctx, o); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, updateOrg, o.Name, o.Kind, o.Description, o.URL, store.Text(o.ParentID), store.At(s.now()), o.ID)
		if err != nil {
			return explainOrg(err, o)
		}
		if err := s.changed(ctx, tx); err != nil {
			return err
		}
		return s.record(ctx, tx, "organization.update", o.ID, nil)
	})
	if err != nil {
		return Organization{}, err
	}
	return s.oneOrg(ctx, ` WHERE id = $1`, o.ID)
}

// DeleteOrganization removes an organisation that owns nothing, with its memberships and tokens. It answers
// Conflict when it owns something, has children, or is the installation's own.
func (s *Service) DeleteOrganization(ctx context.Context, id string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		o, err := s.oneOrg(ctx, ` WHERE id = $1`, id)
		if err != nil {
			return err
		}
		inUse := fault.New(fault.Conflict, "organization_in_use", i18n.T(
			"L’organisation « %s » ne peut pas être supprimée : des jeux de données ou d’autres organisations en dépendent. Rattachez-les ailleurs d’abord.",
			"The organisation “%s” cannot be deleted: datasets or other organisations depend on it. Attach them elsewhere first.", o.Name))
		if o.Own {
			return inUse
		}
		for _, statement := range []string{`DELETE FROM memberships WHERE org_id = $1`, `DELETE FROM tokens WHERE org_id = $1`,
			`DELETE FROM organizations WHERE id = $1`} {
			if _, err := tx.ExecContext(ctx, statement, id); store.IsOrphan(err) {
				return inUse.Because(err)
			} else if err != nil {
				return fmt.Errorf("identity: organisation: %w", err)
			}
		}
		if err := s.changed(ctx, tx); err != nil {
			return err
		}
		return s.record(ctx, tx, "organization.delete", id, map[string]any{"slug": o.Slug})
	})
}

// Organization returns an organisation by id or by slug. It answers NotFound.
func (s *Service) Organization(ctx context.Context, idOrSlug string) (Organization, error) {
	return s.oneOrg(ctx, ` WHERE id = $1 OR slug = $1`, idOrSlug)
}

func (s *Service) oneOrg(ctx context.Context, where string, args ...any) (Organization, error) {
	o, err := scanOrg(s.db.QueryRowContext(ctx, selectOrg+where, args...))
	if errors.Is(err, sql.ErrNoRows) {
		name := ""
		if len(args) > 0 {
			name, _ = args[0].(string)
		}
		return Organization{}, fault.New(fault.NotFound, "organization_not_found", i18n.T(
			"L’organisation « %s » n’existe pas.", "The organisation “%s” does not exist.", clip(name))).At("organization")
	}
	if err != nil {
		return Organization{}, fmt.Errorf("identity: organisation: %w", err)
	}
	return o, nil
}

// Organizations lists organisations by name.
func (s *Service) Organizations(ctx context.Context) ([]Organization, error) {
	rows, err := s.db.QueryContext(ctx, selectOrg+` ORDER BY name, slug`)
	if err != nil {
		return nil, fmt.Errorf("identity: organisations: %w", err)
	}
	defer rows.Close()
	list := []Organization{}
	for rows.Next() {
		o, err := scanOrg(rows)
		if err != nil {
			return nil, fmt.Errorf("identity: organisations: %w", err)
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// checkAncestors refuses an organisation among its own ancestors.
func (s *Service) checkAncestors(ctx context.Context, o Organization) error {
	parent := o.ParentID
	for range maxAncestors {
		if parent == "" {
			return nil
		}
		if parent == o.ID {
			break
		}
		above, err := s.oneOrg(ctx, ` WHERE id = $1`, parent)
		if err != nil {
			return err
		}
		parent = above.ParentID
	}
	return fault.New(fault.Invalid, "parent_invalid", i18n.T(
		"Une organisation ne peut pas dépendre d’elle-même. Choisissez une autre organisation de rattachement.",
		"An organisation cannot depend on itself. Choose another parent.")).At("parent")
}

var validSlug = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,99}$`)

// slugOf makes an identifier from a name: "Académie de Lyon" becomes "academie-de-lyon".
func slugOf(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case r == 'œ':
			b.WriteString("oe")
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	slug := b.String()
	return strings.Trim(slug[:min(len(slug), 100)], "-")
}

func cleanOrg(o Organization) (Organization, error) {
	o.Name, o.URL, o.Description = strings.TrimSpace(o.Name), strings.TrimSpace(o.URL), strings.TrimSpace(o.Description)
	if n := utf8.RuneCountInString(o.Name); n == 0 || n > maxName {
		return o, nameMissing()
	}
	if o.Kind == "" {
		o.Kind = "other"
	}
	if !slices.ContainsFunc(OrganizationKinds(), func(k OrganizationKind) bool { return k.ID == o.Kind }) {
		return o, fault.New(fault.Invalid, "kind_unknown", i18n.T(
			"Ce type d’organisation n’existe pas. Choisissez-en un dans la liste.",
			"This kind of organisation does not exist. Choose one from the list.")).At("kind")
	}
	if len(o.Description) > maxDescription {
		return o, fault.New(fault.TooLarge, "text_too_long", i18n.T("La description est trop longue.", "The description is too long.")).At("description")
	}
	if address, err := url.Parse(o.URL); o.URL != "" && (err != nil || address.Host == "" || (address.Scheme != "https" && address.Scheme != "http")) {
		return o, fault.New(fault.Invalid, "url_invalid", i18n.T(
			"« %s » n’est pas l’adresse d’un site. Exemple : https://www.example.fr.",
			"“%s” is not the address of a site. Example: https://www.example.org.", clip(o.URL))).At("url")
	}
	return o, nil
}

func explainOrg(err error, o Organization) error {
	switch {
	case store.IsDuplicate(err):
		return fault.New(fault.Conflict, "slug_taken", i18n.T(
			"L’identifiant « %s » est déjà celui d’une organisation. Choisissez-en un autre.",
			"The identifier “%s” already belongs to an organisation. Choose another one.", o.Slug)).At("slug")
	case store.IsOrphan(err):
		return fault.New(fault.Invalid, "parent_invalid", i18n.T(
			"L’organisation de rattachement n’existe pas.", "The parent organisation does not exist.")).At("parent").Because(err)
	}
	return fmt.Errorf("identity: organisation: %w", err)
}

func nameMissing() error {
	return fault.New(fault.Invalid, "name_missing", i18n.T(
		"Il faut un nom, de %d caractères au plus.", "A name is needed, of at most %d characters.", maxName)).At("name")
}

// clip keeps a message readable, whatever was sent.
func clip(text string) string {
	if r := []rune(text); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return text
}
