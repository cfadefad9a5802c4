package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

const (
	selectSchemas  = `SELECT id, owner, name, org_id, created_at FROM registry_schemas`
	insertSchema   = `INSERT INTO registry_schemas (id, owner, name, org_id, created_at) VALUES ($1, $2, $3, $4, $5)`
	selectVersions = `SELECT schema_id, number, kind, title, description, fields, sha256, note, origin, author, author_name, published_at FROM registry_versions`
	selectDocument = `SELECT document FROM registry_versions WHERE schema_id = $1 AND number = $2`
	insertVersion  = `INSERT INTO registry_versions (schema_id, number, kind, title, description, fields, sha256, note, origin, author, author_name,
		published_at, document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
)

func scanSchema(row interface{ Scan(...any) error }) (Schema, error) {
	var s Schema
	var created store.Time
	err := row.Scan(&s.ID, &s.Owner, &s.Name, &s.OrgID, &created)
	s.CreatedAt = created.Time
	return s, err
}

func scanVersion(row interface{ Scan(...any) error }) (Version, error) {
	var v Version
	var published store.Time
	err := row.Scan(&v.SchemaID, &v.Number, &v.Kind, &v.Title, &v.Description, &v.Fields, &v.SHA256, &v.Note, &v.Origin, &v.Author, &v.AuthorName, &published)
	v.PublishedAt = published.Time
	return v, err
}

// complete puts the versions in a schema, and what the latest one says of it.
func (s *Schema) complete(versions []Version) {
	sortVersions(versions)
	s.Versions = versions
	latest, _ := latestOf(versions)
	s.Latest, s.Kind, s.Title, s.Description, s.Fields = latest.Number, latest.Kind, latest.Title, latest.Description, latest.Fields
	for _, v := range versions {
		if v.PublishedAt.After(s.UpdatedAt) {
			s.UpdatedAt = v.PublishedAt
		}
	}
}

func noSchema(ref Ref) error {
	return fault.New(fault.NotFound, "schema_not_found", i18n.T("Le schéma « %s » n’existe pas dans ce registre.",
		"There is no schema “%s” in this registry.", ref)).At("schema")
}

func noVersion(ref Ref, number string) error {
	return fault.New(fault.NotFound, "schema_version_not_found", i18n.T("Le schéma « %s » n’a pas de version %s.",
		"The schema “%s” has no version %s.", ref, clip(number))).At("schema")
}

// readSchema returns a schema with its versions.
func readSchema(ctx context.Context, db store.Queryer, ref Ref) (Schema, error) {
	found, err := scanSchema(db.QueryRowContext(ctx, selectSchemas+` WHERE owner = $1 AND name = $2`, ref.Owner, ref.Name))
	if errors.Is(err, sql.ErrNoRows) {
		return Schema{}, noSchema(ref)
	}
	if err != nil {
		return Schema{}, fmt.Errorf("registry: schema %s: %w", ref, err)
	}
	versions, err := readVersions(ctx, db, ` WHERE schema_id = $1`, found.ID)
	found.complete(versions)
	return found, err
}

func readVersions(ctx context.Context, db store.Queryer, where string, args ...any) ([]Version, error) {
	rows, err := db.QueryContext(ctx, selectVersions+where, args...)
	if err != nil {
		return nil, fmt.Errorf("registry: versions: %w", err)
	}
	defer rows.Close()
	var list []Version
	for rows.Next() {
		v, err := scanVersion(rows)
		if err != nil {
			return nil, fmt.Errorf("registry: versions: %w", err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// readAll returns every schema with its versions.
func readAll(ctx context.Context, db store.Queryer) ([]Schema, error) {
	versions, err := readVersions(ctx, db, "")
	if err != nil {
		return nil, err
	}
	of := map[string][]Version{}
	for _, v := range versions {
		of[v.SchemaID] = append(of[v.SchemaID], v)
	}
	rows, err := db.QueryContext(ctx, selectSchemas)
	if err != nil {
		return nil, fmt.Errorf("registry: schemas: %w", err)
	}
	defer rows.Close()
	var list []Schema
	for rows.Next() {
		s, err := scanSchema(rows)
		if err != nil {
			return nil, fmt.Errorf("registry: schemas: %w", err)
		}
		s.complete(of[s.ID])
		list = append(list, s)
	}
	return list, rows.Err()
}

func readDocument(ctx context.Context, db store.Queryer, v Version) ([]byte, error) {
	var document string
	if err := db.QueryRowContext(ctx, selectDocument, v.SchemaID, v.Number).Scan(&document); err != nil {
		return nil, fmt.Errorf("registry: document of version %s of %s: %w", v.Number, v.SchemaID, err)
	}
	return []byte(document), nil
}

func addSchema(ctx context.Context, tx *sql.Tx, s Schema) error {
	if _, err := tx.ExecContext(ctx, insertSchema, s.ID, s.Owner, s.Name, s.OrgID, store.At(s.CreatedAt)); err != nil {
		return fmt.Errorf("registry: schema %s: %w", s.Ref, err)
	}
	return nil
}

func addVersion(ctx context.Context, tx *sql.Tx, ref Ref, v Version) error {
	_, err := tx.ExecContext(ctx, insertVersion, v.SchemaID, v.Number, string(v.Kind), v.Title, v.Description, v.Fields, v.SHA256, v.Note, v.Origin,
		v.Author, v.AuthorName, store.At(v.PublishedAt), string(v.Document))
	if store.IsDuplicate(err) {
		return versionTaken(ref, v.Number)
	}
	if err != nil {
		return fmt.Errorf("registry: version %s of %s: %w", v.Number, ref, err)
	}
	return nil
}

func versionTaken(ref Ref, number string) error {
	return fault.New(fault.Conflict, "schema_version_taken", i18n.T(
		"La version %s de « %s » existe déjà, et une version publiée ne change plus. Donnez le numéro suivant.",
		"Version %s of “%s” exists already, and a published version never changes. Give the next number.", number, ref)).At("version")
}
