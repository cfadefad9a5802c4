package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"socle/internal/lake/laketest"
	"socle/internal/store/storetest"
)

// start runs "serve" or "demo" as a process of its own, on a free port unless args say otherwise, and returns its address.
// It is told to stop at the end of the test, and must then end well.
func start(t *testing.T, name string, args ...string) (address string) {
	t.Helper()
	command := program(append([]string{name}, args...)...)
	command.Env = append(command.Env, "SOCLE_LISTEN=127.0.0.1:0")
	var errs bytes.Buffer
	command.Stderr = &errs
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := command.Wait(); err != nil {
			t.Errorf("the server did not end well: %v: %s", err, errs.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	_, address, found := strings.Cut(strings.TrimSpace(line), "http://")
	if err != nil || !found {
		t.Fatalf("the server does not start: %q %s", line, errs.String())
	}
	return "http://" + address
}

// token makes an account of a role on an installation, and a token for it.
func token(t *testing.T, role, scope string, where ...string) string {
	t.Helper()
	email := role + "@exemple.fr"
	add := program(append([]string{"user", "add", email, "--role", role}, where...)...)
	add.Stdin = strings.NewReader("une phrase assez longue\n")
	ok(t, add)
	return strings.TrimSpace(ok(t, program(append([]string{"user", "token", email, "--scope", scope}, where...)...)))
}

// ok runs a command that must succeed and returns what it wrote.
func ok(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var errs bytes.Buffer
	command.Stderr = &errs
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v: %s%s", command.Args[1:], err, out, errs.String())
	}
	return string(out)
}

// publishGeneration publishes the nth generation and returns what --json says.
func publishGeneration(t *testing.T, n int, where ...string) (published outcome) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "generations.csv")
	if err := os.WriteFile(file, []byte(generation(n)), 0o600); err != nil {
		t.Fatal(err)
	}
	out := ok(t, program(append([]string{"publish", file, "--id", "generations", "--json"}, where...)...))
	if err := json.Unmarshal([]byte(out), &published); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return published
}

func TestANodeServesWhatAnotherPublishes(t *testing.T) {
	t.Setenv("SOCLE_DATABASE_URL", storetest.DSN(t))
	t.Setenv("SOCLE_BUCKET", laketest.Bucket(t))
	data := t.TempDir() // what commands keep on the machine of the operator
	first, second := start(t, "serve", "--data", t.TempDir()), start(t, "serve", "--data", t.TempDir())
	t.Setenv("SOCLE_TOKEN", token(t, "publisher", "publish", "--data", data))

	for n := range 3 {
		published := publishGeneration(t, n, "--server", first)
		if published.Version != n+1 || published.Rows != int64(generation0+n) {
			t.Errorf("published %+v", published)
		}
		for _, server := range []string{second, first} {
			lines := strings.Split(strings.TrimSpace(ok(t, program("export", "generations", "--server", server))), "\n")
			if len(lines) != generation0+1+n || lines[len(lines)-1] != lastLine(generation(n)) {
				t.Errorf("version %d on %s: %d lines, the last one %q", n+1, server, len(lines), lines[len(lines)-1])
			}
			out := ok(t, program("query", "generations", "--select", "count(*) as n, max(rang) as most", "--server", server, "--json"))
			if want := fmt.Sprintf(`[{"n":%d,"most":%d}]`, generation0+n, generation0-1+n); strings.Join(strings.Fields(out), "") != want {
				t.Errorf("version %d on %s: %s, want %s", n+1, server, out, want)
			}
			if out := ok(t, program("datasets", "--search", "generation", "--server", server)); !strings.Contains(out, fmt.Sprintf("20,00%d", n)) {
				t.Errorf("version %d on %s: %s", n+1, server, out)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(data, "socle.db")); err == nil {
		t.Error("a command made a store of its own instead of using the shared one")
	}
	if out := ok(t, program("doctor", "--deep", "--data", data, "--json")); !strings.Contains(out, `"cleared": []`) || !strings.Contains(out, `"damage": []`) {
		t.Errorf("doctor: %s", out)
	}
	ok(t, program("audit", "verify", "--data", data))
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// TestReadersOfANodeSeeWholeVersionsWhileAnotherPublishes asks one node without pause while the other publishes: every
// answer is of one version, and none is older than the one before.
func TestReadersOfANodeSeeWholeVersionsWhileAnotherPublishes(t *testing.T) {
	t.Setenv("SOCLE_DATABASE_URL", storetest.DSN(t))
	t.Setenv("SOCLE_BUCKET", laketest.Bucket(t))
	first, second := start(t, "serve", "--data", t.TempDir()), start(t, "serve", "--data", t.TempDir(), "--calls", "0") // who asks without pause meets the limit of calls
	t.Setenv("SOCLE_TOKEN", token(t, "publisher", "publish", "--data", t.TempDir()))
	publishGeneration(t, 0, "--server", first)

	done, reader := make(chan struct{}), make(chan int)
	go func() {
		answers, last := 0, 0
		for {
			select {
			case <-done:
				reader <- answers
				return
			default:
			}
			n, most := askGeneration(t, second)
			if n != most+1 || n-generation0 < last {
				t.Errorf("after version %d: %d rows, the last one numbered %d", last, n, most)
			}
			answers, last = answers+1, n-generation0
		}
	}()
	for n := 1; n <= 5; n++ {
		publishGeneration(t, n, "--server", first)
	}
	close(done)
	if answers := <-reader; answers < 5 {
		t.Errorf("only %d answers meanwhile", answers)
	}
	if n, _ := askGeneration(t, second); n != generation0+5 {
		t.Errorf("%d rows in the end", n)
	}
}

// askGeneration asks a server how many rows there are and the number of the last one.
func askGeneration(t *testing.T, server string) (n, most int) {
	response, err := http.Get(server + "/api/explore/v2.1/catalog/datasets/generations/records?select=" + url.QueryEscape("count(*) as n, max(rang) as most"))
	if err != nil {
		t.Error(err)
		return 0, -1
	}
	defer response.Body.Close()
	var answer struct{ Results []struct{ N, Most int } }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || len(answer.Results) != 1 {
		t.Errorf("%s: %v, %+v", response.Status, err, answer)
		return 0, -1
	}
	return answer.Results[0].N, answer.Results[0].Most
}
