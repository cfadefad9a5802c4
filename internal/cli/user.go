package cli

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"socle/internal/app"
	"socle/internal/fault"
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

// A person as the API says them, with their roles by organisation.
type person struct {
	ID       string            `json:"id"`
	Email    string            `json:"email"`
	Name     string            `json:"name"`
	Disabled bool              `json:"disabled"`
	Roles    map[string]string `json:"roles"`
}

// people asks for everybody.
func (s *session) people(c *client) ([]person, error) {
	var list struct{ Items []person }
	err := c.get(s.ctx, "/api/v1/users", nil, &list)
	return list.Items, err
}

// Run lists people.
func (userListCommand) Run(s *session) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.close()
	people, err := s.people(client)
	if err != nil {
		return err
	}
	if s.globals.JSON {
		return s.json(people)
	}
	var rows [][]string
	for _, p := range people {
		var roles []string
		for _, slug := range slices.Sorted(maps.Keys(p.Roles)) {
			role, err := identity.ParseRole(p.Roles[slug])
			if err != nil {
				return err
			}
			roles = append(roles, slug+" : "+role.Label().In(s.lang))
		}
		state := ""
		if p.Disabled {
			state = s.say("désactivé", "disabled")
		}
		rows = append(rows, []string{p.Email, p.Name, strings.Join(roles, ", "), state})
	}
	return s.table([]string{s.say("adresse", "address"), s.say("nom", "name"), s.say("rôles", "roles"), ""}, rows)
}

type userAddCommand struct {
	Email string `arg:"" help:"E-mail address."`
	Name  string `help:"How to call them." placeholder:"NAME"`
	Org   string `help:"Organisation of the role; the installation's own." placeholder:"ORG"`
	Role  string `help:"reader, contributor, publisher, steward or administrator." default:"reader"`
}

// Help is shown by socle user add --help.
func (userAddCommand) Help() string {
	return "The password is asked on the terminal, or read from the first line of standard input. On a server, the person is sent a link to\n" +
		"choose it instead.\n\nExample:\n" +
		"  socle user add claude@exemple.fr --name \"Claude Martin\" --role publisher"
}

// Run adds a person.
func (c userAddCommand) Run(s *session) error {
	role, err := identity.ParseRole(c.Role)
	if err != nil {
		return err
	}
	name := c.Name
	if name == "" {
		name, _, _ = strings.Cut(c.Email, "@")
	}
	if s.globals.Server != "" {
		return c.invite(s, name, role)
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

// invite opens the account on a server.
func (c userAddCommand) invite(s *session, name string, role identity.Role) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.close()
	var added person
	err = client.send(s.ctx, http.MethodPost, "/api/v1/users", map[string]string{"email": c.Email, "name": name, "organization": c.Org, "role": c.Role}, &added)
	if err != nil {
		return err
	}
	if s.globals.JSON {
		return s.json(added)
	}
	s.println("%s ajouté : %s. Un lien pour choisir son mot de passe lui est envoyé.", "%s added: %s. A link to choose a password is sent to them.",
		added.Email, role.Label())
	return nil
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
	if c.Role != "none" {
		if _, err := identity.ParseRole(c.Role); err != nil {
			return err
		}
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.close()
	people, err := s.people(client)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(people, func(p person) bool { return strings.EqualFold(p.Email, c.Email) })
	if i < 0 {
		return fault.New(fault.NotFound, "user_not_found", i18n.T("Personne n’a l’adresse « %s ».", "Nobody has the address “%s”.", c.Email))
	}
	slug := c.Org
	if slug == "" {
		if slug, err = s.ownOrganization(client); err != nil {
			return err
		}
	}
	return client.send(s.ctx, http.MethodPut, "/api/v1/organizations/"+url.PathEscape(slug)+"/members/"+url.PathEscape(people[i].ID),
		map[string]string{"role": c.Role}, nil)
}

// ownOrganization is the slug of the installation's own.
func (s *session) ownOrganization(c *client) (string, error) {
	var list struct {
		Items []struct {
			Slug string `json:"slug"`
			Own  bool   `json:"own"`
		}
	}
	if err := c.get(s.ctx, "/api/v1/organizations", nil, &list); err != nil {
		return "", err
	}
	for _, o := range list.Items {
		if o.Own {
			return o.Slug, nil
		}
	}
	return "", misuse{i18n.T("dites l’organisation avec --org.", "say the organisation with --org.")}
}

type userTokenCommand struct {
	Email string `arg:"" help:"E-mail address of the person that the token acts as."`
	Name  string `help:"What it is for." default:"ligne de commande"`
	Scope string `help:"read, publish or admin." default:"publish" enum:"read,publish,admin"`
}

// Help is shown by socle user token --help.
func (userTokenCommand) Help() string {
	return "On a server, one makes a token for oneself only, from a token of scope “admin”.\n\nExample:\n  socle user token claude@exemple.fr --scope publish"
}

// Run makes a token.
func (c userTokenCommand) Run(s *session) error {
	if s.globals.Server != "" {
		return c.ask(s)
	}
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

// ask makes a token on a server, for who asks.
func (c userTokenCommand) ask(s *session) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.close()
	var me person
	if err := client.get(s.ctx, "/api/v1/me", nil, &me); err != nil {
		return err
	}
	if !strings.EqualFold(me.Email, c.Email) {
		return misuse{i18n.T("sur un serveur, un jeton ne se crée que pour soi (%s). Pour quelqu’un d’autre, agissez sur le dossier de données (--data).",
			"on a server, a token is made for oneself only (%s). For somebody else, act on the data folder (--data).", me.Email)}
	}
	var made struct {
		Secret string           `json:"secret"`
		ID     string           `json:"id"`
		Scopes []identity.Scope `json:"scopes"`
	}
	if err := client.send(s.ctx, http.MethodPost, "/api/v1/tokens", map[string]string{"name": c.Name, "scope": c.Scope}, &made); err != nil {
		return err
	}
	if s.globals.JSON {
		return s.json(map[string]any{"token": made.Secret, "id": made.ID, "scopes": made.Scopes})
	}
	fmt.Fprintln(s.out, made.Secret)
	return nil
}
