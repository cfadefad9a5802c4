package format

import (
	"context"
	"errors"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// A sourceRow is one row of a source that is not delimited text, as it stands there.
type sourceRow struct {
	line  int64 // sheet row, line of an NDJSON file or element of a JSON array, from 1
	cells []sourceCell
}

// A sourceCell is a cell with what the source says of its type.
type sourceCell struct {
	Cell
	text bool // the source says that it is a text, not a number, a date or a truth
}

func nullCell() sourceCell                { return sourceCell{Cell: Cell{Null: true}} }
func textCell(text string) sourceCell     { return sourceCell{Cell: Cell{Text: text}, text: true} }
func valueCell(written string) sourceCell { return sourceCell{Cell: Cell{Text: written}} }

// sourceFacts is what reading a source learns besides its records.
type sourceFacts struct {
	header []string // members of JSON objects, in the order in which they are first seen; nil for a sheet
	sheets []string // of a workbook
	sheet  string   // the one that was read
	notes  []Note
}

// emit receives records in order. Its error ends the reading.
type emit func(sourceRow) error

// blank reports whether a record holds nothing at all: it is a gap in a sheet, not a row.
func (r sourceRow) blank() bool {
	for _, c := range r.cells {
		if !c.Null && c.Text != "" {
			return false
		}
	}
	return true
}

// trimmed drops the empty cells at the end.
func (r sourceRow) trimmed() sourceRow {
	n := len(r.cells)
	for n > 0 && r.cells[n-1].Null {
		n--
	}
	r.cells = r.cells[:n]
	return r
}

// readSource reads a JSON file or a workbook.
func readSource(ctx context.Context, src Source, o Options, out emit) (sourceFacts, error) {
	o.Limits = o.Limits.withDefaults()
	switch src.Kind {
	case XLSX:
		return readXLSX(ctx, src.Path, o, out)
	case ODS:
		return readODS(ctx, src.Path, o, out)
	default:
		return readJSON(ctx, src.Path, src.Kind, o, out)
	}
}

// chooseSheet returns the place of the sheet to read: the one asked for, else the first.
func chooseSheet(sheets []string, wanted string) (int, error) {
	if len(sheets) == 0 {
		return 0, fault.New(fault.Invalid, "workbook_empty", i18n.T(
			"Ce classeur ne contient aucune feuille de calcul. Vérifiez le fichier dans votre tableur.",
			"This workbook holds no worksheet. Check the file in your spreadsheet program."))
	}
	if wanted == "" {
		return 0, nil
	}
	for i, name := range sheets {
		if name == wanted {
			return i, nil
		}
	}
	return 0, fault.New(fault.Invalid, "sheet_not_found", i18n.T(
		"Le classeur n’a pas de feuille « %s ». Ses feuilles sont : %s.", "The workbook has no sheet “%s”. Its sheets are: %s.",
		wanted, quoteList(sheets))).At("sheet")
}

func quoteList(names []string) i18n.Text {
	var t i18n.Text
	for i, name := range names {
		if i > 0 {
			t.FR, t.EN = t.FR+", ", t.EN+", "
		}
		t.FR, t.EN = t.FR+"« "+name+" »", t.EN+"“"+name+"”"
	}
	return t
}

func manySheets(sheets []string, read string) []Note {
	if len(sheets) < 2 {
		return nil
	}
	return []Note{{Code: "several_sheets", Text: i18n.T(
		"Le classeur a %d feuilles ; la feuille « %s » a été lue. Les autres peuvent être choisies.",
		"The workbook has %d sheets; the sheet “%s” was read. Another one can be chosen.", len(sheets), read)}}
}

// brokenWorkbook says what is wrong with a workbook, when what went wrong does not say it itself.
func brokenWorkbook(err error) error {
	var said *fault.Error
	switch {
	case errors.As(err, &said):
		return said
	case errors.Is(err, errPieceTooLong):
		return fault.New(fault.TooLarge, "row_too_long", i18n.T(
			"Une cellule ou une ligne de ce classeur dépasse la taille admise pour une ligne. Vérifiez-le dans votre tableur.",
			"A cell or a row of this workbook is over the size allowed for a row. Check it in your spreadsheet program."))
	}
	return fault.New(fault.Invalid, "workbook_unreadable", i18n.T(
		"Ce classeur est incomplet ou abîmé. Ouvrez-le dans votre tableur, enregistrez-le de nouveau, puis recommencez.",
		"This workbook is cut short or damaged. Open it in your spreadsheet program, save it again, then retry.")).Because(err)
}
