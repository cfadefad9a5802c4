package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// asProgram makes the test binary behave as the program, so that a real process can be killed.
const asProgram = "SOCLE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr, "test"))
	}
	os.Exit(m.Run())
}

func program(args ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), asProgram+"=1", "LANG=en_GB.UTF-8")
	return command
}

// generation is the content of the nth publication: its number of rows says which one it is.
func generation(n int) string {
	var b strings.Builder
	b.WriteString("numero;libelle;valeur\n")
	for i := range 2000 + n {
		fmt.Fprintf(&b, "%d;Ligne de la génération %d;%d,5\n", i, n, i*n)
	}
	return b.String()
}

// TestKill kills publishing at random moments. `make kill` does it 200 times.
func TestKill(t *testing.T) {
	kills := 6
	if text := os.Getenv("SOCLE_KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "generations.csv")
	publish := func(n int) *exec.Cmd {
		if err := os.WriteFile(file, []byte(generation(n)), 0o600); err != nil {
			t.Fatal(err)
		}
		return program("publish", file, "--data", data, "--id", "generations", "--json")
	}
	begun := time.Now()
	if out, err := publish(0).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole := time.Since(begun)
	head, killed, acknowledged := 0, 0, 0
	for n := 1; n <= kills; n++ {
		command := publish(n)
		var out bytes.Buffer
		command.Stdout = &out
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rand.Int64N(int64(whole+whole/4))), func() { _ = command.Process.Kill() })
		err := command.Wait()
		timer.Stop()
		known := err == nil
		if known {
			acknowledged++
		} else {
			killed++
		}
		head = afterKill(t, data, head, n, known)
		if t.Failed() {
			t.Fatalf("after kill %d of %d; the program had written %q", n, kills, out.String())
		}
	}
	t.Logf("%d killed on the way, %d done before; a whole publication takes %s", killed, acknowledged, whole.Round(time.Millisecond))
}

// afterKill checks the folder and returns which generation is online: the old one, or the new one if it got that far.
func afterKill(t *testing.T, data string, old, tried int, acknowledged bool) int {
	t.Helper()
	out, err := program("doctor", "--deep", "--data", data, "--json").CombinedOutput()
	if err != nil {
		t.Errorf("doctor: %v: %s", err, out)
		return old
	}
	if out, err = program("doctor", "--data", data, "--json").Output(); err != nil || !bytes.Contains(out, []byte(`"cleared": []`)) {
		t.Errorf("a second visit of the doctor still finds something: %v: %s", err, out)
	}
	if out, err := program("audit", "verify", "--data", data).CombinedOutput(); err != nil {
		t.Errorf("audit verify: %v: %s", err, out)
	}
	out, err = program("query", "generations", "--select", "count(*) as n", "--data", data, "--json").Output()
	if err != nil {
		t.Errorf("query: %v: %s", err, out)
		return old
	}
	var rows []struct{ N int }
	if err := json.Unmarshal(out, &rows); err != nil || len(rows) != 1 {
		t.Errorf("%v: %s", err, out)
		return old
	}
	switch online := rows[0].N - 2000; {
	case online == tried:
		return tried
	case online == old && !acknowledged:
		return old
	default:
		t.Errorf("generation %d is online; %d was, %d was tried and acknowledged: %v", online, old, tried, acknowledged)
		return old
	}
}
