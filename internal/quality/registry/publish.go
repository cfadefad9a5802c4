package registry

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"socle/internal/access"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/store"
)

// NewVersion is a version to publish. The schema is made if it does not exist.
type NewVersion struct {
	Ref
	Number   string // "1.2.0"; that of the document, or the next one, when empty
	Document []byte
	Note     string // what changed, for readers
	Origin   string // the address it came from, "" for none
}

const maxNote = 2000 // characters

// Publish adds a version to a schema. The principal of ctx must be a steward of the organisation called Ref.Owner. It
// answers Invalid when the document is no schema, and Conflict when the number is taken.
func (s *Service) Publish(ctx context.Context, n NewVersion) (Schema, Version, error) {
	if !validName.MatchString(n.Name) {
		return Schema{}, Version{}, fault.New(fault.Invalid, "schema_name_invalid", i18n.T(
			"Le nom « %s » ne convient pas : des minuscules sans accent, des chiffres, « - », « _ » et « . », au plus 100 caractères.",
			"The name “%s” will not do: lower-case letters without accents, digits, “-”, “_” and “.”, 100 characters at most.", clip(n.Name))).At("name")
	}
	n.Note = strings.TrimSpace(n.Note)
	if utf8.RuneCountInString(n.Note) > maxNote {
		return Schema{}, Version{}, fault.New(fault.TooLarge, "text_too_long", i18n.T(
			"Cette note est trop longue : au plus %d caractères.", "This note is too long: at most %d characters.", maxNote)).At("note")
	}
	org, err := s.steward(ctx, n.Owner)
	if err != nil {
		return Schema{}, Version{}, err
	}
	about, err := s.inspect(n.Document)
	if err != nil {
		return Schema{}, Version{}, err
	}
	digest := sha256.Sum256(n.Document)
	who := identity.From(ctx)
	v := Version{Kind: about.Kind, Title: firstOf(about.Title, about.Name, n.Name), Description: about.Description, Fields: about.Fields,
		Document: n.Document, SHA256: hex.EncodeToString(digest[:]), Note: n.Note, Origin: n.Origin, Author: who.Actor(), AuthorName: who.Name, PublishedAt: store.Now()}
	var kept Schema
	err = s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		kept, err = readSchema(ctx, tx, n.Ref)
		if fault.Is(err, fault.NotFound) {
			kept = Schema{ID: store.NewID(), Ref: Ref{org.Slug, n.Name}, OrgID: org.ID, CreatedAt: v.PublishedAt}
			err = addSchema(ctx, tx, kept)
		}
		if err != nil {
			return err
		}
		v.SchemaID = kept.ID
		if v.Number, err = s.numberOf(n, about, kept); err != nil {
			return err
		}
		if err := addVersion(ctx, tx, kept.Ref, v); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: "schema.publish", Asset: kept.ID,
			Detail: map[string]any{"schema": kept.Ref.String(), "version": v.Number, "sha256": v.SHA256, "fetched": n.Origin != ""}})
	})
	if err != nil {
		return Schema{}, Version{}, err
	}
	kept.complete(append(slices.Clone(kept.Versions), v))
	return kept, v, nil
}

// steward returns the organisation called slug, when the principal of ctx publishes its schemas.
func (s *Service) steward(ctx context.Context, slug string) (identity.Organization, error) {
	org, err := s.Identity.Organization(ctx, slug)
	if fault.Is(err, fault.NotFound) || err == nil && org.Slug != slug {
		return org, fault.New(fault.Invalid, "organization_unknown", i18n.T("L’organisation « %s » n’existe pas.",
			"There is no organisation “%s”.", clip(slug))).At("owner")
	}
	if err != nil {
		return org, err
	}
	return org, s.Access.CanIn(ctx, identity.From(ctx), access.Steward, org.ID)
}

// numberOf decides the number of a version: the one asked for, else that of the document when it is free, else the
// next one.
func (s *Service) numberOf(n NewVersion, about described, kept Schema) (string, error) {
	taken := func(number string) bool {
		return slices.ContainsFunc(kept.Versions, func(v Version) bool { return compareNumbers(v.Number, number) == 0 })
	}
	if n.Number != "" {
		number, err := parseNumber(n.Number)
		if err == nil && taken(number) {
			err = versionTaken(kept.Ref, number)
		}
		return number, err
	}
	if number, err := parseNumber(about.Version); err == nil && !taken(number) {
		return number, nil
	}
	if len(kept.Versions) == 0 {
		return "1.0.0", nil
	}
	return next(kept.Versions[0].Number, Minor), nil
}

// Fetch reads a document at an address of the public Internet.
func (s *Service) Fetch(ctx context.Context, address string) (document []byte, err error) {
	response, err := s.Outbound.Fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	// One byte more than the limit, for the limit to be noticed.
	document, err = io.ReadAll(io.LimitReader(response.Body, s.options.MaxBytes+1))
	return document, err
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			return t
		}
	}
	return ""
}
