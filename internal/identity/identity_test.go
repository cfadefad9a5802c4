package identity

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

const password = "une phrase sans lien 7"

// clock is a time that tests move.
type clock struct {
	sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.at = c.at.Add(d)
}

func open(t *testing.T, db *store.DB) (*Service, *clock) {
	t.Helper()
	if err := db.Migrate(t.Context(), audit.Migrations, Migrations); err != nil {
		t.Fatal(err)
	}
	s, c := New(db, audit.New(db)), &clock{at: store.Now()}
	s.now = c.now
	return s, c
}

func person(t *testing.T, s *Service, email string) User {
	t.Helper()
	u, err := s.CreateUser(t.Context(), email, "Camille Essai", password)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func signIn(t *testing.T, s *Service, email string) string {
	t.Helper()
	secret, _, err := s.SignIn(t.Context(), email, password, "192.0.2.1:4321")
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestAPersonSignsInWithTheRightPasswordOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := open(t, db)
		u := person(t, s, "Camille@Example.ORG")
		disabled := person(t, s, "disabled@example.org")
		if err := s.DisableUser(t.Context(), disabled.ID, true); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateUser(t.Context(), "none@example.org", "Sans", ""); err != nil {
			t.Fatal(err)
		}
		var message string
		for _, test := range []struct{ name, email, password string }{
			{"a wrong password", "camille@example.org", password + "!"},
			{"no password", "camille@example.org", ""},
			{"a huge password", "camille@example.org", strings.Repeat("a", 1<<20)},
			{"somebody unknown", "nobody@example.org", password},
			{"a disabled account", "disabled@example.org", password},
			{"an account without a password", "none@example.org", ""},
			{"the password that stands for nobody", "none@example.org", strings.Repeat("\x00", 32)},
		} {
			_, _, err := s.SignIn(t.Context(), test.email, test.password, "")
			if !fault.Is(err, fault.Unauthenticated) || (message != "" && err.Error() != message) {
				t.Errorf("%s: %v; every refusal says the same", test.name, err)
			}
			message = err.Error()
		}
		secret := signIn(t, s, " camille@EXAMPLE.org ")
		p, err := s.SessionPrincipal(t.Context(), secret)
		if err != nil || p.Kind != Person || p.UserID != u.ID || p.Email != "camille@example.org" || p.SessionID == "" || p.Scopes != nil {
			t.Errorf("signed in as %+v (%v)", p, err)
		}
		if err := s.SignOut(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SessionPrincipal(t.Context(), secret); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("after signing out: %v", err)
		}
	})
}

func TestTheStoreHoldsNoSecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := open(t, db)
		u := person(t, s, "camille@example.org")
		session := signIn(t, s, u.Email)
		token, _, err := s.CreateToken(t.Context(), NewToken{Name: "Script", UserID: u.ID})
		if err != nil {
			t.Fatal(err)
		}
		var hash, sessionHash, tokenHash string
		err = db.QueryRowContext(t.Context(), `SELECT u.password, s.secret, t.secret FROM users u, sessions s, tokens t`).
			Scan(&hash, &sessionHash, &tokenHash)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("the password is kept as %s", hash)
		}
		if sessionHash == session || tokenHash == token || len(sessionHash) != 64 || len(tokenHash) != 64 {
			t.Error("a secret is kept in clear")
		}
	})
}

func TestAnOlderHashIsRenewedAtSignIn(t *testing.T) {
	s, _ := open(t, storetest.SQLite(t))
	u := person(t, s, "camille@example.org")
	// The hash of the same password with one pass, as an earlier version could have made it.
	key, err := s.derive(t.Context(), password, []byte("0123456789abcdef"), 1024, 1, 1, 32)
	if err != nil {
		t.Fatal(err)
	}
	old := "$argon2id$v=19$m=1024,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" + base64.RawStdEncoding.EncodeToString(key)
	if _, err := s.db.ExecContext(t.Context(), `UPDATE users SET password = $1`, old); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		signIn(t, s, u.Email)
	}
	var hash string
	if err := s.db.QueryRowContext(t.Context(), `SELECT password FROM users`).Scan(&hash); err != nil || !strings.Contains(hash, "m=19456,t=2") {
		t.Errorf("kept %s (%v)", hash, err)
	}
}

