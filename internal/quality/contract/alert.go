package contract

import (
	"context"
	"database/sql"
	"errors"
	"net/mail"
	"slices"
	"time"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/notify"
)

// checkArgs asks for a check of the contract of a dataset.
type checkArgs struct {
	Dataset string `json:"dataset"`
}

// Kind implements [jobs.Args].
func (checkArgs) Kind() string { return "contract.check" }

// clockArgs asks for the freshness of every dataset that has a contract.
type clockArgs struct{}

// Kind implements [jobs.Args].
func (clockArgs) Kind() string { return "contract.clock" }

// alertArgs asks for the mails about a result.
type alertArgs struct {
	Dataset string `json:"dataset"`
	Result  string `json:"result"`
}

// Kind implements [jobs.Args].
func (alertArgs) Kind() string { return "contract.alert" }

// Kinds are the jobs of contracts.
func (s *Service) Kinds() []jobs.Kind {
	return []jobs.Kind{
		jobs.Handle(jobs.KindOptions{Title: i18n.T("Vérification d’un contrat de données", "Check of a data contract")}, func(ctx context.Context, _ *jobs.Job, args checkArgs) error {
			_, err := s.Check(ctx, args.Dataset, onPublication)
			return err
		}),
		jobs.Handle(jobs.KindOptions{Title: i18n.T("Fraîcheur des jeux sous contrat", "Freshness of the datasets under contract"), Every: time.Hour, AtStart: true},
			func(ctx context.Context, _ *jobs.Job, _ clockArgs) error { return s.CheckClock(ctx) }),
		jobs.Handle(jobs.KindOptions{Title: i18n.T("Alerte d’un contrat rompu", "Alert of a broken contract"), Timeout: time.Minute},
			func(ctx context.Context, _ *jobs.Job, args alertArgs) error { return s.alert(ctx, args) }),
	}
}

// Follow asks for a check in the transaction that publishes or erases a version.
func (s *Service) Follow(ctx context.Context, tx *sql.Tx, datasetUID string) error {
	_, _, err := s.jobs.Insert(ctx, tx, checkArgs{datasetUID}, jobs.Insert{Asset: datasetUID})
	return err
}

func (s *Service) askAlert(ctx context.Context, tx *sql.Tx, uid, result string) error {
	_, _, err := s.jobs.Insert(ctx, tx, alertArgs{uid, result}, jobs.Insert{Asset: uid, Key: result})
	return err
}

// CheckClock checks what time alone can break.
func (s *Service) CheckClock(ctx context.Context) error {
	list, err := s.all(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range list {
		if slices.ContainsFunc(c.Rules, func(r Rule) bool { return r.Kind == Freshness }) {
			_, err := s.Check(ctx, c.DatasetUID, onSchedule)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// alert writes to the producer what broke. A mail sent again after a crash has the same identifier, so it shows once.
func (s *Service) alert(ctx context.Context, args alertArgs) error {
	if s.Mailer == nil {
		return nil
	}
	r, err := scanResult(s.Store.QueryRowContext(ctx, readResult, args.Result).Scan)
	if err != nil {
		return jobs.Stop(err)
	}
	c, err := s.find(ctx, args.Dataset)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	d, err := s.Assets.ByUID(ctx, args.Dataset)
	if err != nil {
		return err
	}
	m := notify.Message{ID: "contract/" + r.ID, Subject: i18n.T("Contrat rompu : %s", "Broken contract: %s", d.Title),
		Paragraphs: []i18n.Text{i18n.T("Le jeu de données « %s » (version %d) ne tient plus ce que son contrat promet.", "The dataset “%s” (version %d) no longer holds what its contract promises.", d.Title, r.Version)}}
	for _, rule := range c.Rules {
		if slices.Contains(r.Fresh, rule.ID) {
			m.Paragraphs = append(m.Paragraphs, i18n.T("%s. %s", "%s. %s", sentence(rule), r.Of(rule.ID).Text))
		}
	}
	m.Paragraphs = append(m.Paragraphs, i18n.T("Vous ne recevrez pas d’autre message sur ces promesses tant qu’elles ne seront pas de nouveau tenues.", "You will get no other message about these promises until they hold again."))
	if s.URL != "" {
		m.Link = &notify.Link{Label: i18n.T("Voir le contrat", "See the contract"), URL: s.URL + contractPath(d.ID)}
	}
	to, err := s.producers(ctx, d)
	if err != nil {
		return err
	}
	var errs []error
	for _, address := range to {
		m.To = address
		if err := s.Mailer.Send(ctx, m); err != nil && !fault.Is(err, fault.Invalid) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// producers are whom to write to: the mailbox of the dataset, or those who steward or publish for its organisation.
func (s *Service) producers(ctx context.Context, d asset.Dataset) ([]notify.Address, error) {
	if address, err := mail.ParseAddress(d.Contact); err == nil {
		return []notify.Address{{Email: address.Address}}, nil
	}
	members, err := s.People.Members(ctx, d.OrgID)
	if err != nil {
		return nil, err
	}
	for _, least := range []identity.Role{identity.Steward, identity.Publisher} {
		var to []notify.Address
		for _, m := range members {
			if m.Role < least {
				continue
			}
			user, err := s.People.User(ctx, m.UserID)
			if err != nil {
				return nil, err
			}
			if !user.Disabled {
				to = append(to, notify.Address{Name: user.Name, Email: user.Email})
			}
		}
		if len(to) > 0 {
			return to, nil
		}
	}
	return nil, nil
}
