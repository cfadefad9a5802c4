package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// A question is one thing that people ask, in the words of each engine. Every i makes another question, with the same work, so
// that no answer comes from a cache.
type question struct {
	name      string
	socle     func(i int) string // path and query
	duckdb    func(i int) []string
	datasette func(i int) string
	ckan      func(i int) []string // statements, run one after the other
	lookup    bool                 // one value of a field is wanted
	grouped   bool                 // a group-by or facets, whose target is harder
	same      bool                 // asked again and again on purpose: Socle answers from its cache, and alone
}

// words are in the names of communes, schools and remarks; some are frequent, some rare.
var words = []string{"rectorat", "division", "communes", "provisoires", "rentree", "confirmer", "pedagogique", "ouverture"}

// questionsOn returns the questions about a file of so many rows, in which these establishments are. cursor is what Socle gives
// with a first page.
func questionsOn(rows int, uais []string, cursor string) []question {
	// The condition that makes each question new keeps nearly every row.
	fresh := func(i int) string { return fmt.Sprintf("montant >= %.2f", float64(i%1_000_000)/100) }
	wide := func(i int) string {
		return fmt.Sprintf("secteur = 'Public' AND effectif > %d AND %s", 100+i%100, fresh(i))
	}
	one := func(i int) string {
		return fmt.Sprintf("uai = '%s' AND annee = %d", uais[i%len(uais)], 2014+i/len(uais)%12)
	}
	far := func(i int) int { return rows*6/10 + i*37%(rows/5) }
	tenth := func(i int) string {
		low := float64(i%80_000) + 0.5
		return fmt.Sprintf("montant >= %.2f AND montant < %.2f", low, low+10_000)
	}
	word := func(i int) string { return words[i%len(words)] }
	const aggregates = "count(*) AS n, avg(effectif) AS moyenne, max(taux_reussite) AS maximum"
	return []question{
		{name: "one establishment’s year", lookup: true,
			socle:     func(i int) string { return records("limit", "100", "where", one(i)) },
			duckdb:    func(i int) []string { return paged("*", one(i), 0, 100) },
			datasette: func(i int) string { return "/bench/rows.json?_size=100&" + filters(one(i)) },
			ckan:      func(i int) []string { return datastoreSearch(one(i), 0, 100) }},
		{name: "filtered page and its total",
			socle:     func(i int) string { return records("limit", "100", "where", wide(i)) },
			duckdb:    func(i int) []string { return paged("*", wide(i), 0, 100) },
			datasette: func(i int) string { return "/bench/rows.json?_size=100&" + filters(wide(i)) },
			ckan:      func(i int) []string { return datastoreSearch(wide(i), 0, 100) }},
		{name: "deep page, offset 9,900",
			socle:  func(i int) string { return records("limit", "99", "offset", "9900", "where", wide(i)) },
			duckdb: func(i int) []string { return paged("*", wide(i), 9900, 99) },
			datasette: func(i int) string {
				return sqlJSON("SELECT *, (SELECT count(*) FROM rows WHERE " + wide(i) + ") FROM rows WHERE " + wide(i) + " ORDER BY rowid LIMIT 99 OFFSET 9900")
			},
			ckan: func(i int) []string { return datastoreSearch(wide(i), 9900, 99) }},
		{name: "page beyond the middle, Socle by cursor",
			socle:  func(i int) string { return records("limit", "100", "cursor", cursorAt(cursor, far(i))) },
			duckdb: func(i int) []string { return paged("*", "", far(i), 100) },
			datasette: func(i int) string {
				return sqlJSON(fmt.Sprintf("SELECT * FROM rows ORDER BY rowid LIMIT 100 OFFSET %d", far(i)))
			},
			ckan: func(i int) []string { return datastoreSearch("", far(i), 100) }},
		{name: "facets, three fields", grouped: true,
			socle: func(i int) string {
				return dataset + "facets?facet=departement&facet=niveau&facet=annee&where=" + url.QueryEscape(fresh(i))
			},
			duckdb: func(i int) []string {
				return []string{grouping("departement", fresh(i)), grouping("niveau", fresh(i)), grouping("annee", fresh(i))}
			},
			datasette: func(i int) string {
				return "/bench/rows.json?_size=0&_facet=departement&_facet=niveau&_facet=annee&_facet_size=max&" + filters(fresh(i))
			},
			ckan: func(i int) []string {
				return []string{searchSQL(grouping("departement", fresh(i))), searchSQL(grouping("niveau", fresh(i))), searchSQL(grouping("annee", fresh(i)))}
			}},
		{name: "group-by, three aggregates", grouped: true,
			socle: func(i int) string {
				return records("limit", "100", "group_by", "departement", "order_by", "n desc", "where", fresh(i), "select",
					strings.ReplaceAll(aggregates, " AS ", " as "))
			},
			duckdb: func(i int) []string {
				return []string{"SELECT departement, " + aggregates + " FROM bench WHERE " + fresh(i) + " GROUP BY departement ORDER BY n DESC LIMIT 100"}
			},
			datasette: func(i int) string {
				return sqlJSON("SELECT departement, " + aggregates + " FROM rows WHERE " + fresh(i) + " GROUP BY departement ORDER BY n DESC LIMIT 100")
			},
			ckan: func(i int) []string {
				return []string{searchSQL("SELECT departement, " + aggregates + " FROM bench WHERE " + fresh(i) + " GROUP BY departement ORDER BY n DESC LIMIT 100")}
			}},
		{name: "full-text word, page and total",
			socle: func(i int) string {
				return records("limit", "20", "where", fmt.Sprintf(`"%s" and %s`, word(i), fresh(i)))
			},
			duckdb:    func(i int) []string { return paged("*", fresh(i)+" AND "+containsWord(word(i)), 0, 20) },
			datasette: func(i int) string { return "/bench/rows.json?_size=20&_search=" + word(i) + "&" + filters(fresh(i)) },
			ckan:      func(i int) []string { return fullText(word(i), fresh(i), 20) }},
		{name: "CSV of a tenth",
			socle: func(i int) string { return dataset + "exports/csv?where=" + url.QueryEscape(tenth(i)) },
			duckdb: func(i int) []string {
				return []string{"COPY (SELECT * FROM bench WHERE " + tenth(i) + ") TO '/dev/null' (FORMAT csv, DELIMITER ';', USE_TMP_FILE false)"}
			},
			datasette: func(i int) string { return "/bench/rows.csv?_stream=on&_size=max&" + filters(tenth(i)) },
			ckan:      func(i int) []string { return []string{dump(tenth(i))} }},
		{name: "filtered page, WITH Socle’s cache", same: true,
			socle:  func(int) string { return records("limit", "100", "where", wide(7)) },
			duckdb: func(int) []string { return paged("*", wide(7), 0, 100) }},
	}
}

