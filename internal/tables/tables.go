// Package tables shows the versions of the lake as tables of Iceberg, the open format that Trino, DuckDB, Spark and
// PyIceberg read: one table a dataset, one snapshot a version.
//
// The tables are a projection. A version exists when its row is committed in the store; the table is written after,
// by a job, over the Parquet files that the lake wrote, which are never copied nor rewritten. A crash leaves it late,
// never wrong, and it can be dropped and made again at will. The catalogue is Iceberg's own pair of tables in the
// database of the store, as the JDBC catalogue of Java programs lays them out; the metadata lies beside the blobs.
//
// Whoever reads the tables reads them whole: they belong to the operators, inside the perimeter.
package tables

import (
	"context"
	"embed"
	"fmt"
	"log/slog"

	"github.com/apache/iceberg-go"
	sqlcatalog "github.com/apache/iceberg-go/catalog/sql"
	_ "github.com/apache/iceberg-go/io/gocloud/s3" // the s3:// scheme; files need no driver

	"socle/internal/asset"
	"socle/internal/lake"
	"socle/internal/store"
)

// Migrations makes the table that says which version is which snapshot.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// The names by which other programs find the tables.
const (
	CatalogName = "socle"
	Namespace   = "socle"
)

// Options are what the service works with; Log may be nil.
type Options struct {
	Store  *store.DB
	Lake   *lake.Lake
	Assets *asset.Service
	Log    *slog.Logger
}

// Service writes the tables. It is safe for concurrent use, also by several processes.
type Service struct {
	db      *store.DB
	lake    *lake.Lake
	assets  *asset.Service
	catalog *sqlcatalog.Catalog
	log     *slog.Logger
}

// Open returns the service on a migrated store. It makes Iceberg's own tables in it when they are absent.
func Open(ctx context.Context, o Options) (*Service, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	dialect := sqlcatalog.SQLite
	if o.Store.Dialect == store.PostgreSQL {
		dialect = sqlcatalog.Postgres
	}
	s := &Service{db: o.Store, lake: o.Lake, assets: o.Assets, log: o.Log}
	err := o.Store.Alone(ctx, func(ctx context.Context) (err error) {
		properties := iceberg.Properties{"warehouse": o.Lake.Location(lake.TablesPrefix)}
		for key, value := range o.Lake.ClientSettings() {
			properties[key] = value
		}
		if s.catalog, err = sqlcatalog.NewCatalog(CatalogName, o.Store.Writer(), dialect, properties); err != nil {
			return err
		}
		exists, err := s.catalog.CheckNamespaceExists(ctx, []string{Namespace})
		if err != nil || exists {
			return err
		}
		return s.catalog.CreateNamespace(ctx, []string{Namespace}, nil)
	})
	if err != nil {
		return nil, fmt.Errorf("tables: catalogue: %w", err)
	}
	return s, nil
}
