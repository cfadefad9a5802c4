package api

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/nice"
)

// purse counts the long work done for one caller in a window, together with their calls.
type purse struct {
	limiter *Limiter
	caller  string
	most    time.Duration
}

// pays returns the request with who pays for its long work.
func (l *Limiter) pays(r *http.Request) *http.Request {
	_, _, most, caller := l.policy(r)
	if most <= 0 {
		return r
	}
	return r.WithContext(nice.WithPurse(r.Context(), &purse{l, caller, most}))
}

// Check implements [nice.Purse]: it answers [LimitError] when the caller has had their share.
func (p *purse) Check() error {
	p.limiter.mu.Lock()
	defer p.limiter.mu.Unlock()
	now := p.limiter.turn()
	if p.limiter.spent[p.limiter.counted(p.caller)] < p.most {
		return nil
	}
	seconds := max(1, int(math.Ceil(p.limiter.ends.Sub(now).Seconds())))
	return &LimitError{Limit: int(p.most.Seconds()), Reset: p.limiter.ends.UTC(), work: true, Fault: fault.New(fault.TooMany, "too_much_work", i18n.T(
		"Vos recherches et vos exports ont occupé le serveur plus de %d secondes en une minute. Attendez %d secondes ; les pages et les réponses courtes restent servies, et une clé donne droit à davantage.",
		"Your searches and exports have kept the server busy for more than %d seconds in a minute. Wait %d seconds; pages and short answers are still served, and a key allows more.",
		int(p.most.Seconds()), seconds))}
}

// Spend implements [nice.Purse].
func (p *purse) Spend(work time.Duration) {
	p.limiter.mu.Lock()
	defer p.limiter.mu.Unlock()
	p.limiter.turn()
	p.limiter.spent[p.limiter.counted(p.caller)] += work
}

// announce says in the headers when long work is done again; calls over their limit are announced when they are counted.
func announce(h http.Header, err error, now time.Time) {
	var limit *LimitError
	if !errors.As(err, &limit) || !limit.work {
		return
	}
	seconds := max(1, int(math.Ceil(limit.Reset.Sub(now).Seconds())))
	h.Add("RateLimit-Policy", fmt.Sprintf(`"work";q=%d;w=%d`, limit.Limit, int(window.Seconds())))
	h.Add("RateLimit", fmt.Sprintf(`"work";r=0;t=%d`, seconds))
	h.Set("X-RateLimit-Reset", limit.Reset.Format(time.RFC3339))
	h.Set("Retry-After", strconv.Itoa(seconds))
}
