package app

import (
	"log/slog"
	"net/netip"
	"time"

	"socle/internal/catalog"
	"socle/internal/i18n"
	"socle/internal/notify"
)

// Config says where things are and how the portal presents itself. Only DataDir is required.
type Config struct {
	DataDir     string // the data folder, made if absent
	DatabaseURL string // "postgres://…" for many nodes; SQLite in the data folder when empty
	Bucket      string // "s3://bucket?region=…&endpoint=…" for many nodes; the data folder when empty
	Tables      bool   // also show the versions as Iceberg tables, see package tables; Engine implies it
	Engine      string // "trino://user@host:port/catalog" for the plans of large versions; DuckDB alone when empty
	EngineRows  int64  // from how many rows a version is large; 0 for every version

	Name        i18n.Text // of the portal; "Socle" when empty
	Tagline     i18n.Text
	Description i18n.Text // one or two sentences, on the home page
	Operator    i18n.Text // who is responsible, in the footer
	Notice      i18n.Text // above every page
	Theme       string    // see package web; neutral when empty
	URL         string    // public address without a final slash; made from requests when empty
	TrustProxy  bool      // behind a proxy that sets X-Forwarded-For and X-Forwarded-Proto
	Demo        bool      // the data is invented, and pages say so
	SignInHint  i18n.Text // under the sign-in form
	Legal       catalog.Legal

	Organization string // name of the installation's own organisation, when it is first made

	Mail         notify.Options // into the data folder when it names no server
	AllowPrivate []netip.Prefix // networks that "publish from an address" may reach although they are not public

	AnonymousCalls int // calls of the API in a minute from one address without a key; 0 for no limit
	KeyCalls       int // calls of the API in a minute with the keys of one person or application; 0 for no limit

	AnonymousWork int // percent of the processors that long work for one address without a key may take, over a minute; 0 for no limit
	KeyWork       int // the same with the keys of one person or application

	MemoryLimit int64         // bytes for queries; see package engine
	Timeout     time.Duration // of one question; see package engine
	Threads     int
	SQLWorker   []string // command that starts this program as a process for SQL: see [engine.ServeSQL]; no SQL console when nil
	ThemeSwitch bool     // readers may choose the theme in the address; for tests
	Version     string   // of the program
	Log         *slog.Logger
}
