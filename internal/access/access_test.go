package access_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// house is two organisations with an asset of each level and state, and people of every sort.
type house struct {
	db       *store.DB
	access   *access.Service
	assets   *asset.Service
	identity *identity.Service
	org      [2]identity.Organization
	datasets []asset.Dataset
	outsider identity.User // signed in, no role
	token    identity.Token
}

func build(t *testing.T, db *store.DB) *house {
	t.Helper()
	ctx := identity.With(t.Context(), identity.System())
	if err := db.Migrate(ctx, audit.Migrations, identity.Migrations, asset.Migrations, access.Migrations); err != nil {
		t.Fatal(err)
	}
	log := audit.New(db)
	h := &house{db: db, access: access.New(db, log), assets: asset.New(db, log), identity: identity.New(db, log)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	for i := range h.org {
		h.org[i], err = h.identity.CreateOrganization(ctx, identity.Organization{Name: fmt.Sprintf("Organisation %d", i)})
		must(err)
		for _, level := range asset.Levels {
			for _, state := range []asset.State{asset.Draft, asset.Published, asset.Withdrawn} {
				d, err := h.assets.CreateDataset(ctx, asset.Dataset{Asset: asset.Asset{ID: fmt.Sprintf("%s-%s-%d", level, state, i),
					OrgID: h.org[i].ID, Level: level}, Title: "Essai"})
				must(err)
				must(h.assets.SetState(ctx, d.UID, state, ""))
				d, err = h.assets.ByUID(ctx, d.UID)
				must(err)
				h.datasets = append(h.datasets, d)
			}
		}
	}
	h.outsider, err = h.identity.CreateUser(ctx, "outsider@example.org", "Hors les murs", "")
	must(err)
	_, h.token, err = h.identity.CreateToken(ctx, identity.NewToken{Name: "Application", OrgID: h.org[1].ID, Role: identity.Reader})
	must(err)
	return h
}

func (h *house) dataset(t *testing.T, id string) asset.Asset {
	t.Helper()
	for _, d := range h.datasets {
		if d.ID == id {
			return d.Asset
		}
	}
	t.Fatalf("no dataset %s", id)
	return asset.Asset{}
}

// member is somebody with a role in the first organisation.
func (h *house) member(role identity.Role) identity.Principal {
	return identity.Principal{Kind: identity.Person, UserID: "member", Roles: map[string]identity.Role{h.org[0].ID: role}}
}

func (h *house) person() identity.Principal {
	return identity.Principal{Kind: identity.Person, UserID: h.outsider.ID}
}

var nobody = identity.Principal{Kind: identity.Anonymous}

func TestWhoMayDoWhatToWhat(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	const (
		yes    = "ok"
		absent = "dataset_not_found"
		gone   = "dataset_withdrawn"
		signIn = "sign_in_needed"
		role   = "role_needed"
		scope  = "scope_needed"
	)
	reading := h.member(identity.Administrator)
	reading.Scopes = []identity.Scope{identity.ScopeRead}
	nothing := h.member(identity.Administrator)
	nothing.Scopes = []identity.Scope{}
	publishing := h.member(identity.Administrator)
	publishing.Scopes = []identity.Scope{identity.ScopePublish}
	tests := []struct {
		name   string
		who    identity.Principal
		action access.Action
		id     string
		want   string
	}{
		{"nobody reads what is open", nobody, access.Read, "open-published-0", yes},
		{"nobody is told of an internal dataset", nobody, access.Read, "internal-published-0", absent},
		{"nobody is told of a restricted one", nobody, access.Read, "restricted-published-0", absent},
		{"nobody is told of a draft", nobody, access.Read, "open-draft-0", absent},
		{"nobody learns that an open dataset was withdrawn", nobody, access.Read, "open-withdrawn-0", gone},
		{"but not that an internal one was", nobody, access.Read, "internal-withdrawn-0", absent},
		{"nobody publishes without signing in", nobody, access.Publish, "open-published-0", signIn},
		{"nor learns of a restricted dataset by trying", nobody, access.Publish, "restricted-published-0", absent},
		{"a person reads what is internal", h.person(), access.Read, "internal-published-0", yes},
		{"but not what is restricted", h.person(), access.Read, "restricted-published-0", absent},
		{"nor publishes", h.person(), access.Publish, "open-published-0", role},
		{"a reader reads what is restricted at home", h.member(identity.Reader), access.Read, "restricted-published-0", yes},
		{"but not next door", h.member(identity.Reader), access.Read, "restricted-published-1", absent},
		{"nor a draft", h.member(identity.Reader), access.Read, "open-draft-0", absent},
		{"a contributor sees drafts", h.member(identity.Contributor), access.Read, "restricted-draft-0", yes},
		{"and describes them", h.member(identity.Contributor), access.Describe, "restricted-draft-0", yes},
		{"but not what is published", h.member(identity.Contributor), access.Describe, "open-published-0", role},
		{"nor publishes", h.member(identity.Contributor), access.Publish, "open-draft-0", role},
		{"a publisher publishes", h.member(identity.Publisher), access.Publish, "open-draft-0", yes},
		{"and describes", h.member(identity.Publisher), access.Describe, "open-published-0", yes},
		{"but does not decide the level", h.member(identity.Publisher), access.Steward, "open-published-0", role},
		{"nor publishes next door", h.member(identity.Publisher), access.Publish, "open-published-1", role},
		{"a steward decides the level", h.member(identity.Steward), access.Steward, "open-published-0", yes},
		{"but does not administer", h.member(identity.Steward), access.Administer, "open-published-0", role},
		{"an administrator administers", h.member(identity.Administrator), access.Administer, "open-published-0", yes},
		{"the platform's does everywhere", identity.System(), access.Administer, "restricted-draft-1", yes},
		{"a token to read reads", reading, access.Read, "restricted-published-0", yes},
		{"but does not publish", reading, access.Publish, "open-published-0", scope},
		{"a token to publish does", publishing, access.Publish, "open-published-0", yes},
		{"but does not decide the level", publishing, access.Steward, "open-published-0", scope},
		{"a token for nothing reads what is open", nothing, access.Read, "open-published-0", yes},
		{"and nothing else", nothing, access.Read, "internal-published-0", absent},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := h.access.Can(t.Context(), test.who, test.action, h.dataset(t, test.id))
			got := yes
			if err != nil {
				got = fault.CodeOf(err)
			}
			if got != test.want {
				t.Errorf("got %s (%v), want %s", got, err, test.want)
			}
		})
	}
}

