// Package clients runs programs that others have written, unchanged, against the program itself: the official
// JavaScript client of the Explore API, the official components that draw its data, and Schemathesis.
//
// They are installed by make test-clients, which runs these tests; go test ./... skips them. SOCLE_CLIENTS is the number
// of seconds that Schemathesis may take for each description.
package clients

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// portal is a running program with the demonstration, on a folder that goes with the test.
type portal struct {
	url  string
	data string
}

// enabled skips a test that make test-clients has not prepared.
func enabled(t *testing.T) {
	t.Helper()
	if os.Getenv("SOCLE_CLIENTS") == "" {
		t.Skip("run “make test-clients”: it installs what this test needs")
	}
}

// program is bin/socle.
func program(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../bin/socle")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// start serves the demonstration on a free port until the test ends. The program must then end well.
func start(t *testing.T) portal {
	t.Helper()
	p := portal{data: t.TempDir()}
	command := exec.Command(program(t), "demo", "--data", p.data, "--listen", "127.0.0.1:0", "--calls", "0", "--key-calls", "0")
	var errs bytes.Buffer
	command.Stderr = &errs
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	t.Cleanup(func() {
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		<-read // Wait closes the pipe, so all of it is read first
		if err := command.Wait(); err != nil {
			t.Errorf("the server did not end well: %v", err)
		}
		if t.Failed() {
			t.Logf("the server said: %s", errs.String())
		}
	})
	address := make(chan string, 1)
	go func() {
		defer close(read)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, found, ok := strings.Cut(lines.Text(), "http://"); ok && len(address) == 0 {
				address <- "http://" + strings.TrimSpace(found)
			}
		}
		close(address)
	}()
	p.url = <-address
	if p.url == "" {
		t.Fatalf("the server does not start: %s", errs.String())
	}
	return p
}

// token makes a token of the administrator of the demonstration.
func (p portal) token(t *testing.T, scope string) string {
	t.Helper()
	out, err := exec.Command(program(t), "user", "token", "administration@demo.example", "--scope", scope, "--data", p.data).Output()
	if err != nil {
		t.Fatalf("make a token: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// run runs a client that must succeed, and shows what it says.
func run(t *testing.T, command *exec.Cmd, environment ...string) {
	t.Helper()
	command.Env = append(os.Environ(), environment...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(command.Path), err, out)
	}
	t.Logf("%s", out)
}

// within bounds what a client may take.
func within(t *testing.T, limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

func TestTheJavaScriptClientReadsThePortalUnchanged(t *testing.T) {
	enabled(t)
	p := start(t)
	run(t, exec.CommandContext(within(t, 5*time.Minute), "node", "--test", "--test-reporter=spec", "api-client.test.mjs"),
		"SOCLE_URL="+p.url, "SOCLE_TOKEN="+p.token(t, "read"))
}
