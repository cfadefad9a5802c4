package catalog

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/store"
)

// Operations registers what programs may do with descriptions, organisations, people, tokens and the record. The
// handler asks again about the asset or the organisation itself.
func (c *Catalog) Operations(a *api.API) {
	op := func(id, method, path, tag, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary}
	}
	contribute, describe, steward := access.On(access.Contribute), access.On(access.Describe), access.On(access.Steward)
	administer := access.On(access.Administer)

	api.Register(a, access.Public, op("list-datasets", http.MethodGet, "/datasets", "datasets", "List and search datasets"), c.apiListDatasets)
	api.Register(a, contribute, created(op("create-dataset", http.MethodPost, "/datasets", "datasets", "Create a dataset, as a draft")), c.apiCreateDataset)
	api.Register(a, access.Public, op("get-dataset", http.MethodGet, "/datasets/{id}", "datasets", "Read the description of a dataset"), c.apiGetDataset)
	api.Register(a, describe, op("describe-dataset", http.MethodPatch, "/datasets/{id}", "datasets", "Change the description of a dataset"), c.apiDescribe)
	api.Register(a, steward, op("decide-dataset-access", http.MethodPut, "/datasets/{id}/access", "datasets", "Change who may read a dataset"), c.apiDecideAccess)
	api.Register(a, steward, op("decide-dataset-state", http.MethodPut, "/datasets/{id}/state", "datasets", "Withdraw a dataset, or put it back"), c.apiDecideState)
	api.Register(a, access.Public, op("get-dataset-schema", http.MethodGet, "/datasets/{id}/schema", "datasets", "Read the Table Schema of a dataset"), c.apiSchema)

	api.Register(a, access.Public, op("list-organizations", http.MethodGet, "/organizations", "organizations", "List organisations"), c.apiListOrganizations)
	api.Register(a, access.Public, op("get-organization", http.MethodGet, "/organizations/{slug}", "organizations", "Read an organisation"), c.apiGetOrganization)
	api.Register(a, access.Platform, created(op("create-organization", http.MethodPost, "/organizations", "organizations", "Create an organisation")), c.apiCreateOrganization)
	api.Register(a, administer, op("change-organization", http.MethodPatch, "/organizations/{slug}", "organizations", "Change an organisation"), c.apiChangeOrganization)
	api.Register(a, administer, op("list-members", http.MethodGet, "/organizations/{slug}/members", "organizations", "List the members of an organisation"), c.apiListMembers)
	api.Register(a, administer, op("set-member", http.MethodPut, "/organizations/{slug}/members/{user}", "organizations", "Give somebody a role, or take it away"), c.apiSetMember)

	api.Register(a, access.SignedIn, op("who-am-i", http.MethodGet, "/me", "people", "Say who the token stands for"), c.apiMe)
	api.Register(a, access.Platform, op("list-users", http.MethodGet, "/users", "people", "List people"), c.apiListUsers)
	api.Register(a, access.Platform, created(op("create-user", http.MethodPost, "/users", "people", "Open an account and send the link to choose a password")), c.apiCreateUser)
	api.Register(a, access.Platform, op("change-user", http.MethodPatch, "/users/{id}", "people", "Close an account, or open it again"), c.apiChangeUser)
	api.Register(a, access.SignedIn, op("list-tokens", http.MethodGet, "/tokens", "people", "List one’s own tokens"), c.apiListTokens)
	api.Register(a, access.SignedIn, created(op("create-token", http.MethodPost, "/tokens", "people", "Make a token; its secret is in this answer only")), c.apiCreateToken)
	api.Register(a, access.SignedIn, op("revoke-token", http.MethodDelete, "/tokens/{id}", "people", "Revoke one of one’s own tokens"), c.apiRevokeToken)

	api.Register(a, access.Platform, op("list-audit", http.MethodGet, "/audit", "audit", "Read the record, the newest entries first"), c.apiListAudit)
	api.Register(a, access.Platform, op("verify-audit", http.MethodGet, "/audit/verification", "audit", "Verify the chain of the record"), c.apiVerifyAudit)
}

func created(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusCreated
	return op
}

// output is an answer with a body.
type output[T any] struct{ Body T }

func answered[T any](body T, err error) (*output[T], error) {
	if err != nil {
		return nil, err
	}
	return &output[T]{body}, nil
}

