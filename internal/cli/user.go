package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"socle/internal/app"
	"socle/internal/i18n"
	"socle/internal/identity"
)

type userCommand struct {
	List  userListCommand  `cmd:"" help:"List people and their roles."`
	Add   userAddCommand   `cmd:"" help:"Add a person, with a role."`
	Role  userRoleCommand  `cmd:"" help:"Give a person a role in an organisation, or take it away with “none”."`
	Token userTokenCommand `cmd:"" help:"Make a token for a person; it is shown once."`
}

// withProgram runs work on the data folder.
func (s *session) withProgram(work func(*app.App) error) error {
	if err := s.local(); err != nil {
		return err
	}
	program, err := s.open()
	if err != nil {
		return err
	}
	defer program.Close()
	return work(program)
}

type userListCommand struct{}

// Help is shown by socle user list --help.
func (userListCommand) Help() string { return "Example:\n  socle user list" }

// Run lists people.
func (userListCommand) Run(s *session) error {
	return s.withProgram(func(p *app.App) error {
		people, err := p.People.Users(s.ctx)
		if err != nil {
			return err
		}
		if s.globals.JSON {
			return s.json(people)
		}
		var rows [][]string
		for _, person := range people {
			roles, err := rolesOf(s, p, person.ID)
			if err != nil {
				return err
			}
			state := ""
			if person.Disabled {
				state = s.say("désactivé", "disabled")
			}
			rows = append(rows, []string{person.Email, person.Name, roles, state})
		}
		return s.table([]string{s.say("adresse", "address"), s.say("nom", "name"), s.say("rôles", "roles"), ""}, rows)
	})
}

func rolesOf(s *session, p *app.App, userID string) (string, error) {
	memberships, err := p.People.Memberships(s.ctx, userID)
	if err != nil {
		return "", err
	}
	var roles []string
	for _, m := range memberships {
		organization, err := p.People.Organization(s.ctx, m.OrgID)
		if err != nil {
			return "", err
		}
		roles = append(roles, organization.Slug+" : "+m.Role.Label().In(s.lang))
	}
	return strings.Join(roles, ", "), nil
}

type userAddCommand struct {
	Email string `arg:"" help:"E-mail address."`
	Name  string `help:"How to call them." placeholder:"NAME"`
	Org   string `help:"Organisation of the role; the installation's own." placeholder:"ORG"`
	Role  string `help:"reader, contributor, publisher, steward or administrator." default:"reader"`
}

// Help is shown by socle user add --help.
func (userAddCommand) Help() string {
	return "The password is asked on the terminal, or read from the first line of standard input.\n\nExample:\n" +
		"  socle user add claude@exemple.fr --name \"Claude Martin\" --role publisher"
}

// Run adds a person.
func (c userAddCommand) Run(s *session) error {
	role, err := identity.ParseRole(c.Role)
	if err != nil {
		return err
	}
	return s.withProgram(func(p *app.App) error {
		organization, err := organizationOf(s, p, c.Org)
		if err != nil {
			return err
		}
		password, err := s.password()
		if err != nil {
			return err
		}
		name := c.Name
		if name == "" {
			name, _, _ = strings.Cut(c.Email, "@")
		}
		person, err := p.People.CreateUser(s.ctx, c.Email, name, password)
		if err != nil {
			return err
		}
		if err := p.People.SetMembership(s.ctx, person.ID, organization.ID, role); err != nil {
			return err
		}
		if s.globals.JSON {
			return s.json(person)
		}
		s.println("%s ajouté : %s dans %s.", "%s added: %s in %s.", person.Email, role.Label(), organization.Name)
		return nil
	})
}

func organizationOf(s *session, p *app.App, slug string) (identity.Organization, error) {
	if slug == "" {
		return p.People.Own(s.ctx)
	}
	return p.People.Organization(s.ctx, slug)
}

// password asks for a password without showing it, or reads it from a pipe.
func (s *session) password() (string, error) {
	if stdin := int(os.Stdin.Fd()); term.IsTerminal(stdin) {
		fmt.Fprint(s.err, s.say("Mot de passe : ", "Password: "))
		secret, err := term.ReadPassword(stdin)
		fmt.Fprintln(s.err)
		return string(secret), err
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err == io.EOF && line != "" {
		err = nil
	}
	if err != nil {
		return "", misuse{i18n.T("le mot de passe est attendu sur l’entrée standard.", "the password is expected on standard input.")}
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type userRoleCommand struct {
	Email string `arg:"" help:"E-mail address."`
	Role  string `arg:"" help:"reader, contributor, publisher, steward, administrator, or none."`
	Org   string `help:"Organisation; the installation's own." placeholder:"ORG"`
}

// Help is shown by socle user role --help.
func (userRoleCommand) Help() string {
	return "Example:\n  socle user role claude@exemple.fr steward --org rectorat"
}

// Run gives a role.
func (c userRoleCommand) Run(s *session) error {
	role := identity.NoRole
	if c.Role != "none" {
		var err error
		if role, err = identity.ParseRole(c.Role); err != nil {
			return err
		}
	}
	return s.withProgram(func(p *app.App) error {
		person, err := p.People.UserByEmail(s.ctx, c.Email)
		if err != nil {
			return err
		}
		organization, err := organizationOf(s, p, c.Org)
		if err != nil {
			return err
		}
		return p.People.SetMembership(s.ctx, person.ID, organization.ID, role)
	})
}

type userTokenCommand struct {
	Email string `arg:"" help:"E-mail address of the person that the token acts as."`
	Name  string `help:"What it is for." default:"ligne de commande"`
	Scope string `help:"read, publish or admin." default:"publish" enum:"read,publish,admin"`
}

// Help is shown by socle user token --help.
func (userTokenCommand) Help() string {
	return "Example:\n  socle user token claude@exemple.fr --scope publish"
}

// Run makes a token.
func (c userTokenCommand) Run(s *session) error {
	return s.withProgram(func(p *app.App) error {
		person, err := p.People.UserByEmail(s.ctx, c.Email)
		if err != nil {
			return err
		}
		secret, token, err := p.People.CreateToken(s.ctx, identity.NewToken{Name: c.Name, UserID: person.ID, Scopes: []identity.Scope{identity.Scope(c.Scope)}})
		if err != nil {
			return err
		}
		if s.globals.JSON {
			return s.json(map[string]any{"token": secret, "id": token.ID, "scopes": token.Scopes})
		}
		fmt.Fprintln(s.out, secret)
		return nil
	})
}
