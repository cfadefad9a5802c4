package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
)

// refused is an error as an assistant reads it: what is wrong, where, and what was probably meant.
type refused struct {
	Code       string `json:"code"`
	Message    string `json:"message"`
	Parameter  string `json:"parameter,omitempty"`
	Position   *int   `json:"position,omitempty"` // in the parameter, in characters from 0
	Expected   string `json:"expected,omitempty"`
	Suggestion string `json:"suggestion,omitempty"`
}

func refusedOf(ctx context.Context, err error) refused {
	lang := i18n.From(ctx)
	r := refused{Code: fault.CodeOf(err), Message: fault.Message(err).In(lang)}
	var e *fault.Error
	if errors.As(err, &e) {
		r.Parameter = e.Field
	}
	var syntax *query.SyntaxError
	if errors.As(err, &syntax) {
		r.Parameter, r.Position, r.Suggestion, r.Expected = syntax.Clause, &syntax.Position, syntax.Suggestion, syntax.Expected.In(lang)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		r.Code, r.Message = "too_slow", i18n.T("La question demande trop de temps : filtrez d’abord, ou demandez moins de colonnes.",
			"The question takes too long: filter first, or ask for fewer columns.").In(lang)
	}
	return r
}

// refusal is the answer of a tool that could not do what was asked.
func (d *Door) refusal(ctx context.Context, tool string, err error) *mcp.CallToolResult {
	d.report(ctx, tool, err)
	body, encoding := marshal(map[string]refused{"error": refusedOf(ctx, err)})
	if encoding != nil {
		body = []byte(`{"error":{"code":"internal"}}`)
	}
	return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: string(body)}}}
}

// report logs what only the operator can put right.
func (d *Door) report(ctx context.Context, what string, err error) {
	if fault.KindOf(err) == fault.Internal && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		d.log.ErrorContext(ctx, "tool failed", "tool", what, "error", err)
	}
}

// WriteError answers a request that reached no tool: the site calls it for a token that is not valid, for instance.
func (d *Door) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	d.report(r.Context(), "request", err)
	status := fault.KindOf(err).Status()
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="socle", error="invalid_token"`)
	}
	w.WriteHeader(status)
	type rpcError struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Data    any    `json:"data"`
	}
	said := refusedOf(i18n.With(r.Context(), languageOf(r)), err)
	_ = json.NewEncoder(w).Encode(struct { // the caller may have left
		Version string   `json:"jsonrpc"`
		ID      any      `json:"id"`
		Error   rpcError `json:"error"`
	}{"2.0", nil, rpcError{-32000 - status, said.Message, said}})
}

// marshal writes JSON without escaping what is harmless outside HTML.
func marshal(value any) (json.RawMessage, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
