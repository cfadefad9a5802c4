package cli

import (
	"fmt"
	"runtime"
)

type versionCommand struct{}

// Help is shown by socle version --help.
func (versionCommand) Help() string { return "Example:\n  socle version" }

// Run prints the version.
func (versionCommand) Run(s *session) error {
	if s.globals.JSON {
		return s.json(map[string]string{"version": s.version, "go": runtime.Version()})
	}
	_, err := fmt.Fprintf(s.out, "socle %s (%s)\n", s.version, runtime.Version())
	return err
}
