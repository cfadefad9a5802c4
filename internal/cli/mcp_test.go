package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	protocol "github.com/modelcontextprotocol/go-sdk/mcp"
)

// assistant starts "socle mcp" and speaks with it as the official client does.
func assistant(t *testing.T, args ...string) *protocol.ClientSession {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	client := protocol.NewClient(&protocol.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(ctx, &protocol.CommandTransport{Command: program(append([]string{"mcp"}, args...)...)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// datasetsOf are the datasets that an assistant finds.
func datasetsOf(t *testing.T, session *protocol.ClientSession) string {
	t.Helper()
	result, err := session.CallTool(t.Context(), &protocol.CallToolParams{Name: "search_datasets", Arguments: map[string]any{}})
	if err != nil || result.IsError {
		t.Fatalf("%+v, %v", result, err)
	}
	var found struct {
		Datasets []struct{ Dataset string }
	}
	if err := json.Unmarshal([]byte(result.Content[0].(*protocol.TextContent).Text), &found); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range found.Datasets {
		ids = append(ids, d.Dataset)
	}
	slices.Sort(ids)
	return fmt.Sprint(ids)
}

func TestAnAssistantOfTheCommandLineSeesWhatItsTokenMaySee(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for name, level := range map[string]string{"Ouvert.csv": "open", "Interne.csv": "internal"} {
		ok(t, program("publish", write(t, name, pupils), "--access", level, "--data", data))
	}
	secret := token(t, "reader", "read", "--data", data)
	server := start(t, "serve", "--data", data)
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"without a token, open data", []string{"--data", data}, "[ouvert]"},
		{"with a token, what it may see", []string{"--data", data, "--token", secret}, "[interne ouvert]"},
		{"of a server without a token", []string{"--server", server}, "[ouvert]"},
		{"of a server with a token", []string{"--server", server, "--token", secret}, "[interne ouvert]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			session := assistant(t, test.args...)
			if got := datasetsOf(t, session); got != test.want {
				t.Errorf("it sees %s, want %s", got, test.want)
			}
			result, err := session.CallTool(t.Context(), &protocol.CallToolParams{Name: "query_sql", Arguments: map[string]any{"sql": `SELECT count(*) AS n FROM "interne"`}})
			if err != nil || result.IsError != (test.want == "[ouvert]") {
				t.Errorf("SQL on what is not open to all: %+v, %v", result.Content[0], err)
			}
		})
	}
	t.Run("a token that is not known is refused", func(t *testing.T) {
		for _, where := range [][]string{{"--data", data}, {"--server", server}} {
			command := program(append([]string{"mcp", "--token", "socle_rubbish"}, where...)...)
			command.Stdin = strings.NewReader(`{"jsonrpc":"2.0","id":7,"method":"tools/list"}` + "\n")
			out, _ := command.CombinedOutput()
			if !strings.Contains(string(out), "not valid") || where[0] == "--server" && !strings.Contains(string(out), `"id":7`) {
				t.Errorf("%v: %s", where, out)
			}
		}
	})
	t.Run("a server that does not answer is an error of each call", func(t *testing.T) {
		command := program("mcp", "--server", "http://127.0.0.1:1")
		command.Stdin = strings.NewReader(`{"jsonrpc":"2.0","id":"x","method":"ping"}` + "\n" + `{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
		out, err := command.Output()
		if err != nil || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), `"id":"x"`) || !strings.Contains(string(out), "does not answer") {
			t.Errorf("%v: %s", err, out)
		}
	})
}
