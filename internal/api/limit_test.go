package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/nice"
)

func call(l *Limiter, address, user string) (http.Header, error) {
	r := httptest.NewRequest(http.MethodGet, "/api/v1/datasets", nil)
	r.RemoteAddr = address
	if user != "" {
		r = r.WithContext(identity.With(r.Context(), identity.Principal{Kind: identity.Person, UserID: user}))
	}
	w := httptest.NewRecorder()
	err := l.Take(w, r)
	return w.Header(), err
}

func TestCallsOverTheLimitWaitForTheNextMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{Anonymous: 3, Key: 5})
		for i := range 3 {
			h, err := call(l, "192.0.2.1:4000", "")
			if err != nil || h.Get("RateLimit") != fmt.Sprintf(`"anonymous";r=%d;t=60`, 2-i) || h.Get("X-RateLimit-Remaining") != fmt.Sprint(2-i) {
				t.Fatalf("call %d: %v, %v", i+1, err, h)
			}
		}
		time.Sleep(20 * time.Second)
		h, err := call(l, "192.0.2.1:4001", "")
		var limit *LimitError
		if !errors.As(err, &limit) || !fault.Is(err, fault.TooMany) || limit.Limit != 3 || h.Get("Retry-After") != "40" {
			t.Fatalf("the fourth call: %v, %v", err, h)
		}
		for name, one := range map[string]struct{ address, user string }{
			"another address": {"192.0.2.2:1", ""}, "the same address with a key": {"192.0.2.1:4002", "u1"},
		} {
			if _, err := call(l, one.address, one.user); err != nil {
				t.Errorf("%s is refused: %v", name, err)
			}
		}
		time.Sleep(40 * time.Second)
		if _, err := call(l, "192.0.2.1:4003", ""); err != nil {
			t.Errorf("refused in the next minute: %v", err)
		}
	})
}

func TestAKeyIsCountedWhereverItIsUsed(t *testing.T) {
	l := NewLimiter(Limits{Anonymous: 1, Key: 5})
	for i := range 5 {
		if _, err := call(l, fmt.Sprintf("192.0.2.%d:1", i), "u1"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := call(l, "192.0.2.99:1", "u1"); !fault.Is(err, fault.TooMany) {
		t.Errorf("the sixth call with a key: %v", err)
	}
}

func TestWhoHasManyAddressesIsStillOneCaller(t *testing.T) {
	l := NewLimiter(Limits{Anonymous: 2})
	for i, want := range []bool{true, true, false} {
		if _, err := call(l, fmt.Sprintf("[2001:db8:1:2::%x]:1", i+1), ""); (err == nil) != want {
			t.Errorf("call %d of a network of addresses: %v", i+1, err)
		}
	}
	if _, err := call(l, "[2001:db8:1:3::1]:1", ""); err != nil {
		t.Errorf("the network beside it: %v", err)
	}
	mapped := NewLimiter(Limits{Anonymous: 1})
	_, _ = call(mapped, "192.0.2.1:1", "")
	if _, err := call(mapped, "[::ffff:192.0.2.1]:1", ""); err == nil {
		t.Error("an IPv4 address written as IPv6 is another caller")
	}
}

func TestAFloodOfAddressesTakesBoundedMemory(t *testing.T) {
	l := NewLimiter(Limits{Anonymous: 10})
	for i := range callers + 50_000 {
		_, _ = call(l, fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255), "")
	}
	if len(l.taken) > callers+1 {
		t.Errorf("%d callers are counted one by one", len(l.taken))
	}
	if _, err := call(l, "203.0.113.7:1", ""); !fault.Is(err, fault.TooMany) {
		t.Errorf("a new address in a flood: %v", err)
	}
}

func TestNoLimitCountsNothing(t *testing.T) {
	l := NewLimiter(Limits{})
	for range 100 {
		if h, err := call(l, "192.0.2.1:1", ""); err != nil || h.Get("RateLimit") != "" {
			t.Fatal(h, err)
		}
	}
}

func TestLongWorkOverTheLimitWaitsAndShortAnswersDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{Anonymous: 100, AnonymousWork: 3 * time.Second, KeyWork: 10 * time.Second})
		payer := func(address, user string) nice.Purse {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = address
			if user != "" {
				r = r.WithContext(identity.With(r.Context(), identity.Principal{Kind: identity.Person, UserID: user}))
			}
			return nice.PurseOf(l.pays(r).Context())
		}
		one := payer("192.0.2.1:1", "")
		for range 2 {
			if err := one.Check(); err != nil {
				t.Fatal(err)
			}
			one.Spend(2 * time.Second)
		}
		time.Sleep(20 * time.Second)
		err := payer("192.0.2.1:2", "").Check()
		var limit *LimitError
		if !errors.As(err, &limit) || !fault.Is(err, fault.TooMany) || limit.Limit != 3 {
			t.Fatalf("after four seconds of work: %v", err)
		}
		h := http.Header{}
		announce(h, err, time.Now())
		if h.Get("Retry-After") != "40" || h.Get("RateLimit") != `"work";r=0;t=40` || h.Get("RateLimit-Policy") != `"work";q=3;w=60` {
			t.Errorf("the headers are %v", h)
		}
		if _, err := call(l, "192.0.2.1:3", ""); err != nil {
			t.Errorf("a call is not long work: %v", err)
		}
		for name, other := range map[string]nice.Purse{"another address": payer("192.0.2.2:1", ""), "the same address with a key": payer("192.0.2.1:4", "u1")} {
			if err := other.Check(); err != nil {
				t.Errorf("%s pays for it: %v", name, err)
			}
		}
		time.Sleep(40 * time.Second)
		if err := one.Check(); err != nil {
			t.Errorf("refused in the next minute: %v", err)
		}
	})
}
