package registry

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/outbound"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// codeOf is the code of a refusal, "" when nothing was refused.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.CodeOf(err)
}

func TestAFileByAddressIsWholeOrRefused(t *testing.T) {
	content := "uai,effectif\n" + strings.Repeat("0750655E,12\n", 20)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(content)) }))
	defer server.Close()
	reach := outbound.New(outbound.Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	for limit, want := range map[int64]string{int64(len(content)): "", int64(len(content)) - 1: "file_too_large"} {
		folder := t.TempDir()
		s := New(Parts{Outbound: reach}, Options{MaxFile: limit})
		file, err := s.fetchFile(identity.With(t.Context(), identity.System()), server.URL+"/x.csv", folder)
		if got := codeOf(err); got != want {
			t.Errorf("limit %d: %v, want code %q", limit, err, want)
		}
		if want != "" {
			continue
		}
		if kept, err := os.ReadFile(file.Path); err != nil || string(kept) != content {
			t.Errorf("limit %d: %d bytes were kept of %d (%v)", limit, len(kept), len(content), err)
		}
	}
}

// TestThoseWhomNobodyKnowsFillNoDisk holds what is kept for them together, and nothing of what others keep.
func TestThoseWhomNobodyKnowsFillNoDisk(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), audit.Migrations, identity.Migrations, asset.Migrations, access.Migrations, jobs.Migrations, lake.Migrations, Migrations); err != nil {
			t.Fatal(err)
		}
		s := New(Parts{Store: db}, Options{KeptOfStrangers: 100})
		keepOne := func(who identity.Principal, bytes int64, life int) error {
			ctx := identity.With(t.Context(), who)
			if err := s.room(ctx, db, bytes); err != nil {
				return err
			}
			now := store.Now()
			_, err := db.ExecContext(ctx, insertCheck, store.NewID(), who.Actor(), string(CheckDone), 0, store.AsJSON(CheckContent{}), bytes, store.At(now), store.At(now.AddDate(0, 0, life)))
			return err
		}
		stranger, known := identity.Principal{}, identity.Principal{Kind: identity.Person, UserID: "u"}
		for name, tc := range map[string]struct {
			before []int64 // kept for strangers
			life   int     // in days, of what was kept before
			who    identity.Principal
			bytes  int64
			code   string
		}{
			"room":                  {[]int64{40, 20}, 1, stranger, 40, ""},
			"no room":               {[]int64{40, 20}, 1, stranger, 41, "checks_full"},
			"what expired":          {[]int64{40, 40}, -1, stranger, 90, ""},
			"somebody who is known": {[]int64{100}, 1, known, 90, ""},
		} {
			if _, err := db.ExecContext(t.Context(), `DELETE FROM registry_checks`); err != nil {
				t.Fatal(err)
			}
			for _, bytes := range tc.before {
				if err := keepOne(stranger, bytes, tc.life); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if err := keepOne(tc.who, tc.bytes, 1); codeOf(err) != tc.code {
				t.Errorf("%s: %v, want code %q", name, err, tc.code)
			}
		}
	})
}
