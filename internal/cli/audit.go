package cli

import (
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Prove that the record was not altered."`
}

type auditVerifyCommand struct{}

// Help is shown by socle audit verify --help.
func (auditVerifyCommand) Help() string {
	return "Each entry of the record carries the digest of the one before it: an entry changed, removed or moved is found.\n\nExample:\n  socle audit verify"
}

// Run walks the chain.
func (auditVerifyCommand) Run(s *session) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.close()
	var report audit.Report
	if err := client.get(s.ctx, "/api/v1/audit/verification", nil, &report); err != nil {
		return err
	}
	if s.globals.JSON {
		if err := s.json(report); err != nil {
			return err
		}
	}
	if !report.OK() {
		return fault.New(fault.Conflict, "record_altered", i18n.T(
			"Le registre a été altéré : l’entrée %d est la première qui ne correspond pas (%s).",
			"The record was altered: entry %d is the first that does not match (%s).", report.Broken, report.Reason))
	}
	if !s.globals.JSON {
		s.println("Registre intact : %s.", "Record intact: %s.", i18n.Count(report.Entries, i18n.T("entrée", "entry"), i18n.T("entrées", "entries")))
	}
	return nil
}
