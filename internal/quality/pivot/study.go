package pivot

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/jobs"
	"socle/internal/query"
	"socle/internal/schema"
)

// studyArgs asks for the sketches of the head of a dataset.
type studyArgs struct {
	Dataset string `json:"dataset"`
}

// Kind implements [jobs.Args].
func (studyArgs) Kind() string { return "pivot.study" }

// lateArgs asks for those of every dataset whose head was not read.
type lateArgs struct{}

// Kind implements [jobs.Args].
func (lateArgs) Kind() string { return "pivot.late" }

// Kinds are the jobs of pivots.
func (s *Service) Kinds() []jobs.Kind {
	return []jobs.Kind{
		jobs.Handle(jobs.KindOptions{Background: true, Title: i18n.T("Variables pivots d’un jeu de données", "Pivot variables of a dataset")},
			func(ctx context.Context, _ *jobs.Job, args studyArgs) error { return s.Study(ctx, args.Dataset) }),
		jobs.Handle(jobs.KindOptions{Background: true, Title: i18n.T("Variables pivots en retard", "Pivot variables that are late"), Every: time.Hour, AtStart: true},
			func(ctx context.Context, _ *jobs.Job, _ lateArgs) error { return s.StudyLate(ctx) }),
	}
}

// Follow asks for the sketches of a dataset in the transaction that publishes or erases a version.
func (s *Service) Follow(ctx context.Context, tx *sql.Tx, runner *jobs.Runner, datasetUID string) error {
	_, _, err := runner.Insert(ctx, tx, studyArgs{datasetUID}, jobs.Insert{Asset: datasetUID})
	return err
}

// StudyLate reads every dataset whose head was not read yet.
func (s *Service) StudyLate(ctx context.Context) error {
	heads, err := s.Lake.Heads(ctx)
	if err != nil {
		return err
	}
	read := map[string]int{}
	err = forEach(ctx, s.Store, readVersions, nil, func(scan func(...any) error) error {
		var uid string
		var version int
		err := scan(&uid, &version)
		read[uid] = version
		return err
	})
	if err != nil {
		return err
	}
	for uid, head := range heads {
		if read[uid] != head.Number {
			if err := s.Study(ctx, uid); err != nil {
				return err
			}
		}
	}
	return nil
}

// Study sketches the fields of the head of a dataset that may be keys, and compares them with those of every other.
func (s *Service) Study(ctx context.Context, uid string) error {
	d, err := s.Assets.ByUID(ctx, uid)
	if err != nil {
		return err
	}
	head, err := s.Lake.Head(ctx, uid)
	if fault.Is(err, fault.NotFound) {
		return s.replaceFields(ctx, uid, 0, nil)
	}
	if err != nil {
		return err
	}
	if head.Erased != nil {
		return s.replaceFields(ctx, uid, head.Number, nil)
	}
	var fields []Field
	for _, f := range head.Schema.Fields {
		if !mayBeKey(d, head.Schema, f) {
			continue
		}
		k, err := s.Engine.SketchKey(ctx, engine.Key{Source: query.Source{Dataset: uid, Version: head.Number}, Field: f.Name}, sketchSize)
		if err != nil {
			return err
		}
		if k.Distinct >= leastValues {
			fields = append(fields, Field{Ref: Ref{uid, f.Name}, Version: head.Number, Label: labelOf(d, f), Concept: f.Concept, Sketch: Sketch(k)})
		}
	}
	return s.replaceFields(ctx, uid, head.Number, fields)
}

// compareAll compares fields with those of every other dataset.
func (s *Service) compareAll(ctx context.Context, uid string, fields []Field) ([]storedLink, error) {
	var links []storedLink
	err := eachField(ctx, s.Store, func(other Field) error {
		if other.Dataset == uid {
			return nil
		}
		for _, f := range fields {
			if o := Compare(f.Sketch, other.Sketch); related(f, other, o) {
				links = append(links, storedLink{f.Ref, other.Ref, o})
			}
		}
		return nil
	})
	return links, err
}

// mayBeKey reports whether a field is worth a sketch: a code or an element of a key, never anything about people.
func mayBeKey(d asset.Dataset, all schema.Schema, f schema.Field) bool {
	if f.Type != schema.Text && f.Type != schema.Integer || f.Personal || f.IsYear() {
		return false
	}
	if concept, known := french.ConceptOf(f.Concept); known {
		return !concept.Personal
	}
	return slices.Contains(d.Key, f.Name) || slices.Contains(all.PrimaryKey, f.Name) || namesCode(f.Name)
}

// namesCode reports whether a name announces a code.
func namesCode(name string) bool {
	words := strings.Split(name, "_")
	return slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains([]string{"code", "id", "identifiant", "numero", "num", "ref", "reference", "uai", "rne", "siret", "siren", "insee", "mef", "discipline"}, word)
	})
}

// labelOf is how people call a field.
func labelOf(d asset.Dataset, f schema.Field) string {
	for _, label := range []string{d.Fields[f.Name].Label, f.Label} {
		if label != "" {
			return label
		}
	}
	return f.Name
}
