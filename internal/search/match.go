package search

import (
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/search/query"
)

// request is what a person typed, understood: each part must be found.
type request struct {
	phrases []string // between quotation marks
	terms   []string // stems
	last    string   // the last word as typed, perhaps unfinished; "" when a space or a phrase follows it
}

// At most so many words are looked for, lest a pasted page keep the machine busy.
const maxWords = 32

func understand(text string, stem, typed analysis.Analyzer) request {
	var r request
	text = strings.NewReplacer("“", `"`, "”", `"`, "«", `"`, "»", `"`).Replace(text)
	parts := strings.Split(text, `"`)
	if len(parts)%2 == 0 { // a mark without its pair says nothing
		parts = append(parts[:len(parts)-2], parts[len(parts)-2]+" "+parts[len(parts)-1])
	}
	var loose []string
	for i, part := range parts {
		if i%2 == 1 && strings.TrimSpace(part) != "" && len(r.phrases) < maxWords {
			r.phrases = append(r.phrases, part)
		} else if i%2 == 0 {
			loose = append(loose, part)
		}
	}
	free := strings.ReplaceAll(strings.Join(loose, " "), "_", " ")
	found := terms(typed, free)
	if len(found) > maxWords {
		found = found[:maxWords]
	}
	if n := len(found); n > 0 {
		r.last = found[n-1]
		before := found[:n-1]
		for _, w := range before {
			r.terms = append(r.terms, terms(stem, w)...)
		}
		r.terms = slices.Compact(r.terms)
		// A stop word at the end of a sentence says nothing, unless it is all there is: "le" may become "lecture".
		if len(terms(stem, r.last)) == 0 && len(r.terms)+len(r.phrases) > 0 {
			r.last = ""
		}
	}
	return r
}

func (r request) empty() bool { return len(r.phrases) == 0 && len(r.terms) == 0 && r.last == "" }

// query asks for every part of the request, as typed or forgiving small differences.
func (r request) query(stem analysis.Analyzer, forgiving bool) query.Query {
	var all []query.Query
	for _, phrase := range r.phrases {
		any := bleve.NewDisjunctionQuery()
		for _, field := range fields {
			if field.name == wordsField {
				continue
			}
			q := bleve.NewMatchPhraseQuery(phrase)
			q.Analyzer = stems
			q.SetField(field.name)
			q.SetBoost(field.boost)
			any.AddQuery(q)
		}
		all = append(all, any)
	}
	for _, term := range r.terms {
		all = append(all, one(term, "", forgiving))
	}
	if r.last != "" {
		term := ""
		if stemmed := terms(stem, r.last); len(stemmed) > 0 {
			term = stemmed[0]
		}
		all = append(all, one(term, r.last, forgiving))
	}
	return bleve.NewConjunctionQuery(all...)
}

// one looks for a word in every field, by its stem and, when it may be unfinished, by its beginning.
func one(term, beginning string, forgiving bool) query.Query {
	any := bleve.NewDisjunctionQuery()
	for _, field := range fields {
		if field.name == wordsField || term == "" {
			continue
		}
		exact := bleve.NewTermQuery(term)
		exact.SetField(field.name)
		exact.SetBoost(field.boost)
		any.AddQuery(exact)
		if n := typos(term); forgiving && n > 0 {
			near := bleve.NewFuzzyQuery(term)
			near.SetField(field.name)
			near.SetFuzziness(n)
			near.SetPrefix(1)
			near.SetBoost(field.boost / 4)
			any.AddQuery(near)
		}
	}
	if len(beginning) >= 2 {
		prefix := bleve.NewPrefixQuery(beginning)
		prefix.SetField(wordsField)
		prefix.SetBoost(0.5)
		any.AddQuery(prefix)
		// The beginning of a title's word counts for a title.
		prefix = bleve.NewPrefixQuery(beginning)
		prefix.SetField("title")
		prefix.SetBoost(2)
		any.AddQuery(prefix)
	}
	if len(any.Disjuncts) == 0 {
		return bleve.NewMatchNoneQuery()
	}
	return any
}
