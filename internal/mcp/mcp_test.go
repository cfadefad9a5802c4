package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	protocol "github.com/modelcontextprotocol/go-sdk/mcp"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/query"
)

type question struct {
	Word string `json:"word"`
	Size int    `json:"size,omitempty"`
}

type reply struct {
	Word string          `json:"word"`
	Who  string          `json:"who"`
	Rest json.RawMessage `json:"rest,omitempty"`
}

// door has a tool that answers, or fails as its word says, one for who has signed in, and a document.
func door(options Options) *Door {
	options.Log = slog.New(slog.DiscardHandler)
	d := New(options)
	Register(d, access.Public, Tool{Name: "say", Title: i18n.T("Dire", "Say"), Description: "Says a word again."}, func(ctx context.Context, q question) (*reply, error) {
		switch q.Word {
		case "invalid":
			return nil, fault.New(fault.Invalid, "bad_word", i18n.T("Mot interdit.", "Forbidden word.")).At("word")
		case "syntax":
			return nil, &query.SyntaxError{Fault: fault.New(fault.Invalid, "ODSQLSyntaxError", i18n.T("Illisible.", "Unreadable.")), Clause: "where", Position: 3, Suggestion: "nom", Expected: i18n.T("un champ", "a field")}
		case "internal":
			return nil, errors.New("the password of the database is hunter2")
		case "late":
			return nil, fmt.Errorf("engine: %w", context.DeadlineExceeded)
		}
		return &reply{Word: q.Word, Who: identity.From(ctx).Actor(), Rest: json.RawMessage(`{"x":"` + strings.Repeat("x", q.Size) + `"}`)}, nil
	})
	Register(d, access.SignedIn, Tool{Name: "secret", Title: i18n.T("Secret", "Secret"), Description: "For who has signed in."}, func(ctx context.Context, q question) (*reply, error) {
		return &reply{Word: "secret", Who: identity.From(ctx).Actor()}, nil
	})
	Document(d, access.Public, Resource{Template: "test://{name}", Name: "thing", Title: i18n.T("Chose", "Thing"), Description: "A thing."}, func(_ context.Context, address string) (*reply, error) {
		if address == "test://none" {
			return nil, fault.New(fault.NotFound, "none", i18n.T("Rien.", "Nothing."))
		}
		return &reply{Word: address}, nil
	})
	return d
}

// post sends one call and returns the status and the body.
func post(t *testing.T, h http.Handler, body string, change func(*http.Request)) (int, http.Header, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://socle.test"+Path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("Accept-Language", "en")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Header(), w.Body.String()
}

func calling(tool, word string, size int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":{"word":%q,"size":%d}}}`, tool, word, size)
}

