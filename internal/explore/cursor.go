package explore

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
)

// resume is where a page of records starts, as the parameter "cursor" carries it from the page before: the version
// that the first page read, the question that it asked, and the row that it ended with. A cursor opens nothing: the
// question is asked and narrowed again for whoever brings it.
type resume struct {
	Version  int    `json:"v"`
	Question string `json:"q"`           // digest of the plan, its window apart
	Offset   int    `json:"o"`           // rows before the page
	After    string `json:"a,omitempty"` // the last row of the page before; "" for groups, which are counted
	Now      int64  `json:"n,omitempty"` // what now() meant on the first page, in Unix microseconds
}

func badCursor(message i18n.Text) error {
	return fault.New(fault.Invalid, "InvalidCursorError", message).At("cursor")
}

// cursor reads the parameter, nil when it is absent.
func (p *parameters) cursor() *resume {
	text := p.text("cursor")
	if text == "" {
		return nil
	}
	var c resume
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	switch {
	case p.err != nil:
	case err != nil || c.Version < 1 || c.Offset < 0 || c.Question == "":
		p.err = badCursor(i18n.T("Ce curseur est abîmé : reprenez la première page.", "This cursor is damaged: start again from the first page."))
	case p.text("offset") != "" && p.text("offset") != "0":
		p.err = badCursor(i18n.T("Un curseur dit déjà où reprendre : retirez offset.", "A cursor says where to go on already: take offset out."))
	}
	return &c
}

// in makes the version of the cursor the one that the request reads, unless the request names one.
func (c *resume) in(ctx context.Context) context.Context {
	if c == nil || whichOf(ctx) != (which{}) {
		return ctx
	}
	return which{number: c.Version}.in(ctx)
}

func (c resume) String() string {
	data, err := json.Marshal(c)
	if err != nil { // numbers and texts always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// question64 names a plan whatever its window is: the rows it keeps, its columns, its order, its version.
func question64(plan *query.Plan) string {
	whole := *plan
	whole.Limit, whole.Offset, whole.After, whole.Position = -1, 0, nil, false
	sum := sha256.Sum256([]byte(whole.Canonical()))
	return hex.EncodeToString(sum[:8])
}

// apply makes a plan start after the cursor, which must come from an answer to the same question on the same version.
func (c *resume) apply(plan *query.Plan) error {
	if c.Question != question64(plan) {
		return badCursor(i18n.T(
			"Ce curseur vient d’une autre question, ou d’une autre version : reprenez la première page.",
			"This cursor comes from another question, or from another version: start again from the first page."))
	}
	if c.After == "" {
		plan.Offset = c.Offset
		return nil
	}
	if err := plan.Resume(c.After); err != nil {
		return badCursor(fault.Message(err))
	}
	return nil
}

// now is what now() means for the request: the moment of the first page.
func (c *resume) now() time.Time {
	if c == nil || c.Now == 0 {
		return time.Now()
	}
	return time.UnixMicro(c.Now)
}

// dependsOnNow reports whether a request may mention now().
func dependsOnNow(r query.Request) bool {
	text := strings.ToLower(strings.Join(append([]string{r.Select, r.GroupBy, r.OrderBy}, r.Where...), " "))
	return strings.Contains(text, "now")
}

// next is the cursor of the page that follows one that ended at a row. A sort key that no address can
// carry, such as an infinity, falls back on counting rows.
func (c *resume) next(plan *query.Plan, last query.Cursor, now time.Time) string {
	n := resume{Version: plan.From.Version, Question: question64(plan), Offset: plan.Offset + plan.Limit}
	if plan.After != nil {
		n.Offset = c.Offset + plan.Limit
	}
	if !plan.Grouped {
		n.After = last.String()
	}
	if !now.IsZero() {
		n.Now = now.UnixMicro()
	}
	return n.String()
}

const nextMember = `, "next": "`

// linkNext says in the headers where the next page is, when the body of this one says that there is one.
func (s *Service) linkNext(w http.ResponseWriter, r *http.Request, body []byte) {
	text, found := strings.CutSuffix(string(body[max(0, len(body)-1<<16):]), `"}`)
	at := strings.LastIndex(text, `]`+nextMember) // no value can hold it: quotes are escaped in texts
	if !found || at < 0 {
		return
	}
	cursor := text[at+1+len(nextMember):]
	w.Header().Set("Link", "<"+s.self(r, "offset", "", "cursor", cursor)+`>; rel="next"`)
}