type apiPerson struct {
	ID       string            `json:"id"`
	Email    string            `json:"email"`
	Name     string            `json:"name"`
	Disabled bool              `json:"disabled"`
	Created  time.Time         `json:"createdAt"`
	SignedIn *time.Time        `json:"signedInAt,omitempty" doc:"Last sign-in; absent if never"`
	Roles    map[string]string `json:"roles" doc:"Role by organisation slug"`
}

// personBody describes somebody with their roles.
func (c *Catalog) personBody(ctx context.Context, u identity.User) (apiPerson, error) {
	body := apiPerson{u.ID, u.Email, u.Name, u.Disabled, u.CreatedAt, instant(u.SignedIn), map[string]string{}}
	memberships, err := c.people.Memberships(ctx, u.ID)
	if err != nil {
		return body, err
	}
	for _, m := range memberships {
		o, err := c.people.Organization(ctx, m.OrgID)
		if err != nil {
			return body, err
		}
		body.Roles[o.Slug] = m.Role.String()
	}
	return body, nil
}

// instant is t, absent from an answer when zero.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type apiMe struct {
	Kind   string            `json:"kind" enum:"person,application"`
	Name   string            `json:"name"`
	Email  string            `json:"email,omitempty"`
	Admin  bool              `json:"platformAdministrator"`
	Scopes []identity.Scope  `json:"scopes,omitempty" doc:"What the token allows; absent for a session, which allows everything"`
	Roles  map[string]string `json:"roles" doc:"Role by organisation slug"`
}

func (c *Catalog) apiMe(ctx context.Context, _ *struct{}) (*output[apiMe], error) {
	who := identity.From(ctx)
	body := apiMe{Kind: string(who.Kind), Name: who.Name, Email: who.Email, Admin: who.PlatformAdmin, Scopes: who.Scopes, Roles: map[string]string{}}
	organizations, err := c.people.Organizations(ctx)
	for _, o := range organizations {
		if role, held := who.Roles[o.ID]; held {
			body.Roles[o.Slug] = role.String()
		}
	}
	return answered(body, err)
}

func (c *Catalog) apiListUsers(ctx context.Context, _ *struct{}) (*output[api.List[apiPerson]], error) {
	users, err := c.people.Users(ctx)
	list := api.List[apiPerson]{Items: make([]apiPerson, 0, len(users)), Total: len(users)}
	for _, u := range users {
		var body apiPerson
		if body, err = c.personBody(ctx, u); err != nil {
			break
		}
		list.Items = append(list.Items, body)
	}
	return answered(list, err)
}

type apiNewUser struct {
	Body struct {
		Email        string `json:"email" format:"email"`
		Name         string `json:"name" minLength:"1"`
		Organization string `json:"organization,omitempty" doc:"Slug of a first organisation; the installation's own when only a role is given"`
		Role         string `json:"role,omitempty" enum:"reader,contributor,publisher,steward,administrator" doc:"Role in that organisation"`
	}
}

func (c *Catalog) apiCreateUser(ctx context.Context, in *apiNewUser) (*output[apiPerson], error) {
	var o identity.Organization
	role := identity.NoRole
	if in.Body.Organization != "" || in.Body.Role != "" {
		var err error
		if o, err = c.organizationOrOwn(ctx, in.Body.Organization); err != nil {
			return nil, err
		}
		if role, err = identity.ParseRole(in.Body.Role); err != nil {
			return nil, err
		}
	}
	user, err := c.people.CreateUser(ctx, in.Body.Email, in.Body.Name, "")
	if err == nil && role != identity.NoRole {
		err = c.people.SetMembership(ctx, user.ID, o.ID, role)
	}
	if err == nil && c.canSendLinks() {
		err = c.sendLink(ctx, user.ID, purposeInvite, c.site.URL)
	}
	if err != nil {
		return nil, err
	}
	return answered(c.personBody(ctx, user))
}

// organizationOrOwn returns an organisation by its slug, the installation's own for "".
func (c *Catalog) organizationOrOwn(ctx context.Context, slug string) (identity.Organization, error) {
	if slug == "" {
		return c.people.Own(ctx)
	}
	return c.people.Organization(ctx, slug)
}

type apiUserChange struct {
	ID   string `path:"id"`
	Body struct {
		Disabled bool `json:"disabled" doc:"true closes the account, its sessions and its tokens"`
	}
}

