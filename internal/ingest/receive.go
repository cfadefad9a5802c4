package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/lake"
)

// received is a file that lies in the scratch folder of a write, byte for byte as it came.
type received struct {
	path    string
	name    string
	bytes   int64
	sha256  string
	flushed <-chan struct{} // closed when its bytes have reached the disk, or could not
}

const (
	chunkBytes = 1 << 20
	chunks     = 4 // read ahead of the digest
)

// receive keeps what a reader gives. It computes the digest while the next bytes come in, and leaves the bytes on
// their way to the disk while the file is being read.
func (s *Service) receive(ctx context.Context, w *lake.Write, name string, body io.Reader, size int64, r Request) (received, error) {
	if size > s.options.MaxBytes {
		return received{}, s.tooLarge()
	}
	name = cleanName(name)
	target := filepath.Join(w.Dir, "original"+strings.ToLower(path.Ext(name)))
	file, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return received{}, fmt.Errorf("ingest: receive: %w", err)
	}
	bytes, digest, err := s.copyAndHash(ctx, file, body, size, r)
	if err == nil && bytes == 0 {
		err = fault.New(fault.Invalid, "file_empty", i18n.T("Le fichier « %s » est vide.", "The file “%s” is empty.", name)).At("file")
	}
	if err != nil {
		file.Close()
		return received{}, err
	}
	flushed := make(chan struct{})
	go func() {
		// The publication flushes it again before it counts on it; this one only begins early.
		_ = file.Sync()
		file.Close()
		close(flushed)
	}()
	s.point("received")
	return received{path: target, name: name, bytes: bytes, sha256: digest, flushed: flushed}, nil
}

func (s *Service) copyAndHash(ctx context.Context, file *os.File, body io.Reader, size int64, r Request) (int64, string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	empty, full := make(chan []byte, chunks), make(chan []byte, chunks)
	for range chunks {
		empty <- make([]byte, chunkBytes)
	}
	hash := sha256.New()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for chunk := range full {
			hash.Write(chunk)
			empty <- chunk[:cap(chunk)]
		}
	}()
	var total int64
	var err error
	for err == nil {
		chunk := <-empty
		var n int
		n, err = io.ReadFull(body, chunk)
		if total += int64(n); total > s.options.MaxBytes {
			err = s.tooLarge()
			break
		}
		if n > 0 {
			if _, e := file.Write(chunk[:n]); e != nil {
				err = fmt.Errorf("ingest: receive: %w", e)
				break
			}
			full <- chunk[:n]
		}
		if err == nil {
			err = ctx.Err()
		}
		r.tell(StepReceive, total, size)
	}
	close(full)
	<-done
	if errors.Is(err, io.EOF) || err == io.ErrUnexpectedEOF && (size < 0 || total == size) {
		return total, hex.EncodeToString(hash.Sum(nil)), nil
	}
	return 0, "", explainReceive(err)
}

// explainReceive says what a broken transfer means to the person who sent the file.
func explainReceive(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fault.New(fault.TooLarge, "file_too_large", i18n.T("Le fichier dépasse la taille acceptée, %s.",
			"The file is over the accepted size, %s.", bytesText(tooLarge.Limit))).At("file").Because(err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New(fault.Invalid, "upload_cut", i18n.T(
			"L’envoi du fichier s’est interrompu avant la fin. Rien n’a été publié ; recommencez.",
			"The upload of the file stopped before its end. Nothing was published; try again.")).At("file").Because(err)
	}
	return err
}

func (s *Service) tooLarge() error {
	return fault.New(fault.TooLarge, "file_too_large", i18n.T("Le fichier dépasse la taille acceptée, %s.",
		"The file is over the accepted size, %s.", bytesText(s.options.MaxBytes))).At("file")
}

func bytesText(n int64) i18n.Text {
	return i18n.Text{FR: i18n.Bytes(i18n.FR, n), EN: i18n.Bytes(i18n.EN, n)}
}

// cleanName keeps what of a file's name is safe to store and to propose again.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if name == "" || name == "/" {
		return "fichier"
	}
	if runes := []rune(name); len(runes) > 200 {
		return string(runes[len(runes)-200:]) // the end holds the extension
	}
	return name
}
