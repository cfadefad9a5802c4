package format

import "context"

// Detect says what the file at path is, from its bytes first and its name second. Faults: an empty file, an old
// XLS workbook, a PDF, a web page, or anything else that holds no table, each with what to do instead.
func Detect(ctx context.Context, path, name string) (Source, error) { return Source{}, errSoon }

// Unwrap takes a source out of its gzip or zip, into the folder scratch, and says what came out. A source that is
// not wrapped comes back as it is. Faults: an archive that unfolds beyond the limits, leaves its folder, is
// encrypted, holds several tables (opts.Member chooses) or none, or is cut.
func Unwrap(ctx context.Context, src Source, scratch string, opts Options) (Source, error) {
	return Source{}, errSoon
}
