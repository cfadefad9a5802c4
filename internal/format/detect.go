package format

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/icalendar"
)

// Detect says what the file at path is, from its bytes first and its name second. Faults: an empty file, an old
// XLS workbook, a PDF, a web page, or anything else that holds no table, each with what to do instead.
func Detect(ctx context.Context, path, name string) (Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Source{}, err
	}
	src := Source{Path: path, Name: name, Size: info.Size()}
	if info.Size() == 0 {
		return src, emptyFile(name)
	}
	head, err := readHead(path, 64<<10)
	if err != nil {
		return src, err
	}
	if err := ctx.Err(); err != nil {
		return src, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1F, 0x8B}):
		src.Compression = Gzip
		return src, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return detectZip(src)
	case bytes.HasPrefix(head, []byte("PAR1")):
		src.Kind = Parquet
		return src, wholeParquet(src)
	}
	if err := refused(head, name, path); err != nil {
		return src, err
	}
	src.Kind = textKind(head, name)
	return src, nil
}

// detectZip tells workbooks from archives.
func detectZip(src Source) (Source, error) {
	archive, err := zip.OpenReader(src.Path)
	if err != nil {
		return src, brokenArchive(src.Name, err)
	}
	defer archive.Close()
	for _, f := range archive.File {
		switch f.Name {
		case "xl/workbook.xml", "[Content_Types].xml":
			src.Kind = XLSX
		case "xl/workbook.bin":
			return src, notTable("xlsb_refused", src.Name, i18n.T("un classeur Excel binaire (XLSB)", "a binary Excel workbook (XLSB)"), asXLSX)
		case "word/document.xml":
			return src, notTable("document_refused", src.Name, i18n.T("un document Word", "a Word document"), asCSV)
		case "mimetype":
			if kind := mimeOf(f); strings.HasPrefix(kind, "application/vnd.oasis.opendocument.spreadsheet") {
				src.Kind = ODS
			} else if strings.HasPrefix(kind, "application/vnd.oasis.opendocument") {
				return src, notTable("document_refused", src.Name, i18n.T("un document OpenDocument qui n’est pas une feuille de calcul", "an OpenDocument that is not a spreadsheet"), asCSV)
			}
		}
	}
	if src.Kind == "" {
		src.Compression = Zip
	}
	return src, nil
}

func mimeOf(f *zip.File) string {
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	b, _ := io.ReadAll(io.LimitReader(r, 200)) // a mimetype that cannot be read is none
	return strings.TrimSpace(string(b))
}

