package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/wneessen/go-mail"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// server sends through an SMTP server, one connection a message: Socle writes few.
type server struct {
	options Options
	connect []mail.Option
}

func newServer(options Options) (*server, error) {
	connect := []mail.Option{
		mail.WithTimeout(20 * time.Second),
		mail.WithTLSConfig(&tls.Config{ServerName: options.Host, RootCAs: options.RootCAs, MinVersion: tls.VersionTLS12}),
	}
	switch options.Security {
	case StartTLS:
		connect = append(connect, mail.WithTLSPortPolicy(mail.TLSMandatory))
	case ImplicitTLS:
		connect = append(connect, mail.WithSSLPort(false))
	case Cleartext:
		connect = append(connect, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return nil, fault.New(fault.Invalid, "mail_security_unknown", i18n.T(
			"Le chiffrement « %s » n’existe pas : choisissez « implicit », « none », ou rien pour STARTTLS.",
			"The encryption “%s” does not exist: choose “implicit”, “none”, or nothing for STARTTLS.", string(options.Security)))
	}
	if options.Port != 0 {
		connect = append(connect, mail.WithPort(options.Port))
	}
	if options.Username != "" {
		connect = append(connect, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(options.Username), mail.WithPassword(options.Password))
	}
	if _, err := mail.NewClient(options.Host, connect...); err != nil {
		return nil, fault.New(fault.Invalid, "mail_server_invalid", i18n.T(
			"Le serveur de courriel « %s » est mal configuré.", "The mail server “%s” is badly configured.", options.Host)).Because(err)
	}
	return &server{options, connect}, nil
}

// Send delivers one message to the server.
func (s *server) Send(ctx context.Context, m Message) error {
	msg, err := compose(s.options, m)
	if err != nil {
		return err
	}
	// A client holds the state of its connection: one a message keeps Send safe for concurrent use.
	client, err := mail.NewClient(s.options.Host, s.connect...)
	if err != nil {
		return fmt.Errorf("prepare the mail client: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return s.explain(m, err)
	}
	return nil
}

func (s *server) explain(m Message, err error) error {
	var sending *mail.SendError
	if errors.As(err, &sending) && sending.Reason == mail.ErrSMTPRcptTo && !sending.IsTemp() && sending.ErrorCode() >= 500 {
		return fault.New(fault.Invalid, "mail_address_refused", i18n.T(
			"Le serveur de courriel refuse l’adresse « %s ». Vérifiez-la.",
			"The mail server refuses the address “%s”. Check it.", m.To.Email)).Because(err)
	}
	return fault.New(fault.Unavailable, "mail_unavailable", i18n.T(
		"Le courriel n’a pas pu partir : le serveur d’envoi est injoignable ou le refuse. Il sera retenté.",
		"The mail could not be sent: the mail server cannot be reached or refuses it. It will be tried again.")).Because(err)
}

// folder lays messages in a folder, where a person, a test or another program picks them up.
type folder struct{ options Options }

// Send writes one .eml file; it appears whole or not at all.
func (f *folder) Send(ctx context.Context, m Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	msg, err := compose(f.options, m)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.options.Folder, 0o700); err != nil {
		return fmt.Errorf("make the mail folder: %w", err)
	}
	draft, err := os.CreateTemp(f.options.Folder, ".draft-*")
	if err != nil {
		return fmt.Errorf("write a mail to the folder: %w", err)
	}
	defer os.Remove(draft.Name()) // gone already when all went well
	_, err = msg.WriteTo(draft)
	if err = errors.Join(err, draft.Close()); err != nil {
		return fmt.Errorf("write a mail to the folder: %w", err)
	}
	// The names sort by time; the end tells two messages of one instant apart.
	unique := filepath.Base(draft.Name())[len(".draft-"):]
	name := time.Now().UTC().Format("20060102T150405.000Z") + "-" + unique + ".eml"
	if err := os.Rename(draft.Name(), filepath.Join(f.options.Folder, name)); err != nil {
		return fmt.Errorf("write a mail to the folder: %w", err)
	}
	return nil
}
