package store

import (
	"context"
	"database/sql"
	"sync"
)

// A Statement is a question that is asked again and again: it stays prepared, which for a short one is most of the work.
type Statement struct {
	db       *DB
	text     string
	mu       sync.Mutex
	prepared *sql.Stmt // nil until it was asked
}

// Statement keeps a question prepared. It needs no closing: it ends with the store.
func (db *DB) Statement(text string) *Statement { return &Statement{db: db, text: text} }

// QueryRowContext reads one row, in the transaction of ctx if there is one.
func (s *Statement) QueryRowContext(ctx context.Context, args ...any) *sql.Row {
	if s.db.current(ctx) != nil {
		return s.db.QueryRowContext(ctx, s.text, args...)
	}
	prepared := s.prepare(ctx)
	if prepared == nil { // asked as it is, it says why
		return s.db.QueryRowContext(ctx, s.text, args...)
	}
	return prepared.QueryRowContext(ctx, args...)
}

func (s *Statement) prepare(ctx context.Context) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.prepared == nil {
		if prepared, err := s.db.DB.PrepareContext(ctx, s.text); err == nil {
			s.prepared = prepared
		}
	}
	return s.prepared
}
