package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/store"
)

// SubjectKind is what a grant is given to.
type SubjectKind string

// The subjects of a grant.
const (
	ToPerson       SubjectKind = "person"
	ToOrganization SubjectKind = "organization" // every member, and every application
	ToApplication  SubjectKind = "application"  // a token
)

// Grant opens a restricted asset, or a part of it, to somebody, for a purpose and a time.
type Grant struct {
	ID          string      `json:"id"`
	SubjectKind SubjectKind `json:"subjectKind"`
	SubjectID   string      `json:"subjectId"`
	AssetUID    string      `json:"assetUid"`
	Fields      []string    `json:"fields"`     // names of the visible fields; empty: all
	RowFilter   string      `json:"rowFilter"`  // condition on the rows, in the query language; "": all
	Purpose     string      `json:"purpose"`    // why, in words; required
	LegalBasis  string      `json:"legalBasis"` // by what right
	From        time.Time   `json:"from"`       // included; now when zero
	Until       time.Time   `json:"until"`      // excluded; zero: without end
	Decision    string      `json:"decision"`   // reference of the decision it comes from
	CreatedAt   time.Time   `json:"createdAt"`
	CreatedBy   string      `json:"createdBy"`
	RevokedAt   time.Time   `json:"revokedAt"`
	RevokedBy   string      `json:"revokedBy"`
}

// Active reports whether the grant opens anything at an instant.
func (g Grant) Active(now time.Time) bool {
	return g.RevokedAt.IsZero() && !now.Before(g.From) && (g.Until.IsZero() || now.Before(g.Until))
}

// Shows reports whether the grant lets a field be seen.
func (g Grant) Shows(field string) bool {
	return len(g.Fields) == 0 || slices.Contains(g.Fields, field)
}

// Check says what in the grant does not fit the fields of a version: a field that is not there, a row filter that
// means nothing. Ask it before [Service.Grant], which does not know the versions.
func (g Grant) Check(fields schema.Schema) error {
	for _, name := range g.Fields {
		if _, ok := fields.Field(name); !ok {
			return fault.New(fault.Invalid, "field_unknown", i18n.T(
				"Le champ « %s » n’existe pas dans ce jeu de données.", "The field “%s” does not exist in this dataset.", name)).At("fields")
		}
	}
	if g.RowFilter == "" {
		return nil
	}
	_, err := query.Condition(fields, g.RowFilter)
	return err
}

