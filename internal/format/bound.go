package format

import (
	"archive/zip"
	"errors"
	"io"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// A reader of JSON or XML holds whole the value that it reads, and an archive may unfold to a thousand times its size: what
// is here bounds both, so that no file decides how much memory or disk is used.

// errPieceTooLong ends the reading of a value that is larger than a row may be.
var errPieceTooLong = errors.New("format: a value is larger than a row may be")

// pieces reads a file piece by piece, each at most limit bytes; next says that one was read whole.
type pieces struct {
	from  io.Reader
	limit int64
	taken int64 // of the piece at hand
}

// Read implements [io.Reader]. What was read ahead of a piece is counted with the piece before, which is over by then.
func (p *pieces) Read(b []byte) (int, error) {
	if p.taken > p.limit {
		return 0, errPieceTooLong
	}
	n, err := p.from.Read(b)
	p.taken += int64(n)
	return n, err
}

func (p *pieces) next() { p.taken = 0 }

// freely is what may come out of any archive before its ratio is looked at.
const freely = 64 << 20

// unfolding reads what comes out of an archive, within the limits.
type unfolding struct {
	from    io.Reader
	archive string // its name, for the message; empty for a workbook
	wrapped int64  // compressed bytes
	limits  Limits
	done    int64
}

// Read implements [io.Reader].
func (u *unfolding) Read(b []byte) (int, error) {
	n, err := u.from.Read(b)
	if u.done += int64(n); u.done > u.limits.Unwrapped || u.done > freely && u.done/max(u.wrapped, 1) > u.limits.Ratio {
		return 0, u.tooLarge()
	}
	return n, err
}

func (u *unfolding) tooLarge() error {
	if u.archive == "" {
		return fault.New(fault.TooLarge, "archive_too_large", i18n.T(
			"Ce classeur se déplie au-delà de ce qui est permis (%s lus pour %s compressés) : il est refusé. Enregistrez la feuille en CSV.",
			"This workbook unfolds beyond what is allowed (%s read for %s compressed): it is refused. Save the sheet as CSV.",
			sizeText(u.done), sizeText(u.wrapped)))
	}
	return fault.New(fault.TooLarge, "archive_too_large", i18n.T(
		"L’archive « %s » se déplie au-delà de ce qui est permis (%s lus pour %s compressés) : elle est refusée. Envoyez le fichier non compressé.",
		"The archive “%s” unfolds beyond what is allowed (%s read for %s compressed): it is refused. Send the file uncompressed.",
		u.archive, sizeText(u.done), sizeText(u.wrapped)))
}

// part is a part of a workbook, read piece by piece.
type part struct {
	*pieces
	io.Closer
}

// openPart opens a part of a workbook, within the limits.
func openPart(f *zip.File, limits Limits) (part, error) {
	r, err := f.Open()
	if err != nil {
		return part{}, err
	}
	return part{&pieces{from: &unfolding{from: r, wrapped: int64(f.CompressedSize64), limits: limits}, limit: int64(limits.Record)}, r}, nil
}
