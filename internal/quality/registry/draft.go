package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema/frictionless"
	"socle/internal/store"
)

// Draft is a document in the making. Nobody but its owner sees it, and it becomes a version when it is published.
type Draft struct {
	ID        string
	CreatedAt time.Time
	UpdatedAt time.Time

	DraftContent
}

// DraftContent is what of a draft changes as it goes.
type DraftContent struct {
	Org      string `json:"org,omitempty"`    // slug of the organisation that will own it
	Name     string `json:"name,omitempty"`   // of the schema
	Number   string `json:"number,omitempty"` // of the version; "" lets it be proposed
	Note     string `json:"note,omitempty"`
	Base     string `json:"base,omitempty"`   // number of the version that it was made from; "" for a new schema
	Origin   string `json:"origin,omitempty"` // address that the document came from, until it is changed here
	Document string `json:"document"`
}

// draftLife is how long a draft that nobody touches is kept.
const draftLife = 180 * 24 * time.Hour

// blank is the document of a schema that says nothing yet.
const blank = `{
  "$schema": "` + frictionless.TableSchemaV2 + `",
  "fields": []
}
`

const (
	selectDrafts = `SELECT id, content, created_at, updated_at FROM registry_drafts WHERE owner = $1`
	insertDraft  = `INSERT INTO registry_drafts (id, owner, content, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)`
	updateDraft  = `UPDATE registry_drafts SET content = $1, updated_at = $2 WHERE id = $3 AND owner = $4`
	deleteDraft  = `DELETE FROM registry_drafts WHERE id = $1 AND owner = $2`
	oldDrafts    = `DELETE FROM registry_drafts WHERE updated_at < $1`
)

func noDraft() error {
	return fault.New(fault.NotFound, "schema_draft_not_found", i18n.T("Ce brouillon de schéma n’existe pas, ou il n’est pas à vous.",
		"This draft of a schema does not exist, or it is not yours."))
}

func scanDraft(scan func(...any) error) (Draft, error) {
	var d Draft
	var content store.JSON[DraftContent]
	var created, updated store.Time
	err := scan(&d.ID, &content, &created, &updated)
	d.DraftContent, d.CreatedAt, d.UpdatedAt = content.V, created.Time, updated.Time
	return d, err
}

// mayDraft asks whether the principal of ctx publishes schemas anywhere.
func mayDraft(ctx context.Context) error {
	return access.On(access.Steward).Check(identity.From(ctx))
}

// Begin makes a draft of the principal of ctx from a document, which must be a schema; an empty one begins blank.
func (s *Service) Begin(ctx context.Context, content DraftContent) (Draft, error) {
	if err := mayDraft(ctx); err != nil {
		return Draft{}, err
	}
	if content.Document == "" {
		content.Document = blank
	}
	if _, err := s.inspect([]byte(content.Document)); err != nil {
		return Draft{}, err
	}
	now := store.Now()
	d := Draft{ID: store.NewID(), CreatedAt: now, UpdatedAt: now, DraftContent: content}
	err := s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, oldDrafts, store.At(now.Add(-draftLife))); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, insertDraft, d.ID, identity.From(ctx).Actor(), store.AsJSON(d.DraftContent), store.At(now))
		return err
	})
	if err != nil {
		return Draft{}, fmt.Errorf("registry: draft: %w", err)
	}
	return d, nil
}

// Revise makes a draft of the next version of a schema. The principal of ctx must be a steward of its owner.
func (s *Service) Revise(ctx context.Context, ref Ref) (Draft, error) {
	if _, err := s.steward(ctx, ref.Owner); err != nil {
		return Draft{}, err
	}
	_, v, err := s.Version(ctx, ref, Latest)
	if err != nil {
		return Draft{}, err
	}
	return s.Begin(ctx, DraftContent{Org: ref.Owner, Name: ref.Name, Base: v.Number, Document: string(v.Document)})
}

// Draft returns a draft of the principal of ctx; those of others do not exist.
func (s *Service) Draft(ctx context.Context, id string) (Draft, error) {
	d, err := scanDraft(s.Store.QueryRowContext(ctx, selectDrafts+` AND id = $2`, identity.From(ctx).Actor(), id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Draft{}, noDraft()
	}
	if err != nil {
		return Draft{}, fmt.Errorf("registry: draft %s: %w", id, err)
	}
	return d, nil
}

// Drafts lists the drafts of the principal of ctx, the last changed first.
func (s *Service) Drafts(ctx context.Context) ([]Draft, error) {
	rows, err := s.Store.QueryContext(ctx, selectDrafts+` ORDER BY updated_at DESC, id`, identity.From(ctx).Actor())
	if err != nil {
		return nil, fmt.Errorf("registry: drafts: %w", err)
	}
	defer rows.Close()
	var list []Draft
	for rows.Next() {
		d, err := scanDraft(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("registry: drafts: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// Save keeps what a draft has become. It answers Invalid when its document is no schema any more.
func (s *Service) Save(ctx context.Context, d Draft) error {
	if _, err := s.inspect([]byte(d.Document)); err != nil {
		return err
	}
	result, err := s.Store.ExecContext(ctx, updateDraft, store.AsJSON(d.DraftContent), store.At(store.Now()), d.ID, identity.From(ctx).Actor())
	if err != nil {
		return fmt.Errorf("registry: draft %s: %w", d.ID, err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(noDraft(), err)
	}
	return nil
}

// Discard removes a draft.
func (s *Service) Discard(ctx context.Context, id string) error {
	if _, err := s.Store.ExecContext(ctx, deleteDraft, id, identity.From(ctx).Actor()); err != nil {
		return fmt.Errorf("registry: draft %s: %w", id, err)
	}
	return nil
}

// Submit publishes a draft as a version, and removes it.
func (s *Service) Submit(ctx context.Context, d Draft) (schema Schema, v Version, err error) {
	err = s.Store.Tx(ctx, func(ctx context.Context, _ *sql.Tx) (err error) {
		schema, v, err = s.Publish(ctx, NewVersion{Ref: Ref{d.Org, d.Name}, Number: d.Number, Document: []byte(d.Document), Note: d.Note, Origin: d.Origin})
		if err != nil {
			return err
		}
		return s.Discard(ctx, d.ID)
	})
	return schema, v, err
}

// Title is what a draft may be called in a list.
func (d Draft) Title() string {
	if t, err := frictionless.Parse([]byte(d.Document)); err == nil {
		return firstOf(t.Title, t.Name, d.Name)
	}
	return d.Name
}
