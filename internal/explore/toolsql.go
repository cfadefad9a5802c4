package explore

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"socle/internal/i18n"
)

type sqlInput struct {
	SQL   string `json:"sql" jsonschema:"one SELECT; a table is a dataset by its identifier between double quotes, such as: SELECT e.academie, avg(r.taux) AS taux FROM \"etablissements\" AS e JOIN \"resultats@3\" AS r USING (uai) GROUP BY e.academie"`
	Limit int    `json:"limit,omitempty" jsonschema:"rows at most: 50 when absent, 500 at most"`
}

// sqlToolAnswer is the rows of a statement with the datasets that they come from.
type sqlToolAnswer struct {
	Columns []fieldWords      `json:"columns"`
	Rows    []json.RawMessage `json:"rows" jsonschema:"one object a row, by name of column"`
	Cut     string            `json:"cut,omitempty" jsonschema:"why there are fewer rows than the statement gives; absent when nothing was cut"`
	Address string            `json:"address" jsonschema:"address that asks the same statement again, of the newest versions unless it names others"`
	Sources []citation        `json:"sources" jsonschema:"each dataset that was read: cite them all"`
}

// toolSQL asks in SQL by the way that the console and the API take: the statement is checked, and each dataset that it
// names is opened for who asks.
func (s *Service) toolSQL(ctx context.Context, in sqlInput) (*sqlToolAnswer, error) {
	q, err := s.askSQL(ctx, in.SQL)
	if err != nil {
		return nil, err
	}
	limit := min(cmp.Or(max(in.Limit, 0), 50), toolGroups)
	result, err := s.sqlRows(ctx, q, limit)
	if err != nil {
		return nil, err
	}
	answer := &sqlToolAnswer{Columns: columnWords(result.columns), Rows: []json.RawMessage{}, Sources: []citation{}, Address: s.site(ctx) + sqlAddress(PathSQL, in.SQL)}
	for _, d := range q.sources {
		answer.Sources = append(answer.Sources, s.cite(ctx, d, "", nil))
	}
	return answer, answer.fill(ctx, result, limit)
}

// fill takes the rows that fit.
func (a *sqlToolAnswer) fill(ctx context.Context, result *sqlResult, limit int) error {
	encoder, size := newRowEncoder(result.columns, time.UTC), 0
	if result.more {
		a.Cut = i18n.S(ctx, "Les %d premières lignes ; il y en a d’autres. Agrégez, filtrez, ou augmentez limit.", "The first %d rows; there are others. Aggregate, filter, or raise limit.", limit)
	}
	for _, row := range result.rows {
		object, err := encoder.append([]byte{'{'}, row)
		if err != nil {
			return err
		}
		object = append(object, '}')
		if size += len(object); size > toolBytes {
			a.Cut = i18n.S(ctx, "%d lignes : la réponse est limitée à %d Ko. Choisissez moins de colonnes, ou agrégez.", "%d rows: the answer is bounded to %d kB. Choose fewer columns, or aggregate.",
				len(a.Rows), toolBytes/1000)
			break
		}
		a.Rows = append(a.Rows, object)
	}
	return nil
}
