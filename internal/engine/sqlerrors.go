package engine

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query/sql"
)

// sqlErrors are the sentences of the engine that people meet, and what they say in plain words. Nothing of the engine's
// own sentence is shown but the names that the person typed: the rest may hold a value, a path or a name of ours.
var sqlErrors = []struct {
	pattern *regexp.Regexp
	message func(found string) i18n.Text
	column  bool // what is found is a column, whose place is known
}{
	{regexp.MustCompile(`^Binder Error: (?:Referenced column|Column) (?:with name )?"?([^"\n]+?)"? (?:not found|does not exist|referenced that exists)`), func(s string) i18n.Text {
		return i18n.T("la colonne «\u00a0%s\u00a0» n’existe pas dans ce que la requête lit ici", "the column “%s” does not exist in what the query reads here", s)
	}, true},
	{regexp.MustCompile(`does not have a column named "([^"\n]+)"`), func(s string) i18n.Text {
		return i18n.T("la colonne «\u00a0%s\u00a0» n’existe pas dans ce jeu", "the column “%s” does not exist in this dataset", s)
	}, true},
	{regexp.MustCompile(`^Binder Error: Referenced table "([^"\n]+)" not found`), func(s string) i18n.Text {
		return i18n.T("«\u00a0%s\u00a0» n’est pas un jeu nommé dans FROM", "“%s” is not a dataset named in FROM", s)
	}, false},
	{regexp.MustCompile(`^Binder Error: Ambiguous reference to column name "([^"\n]+)"`), func(s string) i18n.Text {
		return i18n.T("la colonne «\u00a0%s\u00a0» est dans plusieurs jeux : écrivez le nom du jeu devant", "the column “%s” is in several datasets: write the name of the dataset before it", s)
	}, true},
	{regexp.MustCompile(`column "?([^"\n]+?)"? must appear in the GROUP BY clause`), func(s string) i18n.Text {
		return i18n.T("la colonne «\u00a0%s\u00a0» doit être dans GROUP BY ou dans une agrégation comme max(%s)", "the column “%s” must be in GROUP BY or in an aggregation such as max(%s)", s, s)
	}, true},
	{regexp.MustCompile(`No function matches the given name and argument types '([a-z_0-9+*/%<>=|~!^-]+)\(`), func(s string) i18n.Text {
		return i18n.T("«\u00a0%s\u00a0» ne prend pas de valeurs de ces types : convertissez-les avec CAST", "“%s” does not take values of these types: convert them with CAST", s)
	}, false},
	{regexp.MustCompile(`Cannot compare values of type ([A-Z]+)`), func(string) i18n.Text {
		return i18n.T("deux valeurs de types différents sont comparées : convertissez l’une avec CAST", "two values of different types are compared: convert one with CAST")
	}, false},
	{regexp.MustCompile(`More than one row returned by a subquery`), func(string) i18n.Text {
		return i18n.T("une sous-requête qui doit donner une valeur en donne plusieurs", "a subquery that must give one value gives several")
	}, false},
	{regexp.MustCompile(`WHERE clause cannot contain aggregates|aggregate function calls cannot be nested|cannot contain window functions`), func(string) i18n.Text {
		return i18n.T("une agrégation est écrite là où elle ne peut pas l’être : utilisez HAVING, QUALIFY ou une sous-requête", "an aggregation is written where it cannot be: use HAVING, QUALIFY or a subquery")
	}, false},
	{regexp.MustCompile(`Set operations can only apply to expressions with the same number of result columns`), func(string) i18n.Text {
		return i18n.T("les requêtes réunies n’ont pas le même nombre de colonnes", "the queries put together do not have the same number of columns")
	}, false},
	{regexp.MustCompile(`(?i)duplicate alias`), func(string) i18n.Text {
		return i18n.T("deux jeux portent le même nom dans FROM : donnez un autre nom avec AS", "two datasets have the same name in FROM: give another name with AS")
	}, false},
	{regexp.MustCompile(`UNNEST|unnest`), func(string) i18n.Text {
		return i18n.T("«\u00a0unnest\u00a0» ne peut pas être écrit ici, ou sur cette valeur", "“unnest” cannot be written here, or on that value")
	}, false},
}

// explainSQL says in plain words what a statement stumbled on. The cause goes along for those who call, and holds
// values of the data: it is for no log.
func (e *Engine) explainSQL(ctx context.Context, s *sql.Statement, err error) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTimeout):
		return sql.At(fault.TooLarge, "sql_too_slow", s.Text, -1, i18n.T("la requête dépasse %d secondes. Ajoutez un filtre, ou une condition de jointure",
			"the query takes more than %d seconds. Add a filter, or a condition to the join", max(int(e.sql.Timeout.Seconds()), 1)))
	case cause != nil:
		return cause
	}
	tooLarge := sql.At(fault.TooLarge, "sql_too_large", s.Text, -1, i18n.T(
		"la requête demande plus de mémoire qu’elle ne peut en avoir. Ajoutez un filtre, une condition de jointure, ou groupez par moins de valeurs",
		"the query needs more memory than it may have. Add a filter, a condition to the join, or group by fewer values"))
	if errors.Is(err, errSQLLost) {
		return tooLarge
	}
	var d *duckdb.Error
	if !errors.As(err, &d) {
		return err
	}
	invalid := func(position int, what i18n.Text) error {
		return sql.At(fault.Invalid, "sql_error", s.Text, position, what)
	}
	switch d.Type {
	case duckdb.ErrorTypeOutOfMemory:
		return tooLarge
	case duckdb.ErrorTypePermission: // the checker lets nothing of the kind through, or should not
		return sql.At(fault.Forbidden, "sql_outside", s.Text, -1, i18n.T("la requête touche à autre chose qu’à des jeux de données", "the query reaches for something other than datasets"))
	case duckdb.ErrorTypeOutOfRange:
		return invalid(-1, i18n.T("un calcul dépasse les nombres possibles", "a computation exceeds the possible numbers"))
	case duckdb.ErrorTypeConversion:
		return invalid(-1, i18n.T("une valeur ne peut pas être convertie : utilisez TRY_CAST, qui donne NULL quand ce n’est pas possible",
			"a value cannot be converted: use TRY_CAST, which gives NULL where it is not possible"))
	case duckdb.ErrorTypeIO:
		if strings.Contains(d.Msg, "temp") || strings.Contains(d.Msg, "offload") {
			return sql.At(fault.TooLarge, "sql_too_large", s.Text, -1, i18n.T("la requête demande trop de place", "the query needs too much room"))
		}
		return fault.New(fault.Unavailable, "data_unreadable", i18n.T(
			"Les données ne peuvent pas être lues pour le moment.", "The data cannot be read for the moment."))
	}
	for _, known := range sqlErrors {
		found := known.pattern.FindStringSubmatch(d.Msg)
		if found == nil {
			continue
		}
		name := ""
		if len(found) > 1 {
			name = found[1]
		}
		if at := strings.LastIndexByte(name, '.'); known.column && at >= 0 {
			name = name[at+1:]
		}
		position := -1
		if at, ok := s.PositionOf(name); ok && known.column {
			position = at
		}
		return invalid(position, known.message(short(name)))
	}
	return invalid(-1, i18n.T("la requête est bien écrite mais ne peut pas être exécutée : vérifiez les types des valeurs et les noms",
		"the query is well written but cannot be run: check the types of the values and the names"))
}

func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
