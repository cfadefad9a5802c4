package validate

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// A File is a file on disk, and what is known of how it is written.
type File struct {
	Path    string
	Name    string                // it came with; that of Path when empty
	Read    format.Options        // choices that a person forces
	Dialect *frictionless.Dialect // nil when nothing is said
	Parquet Parquet               // reads Parquet; nil where nobody can
}

// Parquet writes a Parquet file as CSV: a header, empty texts between quotes, nulls as nothing.
type Parquet interface {
	ParquetAsCSV(ctx context.Context, path, target string) error
}

// Open makes a table of a file, out of its gzip or zip. Where nobody says which row names the columns, it is the first
// one if it names a field of the schema; the schema may be nil. Folder scratch takes what must be rewritten.
func (f File) Open(ctx context.Context, s *frictionless.Schema, scratch string) (*format.Table, error) {
	name := f.Name
	if name == "" {
		name = filepath.Base(f.Path)
	}
	source, err := format.Detect(ctx, f.Path, name)
	if err != nil {
		return nil, err
	}
	if source.Wrapped() {
		if source, err = format.Unwrap(ctx, source, scratch, f.Read); err != nil {
			return nil, err
		}
	}
	if source.Kind == format.Parquet {
		return f.openParquet(ctx, source, scratch)
	}
	options, err := f.options()
	if err != nil {
		return nil, err
	}
	if f.Dialect != nil && f.Dialect.SheetNumber > 1 && options.Sheet == "" {
		first, err := format.Open(ctx, source, scratch, options, nil)
		if err != nil {
			return nil, err
		}
		if f.Dialect.SheetNumber > len(first.Sheets) {
			return nil, fault.New(fault.Invalid, "sheet_not_found", i18n.T("Le classeur n’a pas de feuille %d : il en a %d.", "The workbook has no sheet %d: it has %d.", f.Dialect.SheetNumber, len(first.Sheets))).At("sheetNumber")
		}
		options.Sheet = first.Sheets[f.Dialect.SheetNumber-1]
	}
	if needsRewriting(f.Dialect) && (source.Kind == format.CSV || source.Kind == format.TSV) {
		if source, err = rewrite(ctx, source, f.Dialect, scratch); err != nil {
			return nil, err
		}
	}
	table, err := format.Open(ctx, source, scratch, options, nil)
	if err != nil || s == nil || options.HeaderRow != 0 || namesAField(s, table.Header) {
		return table, err
	}
	// The names may stand below a title that looks like them, and the delimiter may be told from the rest by nothing but
	// the names. A workbook is not read again for each try.
	forced := options.Delimiter
	for _, delimiter := range []string{forced, ",", ";", "\t"} {
		if delimiter != forced && (forced != "" || source.Kind != format.CSV) {
			break
		}
		options.Delimiter = delimiter
		for row := 1; row <= 10 && !table.Typed(); row++ {
			options.HeaderRow = row
			other, err := format.Open(ctx, source, scratch, options, nil)
			if err == nil && namesAField(s, other.Header) {
				return other, nil
			}
		}
	}
	options.Delimiter = forced
	if table.Typed() || table.HasNames && table.Skipped == 0 {
		return table, nil
	}
	options.HeaderRow = 1
	return format.Open(ctx, source, scratch, options, nil)
}

// options are the choices of the person, then those of the dialect.
func (f File) options() (format.Options, error) {
	o := f.Read
	d := f.Dialect
	if d == nil {
		return o, nil
	}
	if o.Delimiter == "" {
		o.Delimiter = d.Delimiter
	}
	if o.Quote == "" {
		o.Quote = d.QuoteChar
	}
	if o.Sheet == "" {
		o.Sheet = d.SheetName
	}
	switch {
	case o.HeaderRow != 0:
	case d.Header != nil && !*d.Header, d.HeaderRows != nil && len(d.HeaderRows) == 0:
		o.HeaderRow = -1
	case len(d.HeaderRows) == 1:
		o.HeaderRow = d.HeaderRows[0]
	case len(d.HeaderRows) > 1:
		return o, fault.New(fault.Invalid, "dialect_unsupported", i18n.T("Un en-tête sur plusieurs lignes (« headerRows ») n’est pas lu : gardez une seule ligne de noms.",
			"A header on several rows (“headerRows”) is not read: keep one row of names.")).At("headerRows")
	default:
		o.HeaderRow = 1
	}
	if d.Property != "" || d.Table != "" {
		return o, fault.New(fault.Invalid, "dialect_unsupported", i18n.T("Une table dans une propriété d’un JSON ou dans une base de données n’est pas lue : exportez-la seule.",
			"A table in a property of a JSON file or in a database is not read: export it alone.")).At("property")
	}
	return o, nil
}