func (c *Catalog) apiChangeUser(ctx context.Context, in *apiUserChange) (*output[apiPerson], error) {
	if in.ID == identity.From(ctx).UserID {
		return nil, errOwnAccount
	}
	if err := c.people.DisableUser(ctx, in.ID, in.Body.Disabled); err != nil {
		return nil, err
	}
	user, err := c.people.User(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answered(c.personBody(ctx, user))
}

// errOwnAccount stops somebody from closing the account they are using.
var errOwnAccount = fault.New(fault.Conflict, "own_account",
	i18n.T("Vous ne pouvez pas fermer votre propre compte.", "You cannot close your own account."))

func (c *Catalog) apiListTokens(ctx context.Context, _ *struct{}) (*output[api.List[identity.Token]], error) {
	tokens, err := c.ownTokens(ctx)
	return answered(api.List[identity.Token]{Items: tokens, Total: len(tokens)}, err)
}

// ownTokens lists the tokens of the person who asks. An application has none.
func (c *Catalog) ownTokens(ctx context.Context) ([]identity.Token, error) {
	who := identity.From(ctx)
	if who.Kind != identity.Person {
		return []identity.Token{}, nil
	}
	tokens, err := c.people.Tokens(ctx, who.UserID, "")
	if tokens == nil {
		tokens = []identity.Token{}
	}
	return tokens, err
}

type apiNewToken struct {
	Body struct {
		Name  string `json:"name" minLength:"1" doc:"What it is for"`
		Scope string `json:"scope" enum:"read,publish,admin"`
		Days  int    `json:"days,omitempty" minimum:"0" maximum:"3650" doc:"How long it lives; 0 is without end"`
	}
}

type apiTokenMade struct {
	identity.Token
	Secret string `json:"secret" doc:"Shown once"`
}

func (c *Catalog) apiCreateToken(ctx context.Context, in *apiNewToken) (*output[apiTokenMade], error) {
	who := identity.From(ctx)
	if who.Kind != identity.Person || !who.Allows(identity.ScopeAdmin) {
		return nil, fault.New(fault.Forbidden, "token_cannot_make_token", i18n.T(
			"Pour créer un jeton, connectez-vous, ou servez-vous d’un jeton personnel de portée « admin ».",
			"To make a token, sign in, or use a personal token with the scope “admin”."))
	}
	wanted := identity.NewToken{Name: in.Body.Name, UserID: who.UserID, Scopes: []identity.Scope{identity.Scope(in.Body.Scope)}}
	if in.Body.Days > 0 {
		wanted.Expires = store.Now().AddDate(0, 0, in.Body.Days)
	}
	secret, token, err := c.people.CreateToken(ctx, wanted)
	return answered(apiTokenMade{token, secret}, err)
}

type apiByID struct {
	ID string `path:"id"`
}

func (c *Catalog) apiRevokeToken(ctx context.Context, in *apiByID) (*struct{}, error) {
	tokens, err := c.ownTokens(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		if t.ID == in.ID {
			return nil, c.people.RevokeToken(ctx, t.ID)
		}
	}
	return nil, fault.New(fault.NotFound, "token_not_found", i18n.T("Ce jeton n’existe pas.", "This token does not exist."))
}

type apiAuditQuery struct {
	Action string    `query:"action" doc:"An act, or its beginning ended by a dot"`
	Actor  string    `query:"actor" doc:"Id of who acted"`
	Asset  string    `query:"dataset" doc:"Id of a dataset"`
	From   time.Time `query:"from" doc:"First instant, included"`
	Until  time.Time `query:"until" doc:"Last instant, excluded"`
	Before int64     `query:"before" minimum:"0" doc:"Only entries whose number is smaller"`
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

func (c *Catalog) apiListAudit(ctx context.Context, in *apiAuditQuery) (*output[[]audit.Entry], error) {
	filter := audit.Filter{Action: in.Action, Actor: in.Actor, From: in.From, Until: in.Until}
	if in.Asset != "" {
		d, err := c.assets.Get(ctx, in.Asset)
		if err != nil {
			return nil, err
		}
		filter.Asset = d.UID
	}
	entries, err := c.log.List(ctx, filter, audit.Page{Limit: in.Limit, Before: in.Before})
	if entries == nil {
		entries = []audit.Entry{}
	}
	return answered(entries, err)
}

func (c *Catalog) apiVerifyAudit(ctx context.Context, _ *struct{}) (*output[audit.Report], error) {
	return answered(c.log.Verify(ctx))
}
