package score

import (
	"context"
	"database/sql"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
)

// scoreOne computes the score of one dataset.
type scoreOne struct {
	Dataset string `json:"dataset"` // uid
}

// Kind implements [jobs.Args].
func (scoreOne) Kind() string { return "quality.score" }

// scoreAll computes every score again: time alone changes some, and new criteria all.
type scoreAll struct{}

// Kind implements [jobs.Args].
func (scoreAll) Kind() string { return "quality.scores" }

// checkLinks asks the addresses that datasets send their readers to.
type checkLinks struct{}

// Kind implements [jobs.Args].
func (checkLinks) Kind() string { return "quality.links" }

// Work gives the service the runner of its jobs.
func (s *Service) Work(runner *jobs.Runner) { s.jobs = runner }

// Kinds are the jobs that compute scores: one after each publication and each change of a description, and a round every day;
// and the one that checks links, every day too.
func (s *Service) Kinds() []jobs.Kind {
	return []jobs.Kind{
		jobs.Handle(jobs.KindOptions{Background: true, Title: i18n.T("Score de qualité d’un jeu de données", "Quality score of a dataset"), Timeout: 6 * time.Hour},
			func(ctx context.Context, _ *jobs.Job, args scoreOne) error {
				_, err := s.Compute(ctx, args.Dataset)
				if fault.Is(err, fault.NotFound) {
					return jobs.Stop(err)
				}
				return err
			}),
		jobs.Handle(jobs.KindOptions{Background: true, Title: i18n.T("Scores de qualité de tous les jeux", "Quality scores of all datasets"), Every: 24 * time.Hour, AtStart: true, Timeout: 6 * time.Hour},
			func(ctx context.Context, job *jobs.Job, _ scoreAll) error {
				return s.ComputeAll(ctx, func(done, total int) {
					job.Progress(ctx, float64(done)/float64(total), i18n.T("%d jeux sur %d", "%d datasets of %d", done, total))
				})
			}),
		jobs.Handle(jobs.KindOptions{Background: true, Title: i18n.T("Vérification des liens des jeux de données", "Check of the links of the datasets"), Every: 24 * time.Hour, AtStart: true, Timeout: 2 * time.Hour},
			func(ctx context.Context, _ *jobs.Job, _ checkLinks) error {
				changed, err := s.CheckLinks(identity.With(ctx, identity.System()))
				if err != nil || len(changed) == 0 {
					return err
				}
				return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
					for _, uid := range changed {
						if err := s.Changed(ctx, tx, s.jobs, uid); err != nil {
							return err
						}
					}
					return nil
				})
			}),
	}
}

// Changed asks for a new score, in the transaction that publishes a version, erases one, or changes a description. It has no key:
// a job that runs may have looked before the change.
func (s *Service) Changed(ctx context.Context, tx *sql.Tx, runner *jobs.Runner, datasetUID string) error {
	_, _, err := runner.Insert(ctx, tx, scoreOne{datasetUID}, jobs.Insert{Asset: datasetUID})
	return err
}
