package steward

import (
	"context"
	"database/sql"
	"net/url"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/notify"
)

// mailArgs is a mail about a comment: its texts are read when it is sent, so that nothing personal waits among the jobs.
type mailArgs struct {
	Comment  string `json:"comment"`
	Answer   string `json:"answer,omitempty"`   // id of the answer that it tells of
	Resolved int    `json:"resolved,omitempty"` // version that mends it
	ToAuthor bool   `json:"toAuthor,omitempty"` // to who made the comment; else to the team
	User     string `json:"user,omitempty"`     // one reader of the team; set when the mail of the team is dealt out
}

// Kind implements [jobs.Args].
func (mailArgs) Kind() string { return "quality.comment" }

// ring asks for a mail, in the transaction of what it tells.
func (s *Service) ring(ctx context.Context, tx *sql.Tx, datasetUID string, args mailArgs) error {
	if s.jobs == nil {
		return nil
	}
	_, _, err := s.jobs.Insert(ctx, tx, args, jobs.Insert{Asset: datasetUID})
	return err
}

// Kinds are the jobs of stewardship.
func (s *Service) Kinds() []jobs.Kind {
	return []jobs.Kind{jobs.Handle(jobs.KindOptions{Title: i18n.T("Prévenir d’une remarque", "Tell of a comment")},
		func(ctx context.Context, _ *jobs.Job, args mailArgs) error { return s.send(ctx, args) }), s.usesKind()}
}

// send writes to who a comment concerns. The mail of a team is dealt out as one job for each reader, so that one address that fails
// does not write twice to the others.
func (s *Service) send(ctx context.Context, args mailArgs) error {
	ctx = identity.With(ctx, identity.System())
	c, err := scanComment(s.Store.QueryRowContext(ctx, selectComment+` WHERE id = $1`, args.Comment))
	if err != nil || c.State == Removed {
		return jobs.Stop(err)
	}
	d, err := s.Assets.ByUID(ctx, c.Dataset)
	if err != nil {
		return jobs.Stop(err)
	}
	if !args.ToAuthor && args.User == "" {
		return s.deal(ctx, d, args)
	}
	to := args.User
	if args.ToAuthor {
		to = c.Author
	}
	user, err := s.People.User(ctx, to)
	if fault.Is(err, fault.NotFound) || err == nil && user.Disabled {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Mailer.Send(ctx, s.message(d, c, args, user))
}

// deal makes a job for each member of the team that may settle things: the stewards, or the publishers when there is none.
func (s *Service) deal(ctx context.Context, d asset.Dataset, args mailArgs) error {
	members, err := s.People.Members(ctx, d.OrgID)
	if err != nil {
		return err
	}
	team := func(least identity.Role) (ids []string) {
		for _, m := range members {
			if m.Role >= least {
				ids = append(ids, m.UserID)
			}
		}
		return ids
	}
	ids := team(identity.Steward)
	if len(ids) == 0 {
		ids = team(identity.Publisher)
	}
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, id := range ids {
			args.User = id
			if err := s.ring(ctx, tx, d.UID, args); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) message(d asset.Dataset, c Comment, args mailArgs, user identity.User) notify.Message {
	m := notify.Message{To: notify.Address{Name: user.Name, Email: user.Email}, ID: "comment/" + c.ID + "/" + args.Answer + "/" + string(c.State)}
	about := d.Title
	if c.Field != "" {
		about += " (" + c.Field + ")"
	}
	switch {
	case args.Resolved > 0:
		m.Subject = i18n.T("Votre remarque est traitée", "Your comment is settled")
		m.Paragraphs = []i18n.Text{i18n.T("Jeu de données : %s", "Dataset: %s", about), i18n.T("La version %d corrige ce que vous avez signalé.", "Version %d mends what you told.", args.Resolved), {FR: c.Body, EN: c.Body}}
	case args.ToAuthor:
		m.Subject = i18n.T("Une réponse à votre remarque", "An answer to your comment")
		m.Paragraphs = []i18n.Text{i18n.T("Jeu de données : %s", "Dataset: %s", about), i18n.T("Le producteur vous a répondu. Sa réponse est sur la page du jeu.", "The producer answered you. The answer is on the page of the dataset.")}
	default:
		m.Subject = i18n.T("Une remarque sur « %s »", "A comment on “%s”", d.Title)
		m.Paragraphs = []i18n.Text{i18n.T("Jeu de données : %s", "Dataset: %s", about), {FR: c.Body, EN: c.Body}}
	}
	if s.URL != "" {
		m.Link = &notify.Link{Label: i18n.T("Voir la remarque", "See the comment"), URL: s.URL + "/jeux/" + url.PathEscape(d.ID) + "/remarques#remarque-" + c.ID}
	}
	return m
}
