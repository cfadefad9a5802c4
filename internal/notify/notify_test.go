package notify

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// post is an SMTP server: it keeps what it receives and knows one account.
type post struct {
	mu       sync.Mutex
	received []letter
}

type letter struct {
	from, to, data, user string
	encrypted            bool
}

type visit struct {
	post *post
	conn *smtp.Conn
	letter
}

func (p *post) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &visit{post: p, conn: c, letter: letter{encrypted: encrypted}}, nil
}

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }
func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "socle" || password != "secret" {
			return smtp.ErrAuthFailed
		}
		v.user = username
		return nil
	}), nil
}
func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }
func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	v.from = from
	return nil
}
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "inconnu") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	}
	if strings.HasPrefix(to, "plein") {
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
	}
	v.to = to
	return nil
}
func (v *visit) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	v.data = string(data)
	v.post.mu.Lock()
	defer v.post.mu.Unlock()
	v.post.received = append(v.post.received, v.letter)
	return nil
}

// start runs an SMTP server with a certificate of its own, with TLS from the first byte or on demand.
func start(t *testing.T, implicit, offersTLS bool) (*post, Options) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	settings := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}

	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{}
	server := smtp.NewServer(p)
	server.Domain = "localhost"
	if offersTLS {
		server.TLSConfig = settings
	} else {
		server.AllowInsecureAuth = true
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if implicit {
		listener = tls.NewListener(listener, settings)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
	return p, Options{From: Address{"Portail d’essai", "portail@example.org"}, Site: "Portail d’essai", Host: "localhost", Port: port, RootCAs: roots}
}

var message = Message{
	To:         Address{"Zoé Martin", "zoe@example.org"},
	Lang:       i18n.FR,
	Subject:    i18n.T("Votre fichier est publié", "Your file is published"),
	Paragraphs: []i18n.Text{i18n.T("Le jeu «\u00a0écoles & collèges\u00a0» a une nouvelle version.\nElle a 12 lignes.", "The dataset “schools” has a new version.\nIt has 12 rows.")},
	Link:       &Link{i18n.T("Ouvrir la page", "Open the page"), "https://example.org/jeux/ecoles?a=1&b=2"},
	ID:         "publication-1",
}

// read takes a message apart: its headers, its plain text and its HTML.
func read(t *testing.T, data string) (header mail.Header, plain, html string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	mediaType, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/alternative" {
		t.Fatalf("content type %q, %v", mediaType, err)
	}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return m.Header, plain, html
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			html = text
		} else {
			plain = text
		}
	}
}

func decode(t *testing.T, header string) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAMessageGoesThroughARealServerEncryptedAndSignedIn(t *testing.T) {
	for name, implicit := range map[string]bool{"STARTTLS": false, "TLS from the first byte": true} {
		p, options := start(t, implicit, true)
		options.Username, options.Password = "socle", "secret"
		if implicit {
			options.Security = ImplicitTLS
		}
		mailer, err := Open(options)
		if err != nil {
			t.Fatal(err)
		}
		if err := mailer.Send(t.Context(), message); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(p.received) != 1 {
			t.Fatalf("%s: the server received %d messages", name, len(p.received))
		}
		got := p.received[0]
		if !got.encrypted || got.user != "socle" || got.from != "portail@example.org" || got.to != "zoe@example.org" {
			t.Errorf("%s: got %+v", name, got)
		}
		header, plain, html := read(t, got.data)
		if subject := decode(t, header.Get("Subject")); subject != "Votre fichier est publié" {
			t.Errorf("%s: subject %q", name, subject)
		}
		if from, err := header.AddressList("From"); err != nil || from[0].Name != "Portail d’essai" {
			t.Errorf("%s: from %v, %v", name, from, err)
		}
		if !strings.Contains(plain, "Le jeu «\u00a0écoles & collèges\u00a0» a une nouvelle version.\nElle a 12 lignes.") || !strings.Contains(plain, "https://example.org/jeux/ecoles?a=1&b=2") || strings.Contains(plain, "dataset") {
			t.Errorf("%s: plain text %q", name, plain)
		}
		if !strings.Contains(html, "«\u00a0écoles &amp; collèges\u00a0»") || !strings.Contains(html, `href="https://example.org/jeux/ecoles?a=1&amp;b=2"`) || !strings.Contains(html, `<html lang="fr">`) {
			t.Errorf("%s: HTML %q", name, html)
		}
	}
}