const (
	maxText   = 2000 // characters of a purpose, a basis, a decision, a filter
	insertRow = `INSERT INTO grants (id, subject_kind, subject_id, asset_uid, fields, row_filter, purpose, legal_basis, from_at, until_at,
		decision, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	selectRow = `SELECT id, subject_kind, subject_id, asset_uid, fields, row_filter, purpose, legal_basis, from_at, until_at, decision,
		created_at, created_by, revoked_at, revoked_by FROM grants`
)

// Grant gives a grant and returns it as kept. The author is the principal of ctx, whose right to do so the caller
// has asked with [Service.Can] ([Steward]).
func (s *Service) Grant(ctx context.Context, g Grant) (Grant, error) {
	g.Purpose, g.RowFilter = strings.TrimSpace(g.Purpose), strings.TrimSpace(g.RowFilter)
	who := identity.From(ctx)
	g.ID, g.CreatedAt, g.CreatedBy, g.RevokedAt, g.RevokedBy = store.NewID(), store.Now(), who.Actor(), time.Time{}, ""
	if g.From.IsZero() {
		g.From = g.CreatedAt
	}
	if err := g.validate(); err != nil {
		return Grant{}, err
	}
	err := s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		known, err := identity.Known(ctx, tx, string(g.SubjectKind), g.SubjectID)
		if err != nil {
			return err
		}
		if !known {
			return fault.New(fault.Invalid, "subject_unknown", i18n.T(
				"La personne, l’organisation ou l’application à qui ouvrir l’accès n’existe pas.",
				"The person, organisation or application to open access to does not exist.")).At("subject")
		}
		_, err = tx.ExecContext(ctx, insertRow, g.ID, g.SubjectKind, g.SubjectID, g.AssetUID, store.AsJSON(g.Fields), g.RowFilter, g.Purpose,
			g.LegalBasis, store.At(g.From), store.At(g.Until), g.Decision, store.At(g.CreatedAt), g.CreatedBy)
		if store.IsOrphan(err) {
			return fault.New(fault.NotFound, "dataset_not_found", i18n.T(
				"Le jeu de données n’existe pas.", "The dataset does not exist.")).Because(err)
		}
		if err != nil {
			return fmt.Errorf("access: grant: %w", err)
		}
		detail := map[string]any{"grant": g.ID, "subject": string(g.SubjectKind) + ":" + g.SubjectID, "fields": g.Fields,
			"rows": g.RowFilter != "", "decision": g.Decision, "from": g.From, "until": g.Until}
		return s.log.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: "access.grant", Asset: g.AssetUID, Detail: detail})
	})
	if err != nil {
		return Grant{}, err
	}
	return g, nil
}

func (g Grant) validate() error {
	if g.Purpose == "" {
		return fault.New(fault.Invalid, "purpose_missing", i18n.T(
			"Dites à quoi servira cet accès : c’est la finalité du traitement.", "Say what this access is for: its purpose.")).At("purpose")
	}
	for field, text := range map[string]string{"purpose": g.Purpose, "legalBasis": g.LegalBasis, "decision": g.Decision, "rowFilter": g.RowFilter} {
		if utf8.RuneCountInString(text) > maxText {
			return fault.New(fault.TooLarge, "text_too_long", i18n.T(
				"Ce texte est trop long : au plus %d caractères.", "This text is too long: at most %d characters.", maxText)).At(field)
		}
	}
	if !g.Until.IsZero() && !g.Until.After(g.From) {
		return fault.New(fault.Invalid, "period_reversed", i18n.T(
			"L’accès finirait avant de commencer.", "The access would end before it begins.")).At("until")
	}
	return nil
}

// Revoke ends a grant; it takes effect at the next question. Revoking one twice changes nothing. It answers
// NotFound. reason is written in the record, so it must name nobody.
func (s *Service) Revoke(ctx context.Context, id, reason string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		g, err := scanGrant(tx.QueryRowContext(ctx, selectRow+` WHERE id = $1`, id))
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "grant_not_found", i18n.T("Cet accès n’existe pas.", "This grant does not exist."))
		}
		if err != nil {
			return fmt.Errorf("access: revoke: %w", err)
		}
		if !g.RevokedAt.IsZero() {
			return nil
		}
		who := identity.From(ctx)
		if _, err := tx.ExecContext(ctx, `UPDATE grants SET revoked_at = $1, revoked_by = $2 WHERE id = $3`,
			store.At(store.Now()), who.Actor(), id); err != nil {
			return fmt.Errorf("access: revoke: %w", err)
		}
		return s.log.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: "access.revoke", Asset: g.AssetUID,
			Detail: map[string]any{"grant": id, "reason": reason}})
	})
}

// Grants lists the grants on an asset, the newest first, those that are over included.
func (s *Service) Grants(ctx context.Context, assetUID string) ([]Grant, error) {
	return s.list(ctx, selectRow+` WHERE asset_uid = $1 ORDER BY id DESC`, assetUID)
}

// activeGrants returns the grants that the principal holds now, on one asset, or on every one when assetUID is "".
func (s *Service) activeGrants(ctx context.Context, who identity.Principal, assetUID string) ([]Grant, error) {
	args := []any{store.At(store.Now())}
	parameter := func(value string) string {
		args = append(args, value)
		return "$" + strconv.Itoa(len(args))
	}
	var subjects []string
	subject := func(kind SubjectKind, id string) {
		subjects = append(subjects, "(subject_kind = "+parameter(string(kind))+" AND subject_id = "+parameter(id)+")")
	}
	if who.Kind == identity.Person {
		subject(ToPerson, who.UserID)
	}
	if who.TokenID != "" {
		subject(ToApplication, who.TokenID)
	}
	for orgID, role := range who.Roles {
		if role >= identity.Reader {
			subject(ToOrganization, orgID)
		}
	}
	if len(subjects) == 0 {
		return nil, nil
	}
	statement := selectRow + ` WHERE revoked_at IS NULL AND from_at <= $1 AND (until_at IS NULL OR until_at > $1) AND (` +
		strings.Join(subjects, " OR ") + `)`
	if assetUID != "" {
		statement += ` AND asset_uid = ` + parameter(assetUID)
	}
	return s.list(ctx, statement+` ORDER BY id`, args...)
}

func (s *Service) list(ctx context.Context, statement string, args ...any) ([]Grant, error) {
	rows, err := s.db.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("access: grants: %w", err)
	}
	defer rows.Close()
	grants := []Grant{}
	for rows.Next() {
		g, err := scanGrant(rows)
		if err != nil {
			return nil, fmt.Errorf("access: grants: %w", err)
		}
		grants = append(grants, g)
	}
	return grants, rows.Err()
}

func scanGrant(row interface{ Scan(...any) error }) (Grant, error) {
	var g Grant
	var fields store.JSON[[]string]
	var from, until, created, revoked store.Time
	var revokedBy store.Text
	err := row.Scan(&g.ID, &g.SubjectKind, &g.SubjectID, &g.AssetUID, &fields, &g.RowFilter, &g.Purpose, &g.LegalBasis, &from, &until,
		&g.Decision, &created, &g.CreatedBy, &revoked, &revokedBy)
	g.Fields, g.From, g.Until, g.CreatedAt, g.RevokedAt, g.RevokedBy = fields.V, from.Time, until.Time, created.Time, revoked.Time, string(revokedBy)
	return g, err
}
