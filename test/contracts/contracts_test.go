// Package contracts checks the contracts that Socle writes with the standard's own tools: the JSON Schema that the package
// open-data-contract-standard carries, and the command of datacontract-cli.
//
// They are installed by make test-contracts, which runs these tests; go test ./... skips them.
package contracts

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// written is a contract with a rule of each kind, as Socle writes it.
const written = "../../internal/quality/contract/testdata/cantines.odcs.yaml"

// check fails the test when a document does not pass a tool, and when half of one does.
func check(t *testing.T, command func(document string) *exec.Cmd) {
	t.Helper()
	if out, err := command(written).CombinedOutput(); err != nil {
		t.Errorf("the contract that Socle writes is refused: %v\n%s", err, out)
	}
	half := filepath.Join(t.TempDir(), "half.yaml")
	if err := os.WriteFile(half, []byte("apiVersion: v3.1.0\nkind: DataContract\nid: x\nqualite: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := command(half).CombinedOutput(); err == nil {
		t.Errorf("the tool takes anything, so it says nothing:\n%s", out)
	}
}

// tools is the folder of the programs.
func tools(t *testing.T) string {
	folder := os.Getenv("SOCLE_CONTRACTS")
	if folder == "" {
		t.Skip("run “make test-contracts”: it installs the standard’s own tools")
	}
	return folder
}

func TestWhatSocleWritesIsOfTheSchemaOfTheStandard(t *testing.T) {
	python := filepath.Join(tools(t), "python")
	check(t, func(document string) *exec.Cmd {
		return exec.CommandContext(t.Context(), python, "validate.py", document)
	})
}

func TestWhatSocleWritesPassesTheCommandOfOthers(t *testing.T) {
	program := filepath.Join(tools(t), "datacontract")
	check(t, func(document string) *exec.Cmd { return exec.CommandContext(t.Context(), program, "lint", document) })
}
