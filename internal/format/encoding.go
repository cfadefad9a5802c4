package format

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// The names of the encodings, as [Options.Encoding] gives them.
const (
	utf8Name    = "utf-8"
	windowsName = "windows-1252"
	latinName   = "iso-8859-1"
	utf16LEName = "utf-16le"
	utf16BEName = "utf-16be"
)

// encodingName turns the spellings people use into one of the names, "" when it is none.
func encodingName(s string) string {
	switch strings.NewReplacer("_", "-", " ", "").Replace(strings.ToLower(s)) {
	case "utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii":
		return utf8Name
	case "windows-1252", "cp1252", "cp-1252", "windows1252", "ansi":
		return windowsName
	case "iso-8859-1", "latin1", "latin-1", "iso8859-1":
		return latinName
	case "utf-16le", "utf-16", "utf16", "utf16le":
		return utf16LEName
	case "utf-16be", "utf16be":
		return utf16BEName
	}
	return ""
}

// sniffEncoding tells the encoding of a text from its head, and how many bytes its mark takes.
func sniffEncoding(head []byte) (name string, mark int) {
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		return utf8Name, 3
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return utf16LEName, 2
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return utf16BEName, 2
	}
	var even, odd int
	sample := head[:min(len(head), 4096)]
	for i, c := range sample {
		if c == 0 && i%2 == 0 {
			even++
		} else if c == 0 {
			odd++
		}
	}
	if half := len(sample) / 2; half > 0 {
		if odd > half*6/10 && even < half/10+1 {
			return utf16LEName, 0
		}
		if even > half*6/10 && odd < half/10+1 {
			return utf16BEName, 0
		}
	}
	if good, bad := multibytes(head); bad > 0 && good == 0 {
		return windowsName, 0
	}
	return utf8Name, 0
}

// multibytes counts the valid UTF-8 sequences beyond ASCII and the bytes that are in none.
func multibytes(b []byte) (good, bad int) {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		if !utf8.FullRune(b) {
			return good, bad // cut by the end of the head
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		b = b[n:]
	}
	return good, bad
}

func decoder(name string) encoding.Encoding {
	switch name {
	case windowsName, latinName: // browsers read Latin-1 as Windows-1252 too, which has all of it
		return charmap.Windows1252
	case utf16LEName:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case utf16BEName:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	return nil
}

// inUTF8 returns the path of the text in UTF-8 and the bytes that its mark takes there: the source itself when it
// is UTF-8 already, else a copy in the folder scratch.
func inUTF8(ctx context.Context, src Source, scratch string, forced string, progress Progress) (path, name string, mark int, err error) {
	head, err := readHead(src.Path, 1<<20)
	if err != nil {
		return "", "", 0, err
	}
	if len(bytes.Trim(head, " \t\r\n\x00\uFEFF\xEF\xBB\xBF\xFF\xFE")) == 0 {
		return "", "", 0, emptyFile(src.Name)
	}
	name, mark = sniffEncoding(head)
	if forced != "" {
		found := name
		if name = encodingName(forced); name == "" {
			return "", "", 0, fault.New(fault.Invalid, "unknown_encoding", i18n.T(
				"L’encodage « %s » n’est pas connu : choisissez UTF-8, UTF-16, ISO-8859-1 ou Windows-1252.",
				"Encoding “%s” is not known: choose UTF-8, UTF-16, ISO-8859-1 or Windows-1252.", forced)).At("encoding")
		}
		if name != found {
			mark = 0
		}
	}
	d := decoder(name)
	if d == nil {
		return src.Path, name, mark, nil
	}
	path = filepath.Join(scratch, "utf8.txt")
	return path, name, 0, transcode(ctx, src, path, d, progress)
}

func transcode(ctx context.Context, src Source, path string, from encoding.Encoding, progress Progress) error {
	in, err := os.Open(src.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, from.NewDecoder().Reader(&watched{ctx: ctx, r: in, total: src.Size, tell: throttle(progress)}))
	if closing := out.Close(); err == nil {
		err = closing
	}
	return err
}

// watched is a reader that stops with its context and tells its progress.
type watched struct {
	ctx         context.Context
	r           io.Reader
	done, total int64
	tell        Progress
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(p)
	w.done += int64(n)
	if w.tell != nil {
		w.tell(w.done, w.total)
	}
	return n, err
}

// readHead reads the first bytes of a file.
func readHead(path string, size int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, int64(size)))
	return head, err
}

func emptyFile(name string) error {
	return fault.New(fault.Invalid, "empty_file", i18n.T(
		"Le fichier « %s » est vide : il n’y a rien à publier. Vérifiez l’export et envoyez-le de nouveau.",
		"The file “%s” is empty: there is nothing to publish. Check the export and send it again.", name))
}
