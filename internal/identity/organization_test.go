package identity

import (
	"context"
	"strings"
	"sync"
	"testing"

	"socle/internal/fault"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

func TestTheFirstStartMakesTheInstallationsOrganisationOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := open(t, db)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if _, err := s.Setup(t.Context(), "ministere", "Ministère d’essai"); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		own, err := s.Setup(t.Context(), "other", "Other")
		if err != nil || own.Slug != "ministere" || !own.Own {
			t.Errorf("%+v (%v)", own, err)
		}
		if list, err := s.Organizations(t.Context()); err != nil || len(list) != 1 {
			t.Errorf("%d organisations (%v)", len(list), err)
		}
	})
}

func TestOnlyTheInstallationsAdministratorAdministersThePlatform(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := open(t, db)
		own, err := s.Setup(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		other, err := s.CreateOrganization(t.Context(), Organization{Name: "Autre"})
		if err != nil {
			t.Fatal(err)
		}
		u := person(t, s, "camille@example.org")
		for _, test := range []struct {
			org   string
			role  Role
			admin bool
		}{{other.ID, Administrator, false}, {own.ID, Steward, false}, {own.ID, Administrator, true}} {
			if err := s.SetMembership(t.Context(), u.ID, test.org, test.role); err != nil {
				t.Fatal(err)
			}
			if p, err := s.PrincipalOf(t.Context(), u.ID); err != nil || p.PlatformAdmin != test.admin || p.RoleIn(test.org) != test.role {
				t.Errorf("%v: %+v (%v)", test.role, p, err)
			}
		}
		second := person(t, s, "second@example.org")
		for name, act := range map[string]func() error{
			"leaving":  func() error { return s.SetMembership(t.Context(), u.ID, own.ID, NoRole) },
			"lowering": func() error { return s.SetMembership(t.Context(), u.ID, own.ID, Steward) },
			"disabled": func() error { return s.DisableUser(t.Context(), u.ID, true) },
			"erased":   func() error { return s.EraseUser(t.Context(), u.ID) },
		} {
			if err := act(); fault.CodeOf(err) != "last_administrator" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.SetMembership(t.Context(), second.ID, own.ID, Administrator); err != nil {
			t.Fatal(err)
		}
		if err := s.SetMembership(t.Context(), u.ID, own.ID, NoRole); err != nil {
			t.Errorf("with a second administrator: %v", err)
		}
	})
}

func TestAnErasedPersonLeavesNoName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := open(t, db)
		u := person(t, s, "camille@example.org")
		secret := signIn(t, s, u.Email)
		if err := s.EraseUser(t.Context(), u.ID); err != nil {
			t.Fatal(err)
		}
		left, err := s.User(t.Context(), u.ID)
		if err != nil || left.Name != "" || strings.Contains(left.Email, "camille") || !left.Disabled {
			t.Errorf("%+v (%v)", left, err)
		}
		if _, err := s.SessionPrincipal(t.Context(), secret); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("the session: %v", err)
		}
		person(t, s, "camille@example.org") // the address is free again
	})
}

func TestOrganisationsAreKeptRight(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := open(t, db)
		ctx, touched := t.Context(), 0
		s.Changed = func(context.Context, store.Queryer) error { touched++; return nil }
		a, err := s.CreateOrganization(ctx, Organization{Name: " Académie de l’Œuvre ", Kind: "academie", URL: "https://example.org"})
		if err != nil || a.Slug != "academie-de-l-oeuvre" || a.Name != "Académie de l’Œuvre" {
			t.Fatalf("%+v (%v)", a, err)
		}
		b, err := s.CreateOrganization(ctx, Organization{Name: "B", ParentID: a.ID, Own: true})
		if err != nil || b.Own {
			t.Fatalf("%+v (%v)", b, err)
		}
		if got, err := s.Organization(ctx, "b"); err != nil || got != b {
			t.Errorf("by slug: %+v, want %+v (%v)", got, b, err)
		}
		for name, test := range map[string]struct {
			act  func() error
			code string
		}{
			"the same slug":   {func() error { _, err := s.CreateOrganization(ctx, Organization{Name: "b"}); return err }, "slug_taken"},
			"no name":         {func() error { _, err := s.CreateOrganization(ctx, Organization{Slug: "c"}); return err }, "name_missing"},
			"a name of signs": {func() error { _, err := s.CreateOrganization(ctx, Organization{Name: "!!!"}); return err }, "slug_invalid"},
			"an unknown kind": {func() error { _, err := s.CreateOrganization(ctx, Organization{Name: "C", Kind: "club"}); return err }, "kind_unknown"},
			"a script as a site": {func() error {
				_, err := s.CreateOrganization(ctx, Organization{Name: "C", URL: "javascript:x"})
				return err
			}, "url_invalid"},
			"an unknown parent": {func() error {
				_, err := s.CreateOrganization(ctx, Organization{Name: "C", ParentID: "none"})
				return err
			}, "parent_invalid"},
			"its own descendant": {func() error { a := a; a.ParentID = b.ID; _, err := s.UpdateOrganization(ctx, a); return err }, "parent_invalid"},
			"deleting a parent":  {func() error { return s.DeleteOrganization(ctx, a.ID) }, "organization_in_use"},
			"nobody":             {func() error { return s.DeleteOrganization(ctx, "none") }, "organization_not_found"},
		} {
			if err := test.act(); fault.CodeOf(err) != test.code {
				t.Errorf("%s: %v, want %s", name, err, test.code)
			}
		}
		before := touched
		b.Name, b.ParentID = "Bé", ""
		if got, err := s.UpdateOrganization(ctx, b); err != nil || got.Name != "Bé" || got.ParentID != "" || touched != before+1 {
			t.Errorf("%+v, touched %d times (%v)", got, touched-before, err)
		}
		if err := s.DeleteOrganization(ctx, a.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestAccountsAreKeptRight(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := open(t, db)
		ctx := t.Context()
		u := person(t, s, "camille@example.org")
		for name, test := range map[string]struct{ email, user, password, code string }{
			"an address taken":     {"CAMILLE@example.org", "X", "", "email_taken"},
			"an address with name": {"X <x@example.org>", "X", "", "email_invalid"},
			"no address":           {"", "X", "", "email_invalid"},
			"no name":              {"x@example.org", " ", "", "name_missing"},
			"a weak password":      {"x@example.org", "X", "secret", "password_weak"},
		} {
			if _, err := s.CreateUser(ctx, test.email, test.user, test.password); fault.CodeOf(err) != test.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		u.Email, u.Name = "New@example.org", "Dominique"
		if got, err := s.UpdateUser(ctx, u); err != nil || got.Email != "new@example.org" || got.Name != "Dominique" {
			t.Errorf("%+v (%v)", got, err)
		}
		if got, err := s.UserByEmail(ctx, "NEW@example.org"); err != nil || got.ID != u.ID {
			t.Errorf("%+v (%v)", got, err)
		}
		if list, err := s.Users(ctx); err != nil || len(list) != 1 {
			t.Errorf("%d accounts (%v)", len(list), err)
		}
		if _, err := s.UpdateUser(ctx, User{ID: "none", Email: "y@example.org", Name: "Y"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("nobody: %v", err)
		}
	})
}
