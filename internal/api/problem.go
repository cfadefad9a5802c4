package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/fault"
	"socle/internal/i18n"
)

const problemMedia = "application/problem+json"

// Problem is an error as RFC 9457 writes it, with the code and the sentence of a fault.
type Problem struct {
	Type    string              `json:"type" doc:"Always about:blank: the code says which error it is" example:"about:blank"`
	Title   string              `json:"title" doc:"Name of the status" example:"Not Found"`
	Status  int                 `json:"status" example:"404"`
	Code    string              `json:"code" doc:"Stable name of the error, for programs" example:"dataset_not_found"`
	Message string              `json:"message" doc:"What is wrong and what to do, in the language of Accept-Language"`
	Field   string              `json:"field,omitempty" doc:"Parameter or property at fault"`
	Errors  []*huma.ErrorDetail `json:"errors,omitempty" doc:"Each thing that does not fit the document"`
}

var problemType = reflect.TypeFor[Problem]()

// Error is the sentence.
func (p *Problem) Error() string { return p.Message }

// GetStatus is what huma answers with.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of a problem, whatever the operation answers with.
func (p *Problem) ContentType(string) string { return problemMedia }

func newProblem(ctx context.Context, status int, err error) *Problem {
	p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: fault.CodeOf(err),
		Message: fault.Message(err).In(i18n.From(ctx))}
	var e *fault.Error
	if errors.As(err, &e) {
		p.Field = e.Field
	}
	return p
}

// report turns the error of a handler into a problem, and logs the cause of those that a person did not make.
func (a *API) report(ctx context.Context, err error) error {
	var made huma.StatusError
	if errors.As(err, &made) {
		return err // the handler chose its own status: 304, for instance
	}
	status := fault.KindOf(err).Status()
	if status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		a.log.ErrorContext(ctx, "operation failed", "error", err)
	}
	return newProblem(ctx, status, err)
}

// WriteError answers with a problem. The site calls it for what happens before a request reaches the API.
func (a *API) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	status := fault.KindOf(err).Status()
	if status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		a.log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	}
	a.writeProblem(w, r, status, err)
}

func (a *API) writeProblem(w http.ResponseWriter, r *http.Request, status int, err error) {
	h := w.Header()
	for _, name := range []string{"Content-Length", "Content-Disposition", "Content-Encoding", "ETag", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Content-Type", problemMedia)
	h.Set("Cache-Control", "no-store")
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="socle"`)
	}
	ctx := i18n.With(r.Context(), language(r))
	body, encodingErr := json.Marshal(newProblem(ctx, status, err))
	if encodingErr != nil { // texts and numbers always encode
		body = []byte(`{"status":500,"code":"internal"}`)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the reader may have left
}

// translate gives what huma finds wrong with a request the same form as everything else.
func (a *API) translate(c huma.Context, _ string, body any) (any, error) {
	model, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	p := newProblem(c.Context(), model.Status, faultOf(model))
	p.Errors = model.Errors
	if len(model.Errors) > 0 {
		p.Field = model.Errors[0].Location
	}
	return p, nil
}

// faultOf says in our words what huma refused.
func faultOf(model *huma.ErrorModel) error {
	switch model.Status {
	case http.StatusRequestEntityTooLarge:
		return fault.New(fault.TooLarge, "body_too_large", i18n.T("Le corps de la requête est trop volumineux.", "The body of the request is too large."))
	case http.StatusUnsupportedMediaType:
		return fault.New(fault.Invalid, "unsupported_media_type", i18n.T("Ce type de contenu n’est pas accepté : envoyez « application/json ».",
			"This content type is not accepted: send “application/json”."))
	case http.StatusRequestTimeout:
		return fault.New(fault.Invalid, "request_timeout", i18n.T("Le corps de la requête a tardé à arriver.", "The body of the request took too long to come."))
	}
	if model.Status < http.StatusInternalServerError {
		return fault.New(fault.Invalid, "invalid_request", i18n.T("La requête n’est pas conforme à la description de l’API : %s.",
			"The request does not fit the description of the API: %s.", firstDetail(model)))
	}
	return errors.New(model.Detail)
}

func firstDetail(model *huma.ErrorModel) string {
	if len(model.Errors) == 0 {
		return model.Detail
	}
	first := model.Errors[0]
	if first.Location == "" {
		return first.Message
	}
	return first.Location + ": " + first.Message
}