func TestAWeakPasswordIsRefusedWithAReason(t *testing.T) {
	for _, test := range []struct {
		name, password string
		weak           bool
	}{
		{"short", "Abcdef1234!", true},
		{"twelve accented characters", "éàùçôîêâûëïü", false},
		{"repeated", "abababababababab", true},
		{"the address", "camille-est-la", true},
		{"too long", strings.Repeat("abcdefgh", 200), true},
		{"a sentence", password, false},
	} {
		if err := acceptable(test.password, "camille@example.org"); (fault.CodeOf(err) == "password_weak") != test.weak {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestRepeatedFailuresSlowDownTheAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, clock := open(t, db)
		person(t, s, "camille@example.org")
		person(t, s, "other@example.org")
		fail := func(remote string) error {
			_, _, err := s.SignIn(t.Context(), "camille@example.org", "wrong", remote)
			return err
		}
		for i := range freeByAccount {
			if err := fail(fmt.Sprintf("192.0.2.%d:1", i)); !fault.Is(err, fault.Unauthenticated) {
				t.Fatalf("failure %d: %v", i+1, err)
			}
		}
		if err := fail("192.0.2.99:1"); !fault.Is(err, fault.TooMany) {
			t.Errorf("from another address, the account is as slow: %v", err)
		}
		if _, _, err := s.SignIn(t.Context(), "camille@example.org", password, ""); !fault.Is(err, fault.TooMany) {
			t.Errorf("even with the right password: %v", err)
		}
		signIn(t, s, "other@example.org")
		clock.pass(firstWait + time.Second)
		if err := fail(""); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("after the wait: %v", err)
		}
		clock.pass(firstWait + time.Second)
		if err := fail(""); !fault.Is(err, fault.TooMany) {
			t.Errorf("the next wait is longer: %v", err)
		}
		clock.pass(firstWait)
		signIn(t, s, "camille@example.org")
		if err := fail(""); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a success forgets the failures: %v", err)
		}
	})
}

func TestRepeatedFailuresSlowDownTheAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, clock := open(t, db)
		s.slots = nil // no password is hashed below: every attempt is counted without being made
		try := func(i int, remote string) error {
			_, err := s.try(t.Context(), fmt.Sprintf("u%d@example.org", i), remote)
			return err
		}
		for i := range freeByAddress {
			if err := try(i, fmt.Sprintf("[2001:db8::%d]:1", i+1)); err != nil {
				t.Fatal(err)
			}
		}
		if err := try(1000, "[2001:db8::ffff]:1"); !fault.Is(err, fault.TooMany) {
			t.Errorf("the same network: %v", err)
		}
		if err := try(1001, "[2001:db8:0:1::1]:1"); err != nil {
			t.Errorf("the next network: %v", err)
		}
		clock.pass(forgetAfter)
		if err := try(1002, "2001:db8::1"); err != nil {
			t.Errorf("an hour later: %v", err)
		}
		clock.pass(forgetAfter)
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM sign_in_failures`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d failures kept (%v)", left, err)
		}
	})
}

func TestManyGuessesAtOnceAreCountedOneByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := open(t, db)
		var group sync.WaitGroup
		made := make(chan bool, 20)
		for range 20 {
			group.Go(func() {
				if _, err := s.try(t.Context(), "camille@example.org", ""); err == nil {
					made <- true
				} else if !fault.Is(err, fault.TooMany) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if len(made) != freeByAccount {
			t.Errorf("%d guesses were made, %d are free", len(made), freeByAccount)
		}
	})
}

func TestWaitsGrowUpToAQuarterOfAnHour(t *testing.T) {
	for n, want := range map[int]time.Duration{-1: 0, 0: 30 * time.Second, 1: time.Minute, 4: 8 * time.Minute, 5: 15 * time.Minute, 99: 15 * time.Minute} {
		if got := waitAfter(n); got != want {
			t.Errorf("after %d: %v, want %v", n, got, want)
		}
	}
}

func TestASessionSlidesThenEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, clock := open(t, db)
		person(t, s, "camille@example.org")
		idle, used := signIn(t, s, "camille@example.org"), signIn(t, s, "camille@example.org")
		for elapsed := time.Duration(0); elapsed < sessionMost-11*time.Hour; elapsed += 11 * time.Hour {
			if _, err := s.SessionPrincipal(t.Context(), used); err != nil {
				t.Fatalf("in use, after %v: %v", elapsed, err)
			}
			clock.pass(11 * time.Hour)
		}
		if _, err := s.SessionPrincipal(t.Context(), idle); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("unused: %v", err)
		}
		clock.pass(11 * time.Hour)
		if _, err := s.SessionPrincipal(t.Context(), used); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("in use, after a week: %v", err)
		}
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM sessions`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d sessions kept (%v)", left, err)
		}
	})
}

func TestChangingAPasswordClosesTheOtherSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := open(t, db)
		u := person(t, s, "camille@example.org")
		mine, other := signIn(t, s, u.Email), signIn(t, s, u.Email)
		p, err := s.SessionPrincipal(t.Context(), mine)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ChangePassword(t.Context(), u.ID, "wrong", "une autre phrase 42", p.SessionID); fault.CodeOf(err) != "password_wrong" {
			t.Errorf("with a wrong current password: %v", err)
		}
		if err := s.ChangePassword(t.Context(), u.ID, password, "une autre phrase 42", p.SessionID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SessionPrincipal(t.Context(), mine); err != nil {
			t.Errorf("the session that changed it: %v", err)
		}
		if _, err := s.SessionPrincipal(t.Context(), other); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("the other session: %v", err)
		}
		if _, _, err := s.SignIn(t.Context(), u.Email, password, ""); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("the old password: %v", err)
		}
		if err := s.SetPassword(t.Context(), u.ID, password); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SessionPrincipal(t.Context(), mine); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("set by somebody else, every session closes: %v", err)
		}
	})
}

func TestATokenStandsForItsHolderUntilItEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, clock := open(t, db)
		u := person(t, s, "camille@example.org")
		org, err := s.CreateOrganization(t.Context(), Organization{Name: "Académie d’essai"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetMembership(t.Context(), u.ID, org.ID, Steward); err != nil {
			t.Fatal(err)
		}
		mine, token, err := s.CreateToken(t.Context(), NewToken{Name: "Le mien", UserID: u.ID, Expires: clock.now().Add(time.Hour)})
		if err != nil || !strings.HasPrefix(mine, "socle_") || !strings.HasSuffix(mine, token.Hint) {
			t.Fatalf("%s, %+v (%v)", mine, token, err)
		}
		p, err := s.TokenPrincipal(t.Context(), mine)
		if err != nil || p.UserID != u.ID || p.RoleIn(org.ID) != Steward || !p.Allows(ScopeRead) || p.Allows(ScopePublish) {
			t.Errorf("acts as %+v (%v)", p, err)
		}
		app, appToken, err := s.CreateToken(t.Context(), NewToken{Name: "Moissonneur", OrgID: org.ID, Role: Publisher, Scopes: []Scope{ScopePublish}})
		if err != nil {
			t.Fatal(err)
		}
		p, err = s.TokenPrincipal(t.Context(), app)
		if err != nil || p.Kind != Application || p.RoleIn(org.ID) != Publisher || !p.Allows(ScopeRead) || p.Allows(ScopeAdmin) || p.IsAnonymous() {
			t.Errorf("acts as %+v (%v)", p, err)
		}
		if err := s.RevokeToken(t.Context(), appToken.ID); err != nil {
			t.Fatal(err)
		}
		clock.pass(time.Hour)
		for name, secret := range map[string]string{"revoked": app, "over": mine, "unknown": "socle_x", "empty": ""} {
			if _, err := s.TokenPrincipal(t.Context(), secret); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s: %v", name, err)
			}
		}
		list, err := s.Tokens(t.Context(), "", org.ID)
		if err != nil || len(list) != 1 || list[0].RevokedAt.IsZero() || list[0].UsedAt.IsZero() {
			t.Errorf("listed as %+v (%v)", list, err)
		}
		if all, err := s.Tokens(t.Context(), "", ""); err != nil || len(all) != 2 {
			t.Errorf("%d tokens in all (%v)", len(all), err)
		}
	})
}

