package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// checks are what Schemathesis verifies of each answer.
const checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance," +
	"response_headers_conformance,negative_data_rejection"

func TestNoRequestBreaksTheProgramOrGetsAnAnswerThatIsNotDescribed(t *testing.T) {
	enabled(t)
	p := start(t)
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, document, scope string }{
		{"the Explore API, without a key", "/api/explore/v2.1/openapi.json", ""},
		{"the Explore API, with a key", "/api/explore/v2.1/openapi.json", "read"},
		{"the API of the platform, without a token", "/api/v1/openapi.json", ""},
		{"the API of the platform, as an administrator", "/api/v1/openapi.json", "admin"}, // last: it changes what it finds
	} {
		t.Run(tc.name, func(t *testing.T) {
			command := exec.CommandContext(within(t, 10*time.Minute), filepath.Join(folder, ".venv", "bin", "schemathesis"), "--config-file", filepath.Join(folder, "schemathesis.toml"), "run", p.url+tc.document,
				"--checks", checks, "--phases", "examples,coverage,fuzzing", "--max-examples", "30", "--max-time", os.Getenv("SOCLE_CLIENTS"), "--seed", "1",
				"--no-shrink", "--continue-on-failure")
			if tc.scope != "" {
				command.Args = append(command.Args, "--header", "Authorization: Bearer "+p.token(t, tc.scope))
			}
			command.Dir = t.TempDir() // it writes beside
			run(t, command, "PYTHONPATH="+folder, "SCHEMATHESIS_HOOKS=hooks", "PYTHONDONTWRITEBYTECODE=1")
		})
	}
}
