package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"socle/internal/app"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/mcp"
)

type mcpCommand struct{}

// Help is shown by socle mcp --help.
func (mcpCommand) Help() string {
	return "Speaks the Model Context Protocol on standard input and output, for assistants that start their tools themselves. The assistant\n" +
		"sees open data, or with --token what the token may see. With --server it is handed on to a portal.\n\nExamples:\n" +
		"  socle mcp --data /srv/socle\n  socle mcp --server https://data.example.org --token socle_…"
}

// Run answers until the input ends.
func (mcpCommand) Run(s *session) error {
	if s.globals.Server != "" {
		client, err := s.client()
		if err != nil {
			return err
		}
		return (&relay{client: client, out: s.out}).run(s.ctx, os.Stdin)
	}
	return s.withProgram(func(p *app.App) error {
		if _, err := s.assistantRights(s.ctx, p); err != nil { // told now, rather than at the first call
			return err
		}
		err := p.Assistants.Serve(s.ctx, os.Stdin, unclosed{s.out}, func(ctx context.Context) (identity.Principal, error) { return s.assistantRights(ctx, p) })
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	})
}

// assistantRights are those of the token, at this moment; without one, those of anybody: whoever holds the data folder
// may read it all, but has not said so of the assistant.
func (s *session) assistantRights(ctx context.Context, p *app.App) (identity.Principal, error) {
	if s.globals.Token == "" {
		return identity.Principal{Kind: identity.Anonymous}, nil
	}
	return p.People.TokenPrincipal(ctx, s.globals.Token)
}

// unclosed is an output that stays open.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

// relay hands the lines of an assistant on to the door of a portal, one after the other, and its answers back.
type relay struct {
	client  *client
	out     io.Writer
	version string // of the protocol, once it is agreed
}

// mostLine is more than the door takes of a call, so that it is the door that refuses.
const mostLine = 1 << 20

func (r *relay) run(ctx context.Context, in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, mostLine)
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		answer, err := r.ask(ctx, line)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			answer = failed(line, err)
		}
		if len(answer) == 0 {
			continue
		}
		if _, err := r.out.Write(append(answer, '\n')); err != nil {
			return fmt.Errorf("mcp: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return fault.New(fault.TooLarge, "body_too_large", i18n.T("Un appel dépasse %d Ko.", "A call is over %d kB.", mostLine>>10)).Because(err)
	}
	return nil
}

// ask sends one line and returns the answer as one line; nothing for what has no answer.
func (r *relay) ask(ctx context.Context, line []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.client.base+mcp.Path, bytes.NewReader(line))
	if err != nil {
		return nil, fmt.Errorf("mcp: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	request.Header.Set("Accept-Language", string(i18n.From(ctx)))
	if r.version != "" {
		request.Header.Set("MCP-Protocol-Version", r.version)
	}
	if r.client.token != "" {
		request.Header.Set("Authorization", "Bearer "+r.client.token)
	}
	response, err := r.client.http.Do(request)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "server_unreachable", i18n.T("Le serveur %s ne répond pas.", "The server %s does not answer.", r.client.base)).Because(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4*mostLine))
	if err != nil {
		return nil, fmt.Errorf("mcp: %w", err)
	}
	if response.StatusCode == http.StatusAccepted || response.StatusCode == http.StatusOK && len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	var said struct {
		Result struct {
			Version string `json:"protocolVersion"`
		} `json:"result"`
		Error *struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	var compact bytes.Buffer
	if json.Unmarshal(body, &said) != nil || json.Compact(&compact, body) != nil {
		return nil, fault.New(fault.Unavailable, "answer_unreadable", i18n.T("%s ne répond pas comme un portail Socle (%s).", "%s does not answer as a Socle portal does (%s).", r.client.base, response.Status))
	}
	if response.StatusCode >= 400 && said.Error != nil { // refused before it was read: the answer does not know its question
		return nil, fault.New(kindOf(response.StatusCode), "refused", i18n.Text{FR: said.Error.Message, EN: said.Error.Message})
	}
	if said.Result.Version != "" {
		r.version = said.Result.Version
	}
	return compact.Bytes(), nil
}

// failed is the answer to a line that got none; nothing when it waits for none.
func failed(line []byte, err error) []byte {
	var asked struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(line, &asked) != nil || asked.ID == nil {
		return nil
	}
	type problem struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	answer, err := json.Marshal(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   problem         `json:"error"`
	}{"2.0", asked.ID, problem{-32000 - fault.KindOf(err).Status(), fault.Message(err).EN}})
	if err != nil {
		return nil
	}
	return answer
}
