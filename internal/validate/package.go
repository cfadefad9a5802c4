package validate

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// A Bundle is a Data Package on disk: its tables are held against their schemas, and against each other.
type Bundle struct {
	Folder  string // of the package: its paths start there
	Scratch string // for what must be rewritten
	Parquet Parquet
	// Fetch brings what is at an address to a file; nil where nothing may be fetched.
	Fetch func(ctx context.Context, address, folder string) (path string, err error)
}

// Package validates every table of a package, with the references between them whatever their order, cycles included.
func (b Bundle) Package(ctx context.Context, p *frictionless.Package, o Options) (*Report, error) {
	started := time.Now()
	var runs []*tableRun
	var others []Group
	var ring *keyring
	defer func() {
		for _, r := range runs {
			r.close()
		}
	}()
	byName := map[string]*tableRun{}
	for i := range p.Resources {
		res := &p.Resources[i]
		if !res.Tabular() && !tabularName(res) {
			continue
		}
		scratch, err := os.MkdirTemp(b.Scratch, "resource-*")
		if err != nil {
			return nil, err
		}
		run, groups, err := b.table(ctx, res, o, scratch, &ring)
		if err != nil {
			return nil, err
		}
		others = append(others, groups...)
		if run != nil {
			runs = append(runs, run)
			byName[res.Name] = run
		}
	}
	wants := map[*tableRun]map[int]*parent{}
	for _, run := range runs {
		wants[run] = map[int]*parent{}
		for i := range run.program.keys {
			k := &run.program.keys[i]
			if k.kind != foreignKey {
				continue
			}
			target := run
			if k.resource != "" {
				target = byName[k.resource]
			}
			switch {
			case run.stores[i] == nil:
			case target != nil:
				wants[run][i] = target.want(k.reference)
			default: // of a description that stands alone
				to, err := run.gather(ctx, k)
				if err != nil {
					return nil, err
				}
				if wants[run][i] = to; to == nil {
					run.absent = append(run.absent, i)
				}
			}
		}
	}
	for _, run := range runs {
		if err := run.walk(ctx); err != nil {
			return nil, err
		}
	}
	for _, run := range runs {
		if err := run.resolve(ctx, func(i int) *parent { return wants[run][i] }); err != nil {
			return nil, err
		}
	}
	report := newReport(runs)
	for _, g := range others {
		report.Valid = false
		report.Stats.Errors += g.Count
	}
	report.Errors = append(others, report.Errors...)
	if len(runs) == 0 && len(others) == 0 {
		report.Warnings = append(report.Warnings, Warning{Code: "no_table", Text: i18n.T("Ce paquet ne contient aucune table : rien n’est contrôlé.", "This package holds no table: nothing is checked.")})
	}
	report.Stats.Seconds = time.Since(started).Seconds()
	return report, nil
}

func tabularName(r *frictionless.Resource) bool {
	if r.Data != nil {
		return true
	}
	switch strings.ToLower(strings.TrimPrefix(filepath.Ext(strings.TrimSuffix(r.Path[0], ".gz")), ".")) {
	case "csv", "tsv", "xlsx", "ods", "parquet", "ndjson", "jsonl":
		return true
	}
	return false
}

