// Package cli is the command line: one command a file, on a data folder, or on a running server through its API.
//
// People read French by default, English when they ask for it; machines ask for --json. The exit code says what
// happened: 0 done, 1 refused by a rule, 2 misuse, 3 fault.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"socle/internal/app"
	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
)

// The exit codes.
const (
	exitDone    = 0
	exitRefused = 1 // a rule refused: invalid file, missing right, large loss, unknown dataset…
	exitMisuse  = 2 // the command line is wrong
	exitFault   = 3 // Socle or the machine is at fault
)

// Globals are the flags of every command.
type Globals struct {
	Data         string   `help:"Data folder." default:"./data" env:"SOCLE_DATA" type:"path" placeholder:"DIR"`
	Database     string   `help:"postgres://… for many nodes; SQLite in the data folder when absent." env:"SOCLE_DATABASE_URL" placeholder:"URL"`
	Bucket       string   `help:"s3://… for many nodes; the data folder when absent." env:"SOCLE_BUCKET" placeholder:"URL"`
	Tables       bool     `help:"Also show the versions as Iceberg tables, for Trino, DuckDB, Spark or PyIceberg." env:"SOCLE_TABLES"`
	Engine       string   `help:"trino://user@host:port/catalog to ask large versions of Trino; DuckDB for all when absent." env:"SOCLE_ENGINE" placeholder:"URL"`
	EngineRows   int64    `help:"Rows from which a version is asked of --engine; 0 for every version." default:"20000000" env:"SOCLE_ENGINE_ROWS" placeholder:"N"`
	AllowPrivate []string `help:"Private networks that “publish from an address” may reach." env:"SOCLE_ALLOW_PRIVATE" placeholder:"CIDR"`
	Server       string   `help:"Act on a running server instead of a data folder." env:"SOCLE_SERVER" placeholder:"URL"`
	Token        string   `help:"Token for --server, and for socle mcp." env:"SOCLE_TOKEN" placeholder:"TOKEN"`
	JSON         bool     `help:"Write JSON, for machines." name:"json"`
	Lang         string   `help:"Language of messages: fr or en." env:"SOCLE_LANG" placeholder:"LANG"`
	Log          string   `help:"Least serious event to log on standard error: debug, info, warn, error." default:"warn" enum:"debug,info,warn,error" env:"SOCLE_LOG"`
}

// grammar is the whole command line.
type grammar struct {
	Globals

	Serve      serveCommand    `cmd:"" help:"Serve the portal and its APIs."`
	Demo       demoCommand     `cmd:"" help:"Serve a portal with demonstration data, made the first time."`
	Publish    publishCommand  `cmd:"" help:"Publish a file as a new version of a dataset."`
	Validate   validateCommand `cmd:"" help:"Check a file against a schema, and say every fault."`
	Datasets   datasetsCommand `cmd:"" help:"List the datasets."`
	Query      queryCommand    `cmd:"" help:"Ask a question of a dataset, in the language of the Explore API."`
	Export     exportCommand   `cmd:"" help:"Write a dataset, or a part of it, as a file."`
	User       userCommand     `cmd:"" help:"List people, add one, give a role, make a token."`
	Audit      auditCommand    `cmd:"" help:"Check the record of what was done."`
	Doctor     doctorCommand   `cmd:"" help:"Check the data folder, and clear what interrupted work left."`
	Projection tablesCommand   `cmd:"" name:"tables" help:"List the Iceberg tables, bring them up to date, or make them again."`
	MCP        mcpCommand      `cmd:"" name:"mcp" help:"Serve the tools of AI assistants on standard input and output."`
	Version    versionCommand  `cmd:"" help:"Print the version of the program."`
}

// A session is one run of the program.
type session struct {
	ctx     context.Context
	globals *Globals
	lang    i18n.Lang
	out     io.Writer
	err     io.Writer
	version string
	log     *slog.Logger
}

