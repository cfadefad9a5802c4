package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"socle/internal/app"
	"socle/internal/i18n"
)

type doctorCommand struct {
	Deep   bool `help:"Read every file whole and compare its digest."`
	DryRun bool `help:"Say what would be cleared, clear nothing."`
}

// Help is shown by socle doctor --help.
func (doctorCommand) Help() string {
	return "Checks the record, the files of every version and their Iceberg tables, and clears what interrupted work left. What belongs to work under\n" +
		"way is not touched, so it may run beside a server.\n\nExample:\n  socle doctor --deep"
}

// Run examines the data folder, or the installation of a server.
func (c doctorCommand) Run(s *session) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.close()
	method := http.MethodPost
	if c.DryRun {
		method = http.MethodGet
	}
	response, err := client.do(s.ctx, method, "/api/v1/health", url.Values{"deep": {strconv.FormatBool(c.Deep)}}, nil, "")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var found app.Health
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil {
		return fmt.Errorf("answer of the examination: %w", err)
	}
	if err := s.diagnosis(found); err != nil {
		return err
	}
	return found.Err()
}

func (s *session) diagnosis(h app.Health) error {
	if s.globals.JSON {
		return s.json(h)
	}
	if h.Record.OK() {
		s.println("Registre intact : %s.", "Record intact: %s.", i18n.Count(h.Record.Entries, i18n.T("entrée", "entry"), i18n.T("entrées", "entries")))
	} else {
		s.println("Registre altéré à l’entrée %d : %s.", "Record altered at entry %d: %s.", h.Record.Broken, h.Record.Reason)
	}
	for _, d := range h.Damage {
		s.println("Fichier abîmé : %s (jeu %s, version %d).", "Damaged file: %s (dataset %s, version %d).", d.Key, d.DatasetUID, d.Number)
	}
	for _, l := range h.Cleared {
		if h.DryRun {
			s.println("À nettoyer : %s %s", "To clear: %s %s", l.Kind, l.Name)
			continue
		}
		s.println("Nettoyé : %s %s", "Cleared: %s %s", l.Kind, l.Name)
	}
	for _, uid := range h.Late {
		if h.DryRun {
			s.println("Table en retard : %s", "Table late: %s", uid)
			continue
		}
		s.println("Table remise à jour : %s", "Table brought up to date: %s", uid)
	}
	if len(h.Damage) == 0 {
		s.println("Fichiers des versions : tous présents.", "Files of versions: all there.")
	}
	if len(h.Cleared) == 0 {
		s.println("Aucun reste de travail interrompu.", "Nothing left by interrupted work.")
	}
	return nil
}
