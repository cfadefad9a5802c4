package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"socle/internal/lake/laketest"
	"socle/internal/store/storetest"
)

// TestPublicationsAtOnceAreSerialised publishes one dataset from several processes at once: commands on the data folder of
// a running server and through it, then through two nodes. Each becomes a version of its own, whole, without gaps.
func TestPublicationsAtOnceAreSerialised(t *testing.T) {
	t.Run("a server and commands beside it", func(t *testing.T) {
		data := t.TempDir()
		t.Setenv("SOCLE_TOKEN", token(t, "publisher", "publish", "--data", data))
		server := start(t, "serve", "--data", data)
		publishAtOnce(t, server, []string{"--data", data}, []string{"--data", data}, []string{"--server", server}, []string{"--server", server})
		ok(t, program("doctor", "--deep", "--data", data))
	})
	t.Run("two nodes", func(t *testing.T) {
		t.Setenv("SOCLE_DATABASE_URL", storetest.DSN(t))
		t.Setenv("SOCLE_BUCKET", laketest.Bucket(t))
		data := t.TempDir()
		t.Setenv("SOCLE_TOKEN", token(t, "publisher", "publish", "--data", data))
		first, second := start(t, "serve", "--data", t.TempDir()), start(t, "serve", "--data", t.TempDir())
		publishAtOnce(t, second, []string{"--server", first}, []string{"--server", second}, []string{"--server", first}, []string{"--server", second})
		ok(t, program("doctor", "--deep", "--data", data))
	})
}

// publishAtOnce publishes a generation to each place at once, and asks a server for what became of them.
func publishAtOnce(t *testing.T, server string, places ...[]string) {
	t.Helper()
	publishGeneration(t, 0, places[0]...)
	var all sync.WaitGroup
	for i, where := range places {
		file := filepath.Join(t.TempDir(), "generations.csv")
		if err := os.WriteFile(file, []byte(generation(i+1)), 0o600); err != nil {
			t.Fatal(err)
		}
		command := program(append([]string{"publish", file, "--id", "generations"}, where...)...)
		all.Go(func() {
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("%v: %v: %s", where, err, out)
			}
		})
	}
	all.Wait()
	response, err := http.Get(server + "/api/v1/datasets/generations/versions")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var versions struct {
		Items []struct{ Number, Rows int }
	}
	if err := json.NewDecoder(response.Body).Decode(&versions); err != nil || len(versions.Items) != len(places)+1 {
		t.Fatalf("%v %+v", err, versions)
	}
	var rows []int
	for i, v := range versions.Items {
		if v.Number != len(versions.Items)-i {
			t.Errorf("version %d in place of %d", v.Number, len(versions.Items)-i)
		}
		rows = append(rows, v.Rows-generation0)
	}
	slices.Sort(rows)
	if got := fmt.Sprint(rows); got != "[0 1 2 3 4]" {
		t.Errorf("generations %s became versions", got)
	}
	if n, most := askGeneration(t, server); n != versions.Items[0].Rows || most != n-1 {
		t.Errorf("the head has %d rows up to %d, its record says %d", n, most, versions.Items[0].Rows)
	}
}