func TestATokenOfADisabledPersonStopsWorking(t *testing.T) {
	s, _ := open(t, storetest.SQLite(t))
	u := person(t, s, "camille@example.org")
	secret, _, err := s.CreateToken(t.Context(), NewToken{Name: "X", UserID: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, disabled := range []bool{true, false} {
		if err := s.DisableUser(t.Context(), u.ID, disabled); err != nil {
			t.Fatal(err)
		}
		if _, err := s.TokenPrincipal(t.Context(), secret); fault.Is(err, fault.Unauthenticated) != disabled {
			t.Errorf("disabled %t: %v", disabled, err)
		}
	}
}

func TestATokenThatMeansNothingIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, clock := open(t, db)
		u := person(t, s, "camille@example.org")
		own, err := s.Setup(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range map[string]NewToken{
			"no name":             {UserID: u.ID},
			"no holder":           {Name: "X"},
			"two holders":         {Name: "X", UserID: u.ID, OrgID: own.ID, Role: Reader},
			"unknown holder":      {Name: "X", UserID: "none"},
			"no role":             {Name: "X", OrgID: own.ID},
			"a role for a person": {Name: "X", UserID: u.ID, Role: Administrator},
			"unknown scope":       {Name: "X", UserID: u.ID, Scopes: []Scope{"everything"}},
			"empty scopes":        {Name: "X", UserID: u.ID, Scopes: []Scope{}},
			"over already":        {Name: "X", UserID: u.ID, Expires: clock.now()},
		} {
			if secret, _, err := s.CreateToken(t.Context(), n); err == nil || secret != "" {
				t.Errorf("%s: got a token", name)
			}
		}
	})
}

func TestTheRecordNamesNoAddress(t *testing.T) {
	s, _ := open(t, storetest.SQLite(t))
	u := person(t, s, "camille@example.org")
	signIn(t, s, u.Email)
	list, err := s.log.List(t.Context(), audit.Filter{}, audit.Page{})
	if err != nil || len(list) != 2 || list[0].Action != "user.sign_in" || list[0].Actor != u.ID {
		t.Fatalf("%+v (%v)", list, err)
	}
	if text := fmt.Sprintf("%+v", list); strings.Contains(text, "example.org") || strings.Contains(text, "192.0.2") {
		t.Errorf("the record holds personal data: %s", text)
	}
}

func TestScopesAndRolesIncludeTheNarrowerOnes(t *testing.T) {
	for _, test := range []struct {
		held  []Scope
		asked Scope
		want  bool
	}{
		{nil, ScopeAdmin, true}, {[]Scope{}, ScopeRead, false}, {[]Scope{ScopeRead}, ScopePublish, false},
		{[]Scope{ScopePublish}, ScopeRead, true}, {[]Scope{ScopeRead, ScopeAdmin}, ScopePublish, true}, {[]Scope{"x"}, ScopeRead, false},
	} {
		if got := (Principal{Scopes: test.held}).Allows(test.asked); got != test.want {
			t.Errorf("%v allows %s: %t", test.held, test.asked, got)
		}
	}
	for r := NoRole; r <= Administrator; r++ {
		if got, err := ParseRole(r.String()); err != nil || got != r || r.Label().IsZero() {
			t.Errorf("%v came back as %v (%v)", r, got, err)
		}
	}
	if p := From(t.Context()); !p.IsAnonymous() || p.Actor() != "anonymous" || p.Highest() != NoRole {
		t.Errorf("nobody is %+v", p)
	}
	if p := From(With(t.Context(), System())); p.Highest() != Administrator || p.RoleIn("any") != Administrator {
		t.Errorf("the program is %+v", p)
	}
}