func namesAField(s *frictionless.Schema, labels []string) bool {
	return slices.ContainsFunc(labels, func(label string) bool {
		return slices.ContainsFunc(s.Fields, func(f frictionless.Field) bool { return strings.EqualFold(f.Name, strings.TrimSpace(label)) })
	})
}

// openParquet has the file written as CSV. Nulls stay what the source says they are.
func (f File) openParquet(ctx context.Context, source format.Source, scratch string) (*format.Table, error) {
	if f.Parquet == nil {
		return nil, fault.New(fault.Invalid, "parquet_unread", i18n.T("Un fichier Parquet ne se lit pas ici : donnez un CSV, un classeur ou du JSON.", "A Parquet file cannot be read here: give a CSV, a workbook or JSON."))
	}
	target := filepath.Join(scratch, "parquet.csv")
	if err := f.Parquet.ParquetAsCSV(ctx, source.Path, target); err != nil {
		return nil, err
	}
	as := source
	as.Path, as.Kind = target, format.CSV
	table, err := format.Open(ctx, as, scratch, format.Options{Delimiter: ",", Quote: `"`, HeaderRow: 1, Encoding: "utf-8"}, nil)
	if err != nil {
		return nil, err
	}
	table.Source = source
	table.LinesAreRows()
	return table, nil
}

// needsRewriting reports whether a dialect asks for more than the reader of delimited text knows.
func needsRewriting(d *frictionless.Dialect) bool {
	return d != nil && (d.CommentChar != "" || d.SkipBlankRows || len(d.CommentRows) > 0 || d.EscapeChar != "" || d.SkipInitialSpace || d.NullSequence != "" || len(d.LineTerminator) == 1 && d.LineTerminator != "\n" && d.LineTerminator != "\r")
}

// rewrite turns a file in an unusual dialect into the same records in the usual one. Comments are left out, so the rows
// after one are a line higher than in the file.
func rewrite(ctx context.Context, source format.Source, d *frictionless.Dialect, scratch string) (format.Source, error) {
	in, err := os.Open(source.Path)
	if err != nil {
		return source, err
	}
	defer in.Close()
	target := filepath.Join(scratch, "dialect.csv")
	out, err := os.Create(target)
	if err != nil {
		return source, err
	}
	defer out.Close()
	w := bufio.NewWriterSize(out, 1<<18)
	if err := plainDialect(ctx, bufio.NewReaderSize(in, 1<<18), w, d); err != nil {
		return source, err
	}
	if err := w.Flush(); err != nil {
		return source, err
	}
	source.Path = target
	return source, out.Close()
}

// copyParts puts the parts of a multipart resource end to end.
func copyParts(paths []string, target string) error {
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	defer out.Close()
	for _, path := range paths {
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in)
		in.Close()
		if err != nil {
			return err
		}
	}
	return out.Close()
}

// Check opens a file and holds it against a schema; without one, against the schema that [Draft] makes of it. A file that
// cannot be read as a table makes a report with that fault alone. An iCalendar is held against its norm, and takes no
// schema.
func Check(ctx context.Context, f File, s *frictionless.Schema, scratch string, o Options) (*Report, error) {
	var program *Program
	name := f.Name
	if name == "" {
		name = filepath.Base(f.Path)
	}
	is, err := isCalendar(f.Path, name)
	switch {
	case err != nil:
		return nil, err
	case is && s != nil:
		return nil, noCalendarSchema(name)
	case is:
		return calendar(ctx, f.Path, name, o)
	}
	if s != nil {
		if program, err = Compile(ctx, s, o); err != nil {
			return nil, err
		}
	}
	table, err := f.Open(ctx, s, scratch)
	if err == nil && s == nil {
		if s, err = Draft(ctx, table); err == nil {
			program, err = Compile(ctx, s, o)
		}
	}
	var report *Report
	if err == nil {
		report, err = program.Run(ctx, table)
	}
	if err == nil {
		return report, nil
	}
	g, ok := Unreadable(err)
	if !ok {
		return nil, err
	}
	return &Report{Stats: Stats{Tasks: 1, Errors: 1}, Errors: []Group{g}, Warnings: []Warning{}, Tasks: []Task{{Name: name, Place: name, Errors: 1, Labels: []string{}}}}, nil
}
