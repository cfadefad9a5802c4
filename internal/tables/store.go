package tables

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"socle/internal/store"
)

const (
	selectSnapshots = selectOne + ` WHERE dataset_uid = $1 ORDER BY number`
	selectSnapshot  = selectOne + ` WHERE dataset_uid = $1 AND number = $2`
	selectOne       = `SELECT number, table_name, snapshot, numbered FROM table_snapshots`
	deleteSnapshots = `DELETE FROM table_snapshots WHERE dataset_uid = $1`
	insertSnapshot  = `INSERT INTO table_snapshots (dataset_uid, number, table_name, snapshot, numbered) VALUES ($1, $2, $3, $4, $5)`
	selectDatasets  = `SELECT DISTINCT dataset_uid FROM table_snapshots`
)

// A Snapshot is a version as the tables have it.
type Snapshot struct {
	Version  int    `json:"version"`
	Table    string `json:"table"`
	ID       int64  `json:"snapshot"`
	Numbered bool   `json:"numbered"` // whether its files hold the place of each row
}

func scanSnapshot(scan func(...any) error) (Snapshot, error) {
	var s Snapshot
	var numbered int64
	err := scan(&s.Version, &s.Table, &s.ID, &numbered)
	s.Numbered = numbered != 0
	return s, err
}

// Snapshot finds a version among the tables, and says whether it is there.
func (s *Service) Snapshot(ctx context.Context, datasetUID string, version int) (Snapshot, bool, error) {
	found, err := scanSnapshot(s.db.QueryRowContext(ctx, selectSnapshot, datasetUID, version).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Snapshot{}, false, nil
	}
	if err != nil {
		return Snapshot{}, false, fmt.Errorf("tables: snapshot: %w", err)
	}
	return found, true, nil
}

// snapshots are the versions of a dataset that the tables have, the oldest first.
func (s *Service) snapshots(ctx context.Context, datasetUID string) ([]Snapshot, error) {
	rows, err := s.db.QueryContext(ctx, selectSnapshots, datasetUID)
	return collect(rows, err)
}

func collect(rows *sql.Rows, err error) ([]Snapshot, error) {
	if err != nil {
		return nil, fmt.Errorf("tables: snapshots: %w", err)
	}
	defer rows.Close()
	list := []Snapshot{}
	for rows.Next() {
		one, err := scanSnapshot(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("tables: snapshots: %w", err)
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// remember replaces what is known of a dataset.
func (s *Service) remember(ctx context.Context, datasetUID string, list []Snapshot) error {
	err := s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, deleteSnapshots, datasetUID); err != nil {
			return err
		}
		for _, one := range list {
			if _, err := tx.ExecContext(ctx, insertSnapshot, datasetUID, one.Version, one.Table, one.ID, store.Bool(one.Numbered)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("tables: remember: %w", err)
	}
	return nil
}

// List returns every version that the tables have, by table, the oldest first.
func (s *Service) List(ctx context.Context) ([]Snapshot, error) {
	rows, err := s.db.QueryContext(ctx, selectOne+` ORDER BY table_name, number`)
	return collect(rows, err)
}

// known are the datasets that have a table.
func (s *Service) known(ctx context.Context) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, selectDatasets)
	if err != nil {
		return nil, fmt.Errorf("tables: datasets: %w", err)
	}
	defer rows.Close()
	var uids []string
	for rows.Next() {
		var uid string
		if err := rows.Scan(&uid); err != nil {
			return nil, fmt.Errorf("tables: datasets: %w", err)
		}
		uids = append(uids, uid)
	}
	return uids, rows.Err()
}
