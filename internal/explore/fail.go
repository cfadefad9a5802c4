package explore

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"socle/internal/api"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
)

// failure is the body of an error, as clients of the Explore API read it. The keys after the second are ours.
type failure struct {
	Message    string    `json:"message"`
	ErrorCode  string    `json:"error_code"`
	Messages   i18n.Text `json:"messages"`
	Parameter  string    `json:"parameter,omitempty"`
	Position   *int      `json:"position,omitempty"` // in the parameter, in characters from 0
	Expected   string    `json:"expected,omitempty"`
	Suggestion string    `json:"suggestion,omitempty"`
}

// Fail writes an error in the shape of the Explore API. The message is in English, as clients expect, unless the
// parameter lang says "fr"; both are given. An error without meaning shows nothing of itself and goes to the log.
func (s *Service) Fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, r.Context().Err()) {
		return // who asked has left
	}
	kind := fault.KindOf(err)
	if kind == fault.Internal {
		s.log.ErrorContext(r.Context(), "explore", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	h := w.Header()
	for _, name := range []string{"ETag", "Trailer", "Content-Disposition", "Content-Encoding", "Socle-Row-Count", "X-Total-Count", "X-Socle-Version"} {
		h.Del(name)
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if kind == fault.Unauthenticated {
		h.Set("WWW-Authenticate", `Apikey, Bearer`)
	}
	allowEverySite(h)
	body, encodingErr := json.Marshal(bodyOf(err, parameter(r, "lang")))
	if encodingErr != nil { // texts and numbers always encode
		body = []byte(`{"message":"internal error","error_code":"InternalError"}`)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(kind.Status())
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may have left; there is nobody to tell
	}
}

// tooMany is the body of a refusal for too many calls, which has a shape of its own. The message in both languages is
// ours.
type tooMany struct {
	ErrorCode int       `json:"errorcode"`
	ResetTime string    `json:"reset_time"`
	Unit      string    `json:"limit_time_unit"`
	CallLimit int       `json:"call_limit"`
	Error     string    `json:"error"`
	Messages  i18n.Text `json:"messages"`
}

// tooManyCalls is the number that clients of the Explore API know for it.
const tooManyCalls = 10002

func bodyOf(err error, lang string) any {
	var limit *api.LimitError
	if !errors.As(err, &limit) {
		return failureOf(err, lang)
	}
	text, message := fault.Message(err), fault.Message(err).EN
	if lang == "fr" {
		message = text.FR
	}
	return tooMany{ErrorCode: tooManyCalls, ResetTime: limit.Reset.Format(time.RFC3339), Unit: "minute", CallLimit: limit.Limit,
		Error: message, Messages: text}
}

func failureOf(err error, lang string) failure {
	text := fault.Message(err)
	f := failure{Message: text.EN, Messages: text, ErrorCode: codeOf(err)}
	if lang == "fr" {
		f.Message = text.FR
	}
	var e *fault.Error
	if errors.As(err, &e) && e.Kind != fault.Internal {
		f.Parameter = e.Field
	}
	var syntax *query.SyntaxError
	if errors.As(err, &syntax) {
		f.Parameter, f.Position, f.Suggestion = syntax.Clause, &syntax.Position, syntax.Suggestion
		f.Expected = syntax.Expected.In(i18n.ParseLang(lang))
	}
	return f
}

// codeOf returns the code that clients of the Explore API know, where there is one.
func codeOf(err error) string {
	code := fault.CodeOf(err)
	switch fault.KindOf(err) {
	case fault.Internal:
		return "InternalError"
	case fault.Unauthenticated:
		return "UnauthorizedError"
	case fault.Forbidden:
		return "ForbiddenError"
	case fault.Unavailable:
		return "UnavailableError"
	case fault.TooMany:
		return "TooManyRequestsError"
	}
	if strings.HasSuffix(code, "Error") {
		return code
	}
	return "ODSQLError"
}

func unknownDataset(id string) error {
	return fault.New(fault.NotFound, "UnknownDatasetError", i18n.T(
		"Le jeu de données «\u00a0%s\u00a0» n’existe pas, ou n’est pas ouvert à qui demande.",
		"The dataset “%s” does not exist, or is not open to who asks.", id))
}

func unknownRecord(id string) error {
	return fault.New(fault.NotFound, "RecordNotFoundError", i18n.T(
		"L’enregistrement «\u00a0%s\u00a0» n’existe pas dans cette version du jeu de données.",
		"The record “%s” does not exist in this version of the dataset.", id))
}

func unknownPath(path string) error {
	return fault.New(fault.NotFound, "UnknownPathError", i18n.T(
		"Rien ne répond à l’adresse %s. La liste des points d’entrée est à la racine\u00a0: %s",
		"Nothing answers at %s. The list of entry points is at the root: %s", path, Prefix))
}
