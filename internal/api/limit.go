package api

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
)

// Limits says how many calls one caller may make in a minute, and how much long work may be done for them: an address without a
// key, or a person or an application whatever their address. Zero is no limit. This process alone counts: behind a balancer, a caller
// has as many times the limit as there are nodes.
type Limits struct {
	Anonymous     int
	Key           int
	AnonymousWork time.Duration // of long work: see [nice.Purse]
	KeyWork       time.Duration
	Address       func(r *http.Request) string // the address that asks; that of the connection when nil
}

// window is how long calls are counted together.
const window = time.Minute

// callers is how many callers are counted one by one; those that come after share a count, so that a flood of
// addresses takes no memory.
const callers = 200_000

// Limiter counts calls. It keeps no address longer than a window, and never writes one anywhere. It is safe for
// concurrent use.
type Limiter struct {
	limits Limits
	now    func() time.Time

	mu    sync.Mutex
	ends  time.Time
	taken map[string]int
	spent map[string]time.Duration
}

// NewLimiter returns a limiter that has counted nothing.
func NewLimiter(limits Limits) *Limiter { return &Limiter{limits: limits, now: time.Now} }

// LimitError refuses a call over a limit. It is a fault of kind TooMany with the code "too_many_calls".
type LimitError struct {
	Fault *fault.Error
	Limit int       // calls in a minute, or seconds of work
	Reset time.Time // when calls are taken again, UTC
	work  bool      // the limit is one on work
}

// Error is the sentence of the fault.
func (e *LimitError) Error() string { return e.Fault.Error() }

// Unwrap returns the fault.
func (e *LimitError) Unwrap() error { return e.Fault }

// Take counts a call of whoever is in the context of the request, writes the headers that say what is left
// (RateLimit and RateLimit-Policy of the HTTP working group's draft, and the older X-RateLimit-*), and answers
// [LimitError] when nothing is.
func (l *Limiter) Take(w http.ResponseWriter, r *http.Request) error {
	policy, limit, _, caller := l.policy(r)
	if limit <= 0 {
		return nil
	}
	taken, ends := l.count(caller)
	left, seconds := max(0, limit-taken), int(math.Ceil(ends.Sub(l.now()).Seconds()))
	h := w.Header()
	h.Set("RateLimit-Policy", fmt.Sprintf(`"%s";q=%d;w=%d`, policy, limit, int(window.Seconds())))
	h.Set("RateLimit", fmt.Sprintf(`"%s";r=%d;t=%d`, policy, left, seconds))
	h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	h.Set("X-RateLimit-Reset", ends.UTC().Format(time.RFC3339))
	if taken <= limit {
		return nil
	}
	h.Set("Retry-After", strconv.Itoa(max(1, seconds)))
	return &LimitError{Limit: limit, Reset: ends.UTC(), Fault: fault.New(fault.TooMany, "too_many_calls", i18n.T(
		"Plus de %d appels en une minute. Attendez %d secondes ; une clé donne droit à davantage, et l’export d’un fichier entier ne compte que pour un appel.",
		"More than %d calls in a minute. Wait %d seconds; a key allows more, and the export of a whole file counts as one call.", limit, max(1, seconds)))}
}

// policy says who asks, and under which limits.
func (l *Limiter) policy(r *http.Request) (name string, calls int, work time.Duration, caller string) {
	if who := identity.From(r.Context()); !who.IsAnonymous() {
		return "key", l.limits.Key, l.limits.KeyWork, "user " + who.Actor()
	}
	return "anonymous", l.limits.Anonymous, l.limits.AnonymousWork, l.address(r)
}

func (l *Limiter) count(caller string) (taken int, ends time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn()
	caller = l.counted(caller)
	l.taken[caller]++
	return l.taken[caller], l.ends
}

// turn begins another window when it is time. It is called with the lock held, as is counted.
func (l *Limiter) turn() (now time.Time) {
	if now = l.now(); !now.Before(l.ends) {
		l.ends, l.taken, l.spent = now.Add(window), make(map[string]int), make(map[string]time.Duration)
	}
	return now
}

// counted is the name under which a caller is counted.
func (l *Limiter) counted(caller string) string {
	_, called := l.taken[caller]
	_, worked := l.spent[caller]
	if !called && !worked && max(len(l.taken), len(l.spent)) >= callers {
		return "others"
	}
	return caller
}

// address names where a call without a key comes from. Whoever has an IPv6 address has the 2⁶⁴ of its network.
func (l *Limiter) address(r *http.Request) string {
	text := r.RemoteAddr
	if l.limits.Address != nil {
		text = l.limits.Address(r)
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		port, err := netip.ParseAddrPort(text)
		if err != nil {
			return "others"
		}
		address = port.Addr()
	}
	if address = address.Unmap(); address.Is6() {
		network, _ := address.WithZone("").Prefix(64) // 64 bits are always there
		return network.String()
	}
	return address.String()
}
