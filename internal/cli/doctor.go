package cli

import (
	"socle/internal/app"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/lake"
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

// health is what the doctor finds.
type health struct {
	Record  audit.Report    `json:"record"`
	Damage  []lake.Damage   `json:"damage"`  // files of versions that are missing or altered
	Cleared []lake.Leftover `json:"cleared"` // what dead writers had left
	Late    []string        `json:"late"`    // datasets whose Iceberg table was not at their versions
	DryRun  bool            `json:"dryRun"`
}

// Run examines the data folder.
func (c doctorCommand) Run(s *session) error {
	return s.withProgram(func(p *app.App) (err error) {
		found := health{DryRun: c.DryRun, Damage: []lake.Damage{}, Cleared: []lake.Leftover{}, Late: []string{}}
		if found.Record, err = p.Audit.Verify(s.ctx); err != nil {
			return err
		}
		clear := p.Lake.Clean
		if c.DryRun {
			clear = p.Lake.Leftovers
		}
		cleared, err := clear(s.ctx)
		if err != nil {
			return err
		}
		if p.Tables != nil {
			bring := p.ProjectLate
			if c.DryRun {
				bring = p.Tables.Late
			}
			late, err := bring(s.ctx)
			if err != nil {
				return err
			}
			found.Late = append(found.Late, late...)
		}
		damage, err := p.Lake.Check(s.ctx, c.Deep)
		if err != nil {
			return err
		}
		found.Cleared, found.Damage = append(found.Cleared, cleared...), append(found.Damage, damage...)
		if err := s.diagnosis(found); err != nil {
			return err
		}
		if len(found.Damage) > 0 || !found.Record.OK() {
			return fault.New(fault.Conflict, "data_folder_damaged", i18n.T(
				"Le dossier de données est abîmé. Remettez les fichiers nommés depuis une sauvegarde.",
				"The data folder is damaged. Restore the files named from a backup."))
		}
		return nil
	})
}

func (s *session) diagnosis(h health) error {
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