// Main runs the command line and returns the exit code.
func Main(args []string, out, errs io.Writer, version string) int {
	if len(args) == 1 && args[0] == engine.SQLWorkerArgument { // started by a server, for the SQL of people
		if err := engine.ServeSQL(os.Stdin, out); err != nil {
			fmt.Fprintln(errs, "socle:", err)
			return exitFault
		}
		return exitDone
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var g grammar
	code, ended := exitDone, false
	parser, err := kong.New(&g, kong.Name("socle"), kong.Writers(out, errs), kong.Exit(func(c int) { code, ended = c, true }),
		kong.Description("Publish, describe, check, protect and share public data. Example: socle publish effectifs.csv"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(errs, "socle:", err)
		return exitFault
	}
	chosen, err := parser.Parse(args)
	if ended { // help was asked for
		return code
	}
	s := &session{ctx: ctx, globals: &g.Globals, lang: language(g.Lang), out: out, err: errs, version: version}
	if err != nil {
		fmt.Fprintf(errs, "socle: %s\n%s\n", err, s.say("Voir « socle --help ».", "See “socle --help”."))
		return exitMisuse
	}
	s.ctx = identity.With(i18n.With(ctx, s.lang), identity.System())
	var level slog.Level
	if err := level.UnmarshalText([]byte(g.Log)); err != nil {
		level = slog.LevelWarn
	}
	s.log = slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: level}))
	return s.report(chosen.Run(s))
}

// report says what went wrong and returns the code that says so to scripts.
func (s *session) report(err error) int {
	var misuse misuse
	var said exit
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &said):
		return int(said)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(s.err, s.say("Interrompu. Rien n’a été perdu.", "Interrupted. Nothing was lost."))
		return exitRefused
	case errors.As(err, &misuse):
		fmt.Fprintln(s.err, "socle: "+misuse.text.In(s.lang))
		return exitMisuse
	}
	if s.globals.JSON {
		_ = s.json(map[string]any{"error": map[string]any{"code": fault.CodeOf(err), "message": fault.Message(err).In(s.lang)}})
	}
	switch fault.KindOf(err) {
	case fault.Internal:
		// On the command line, the operator is the person: the cause helps.
		fmt.Fprintf(s.err, "socle: %s\n%s\n", fault.Message(err).In(s.lang), err)
		return exitFault
	case fault.Unavailable:
		fmt.Fprintln(s.err, "socle: "+fault.Message(err).In(s.lang))
		return exitFault
	}
	fmt.Fprintln(s.err, "socle: "+fault.Message(err).In(s.lang))
	return exitRefused
}

// sqlWorker is the command that starts this program as a process for SQL, nil when the program does not know where it is.
func sqlWorker() []string {
	program, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{program, engine.SQLWorkerArgument}
}

// misuse is an error in the command line itself.
type misuse struct{ text i18n.Text }

func (m misuse) Error() string { return m.text.EN }

func language(wanted string) i18n.Lang {
	if wanted != "" {
		return i18n.ParseLang(wanted)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			if strings.HasPrefix(strings.ToLower(value), "en") {
				return i18n.EN
			}
			return i18n.FR
		}
	}
	return i18n.FR
}

func (s *session) say(fr, en string, args ...any) string { return i18n.T(fr, en, args...).In(s.lang) }

// config says where the data is, and what may be reached.
func (s *session) config() (app.Config, error) {
	config := app.Config{DataDir: s.globals.Data, DatabaseURL: s.globals.Database, Bucket: s.globals.Bucket, Tables: s.globals.Tables,
		Engine: s.globals.Engine, EngineRows: s.globals.EngineRows, Version: s.version, Log: s.log, SQLWorker: sqlWorker()}
	for _, network := range s.globals.AllowPrivate {
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return config, misuse{i18n.T("--allow-private attend des réseaux comme 10.1.0.0/16. Reçu : %s.",
				"--allow-private expects networks like 10.1.0.0/16. Given: %s.", network)}
		}
		config.AllowPrivate = append(config.AllowPrivate, prefix)
	}
	return config, nil
}

// open builds the program on the data folder, or on the store and the bucket that many nodes share.
func (s *session) open() (*app.App, error) {
	config, err := s.config()
	if err != nil {
		return nil, err
	}
	return app.Open(s.ctx, config)
}

// local refuses --server for a command that only a data folder can answer.
func (s *session) local() error {
	if s.globals.Server == "" {
		return nil
	}
	return misuse{i18n.T("cette commande agit sur un dossier de données : retirez --server et donnez --data.",
		"this command acts on a data folder: remove --server and give --data.")}
}

// isTerminal reports whether w is a terminal, where progress may be drawn.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
