package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"time"

	"socle/internal/app"
	"socle/internal/catalog"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/nice"
	"socle/internal/notify"
)

// serving are the settings of an installation, each also an environment variable.
type serving struct {
	Listen     string `help:"Address to listen on." default:"localhost:8080" env:"SOCLE_LISTEN" placeholder:"HOST:PORT"`
	URL        string `help:"Public address of the portal." env:"SOCLE_URL" placeholder:"URL"`
	Name       string `help:"Name of the portal." env:"SOCLE_NAME" placeholder:"NAME"`
	Tagline    string `help:"Under the name." env:"SOCLE_TAGLINE" placeholder:"TEXT"`
	Operator   string `help:"Who is responsible for the portal." env:"SOCLE_OPERATOR" placeholder:"TEXT"`
	Theme      string `help:"neutral, or dsfr for sites of the French State." env:"SOCLE_THEME" enum:"neutral,dsfr," default:"" placeholder:"NAME"`
	TrustProxy bool   `help:"Believe X-Forwarded-For and X-Forwarded-Proto." env:"SOCLE_TRUST_PROXY"`
	SMTP       string `help:"Mail server: smtp://user:password@host:587; mail goes to the data folder when absent." env:"SOCLE_SMTP" placeholder:"URL"`
	MailFrom   string `help:"Sender of mail." env:"SOCLE_MAIL_FROM" placeholder:"ADDRESS"`
	Memory     int64  `help:"Memory for queries, in megabytes; half of the machine's, at most 8000." env:"SOCLE_MEMORY" placeholder:"MB"`
	Contact    string `help:"Contact of the portal, for the legal notice." env:"SOCLE_CONTACT" placeholder:"TEXT"`
	Publisher  string `help:"Publisher of the portal, for the legal notice." env:"SOCLE_PUBLISHER" placeholder:"TEXT"`
	Calls      int    `help:"Calls of the API in a minute from one address without a key; 0 for no limit." env:"SOCLE_CALLS" default:"3000" placeholder:"N"`
	KeyCalls   int    `help:"Calls of the API in a minute with a key; 0 for no limit." env:"SOCLE_KEY_CALLS" default:"30000" placeholder:"N"`
	Work       int    `help:"Percent of the processors that scans and exports for one address without a key may take, over a minute; 0 for no limit." env:"SOCLE_WORK" default:"50" placeholder:"N"`
	KeyWork    int    `help:"The same with a key." env:"SOCLE_KEY_WORK" default:"80" placeholder:"N"`
}

func (c serving) config(s *session) (app.Config, error) {
	same := func(text string) i18n.Text { return i18n.Text{FR: text, EN: text} }
	config, err := s.config()
	if err != nil {
		return config, err
	}
	config.URL, config.TrustProxy, config.MemoryLimit = c.URL, c.TrustProxy, c.Memory*1_000_000
	config.Name, config.Tagline, config.Operator, config.Theme = same(c.Name), same(c.Tagline), same(c.Operator), c.Theme
	config.AnonymousCalls, config.KeyCalls, config.AnonymousWork, config.KeyWork = c.Calls, c.KeyCalls, c.Work, c.KeyWork
	config.Legal = catalog.Legal{Publisher: c.Publisher, Contact: c.Contact}
	config.Mail, err = c.mail()
	return config, err
}

func (c serving) mail() (notify.Options, error) {
	options := notify.Options{From: notify.Address{Name: c.Name, Email: c.MailFrom}, Site: c.Name}
	if c.SMTP == "" {
		return options, nil
	}
	server, err := url.Parse(c.SMTP)
	if err != nil || server.Host == "" || server.Scheme != "smtp" && server.Scheme != "smtps" {
		return options, misuse{i18n.T("--smtp attend une adresse comme smtp://compte:secret@mail.exemple.fr:587.",
			"--smtp expects an address like smtp://account:secret@mail.example.org:587.")}
	}
	options.Host = server.Hostname()
	if server.Scheme == "smtps" {
		options.Security = notify.ImplicitTLS
	}
	if port := server.Port(); port != "" {
		if options.Port, err = strconv.Atoi(port); err != nil {
			return options, fmt.Errorf("port of the mail server: %w", err)
		}
	}
	options.Username = server.User.Username()
	options.Password, _ = server.User.Password()
	return options, nil
}

type serveCommand struct{ serving }

// Help is shown by socle serve --help.
func (serveCommand) Help() string {
	return "Example:\n  socle serve --data /srv/socle --listen 127.0.0.1:8080 --name \"Données du rectorat\""
}

// Run serves until it is told to stop.
func (c serveCommand) Run(s *session) error {
	if err := s.local(); err != nil {
		return err
	}
	config, err := c.config(s)
	if err != nil {
		return err
	}
	program, err := app.Open(s.ctx, config)
	if err != nil {
		return err
	}
	return s.serve(program, c.Listen, nil)
}

// stopIn is how long requests under way may still take when the program is told to stop.
const stopIn = 15 * time.Second

// ballastSize is memory that the program asks for and never touches, so that it takes none: Go collects its garbage when it has doubled what it
// holds, and of a heap of 25 MB that would be every second, for whoever asks to wait behind.
const ballastSize = 128 << 20

// serve answers on an address until the context ends, then lets requests end, then closes the program. ready is called
// once requests are taken.
func (s *session) serve(program *app.App, address string, ready func(address string)) (err error) {
	defer func() { err = errors.Join(err, program.Close()) }()
	listener, err := (&net.ListenConfig{}).Listen(s.ctx, "tcp", address)
	if err != nil {
		return fault.New(fault.Unavailable, "address_in_use", i18n.T(
			"L’adresse %s ne peut pas être écoutée : un autre programme l’occupe peut-être. Choisissez-en une autre avec --listen.",
			"Cannot listen on %s: another program may hold it. Choose another one with --listen.", address)).Because(err)
	}
	if err := program.Start(s.ctx); err != nil {
		listener.Close()
		return err
	}
	server := &http.Server{Handler: program.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	nice.Room()
	ballast := make([]byte, ballastSize)
	defer runtime.KeepAlive(ballast)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	where := "http://" + shownAddress(listener.Addr(), address)
	s.println("Socle répond sur %s", "Socle answers on %s", where)
	if ready != nil {
		ready(where)
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-s.ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), stopIn)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

// shownAddress is the address as a person can open it.
func shownAddress(bound net.Addr, asked string) string {
	host, _, err := net.SplitHostPort(asked)
	_, port, err2 := net.SplitHostPort(bound.String())
	if err != nil || err2 != nil {
		return asked
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