// table opens one table of the package. What is wrong with its file is a fault of the report.
func (b Bundle) table(ctx context.Context, res *frictionless.Resource, o Options, scratch string, ring **keyring) (*tableRun, []Group, error) {
	path, err := b.find(ctx, res, scratch)
	if err != nil {
		return b.unread(res, err)
	}
	groups, err := countsOf(res, path)
	if err != nil {
		return nil, nil, err
	}
	s, d := res.Schema, res.Dialect
	if res.SchemaPath != "" {
		if s, err = readPart(ctx, b, res.SchemaPath, scratch, frictionless.Parse); err != nil {
			return nil, nil, err
		}
	}
	if res.DialectPath != "" {
		if d, err = readPart(ctx, b, res.DialectPath, scratch, frictionless.ParseDialect); err != nil {
			return nil, nil, err
		}
	}
	if res.Data != nil && filepath.Ext(path) == ".csv" {
		plain := frictionless.Dialect{Delimiter: ","}
		if d != nil {
			plain.Header, plain.HeaderRows = d.Header, d.HeaderRows
		}
		d = &plain // the rows were written here
	}
	f := File{Path: path, Dialect: d, Parquet: b.Parquet, Read: format.Options{Encoding: encodingOf(res.Encoding)}}
	t, err := f.Open(ctx, s, scratch)
	if err != nil {
		return b.unread(res, err)
	}
	if s == nil {
		if s, err = Draft(ctx, t); err != nil {
			return b.unread(res, err)
		}
	}
	o.Table = res.Name
	program, err := Compile(ctx, s, o)
	if err != nil {
		return nil, nil, err
	}
	if *ring == nil {
		*ring = program.newRing()
	}
	return program.prepare(t, *ring), groups, nil
}

// encodingOf keeps the encodings that reading may be forced to.
func encodingOf(said string) string {
	switch e := strings.ToLower(said); e {
	case "utf-8", "windows-1252", "iso-8859-1", "utf-16le", "utf-16be":
		return e
	case "latin-1", "latin1", "iso8859-1":
		return "iso-8859-1"
	case "cp1252":
		return "windows-1252"
	}
	return ""
}

// unread makes a fault of a file that cannot be read; what is not the file's own is an error.
func (b Bundle) unread(res *frictionless.Resource, err error) (*tableRun, []Group, error) {
	g, ok := Unreadable(err)
	if !ok {
		return nil, nil, err
	}
	g.Table = res.Name
	return nil, []Group{g}, nil
}

// Unreadable makes a group of faults of the error of a file that is not a table that can be read; ok is false when the
// error is not the file's own.
func Unreadable(err error) (g Group, ok bool) {
	if kind := fault.KindOf(err); kind != fault.Invalid && kind != fault.TooLarge && kind != fault.NotFound {
		return g, false
	}
	code := map[string]string{"empty_file": "source-error", "bad_encoding": "encoding-error", "archive_truncated": "compression-error", "archive_unreadable": "compression-error",
		"archive_no_table": "compression-error", "archive_many_tables": "compression-error", "file_absent": "scheme-error"}[fault.CodeOf(err)]
	if code == "" {
		code = "format-error"
	}
	message := fault.Message(err)
	return Group{Rule: fault.CodeOf(err), Type: code, Code: code, Tags: []string{"#file"}, Title: i18n.T("Fichier illisible", "Unreadable file"), Message: message,
		Instruction: i18n.T("Le fichier est un tableau : CSV, TSV, JSON, classeur ou Parquet.", "The file is a table: CSV, TSV, JSON, workbook or Parquet."), Fix: message, Count: 1, Examples: []Example{{Message: message}}}, true
}

// find brings the data of a resource to one file.
func (b Bundle) find(ctx context.Context, res *frictionless.Resource, scratch string) (string, error) {
	if res.Data != nil {
		return writeData(res.Data, scratch)
	}
	paths := make([]string, len(res.Path))
	for i, p := range res.Path {
		var err error
		if paths[i], err = b.local(ctx, p, scratch); err != nil {
			return "", err
		}
	}
	if len(paths) == 1 {
		return paths[0], nil
	}
	target := filepath.Join(scratch, "parts"+filepath.Ext(paths[0]))
	return target, copyParts(paths, target)
}

// writeData puts the rows that a description holds in a file: objects as JSON, lists of cells as CSV.
func writeData(data json.RawMessage, folder string) (string, error) {
	path := filepath.Join(folder, "data.json")
	var rows [][]json.RawMessage
	if json.Unmarshal(data, &rows) != nil || len(rows) == 0 {
		return path, os.WriteFile(path, data, 0o600)
	}
	var out bytes.Buffer
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				out.WriteByte(',')
			}
			if text := textOf(cell); string(cell) != "null" {
				out.WriteByte('"')
				out.Write(bytes.ReplaceAll(text, []byte(`"`), []byte(`""`)))
				out.WriteByte('"')
			}
		}
		out.WriteByte('\n')
	}
	path = filepath.Join(folder, "data.csv")
	return path, os.WriteFile(path, out.Bytes(), 0o600)
}

