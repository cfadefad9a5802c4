package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"socle/internal/app"
	"socle/internal/asset"
	"socle/internal/demo"
	"socle/internal/i18n"
	"socle/internal/web"
)

type demoCommand struct{ serving }

// Help is shown by socle demo --help.
func (demoCommand) Help() string {
	return "Makes an invented region with its organisations, accounts and datasets the first time, then serves it. Nothing is real.\n\nExample:\n  socle demo --data ./data"
}

// seeded marks a data folder whose demonstration is complete: it is never made again, whatever people change.
const seeded = "demonstration"

// Run makes the demonstration if it is not there, and serves it.
func (c demoCommand) Run(s *session) error {
	if err := s.local(); err != nil {
		return err
	}
	config, err := c.config(s)
	if err != nil {
		return err
	}
	demonstrate(&config)
	program, err := app.Open(s.ctx, config)
	if err != nil {
		return err
	}
	if err := s.seed(program); err != nil {
		program.Close()
		return err
	}
	return s.serve(program, c.Listen, func(string) { s.accounts() })
}

// demonstrate gives the portal the face of the demonstration: the ministry's.
func demonstrate(config *app.Config) {
	config.Demo = true
	if config.Name.IsZero() {
		config.Name = i18n.T("Données de l’éducation", "Education data")
	}
	if config.Tagline.IsZero() {
		config.Tagline = i18n.T("Portail de démonstration", "Demonstration portal")
	}
	if config.Operator.IsZero() {
		config.Operator = i18n.T("Ministère de démonstration", "Demonstration ministry")
	}
	if config.Theme == "" {
		config.Theme = web.ThemeDSFR
	}
	config.Description = i18n.T("Écoles, collèges, lycées, résultats, équipements sportifs : les données d’une région inventée, pour essayer Socle.",
		"Schools, results, sports facilities: the data of an invented region, to try Socle.")
	config.Notice = i18n.T("Données fictives : cette région, ses établissements et ses chiffres n’existent pas.",
		"Invented data: this region, its schools and its figures do not exist.")
	var lines strings.Builder
	for _, a := range demo.Accounts() {
		fmt.Fprintf(&lines, "%s / %s  ", a.Email, a.Password)
	}
	config.SignInHint = i18n.T("Comptes de démonstration : %s", "Demonstration accounts: %s", strings.TrimSpace(lines.String()))
}

func (s *session) seed(program *app.App) error {
	marker := filepath.Join(program.Config.DataDir, seeded)
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	bar := s.progress(i18n.T("Données de démonstration", "Demonstration data"), 1)
	defer bar.done()
	seeder := demo.Seeder{People: program.People, Assets: program.Assets, Publisher: program.DemoPublisher(), Registry: program.DemoRegistry(), Finish: program.FinishDemo,
		Progress: func(done, total int, what asset.Dataset) {
			bar.set(i18n.T("Données de démonstration", "Demonstration data"), int64(done), int64(total))
		}}
	if err := seeder.Run(s.ctx); err != nil {
		return err
	}
	return os.WriteFile(marker, []byte("Données fictives.\n"), 0o640)
}

// accounts prints who may sign in.
func (s *session) accounts() {
	s.println("\nDonnées fictives. Comptes de démonstration :", "\nInvented data. Demonstration accounts:")
	var rows [][]string
	for _, a := range demo.Accounts() {
		rows = append(rows, []string{a.Email, a.Password, a.Purpose.In(s.lang)})
	}
	_ = s.table([]string{s.say("adresse", "address"), s.say("mot de passe", "password"), s.say("pour", "for")}, rows)
	s.println("\nArrêter : Ctrl+C", "\nStop: Ctrl+C")
}