func TestWhatIsHiddenIsToldInTheWordsOfWhatDoesNotExist(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	hidden := h.access.Can(t.Context(), nobody, access.Read, h.dataset(t, "restricted-published-0"))
	_, missing := h.assets.Get(t.Context(), "restricted-published-9")
	if got := strings.ReplaceAll(hidden.Error(), "-0", "-9"); got != missing.Error() || fault.CodeOf(hidden) != fault.CodeOf(missing) {
		t.Errorf("%q and %q tell a hidden dataset from one that does not exist", hidden, missing)
	}
}

func TestAListShowsExactlyWhatMayBeRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := build(t, db)
		random := rand.New(rand.NewPCG(1, 2))
		for _, g := range []access.Grant{
			{SubjectKind: access.ToPerson, SubjectID: h.outsider.ID, AssetUID: h.dataset(t, "restricted-published-1").UID},
			{SubjectKind: access.ToPerson, SubjectID: h.outsider.ID, AssetUID: h.dataset(t, "restricted-draft-1").UID},
			{SubjectKind: access.ToOrganization, SubjectID: h.org[0].ID, AssetUID: h.dataset(t, "restricted-published-1").UID},
			{SubjectKind: access.ToApplication, SubjectID: h.token.ID, AssetUID: h.dataset(t, "restricted-published-0").UID},
		} {
			g.Purpose = "Étude"
			if _, err := h.access.Grant(t.Context(), g); err != nil {
				t.Fatal(err)
			}
		}
		people := []identity.Principal{nobody, {}, h.person(), identity.System()}
		for range 40 {
			who := identity.Principal{Kind: identity.Person, UserID: h.outsider.ID, Roles: map[string]identity.Role{}}
			for _, o := range h.org {
				who.Roles[o.ID] = identity.Role(random.IntN(6))
			}
			if random.IntN(2) == 0 {
				who.Kind, who.UserID, who.TokenID = identity.Application, h.token.ID, h.token.ID
			}
			if random.IntN(3) == 0 {
				who.Scopes = [][]identity.Scope{{}, {identity.ScopeRead}, {identity.ScopeAdmin}}[random.IntN(3)]
			}
			people = append(people, who)
		}
		for _, who := range people {
			scope, err := h.access.Scope(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			for first := range 2 {
				where, args := scope.SQL(1 + first)
				filter := asset.Filter{States: []asset.State{asset.Draft, asset.Published, asset.Withdrawn}, Where: where, Args: args}
				if first == 1 {
					filter.Where, filter.Args = "assets.kind = $1 AND ("+where+")", append([]any{asset.KindDataset}, args...)
				}
				listed, err := h.assets.List(t.Context(), filter)
				if err != nil {
					t.Fatal(err)
				}
				var got, want, allowed []string
				for _, d := range listed {
					got = append(got, d.ID)
				}
				for _, d := range h.datasets {
					if h.access.Can(t.Context(), who, access.Read, d.Asset) == nil {
						want = append(want, d.ID)
					}
					if scope.Allows(d.Asset) {
						allowed = append(allowed, d.ID)
					}
				}
				slices.Sort(got)
				slices.Sort(want)
				slices.Sort(allowed)
				if !slices.Equal(got, want) || !slices.Equal(allowed, want) {
					t.Errorf("%+v\nlists %v\nallows %v\nmay read %v", who, got, allowed, want)
				}
			}
		}
	})
}

