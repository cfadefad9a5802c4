package explore

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/query/sql"
)

// SQLEngine is what the console needs of the engine.
type SQLEngine interface {
	ParseSQL(ctx context.Context, text string) (*sql.Statement, error)
	SQL(ctx context.Context, s *sql.Statement, relations []engine.Relation, limit int) (*engine.Rows, error)
	SQLParquet(ctx context.Context, s *sql.Statement, relations []engine.Relation, limit int, w io.Writer) (int64, error)
}

// The limits of answers to SQL, in rows.
const (
	sqlPageRows = 1_000     // read for a page
	sqlMostRows = 10_000    // in an answer of the API
	sqlFileRows = 1_000_000 // in a file
)

// sqlQuestion is a statement with what it reads, as who asks may see it.
type sqlQuestion struct {
	statement *sql.Statement
	sources   []*source // of the relations, in their order
	relations []engine.Relation
	everybody bool
	key       string // names the answer: the text, the versions, what is seen of them
}

// askSQL checks a statement and opens the datasets that it names for who asks. A dataset that they may not see does
// not exist.
func (s *Service) askSQL(ctx context.Context, text string) (*sqlQuestion, error) {
	if s.sql == nil {
		return nil, fault.New(fault.Unavailable, "sql_absent", i18n.T("Les requêtes SQL ne sont pas proposées ici.", "SQL queries are not offered here."))
	}
	statement, err := s.statements.answer(ctx, text, func(ctx context.Context) (*sql.Statement, error) { return s.sql.ParseSQL(ctx, text) })
	if err != nil {
		return nil, err
	}
	q := &sqlQuestion{statement: statement, everybody: true}
	parts := []string{"sql", text}
	for _, relation := range statement.Relations {
		d, plan, err := s.relation(ctx, relation)
		if err != nil {
			return nil, s.atRelation(ctx, statement, relation, err)
		}
		q.sources = append(q.sources, d)
		q.relations = append(q.relations, engine.Relation{Alias: relation.Alias, Plan: plan, Whole: d.view.Whole()})
		q.everybody = q.everybody && d.everybody
		parts = append(parts, relation.Alias, plan.Key())
	}
	q.key = keyOf(parts...)
	return q, nil
}

// relation is the part of a dataset that who asks sees, whole.
func (s *Service) relation(ctx context.Context, r sql.Relation) (*source, *query.Plan, error) {
	d, err := s.find(which{number: r.Version}.in(ctx), r.Dataset)
	if err != nil {
		return nil, nil, err
	}
	if err := d.needData(); err != nil {
		return nil, nil, err
	}
	plan := query.All(d.from(), d.fields)
	return d, plan, d.view.Narrow(plan, d.schema)
}

// atRelation says where in the statement a dataset that cannot be read is named.
func (s *Service) atRelation(ctx context.Context, statement *sql.Statement, r sql.Relation, err error) error {
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind == fault.Internal {
		return err
	}
	what := i18n.Text{FR: strings.TrimSuffix(e.Message.FR, "."), EN: strings.TrimSuffix(e.Message.EN, ".")}
	if e.Code == "UnknownDatasetError" {
		what = i18n.T("«\u00a0%s\u00a0» n’est pas un jeu de données, ou n’est pas ouvert à qui demande", "“%s” is not a dataset, or is not open to who asks", short(r.Name))
		if near := s.nearDataset(ctx, r.Dataset); near != "" {
			what = i18n.T("%s. Vouliez-vous dire \"%s\"\u202f?", "%s. Did you mean \"%s\"?", what, near)
			what.FR, what.EN = strings.TrimSuffix(what.FR, "?"), strings.TrimSuffix(what.EN, "?")
			return sql.At(e.Kind, "sql_unknown_dataset", statement.Text, r.Position, i18n.Text{FR: strings.TrimSpace(what.FR) + "\u202f? Les identifiants sont dans l’aide", EN: what.EN + "? The identifiers are in the help"})
		}
		return sql.At(e.Kind, "sql_unknown_dataset", statement.Text, r.Position, what)
	}
	return sql.At(e.Kind, "sql_unreadable_dataset", statement.Text, r.Position, what)
}

// nearDataset is the identifier, of those that who asks may see, that was probably meant.
func (s *Service) nearDataset(ctx context.Context, name string) string {
	_, list, err := s.visible(ctx)
	if err != nil {
		return ""
	}
	ids := make([]string, 0, len(list))
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	return query.Nearest(name, ids)
}

// sqlResult is the rows of an answer.
type sqlResult struct {
	columns []query.Column
	rows    [][]any
	more    bool // there are others
}

func (r *sqlResult) weight() int64 {
	n := int64(1000)
	for _, row := range r.rows {
		for _, value := range row {
			n += 24
			if text, ok := value.(string); ok {
				n += int64(len(text))
			}
		}
	}
	return n
}

// sqlRows runs a question, or remembers its answer.
func (s *Service) sqlRows(ctx context.Context, q *sqlQuestion, limit int) (*sqlResult, error) {
	return s.results.answer(ctx, q.key+" "+strconv.Itoa(limit), func(ctx context.Context) (*sqlResult, error) {
		rows, err := s.sql.SQL(ctx, q.statement, q.relations, limit+1)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		result := &sqlResult{columns: rows.Columns()}
		for rows.Next() {
			if len(result.rows) == limit {
				result.more = true
				break
			}
			result.rows = append(result.rows, append([]any(nil), rows.Values()...))
		}
		return result, rows.Err()
	})
}