// wholeParquet checks that a Parquet file has its end, where its description stands.
func wholeParquet(src Source) error {
	f, err := os.Open(src.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	tail := make([]byte, 4)
	if src.Size >= 12 {
		if _, err := f.ReadAt(tail, src.Size-4); err != nil {
			return err
		}
	}
	if string(tail) != "PAR1" {
		return fault.New(fault.Invalid, "parquet_truncated", i18n.T(
			"Le fichier Parquet « %s » est incomplet : sa fin manque (lu %d octets). Téléchargez-le ou exportez-le de nouveau.",
			"The Parquet file “%s” is incomplete: its end is missing (%d bytes read). Download or export it again.", src.Name, src.Size))
	}
	return nil
}

var (
	asCSV  = i18n.Text{FR: "Exportez le tableau en CSV, encodé en UTF-8.", EN: "Export the table as CSV, in UTF-8."}
	asXLSX = i18n.Text{FR: "Ouvrez-le et enregistrez-le au format XLSX, ODS ou CSV.", EN: "Open it and save it as XLSX, ODS or CSV."}
)

func notTable(code, name string, what, instead i18n.Text) error {
	return fault.New(fault.Invalid, code, i18n.T("« %s » est %s, qui ne se lit pas ici. %s", "“%s” is %s, which cannot be read here. %s", name, what, instead))
}

// refused recognises, from their first bytes, the files that people send by mistake or out of habit.
func refused(head []byte, name, path string) error {
	starts := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n"))
	again := i18n.T("Décompressez-le, ou utilisez gzip ou zip.", "Unpack it, or use gzip or zip.")
	switch {
	case starts("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"):
		return oldWorkbook(name, path)
	case starts("%PDF"):
		return notTable("pdf_refused", name, i18n.T("un document PDF", "a PDF document"), i18n.T("Demandez le tableau d’où il vient, en CSV, XLSX ou ODS.", "Ask for the table that it comes from, as CSV, XLSX or ODS."))
	case starts("Rar!"), starts("7z\xBC\xAF"), starts("BZh"), starts("\xFD7zXZ"), starts("\x28\xB5\x2F\xFD"):
		return notTable("archive_refused", name, i18n.T("une archive d’un format qui n’est pas accepté", "an archive of a format that is not accepted"), again)
	case bytes.HasPrefix(text, []byte("<!doctype html")), bytes.HasPrefix(text, []byte("<html")):
		return notTable("web_page_refused", name, i18n.T("une page web, pas un fichier de données", "a web page, not a file of data"), i18n.T("Donnez l’adresse du fichier lui-même ; certaines demandent une connexion.", "Give the address of the file itself; some ask to sign in."))
	case bytes.HasPrefix(text, []byte("<?xml")):
		return notTable("xml_refused", name, i18n.T("un fichier XML", "an XML file"), asCSV)
	case icalendar.Looks(head):
		return notTable("calendar_refused", name, i18n.T("un calendrier (iCalendar)", "a calendar (iCalendar)"), i18n.T("Publiez le tableau de ses dates : Socle en fait un calendrier valable, auquel les agendas s’abonnent. Pour le contrôler tel qu’il est, passez par « Vérifier un fichier ».",
			"Publish the table of its dates: Socle makes a valid calendar of it, to which agendas subscribe. To check it as it is, use “Check a file”."))
	case starts("SQLite format 3"), starts("\x89PNG"), starts("\xFF\xD8\xFF"), starts("GIF8"), starts("\x00\x00\x27\x0A"):
		return notTable("binary_refused", name, i18n.T("un fichier binaire qui n’est pas un tableau", "a binary file that is no table"), asCSV)
	}
	return nil
}

// oldWorkbook tells an XLS workbook from one that a password protects: both wear the same envelope.
func oldWorkbook(name, path string) error {
	inside, err := readHead(path, 4<<20)
	if err != nil {
		return err
	}
	var wide []byte
	for _, c := range []byte("EncryptedPackage") {
		wide = append(wide, c, 0)
	}
	if bytes.Contains(inside, wide) {
		return notTable("workbook_encrypted", name, i18n.T("un classeur protégé par un mot de passe", "a workbook protected by a password"),
			i18n.T("Ouvrez-le, retirez la protection et enregistrez-le de nouveau.", "Open it, remove the protection and save it again."))
	}
	return notTable("xls_refused", name, i18n.T("un classeur à l’ancien format d’Excel (XLS)", "a workbook in the old Excel format (XLS)"), asXLSX)
}

// textKind tells JSON from delimited text, and the kinds of each apart.
func textKind(head []byte, name string) Kind {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	ext := extension(name)
	if len(text) > 0 && (text[0] == '{' || text[0] == '[') && looksJSON(text) {
		switch line, rest, more := bytes.Cut(text, []byte("\n")); {
		case text[0] == '{' && (ext == "ndjson" || ext == "jsonl" || ext == "geojsonl"):
			return NDJSON
		case text[0] == '{' && more && json.Valid(line) && bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("{")):
			return NDJSON
		case text[0] == '{' && (ext == "geojson" || bytes.Contains(spaceless(text), []byte(`"type":"Feature`))):
			return GeoJSON
		}
		return JSON
	}
	if ext == "tsv" || ext == "tab" {
		return TSV
	}
	return CSV
}

// looksJSON reports whether the text after a brace or a bracket goes on as JSON, not as the first cell of a CSV.
func looksJSON(text []byte) bool {
	after := bytes.TrimLeft(text[1:], " \t\r\n")
	if len(after) == 0 {
		return true
	}
	if text[0] == '{' {
		return after[0] == '"' || after[0] == '}'
	}
	return strings.IndexByte(`{["]-0123456789tfn`, after[0]) >= 0
}

func spaceless(b []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\t' || r == '\r' {
			return -1
		}
		return r
	}, b[:min(len(b), 4096)])
}
