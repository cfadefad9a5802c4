package format

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// Unwrap takes a source out of its gzip or zip, into the folder scratch, and says what came out. A source that is
// not wrapped comes back as it is. Faults: an archive that unfolds beyond the limits, leaves its folder, is
// encrypted, holds several tables (opts.Member chooses) or none, or is cut.
func Unwrap(ctx context.Context, src Source, scratch string, opts Options) (Source, error) {
	limits := opts.Limits.withDefaults()
	if !src.Wrapped() {
		return src, nil
	}
	target := filepath.Join(scratch, "unwrapped")
	var name string
	var err error
	switch src.Compression {
	case Gzip:
		name, err = gunzip(ctx, src, target, limits)
	case Zip:
		name, err = unzip(ctx, src, target, opts.Member, limits)
	default:
		return src, fmt.Errorf("unwrap %s: nothing known of it", src.Name)
	}
	if err != nil {
		return src, err
	}
	out, err := Detect(ctx, target, name)
	if err != nil {
		return out, err
	}
	if out.Wrapped() {
		return out, fault.New(fault.Invalid, "archive_in_archive", i18n.T(
			"« %s » contient une autre archive, « %s ». Une seule compression est acceptée : envoyez l’archive intérieure.",
			"“%s” holds another archive, “%s”. One compression is accepted: send the inner archive.", src.Name, name))
	}
	out.Compression, out.Name = src.Compression, name
	if src.Compression == Zip {
		out.Member = name
	}
	return out, nil
}

func gunzip(ctx context.Context, src Source, target string, limits Limits) (name string, err error) {
	in, err := os.Open(src.Path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	z, err := gzip.NewReader(bufio.NewReaderSize(in, 1<<18))
	if err != nil {
		return "", brokenArchive(src.Name, err)
	}
	name = strings.TrimSuffix(strings.TrimSuffix(src.Name, ".gz"), ".GZ")
	return name, pour(ctx, z, target, src, src.Size, limits)
}

func unzip(ctx context.Context, src Source, target, member string, limits Limits) (string, error) {
	archive, err := zip.OpenReader(src.Path)
	if err != nil {
		return "", brokenArchive(src.Name, err)
	}
	defer archive.Close()
	chosen, err := choose(archive.File, src.Name, member)
	if err != nil {
		return "", err
	}
	r, err := chosen.Open()
	if err != nil {
		return "", brokenArchive(src.Name, err)
	}
	defer r.Close()
	return chosen.Name, pour(ctx, r, target, src, int64(chosen.CompressedSize64), limits)
}

// tables are the extensions of files that can be published; anything else in an archive is left there.
var tables = []string{"csv", "tsv", "tab", "txt", "json", "ndjson", "jsonl", "geojson", "xlsx", "ods", "parquet"}

// choose takes the one table of an archive, or the one that was asked for.
func choose(files []*zip.File, archive, member string) (*zip.File, error) {
	var found []*zip.File
	var shapefile bool
	for _, f := range files {
		if leaves(f.Name) {
			return nil, fault.New(fault.Invalid, "archive_escapes", i18n.T(
				"L’archive « %s » contient un chemin qui sort de son dossier, « %s » : elle est refusée entière. Refaites-la avec des noms simples.",
				"The archive “%s” holds a path that leaves its folder, “%s”: it is refused whole. Make it again with plain names.", archive, f.Name))
		}
		base := path.Base(f.Name)
		if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") || strings.HasPrefix(base, ".") {
			continue
		}
		ext := extension(base)
		shapefile = shapefile || ext == "shp"
		if f.Name == member || member == "" && slices.Contains(tables, ext) && !strings.HasPrefix(strings.ToLower(base), "readme") && !strings.HasPrefix(strings.ToLower(base), "lisezmoi") {
			found = append(found, f)
		}
	}
	switch {
	case len(found) == 1 && found[0].Flags&1 != 0:
		return nil, fault.New(fault.Invalid, "archive_encrypted", i18n.T(
			"L’archive « %s » est protégée par un mot de passe. Envoyez-la sans protection.", "The archive “%s” is protected by a password. Send it without.", archive))
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var names []string
		for _, f := range found {
			names = append(names, f.Name)
		}
		return nil, fault.New(fault.Invalid, "archive_many_tables", i18n.T(
			"L’archive « %s » contient %d tableaux (%s) : choisissez-en un, ou envoyez-les un par un.",
			"The archive “%s” holds %d tables (%s): choose one, or send them one by one.", archive, len(names), quoteList(names))).At("member")
	case member != "":
		return nil, fault.New(fault.Invalid, "archive_no_member", i18n.T(
			"L’archive « %s » ne contient pas de fichier « %s ».", "The archive “%s” holds no file “%s”.", archive, member)).At("member")
	case shapefile:
		return nil, notTable("shapefile_refused", archive, i18n.T("un fichier de formes (Shapefile)", "a Shapefile"), i18n.T("Exportez-le en GeoJSON.", "Export it as GeoJSON."))
	}
	return nil, fault.New(fault.Invalid, "archive_no_table", i18n.T(
		"L’archive « %s » ne contient aucun tableau (CSV, TSV, JSON, GeoJSON, XLSX, ODS ou Parquet).",
		"The archive “%s” holds no table (CSV, TSV, JSON, GeoJSON, XLSX, ODS or Parquet).", archive))
}

// leaves reports whether a path of an archive goes out of the folder where it would be unpacked.
func leaves(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	return strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':' || slices.Contains(strings.Split(name, "/"), "..")
}

// pour writes what comes out of an archive, within the limits.
func pour(ctx context.Context, r io.Reader, target string, src Source, wrapped int64, limits Limits) error {
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	defer out.Close()
	in := &unfolding{from: r, archive: src.Name, wrapped: wrapped, limits: limits}
	buffer := make([]byte, 1<<18)
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		n, err := in.Read(buffer)
		if _, problem := out.Write(buffer[:n]); problem != nil {
			return problem
		}
		switch {
		case errors.Is(err, io.EOF):
			return out.Close()
		case err != nil:
			return cutArchive(src.Name, in.done, err)
		}
	}
}

// cutArchive says where an archive stops making sense.
func cutArchive(name string, done int64, err error) error {
	var corrupt flate.CorruptInputError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &corrupt) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) {
		return fault.New(fault.Invalid, "archive_truncated", i18n.T(
			"L’archive « %s » est coupée ou abîmée : la lecture s’arrête après %s décompressés. Téléchargez-la ou compressez-la de nouveau.",
			"The archive “%s” is cut or damaged: reading stops after %s uncompressed. Download or compress it again.", name, sizeText(done))).Because(err)
	}
	return err
}

func brokenArchive(name string, err error) error {
	return fault.New(fault.Invalid, "archive_unreadable", i18n.T(
		"L’archive « %s » est incomplète ou abîmée : son sommaire ne se lit pas. Téléchargez-la ou refaites-la.",
		"The archive “%s” is incomplete or damaged: its list of files cannot be read. Download it or make it again.", name)).Because(err)
}