func TestACallIsAnsweredUnderTheRightsOfWhoAsks(t *testing.T) {
	h := door(Options{}).Handler()
	as := func(who identity.Principal) func(*http.Request) {
		return func(r *http.Request) { *r = *r.WithContext(identity.With(r.Context(), who)) }
	}
	somebody := identity.Principal{Kind: identity.Person, UserID: "u1"}
	for _, test := range []struct {
		name, body string
		change     func(*http.Request)
		says       []string
	}{
		{"a tool for all", calling("say", "hello", 0), nil, []string{`"word":"hello"`, `"structuredContent"`}},
		{"with somebody", calling("say", "hello", 0), as(somebody), []string{`"who":"` + somebody.Actor() + `"`}},
		{"a tool that asks for an account, without one", calling("secret", "", 0), nil, []string{`"isError":true`, `sign_in`}},
		{"and with one", calling("secret", "", 0), as(somebody), []string{`"word":"secret"`}},
		{"an error says where", calling("say", "invalid", 0), nil, []string{`"isError":true`, `\"code\":\"bad_word\"`, `\"parameter\":\"word\"`, "Forbidden word."}},
		{"in French by default", calling("say", "invalid", 0), func(r *http.Request) { r.Header.Del("Accept-Language") }, []string{"Mot interdit."}},
		{"an error of syntax says what was meant", calling("say", "syntax", 0), nil, []string{`\"position\":3`, `\"suggestion\":\"nom\"`, `\"expected\":\"a field\"`, `\"parameter\":\"where\"`}},
		{"a slow answer says how to go faster", calling("say", "late", 0), nil, []string{`too_slow`}},
		{"an answer that is too large is refused", calling("say", "hello", answerLimit), nil, []string{`answer_too_large`}},
		{"a tool that is not there", calling("nothing", "", 0), nil, []string{"nothing"}},
		{"a parameter of another type", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"say","arguments":{"word":3}}}`, nil, []string{"word"}},
		{"a document", `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"test://a"}}`, nil, []string{"test://a", "application/json"}},
		{"a document that is not there", `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"test://none"}}`, nil, []string{"not found"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, header, body := post(t, h, test.body, test.change)
			for _, says := range test.says {
				if !strings.Contains(body, says) {
					t.Errorf("%d: %s\ndoes not say %s", status, body, says)
				}
			}
			if !strings.HasPrefix(header.Get("Cache-Control"), "no-") {
				t.Error("an answer may be kept")
			}
		})
	}
	if _, _, body := post(t, h, calling("say", "internal", 0), nil); strings.Contains(body, "hunter2") || !strings.Contains(body, `"isError":true`) {
		t.Errorf("an error of the program: %s", body)
	}
}

func TestACallThatIsNoCallOfAnAssistantIsRefused(t *testing.T) {
	d := door(Options{URL: "https://data.example.org"})
	h := d.Handler()
	local := func(r *http.Request) {
		*r = *r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80})))
	}
	ping := `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	for _, test := range []struct {
		name, body string
		change     func(*http.Request)
		status     int
		says       string
	}{
		{"a ping", ping, nil, 200, `"result"`},
		{"from a page of this site", ping, func(r *http.Request) { r.Header.Set("Origin", "https://data.example.org") }, 200, `"result"`},
		{"from a page of another site", ping, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403, "cross_origin"},
		{"from a page without a site", ping, func(r *http.Request) { r.Header.Set("Origin", "null") }, 403, "cross_origin"},
		{"at a loopback address under another name", ping, local, 403, "unknown_host"},
		{"at a loopback address under its own", ping, func(r *http.Request) { local(r); r.Host = "localhost:80" }, 200, `"result"`},
		{"too long", `{"a":"` + strings.Repeat("x", requestLimit) + `"}`, nil, 413, "body_too_large"},
		{"several at once", "[" + ping + "]", nil, 400, "batch_refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if status, _, body := post(t, h, test.body, test.change); status != test.status || !strings.Contains(body, test.says) {
				t.Errorf("status %d, want %d: %s", status, test.status, body)
			}
		})
	}
}

func TestCallsAreCountedBeforeTheyAreRead(t *testing.T) {
	calls := 0
	h := door(Options{Limit: func(w http.ResponseWriter, _ *http.Request) error {
		if calls++; calls > 2 {
			w.Header().Set("Retry-After", "30")
			return fault.New(fault.TooMany, "too_many_calls", i18n.T("Trop.", "Too many."))
		}
		return nil
	}}).Handler()
	for i, want := range []int{200, 200, 429} {
		status, header, body := post(t, h, calling("say", "hello", 0), nil)
		if status != want || want == 429 && (header.Get("Retry-After") != "30" || !strings.Contains(body, "too_many_calls") || !strings.Contains(body, "Too many.")) {
			t.Errorf("call %d: status %d, %v: %s", i+1, status, header, body)
		}
	}
}

func TestAnAssistantOnStreamsAsksWhoItIsAtEachCall(t *testing.T) {
	d := door(Options{})
	in, toIn := io.Pipe()
	fromOut, out := io.Pipe()
	who, fails := identity.Principal{Kind: identity.Anonymous}, false
	ended := make(chan error, 1)
	go func() {
		ended <- d.Serve(i18n.With(t.Context(), i18n.EN), in, out, func(context.Context) (identity.Principal, error) {
			if fails {
				return who, fault.New(fault.Unauthenticated, "token_invalid", i18n.T("Révoqué.", "Revoked."))
			}
			return who, nil
		})
	}()
	client := protocol.NewClient(&protocol.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &protocol.IOTransport{Reader: fromOut, Writer: toIn}, nil)
	if err != nil {
		t.Fatal(err)
	}
	say := func() (string, error) {
		result, err := session.CallTool(t.Context(), &protocol.CallToolParams{Name: "secret", Arguments: question{Word: "hello"}})
		if err != nil {
			return "", err
		}
		return result.Content[0].(*protocol.TextContent).Text, nil
	}
	if text, err := say(); err != nil || !strings.Contains(text, "sign_in") {
		t.Errorf("nobody: %s, %v", text, err)
	}
	who = identity.Principal{Kind: identity.Person, UserID: "u1"}
	if text, err := say(); err != nil || !strings.Contains(text, who.Actor()) {
		t.Errorf("somebody: %s, %v", text, err)
	}
	fails = true
	if text, err := say(); err == nil || !strings.Contains(err.Error(), "Revoked.") {
		t.Errorf("revoked: %s, %v", text, err)
	}
	session.Close()
	if err := <-ended; err != nil && !errors.Is(err, io.EOF) {
		t.Errorf("the end: %v", err)
	}
}
