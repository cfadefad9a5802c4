package engine

import (
	"context"
	"path/filepath"
	"strings"

	"socle/internal/schema"
)

// ParquetAsCSV writes a Parquet file as text, for those who read only that: a header, UTF-8, commas, texts between
// quotes, nothing at all for nulls; lists and structures as JSON. A file that is cut short or is no Parquet gives a fault
// of kind Invalid.
func (w *Writer) ParquetAsCSV(ctx context.Context, path, target string) error {
	db, err := w.open([]string{filepath.Dir(target)}, []string{path})
	if err != nil {
		return err
	}
	defer db.Close()
	columns, err := describe(ctx, db, path)
	if err != nil {
		return parquetError(ctx, err)
	}
	var expressions, quoted []string
	for _, c := range columns {
		name := identifier(c.name)
		switch typ, _ := typeOf(c.kind); {
		case typ == schema.JSON && c.kind != "JSON", typ == schema.Point:
			expressions = append(expressions, "to_json("+name+")::VARCHAR AS "+name)
			quoted = append(quoted, name)
		case typ == schema.Text, typ == schema.JSON:
			expressions = append(expressions, name+"::VARCHAR AS "+name)
			quoted = append(quoted, name)
		default:
			expressions = append(expressions, name)
		}
	}
	force := ""
	if len(quoted) > 0 {
		force = ", FORCE_QUOTE (" + strings.Join(quoted, ", ") + ")"
	}
	_, err = db.ExecContext(ctx, "COPY (SELECT "+strings.Join(expressions, ", ")+" FROM read_parquet("+text(path)+")) TO "+text(target)+" (FORMAT csv, HEADER, NULLSTR ''"+force+")")
	if err != nil {
		return parquetError(ctx, err)
	}
	return nil
}