const dataset = "/api/explore/v2.1/catalog/datasets/bench/"

// records is the address of a page of records with some parameters.
func records(pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return dataset + "records?" + values.Encode()
}

// cursorAt is the cursor that Socle would give with a page that ended at a row: walking there page by page would take hours.
func cursorAt(first string, row int) string {
	change := func(text string, with func(map[string]any)) string {
		var members map[string]any
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || json.Unmarshal(data, &members) != nil {
			return text
		}
		with(members)
		data, err = json.Marshal(members)
		if err != nil {
			return text
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	return change(first, func(outer map[string]any) {
		after, _ := outer["a"].(string)
		outer["o"] = row
		outer["a"] = change(after, func(inner map[string]any) { inner["r"] = row })
	})
}

// paged is a page and its total as DuckDB is asked for them.
func paged(columns, where string, offset, limit int) []string {
	condition := ""
	if where != "" {
		condition = " WHERE " + where
	}
	return []string{"SELECT count(*) FROM bench" + condition,
		fmt.Sprintf("SELECT %s FROM bench%s LIMIT %d OFFSET %d", columns, condition, limit, offset)}
}

func grouping(field, where string) string {
	return fmt.Sprintf("SELECT %[1]s, count(*) AS n FROM bench WHERE %[2]s GROUP BY %[1]s ORDER BY n DESC LIMIT 1000", field, where)
}

// containsWord is the condition that Socle writes for a word in any text.
func containsWord(word string) string {
	var any []string
	for _, column := range []string{"uai", "etablissement", "code_commune", "commune", "departement", "secteur", "niveau", "observation"} {
		folded := "strip_accents(lower(" + column + "))"
		any = append(any, fmt.Sprintf(`(contains(%[1]s, '%[2]s') AND regexp_matches(%[1]s, '(^|[^\p{L}\p{N}])%[2]s($|[^\p{L}\p{N}])'))`, folded, word))
	}
	return "(" + strings.Join(any, " OR ") + ")"
}