func TestAServerWithoutEncryptionIsRefusedUnlessAllowed(t *testing.T) {
	p, options := start(t, false, false)
	mailer, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := mailer.Send(t.Context(), message); fault.KindOf(err) != fault.Unavailable || len(p.received) != 0 {
		t.Errorf("got %v with %d messages received, want a refusal", err, len(p.received))
	}
	options.Security = Cleartext
	if mailer, err = Open(options); err != nil {
		t.Fatal(err)
	}
	if err := mailer.Send(t.Context(), message); err != nil || len(p.received) != 1 {
		t.Errorf("got %v with %d messages received, want one", err, len(p.received))
	}
}

func TestACertificateThatNobodyKnowsIsRefused(t *testing.T) {
	p, options := start(t, false, true)
	options.RootCAs = nil
	mailer, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := mailer.Send(t.Context(), message); fault.KindOf(err) != fault.Unavailable || len(p.received) != 0 {
		t.Errorf("got %v with %d messages received", err, len(p.received))
	}
}

func TestWhatTheServerRefusesIsExplained(t *testing.T) {
	_, options := start(t, false, true)
	mailer, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	for address, kind := range map[string]fault.Kind{
		"inconnu@example.org":                 fault.Invalid,
		"plein@example.org":                   fault.Unavailable,
		"pas une adresse":                     fault.Invalid,
		"":                                    fault.Invalid,
		"a@example.org\r\nBcc: b@example.org": fault.Invalid,
		"Nom <a@example.org>":                 fault.Invalid,
	} {
		m := message
		m.To.Email = address
		if err := mailer.Send(t.Context(), m); err == nil || fault.KindOf(err) != kind {
			t.Errorf("%q: got %v, want kind %v", address, err, kind)
		}
	}
	options.Username, options.Password = "socle", "faux"
	if mailer, err = Open(options); err != nil {
		t.Fatal(err)
	}
	if err := mailer.Send(t.Context(), message); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a wrong password: got %v", err)
	}
	options.Port = 1
	if mailer, err = Open(options); err != nil {
		t.Fatal(err)
	}
	if err := mailer.Send(t.Context(), message); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("no server: got %v", err)
	}
}

func TestAFolderReceivesOneWholeFileForEachMessage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "courriels")
	mailer, err := Open(Options{From: Address{"", "portail@example.org"}, Folder: dir})
	if err != nil {
		t.Fatal(err)
	}
	both := message
	both.Lang = ""
	both.To.Name = "Zoé\r\nBcc: autre@example.org"
	both.Subject = i18n.T("Ligne\r\nBcc: autre@example.org", "Line")
	for _, m := range []Message{message, both} {
		if err := mailer.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Fatalf("the folder holds %v, %v", files, err)
	}
	var ids []string
	bilingual := 0 // names of files do not say which message was sent first within a moment
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".eml") {
			t.Errorf("left behind: %s", file.Name())
		}
		data, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		header, plain, html := read(t, string(data))
		ids = append(ids, header.Get("Message-ID"))
		if header.Get("Bcc") != "" {
			t.Error("a person’s name became a header")
		}
		if strings.Contains(plain, "nouvelle version") && strings.Contains(plain, "new version") && strings.Count(html, "<h1") == 2 {
			bilingual++
		}
	}
	if bilingual != 1 {
		t.Errorf("the reader of unknown language, and nobody else, gets both languages: %d messages have them", bilingual)
	}
	if ids[0] != ids[1] || !strings.HasSuffix(ids[0], "@example.org>") {
		t.Errorf("the same event has two names: %v", ids)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := mailer.Send(ctx, message); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestAConfigurationThatCannotWorkIsRefusedAtOnce(t *testing.T) {
	from := Address{"", "portail@example.org"}
	for name, options := range map[string]Options{
		"neither server nor folder": {From: from},
		"no sender":                 {Folder: "x"},
		"unknown encryption":        {From: from, Host: "localhost", Security: "ssl3"},
		"impossible port":           {From: from, Host: "localhost", Port: 70000},
	} {
		if _, err := Open(options); fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