// local is where a path of the package is on disk. What is at an address is fetched.
func (b Bundle) local(ctx context.Context, p, scratch string) (string, error) {
	if strings.HasPrefix(p, "http://") || strings.HasPrefix(p, "https://") {
		if b.Fetch == nil {
			return "", fault.New(fault.Invalid, "fetch_refused", i18n.T("« %s » est une adresse : rien n’est téléchargé ici. Joignez le fichier au paquet.", "“%s” is an address: nothing is fetched here. Put the file in the package.", p))
		}
		return b.Fetch(ctx, p, scratch)
	}
	path := filepath.Join(b.Folder, filepath.FromSlash(p))
	// A link may lead out of the folder although the path does not.
	real, err := filepath.EvalSymlinks(path)
	if os.IsNotExist(err) {
		return "", fault.New(fault.Invalid, "file_absent", i18n.T("Le fichier « %s » du paquet n’existe pas.", "File “%s” of the package does not exist.", p))
	}
	if err != nil {
		return "", err
	}
	folder, err := filepath.EvalSymlinks(b.Folder)
	if err != nil {
		return "", err
	}
	if inside, err := filepath.Rel(folder, real); err != nil || inside == ".." || strings.HasPrefix(inside, ".."+string(filepath.Separator)) {
		return "", fault.New(fault.Invalid, "file_outside", i18n.T("Le fichier « %s » est hors du dossier du paquet.", "File “%s” is out of the folder of the package.", p))
	}
	return real, nil
}

func readPart[T any](ctx context.Context, b Bundle, p, scratch string, parse func([]byte) (T, error)) (T, error) {
	var none T
	path, err := b.local(ctx, p, scratch)
	if err != nil {
		return none, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return none, err
	}
	return parse(data)
}

// countsOf compares the size and the digest that the package gives with those of the file.
func countsOf(res *frictionless.Resource, path string) ([]Group, error) {
	if res.Bytes == nil && res.Hash == "" || res.Data != nil {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	name, want, found := strings.Cut(res.Hash, ":")
	if !found {
		name, want = "md5", res.Hash
	}
	sum := map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}[strings.ToLower(name)]
	if sum == nil || want == "" {
		sum, want = md5.New, ""
	}
	digest := sum()
	size, err := io.Copy(digest, file)
	if err != nil {
		return nil, err
	}
	var out []Group
	add := func(code string, message i18n.Text) {
		out = append(out, Group{Table: res.Name, Rule: code, Type: code, Code: code, Tags: []string{"#file"}, Title: i18n.T("Le fichier n’est pas celui que dit le paquet", "The file is not the one that the package says"), Message: message,
			Instruction: i18n.T("La taille et l’empreinte du fichier sont celles que donne le paquet.", "The size and digest of the file are those that the package gives."),
			Fix:         i18n.T("Téléchargez le fichier de nouveau, ou mettez le paquet à jour.", "Download the file again, or bring the package up to date."), Count: 1, Examples: []Example{{Message: message}}})
	}
	if res.Bytes != nil && *res.Bytes != size {
		add("byte-count", i18n.T("Le fichier a %d octets ; le paquet en annonce %d.", "The file has %d bytes; the package says %d.", size, *res.Bytes))
	}
	if got := hex.EncodeToString(digest.Sum(nil)); want != "" && !strings.EqualFold(got, want) {
		add("hash-count", i18n.T("L’empreinte du fichier est %s ; le paquet annonce %s.", "The digest of the file is %s; the package says %s.", fmt.Sprintf("%s:%s", name, got), res.Hash))
	}
	return out, nil
}
