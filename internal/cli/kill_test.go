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

	"socle/internal/engine"
	"socle/internal/lake/laketest"
	"socle/internal/store/storetest"
)

// asProgram makes the test binary behave as the program, so that a real process can be killed.
const asProgram = "SOCLE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" || len(os.Args) == 2 && os.Args[1] == engine.SQLWorkerArgument {
		os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr, "test"))
	}
	os.Exit(m.Run())
}

func program(args ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), asProgram+"=1", "LANG=en_GB.UTF-8")
	return command
}

// generation0 is the number of rows of the first generation.
const generation0 = 20_000

// generation is the content of the nth publication: its number of rows says which one it is.
func generation(n int) string {
	var b strings.Builder
	b.WriteString("rang;libelle;valeur\n")
	for i := range generation0 + n {
		fmt.Fprintf(&b, "%d;Ligne de la génération %d;%d.5\n", i, n, i*n)
	}
	return b.String()
}

// TestKill kills publishing at random moments. `make kill` does it 200 times on each configuration.
func TestKill(t *testing.T) {
	kills := 4
	if text := os.Getenv("SOCLE_KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("one machine", func(t *testing.T) { killPublishing(t, kills) })
	t.Run("many nodes", func(t *testing.T) {
		t.Setenv("SOCLE_DATABASE_URL", storetest.DSN(t))
		t.Setenv("SOCLE_BUCKET", laketest.Bucket(t))
		killPublishing(t, kills)
	})
}

func killPublishing(t *testing.T, kills int) {
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "generations.csv")
	publish := func(n int) *exec.Cmd {
		if err := os.WriteFile(file, []byte(generation(n)), 0o600); err != nil {
			t.Fatal(err)
		}
		return program("publish", file, "--data", data, "--id", "generations", "--json")
	}
	if out, err := publish(0).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole := time.Second // how long the last publication that came to its end took
	head, killed, survived, acknowledged := 0, 0, 0, 0
	for n := 1; killed < kills; n++ {
		command := publish(n)
		var out bytes.Buffer
		command.Stdout = &out
		begun := time.Now()
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rand.Int64N(int64(whole+whole/2))), func() { _ = command.Process.Kill() })
		err := command.Wait()
		timer.Stop()
		if err == nil {
			whole = time.Since(begun)
			acknowledged++
		} else {
			killed++
		}
		old := head
		head = afterKill(t, data, old, n, err == nil)
		if err != nil && head != old {
			survived++
		}
		if t.Failed() {
			t.Fatalf("after %d kills; the program had written %q", killed, out.String())
		}
	}
	t.Logf("%d kills: %d before the version was online, %d after; %d publications came to their end; the last one took %s",
		killed, killed-survived, survived, acknowledged, whole.Round(time.Millisecond))
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
	switch online := rows[0].N - generation0; {
	case online == tried:
		return tried
	case online == old && !acknowledged:
		return old
	default:
		t.Errorf("generation %d is online; %d was, %d was tried and acknowledged: %v", online, old, tried, acknowledged)
		return old
	}
}
