package format

import (
	"socle/internal/i18n"
	"socle/internal/schema"
)

// describe adds to a profile what a person should know, and the pairs of columns that are places.
func (t *Table) describe(p *Profile, all *worker) {
	p.Notes = append(p.Notes, t.Notes...)
	p.Notes = append(p.Notes, t.labelNotes()...)
	if p.Rows == 0 {
		p.Notes = append(p.Notes, Note{"no_rows", i18n.T("Le fichier n’a que ses noms de colonnes, aucune ligne de données.", "The file has only the names of its columns, no row of data.")})
	}
	if t.Encoding != utf8Name {
		p.Notes = append(p.Notes, Note{"encoding", i18n.T("Le fichier est encodé en %s ; il a été converti en UTF-8.", "The file is encoded in %s; it was converted to UTF-8.", t.Encoding)})
	}
	if all.trailing > 0 {
		p.Notes = append(p.Notes, Note{"trailing_delimiters", i18n.T(
			"Séparateurs en trop, sans rien après, à la fin de %s : ils sont ignorés.", "%s end with delimiters too many, with nothing after: they are ignored.", lines(all.trailing))})
	}
	if p.Blank > 0 {
		p.Notes = append(p.Notes, Note{"blank_lines", i18n.T("Lignes vides : %s, qui ne sont pas des données.", "%s without anything were passed over.", lines(p.Blank))})
	}
	for _, kind := range []IssueKind{ShortRow, LongRow, RepeatedHeader, BadEncoding, StrayQuote} {
		if n := p.Counts[kind]; n > 0 {
			p.Notes = append(p.Notes, issueNote(kind, n, firstOf(p.Issues, kind)))
		}
	}
	for _, pair := range pairsOf(t.technicalNames()) {
		if p.Columns[pair.Latitude].fits(schema.Decimal, "")+p.Columns[pair.Latitude].fits(schema.Decimal, FormatComma) > 0 &&
			p.Columns[pair.Longitude].fits(schema.Decimal, "")+p.Columns[pair.Longitude].fits(schema.Decimal, FormatComma) > 0 {
			p.Pairs = append(p.Pairs, pair)
		}
	}
}

func lines(n int64) i18n.Text {
	return i18n.Count(n, i18n.T("ligne", "line"), i18n.T("lignes", "lines"))
}

func firstOf(issues []RowIssue, kind IssueKind) RowIssue {
	for _, issue := range issues {
		if issue.Kind == kind {
			return issue
		}
	}
	return RowIssue{}
}

func issueNote(kind IssueKind, n int64, first RowIssue) Note {
	cells := i18n.Count(n, i18n.T("cellule", "cell"), i18n.T("cellules", "cells"))
	var text i18n.Text
	switch kind {
	case ShortRow:
		text = i18n.T("Moins de cellules que de colonnes : %s, la première au numéro %d. Les dernières cellules restent vides.",
			"%s with fewer cells than columns, the first on line %d: the last cells are empty.", lines(n), first.Line)
	case LongRow:
		text = i18n.T("Plus de cellules que de colonnes : %s, la première au numéro %d. Ce qui dépasse est dans le rapport de quarantaine. Un texte contient peut-être le séparateur sans être entre guillemets.",
			"%s with more cells than columns, the first on line %d: what exceeds is in the quarantine report. A text may hold the delimiter without being quoted.", lines(n), first.Line)
	case RepeatedHeader:
		text = i18n.T("La ligne des noms revient %d fois, la première fois à la ligne %d : ces lignes ne sont pas des données.",
			"The row of names comes back %d times, first on line %d: these lines are not data.", n, first.Line)
	case BadEncoding:
		text = i18n.T("Le fichier mélange deux encodages. Hors de l’UTF-8 : %s, la première à la ligne %d ; elles sont lues en Windows-1252.",
			"The file mixes two encodings: %s outside UTF-8, the first on line %d, read as Windows-1252.", cells, first.Line)
	default:
		text = i18n.T("Guillemet mal placé : %s, la première à la ligne %d. Le texte est lu tel quel.",
			"%s with a misplaced quote, the first on line %d: read as they stand.", cells, first.Line)
	}
	return Note{string(kind), text}
}
