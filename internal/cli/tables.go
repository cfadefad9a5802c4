package cli

import (
	"strconv"

	"socle/internal/app"
	"socle/internal/fault"
	"socle/internal/i18n"
)

type tablesCommand struct {
	Dataset string `arg:"" optional:"" help:"Identifier of one dataset; all when absent."`
	Rebuild bool   `help:"Make the tables again from nothing."`
}

// Help is shown by socle tables --help.
func (tablesCommand) Help() string {
	return "Brings the Iceberg tables to the versions of the lake, and lists them. A server does it after each publication; this command\n" +
		"does it at once, and with --rebuild makes them again from nothing.\n\nExample:\n  socle tables --tables --rebuild fr-en-annuaire-education"
}

// Run projects and lists.
func (c tablesCommand) Run(s *session) error {
	return s.withProgram(func(p *app.App) error {
		if p.Tables == nil {
			return fault.New(fault.Conflict, "no_tables", i18n.T(
				"Cette installation n’a pas de tables Iceberg : donnez --tables ou --engine.", "This installation has no Iceberg tables: give --tables or --engine."))
		}
		if err := c.project(s, p); err != nil {
			return err
		}
		list, err := p.Tables.List(s.ctx)
		if err != nil {
			return err
		}
		if s.globals.JSON {
			return s.json(list)
		}
		rows := make([][]string, len(list))
		for i, t := range list {
			rows[i] = []string{t.Table, strconv.Itoa(t.Version), strconv.FormatInt(t.ID, 10)}
		}
		s.table([]string{s.say("Table", "Table"), "Version", s.say("Instantané", "Snapshot")}, rows)
		return nil
	})
}

func (c tablesCommand) project(s *session, p *app.App) error {
	work := p.Tables.Project
	if c.Rebuild {
		work = p.Tables.Rebuild
	}
	if c.Dataset != "" {
		dataset, err := p.Assets.Get(s.ctx, c.Dataset)
		if err != nil {
			return err
		}
		return work(s.ctx, dataset.UID)
	}
	if !c.Rebuild {
		_, err := p.ProjectLate(s.ctx)
		return err
	}
	heads, err := p.Lake.Heads(s.ctx)
	if err != nil {
		return err
	}
	for uid := range heads {
		if err := work(s.ctx, uid); err != nil {
			return err
		}
	}
	return nil
}