func TestAGrantOpensForItsSubjectAndItsTimeOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := build(t, db)
		target := h.dataset(t, "restricted-published-0")
		now := store.Now()
		app := identity.Principal{Kind: identity.Application, UserID: h.token.ID, TokenID: h.token.ID,
			Roles: map[string]identity.Role{h.org[1].ID: identity.Reader}, Scopes: []identity.Scope{identity.ScopeRead}}
		neighbour := identity.Principal{Kind: identity.Person, UserID: "n", Roles: map[string]identity.Role{h.org[1].ID: identity.Reader}}
		tests := []struct {
			name        string
			kind        access.SubjectKind
			id          string
			from, until time.Time
			opens       []identity.Principal
			stays       []identity.Principal
		}{
			{"a person", access.ToPerson, h.outsider.ID, time.Time{}, time.Time{}, []identity.Principal{h.person()}, []identity.Principal{nobody, neighbour, app}},
			{"an organisation", access.ToOrganization, h.org[1].ID, time.Time{}, time.Time{}, []identity.Principal{neighbour, app}, []identity.Principal{nobody, h.person()}},
			{"an application", access.ToApplication, h.token.ID, time.Time{}, time.Time{}, []identity.Principal{app}, []identity.Principal{nobody, neighbour, h.person()}},
			{"not yet", access.ToPerson, h.outsider.ID, now.Add(time.Hour), time.Time{}, nil, []identity.Principal{h.person()}},
			{"no longer", access.ToPerson, h.outsider.ID, now.Add(-2 * time.Hour), now.Add(-time.Hour), nil, []identity.Principal{h.person()}},
			{"for a while", access.ToPerson, h.outsider.ID, now.Add(-time.Hour), now.Add(time.Hour), []identity.Principal{h.person()}, nil},
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				ctx := identity.With(t.Context(), h.member(identity.Steward))
				g, err := h.access.Grant(ctx, access.Grant{SubjectKind: test.kind, SubjectID: test.id, AssetUID: target.UID, Purpose: "Étude",
					From: test.from, Until: test.until, Fields: []string{"a"}, Decision: "2026-01"})
				if err != nil {
					t.Fatal(err)
				}
				for _, who := range test.opens {
					if err := h.access.Can(ctx, who, access.Read, target); err != nil {
						t.Errorf("%s may not read: %v", who.Kind, err)
					}
					if err := h.access.Can(ctx, who, access.Publish, target); !fault.Is(err, fault.Forbidden) {
						t.Errorf("a grant opens reading only: %v", err)
					}
				}
				for _, who := range test.stays {
					if err := h.access.Can(ctx, who, access.Read, target); !fault.Is(err, fault.NotFound) {
						t.Errorf("%s may read: %v", who.Kind, err)
					}
				}
				for range 2 {
					if err := h.access.Revoke(ctx, g.ID, "fin"); err != nil {
						t.Fatal(err)
					}
				}
				for _, who := range test.opens {
					if err := h.access.Can(ctx, who, access.Read, target); !fault.Is(err, fault.NotFound) {
						t.Errorf("%s still reads after the revocation: %v", who.Kind, err)
					}
				}
			})
		}
		list, err := h.access.Grants(t.Context(), target.UID)
		if err != nil || len(list) != len(tests) || list[0].RevokedBy != "member" || list[0].CreatedBy != "member" ||
			list[0].Active(now) || list[0].Fields[0] != "a" || list[0].Decision != "2026-01" {
			t.Errorf("kept %d grants: %+v (%v)", len(list), list, err)
		}
		acts, err := audit.New(db).List(t.Context(), audit.Filter{Asset: target.UID, Action: "access."}, audit.Page{})
		if err != nil || len(acts) != 2*len(tests) {
			t.Errorf("%d acts in the record (%v)", len(acts), err)
		}
	})
}

func TestAGrantThatMeansNothingIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := build(t, db)
		good := access.Grant{SubjectKind: access.ToPerson, SubjectID: h.outsider.ID, AssetUID: h.dataset(t, "restricted-published-0").UID, Purpose: "Étude"}
		for name, test := range map[string]struct {
			wrong func(*access.Grant)
			code  string
		}{
			"without a purpose":          {func(g *access.Grant) { g.Purpose = " " }, "purpose_missing"},
			"to nobody":                  {func(g *access.Grant) { g.SubjectID = "none" }, "subject_unknown"},
			"to a person as application": {func(g *access.Grant) { g.SubjectKind = access.ToApplication }, "subject_unknown"},
			"to another sort of thing":   {func(g *access.Grant) { g.SubjectKind = "team" }, "subject_unknown"},
			"on nothing":                 {func(g *access.Grant) { g.AssetUID = "none" }, "dataset_not_found"},
			"that ends before it begins": {func(g *access.Grant) { g.Until = store.Now().Add(-time.Hour) }, "period_reversed"},
			"with an endless filter":     {func(g *access.Grant) { g.RowFilter = strings.Repeat("a", 2001) }, "text_too_long"},
		} {
			g := good
			test.wrong(&g)
			if _, err := h.access.Grant(t.Context(), g); fault.CodeOf(err) != test.code {
				t.Errorf("%s: %v, want %s", name, err, test.code)
			}
		}
		if err := h.access.Revoke(t.Context(), "none", ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("revoking nothing: %v", err)
		}
	})
}

func TestARouteLetsInWhomItSays(t *testing.T) {
	member := func(role identity.Role, scopes ...identity.Scope) identity.Principal {
		return identity.Principal{Kind: identity.Person, UserID: "u", Roles: map[string]identity.Role{"o": role}, Scopes: scopes}
	}
	platformRead := identity.System()
	platformRead.Scopes = []identity.Scope{identity.ScopeRead}
	tests := []struct {
		permission access.Permission
		name       string
		who        identity.Principal
		want       fault.Kind // Internal for nobody refused
	}{
		{access.Public, "public", nobody, fault.Internal},
		{access.SignedIn, "signed-in", nobody, fault.Unauthenticated},
		{access.SignedIn, "signed-in", member(identity.NoRole), fault.Internal},
		{access.On(access.Publish), "on publish", nobody, fault.Unauthenticated},
		{access.On(access.Publish), "on publish", member(identity.Contributor), fault.Forbidden},
		{access.On(access.Publish), "on publish", member(identity.Publisher), fault.Internal},
		{access.On(access.Publish), "on publish", member(identity.Publisher, identity.ScopeRead), fault.Forbidden},
		{access.On(access.Describe), "on describe", member(identity.Contributor), fault.Internal},
		{access.On(access.Steward), "on steward", member(identity.Publisher), fault.Forbidden},
		{access.Platform, "platform", nobody, fault.Unauthenticated},
		{access.Platform, "platform", member(identity.Administrator), fault.Forbidden},
		{access.Platform, "platform", identity.System(), fault.Internal},
		{access.Platform, "platform", platformRead, fault.Forbidden},
		{access.Permission{}, "nobody", identity.System(), fault.Forbidden},
	}
	for _, test := range tests {
		err := test.permission.Check(test.who)
		if (err == nil) != (test.want == fault.Internal) || (err != nil && !fault.Is(err, test.want)) {
			t.Errorf("%s, %+v: %v", test.name, test.who, err)
		}
		if test.permission.String() != test.name || test.permission.IsPublic() != (test.name == "public") {
			t.Errorf("%s says %q", test.name, test.permission)
		}
	}
}

func TestACreatorNeedsARoleInTheOrganisation(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	ctx := context.Background()
	if err := h.access.CanIn(ctx, h.member(identity.Contributor), access.Contribute, h.org[0].ID); err != nil {
		t.Error(err)
	}
	if err := h.access.CanIn(ctx, h.member(identity.Contributor), access.Contribute, h.org[1].ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("next door: %v", err)
	}
	if err := h.access.CanIn(ctx, nobody, access.Contribute, h.org[0].ID); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("nobody: %v", err)
	}
}
