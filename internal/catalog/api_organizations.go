package catalog

import (
	"context"
	"time"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/identity"
)

// apiOrganization is an organisation as programs read it.
type apiOrganization struct {
	ID          string    `json:"id"`
	Slug        string    `json:"slug" doc:"In addresses"`
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`
	Description string    `json:"description" doc:"Markdown"`
	Website     string    `json:"website"`
	Parent      string    `json:"parent,omitempty" doc:"Id of the organisation it is part of"`
	Own         bool      `json:"own" doc:"The installation's own, whose administrators administer the platform"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

func organizationBody(o identity.Organization) apiOrganization {
	return apiOrganization{o.ID, o.Slug, o.Name, o.Kind, o.Description, o.URL, o.ParentID, o.Own, o.CreatedAt, o.UpdatedAt}
}

func (c *Catalog) apiListOrganizations(ctx context.Context, _ *struct{}) (*output[api.List[apiOrganization]], error) {
	organizations, err := c.people.Organizations(ctx)
	page := api.List[apiOrganization]{Items: make([]apiOrganization, 0, len(organizations)), Total: len(organizations)}
	for _, o := range organizations {
		page.Items = append(page.Items, organizationBody(o))
	}
	return answered(page, err)
}

type apiBySlug struct {
	Slug string `path:"slug"`
}

func (c *Catalog) apiGetOrganization(ctx context.Context, in *apiBySlug) (*output[apiOrganization], error) {
	o, err := c.people.Organization(ctx, in.Slug)
	return answered(organizationBody(o), err)
}

type apiNewOrganization struct {
	Body struct {
		Slug        string `json:"slug,omitempty" doc:"In addresses; made from the name when absent"`
		Name        string `json:"name" minLength:"1"`
		Kind        string `json:"kind,omitempty" enum:"ministry,academie,local-authority,school,university,agency,association,company,other" default:"other"`
		Description string `json:"description,omitempty" doc:"Markdown"`
		Website     string `json:"website,omitempty"`
		Parent      string `json:"parent,omitempty" doc:"Id of the organisation it is part of"`
	}
}

func (c *Catalog) apiCreateOrganization(ctx context.Context, in *apiNewOrganization) (*output[apiOrganization], error) {
	o, err := c.people.CreateOrganization(ctx, identity.Organization{Slug: in.Body.Slug, Name: in.Body.Name, Kind: in.Body.Kind,
		Description: in.Body.Description, URL: in.Body.Website, ParentID: in.Body.Parent})
	return answered(organizationBody(o), err)
}

type apiOrganizationChange struct {
	Slug string `path:"slug"`
	Body struct {
		Name        *string `json:"name,omitempty"`
		Kind        *string `json:"kind,omitempty"`
		Description *string `json:"description,omitempty"`
		Website     *string `json:"website,omitempty"`
		Parent      *string `json:"parent,omitempty"`
	}
}

// administered returns the organisation called slug, when who asks administers it.
func (c *Catalog) administered(ctx context.Context, slug string) (identity.Organization, error) {
	o, err := c.people.Organization(ctx, slug)
	if err != nil {
		return o, err
	}
	return o, c.access.CanIn(ctx, identity.From(ctx), access.Administer, o.ID)
}

func (c *Catalog) apiChangeOrganization(ctx context.Context, in *apiOrganizationChange) (*output[apiOrganization], error) {
	o, err := c.administered(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	for _, text := range []struct{ from, to *string }{{in.Body.Name, &o.Name}, {in.Body.Kind, &o.Kind},
		{in.Body.Description, &o.Description}, {in.Body.Website, &o.URL}, {in.Body.Parent, &o.ParentID}} {
		if text.from != nil {
			*text.to = *text.from
		}
	}
	o, err = c.people.UpdateOrganization(ctx, o)
	return answered(organizationBody(o), err)
}

// apiMember is somebody who has a role in an organisation.
type apiMember struct {
	User  string    `json:"user" doc:"Id of the person"`
	Name  string    `json:"name"`
	Role  string    `json:"role"`
	Since time.Time `json:"since"`
}

func (c *Catalog) apiListMembers(ctx context.Context, in *apiBySlug) (*output[api.List[apiMember]], error) {
	o, err := c.administered(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	memberships, err := c.people.Members(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	page := api.List[apiMember]{Items: []apiMember{}, Total: len(memberships)}
	for _, m := range memberships {
		user, err := c.people.User(ctx, m.UserID)
		if err != nil {
			return nil, err
		}
		page.Items = append(page.Items, apiMember{user.ID, user.Name, m.Role.String(), m.Since})
	}
	return answered(page, nil)
}

type apiMembership struct {
	Slug string `path:"slug"`
	User string `path:"user" doc:"Id of the person"`
	Body struct {
		Role string `json:"role" enum:"none,reader,contributor,publisher,steward,administrator"`
	}
}

func (c *Catalog) apiSetMember(ctx context.Context, in *apiMembership) (*struct{}, error) {
	o, err := c.administered(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	role, err := identity.ParseRole(in.Body.Role)
	if err != nil {
		return nil, err
	}
	return nil, c.people.SetMembership(ctx, in.User, o.ID, role)
}
