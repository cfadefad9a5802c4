package search

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/char/asciifolding"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/stop"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/analysis/tokenmap"
	"github.com/blevesearch/bleve/v2/mapping"
)

// The ways in which a text becomes terms. Accents are folded before anything else, so that the stemmer sees
// "collège" and "college" alike.
const (
	stems = "socle_stems" // what words share across plural and gender; stop words left out
	words = "socle_words" // the words themselves, to be found by their beginning; stop words left out
	typed = "socle_typed" // every word, as a person types them
)

// Words too common to look for. They are folded as the texts are. "été" is not among them: it is also a season.
var stopWords = strings.Fields(`a au aux avec ce ces cette chez d dans de des du elle elles en entre est et eux il ils je l la le
	les leur leurs lui m ma mais me mes moi mon n ne nos notre nous on ou par pas pour qu que qui s sa se ses si son sont sur t ta te
	tes toi ton tu un une vos votre vous y and by for in of on the to with`)

func newMapping() (*mapping.IndexMappingImpl, error) {
	m := bleve.NewIndexMapping()
	tokens := make([]any, len(stopWords))
	for i, word := range stopWords {
		tokens[i] = word
	}
	steps := []error{
		m.AddCustomTokenMap("socle_stop", map[string]any{"type": tokenmap.Name, "tokens": tokens}),
		m.AddCustomTokenFilter("socle_stop", map[string]any{"type": stop.Name, "stop_token_map": "socle_stop"}),
		m.AddCustomAnalyzer(typed, analyser()),
		m.AddCustomAnalyzer(words, analyser("socle_stop")),
		m.AddCustomAnalyzer(stems, analyser("socle_stop", fr.SnowballStemmerName)),
	}
	for _, err := range steps {
		if err != nil {
			return nil, fmt.Errorf("set up the analysis of French: %w", err)
		}
	}
	document := bleve.NewDocumentStaticMapping()
	for _, field := range fields {
		property := bleve.NewTextFieldMapping()
		property.Analyzer = stems
		if field.name == wordsField {
			property.Analyzer = words
		}
		property.Store, property.IncludeInAll, property.DocValues = false, false, false
		property.IncludeTermVectors = field.name != wordsField // phrases need positions
		document.AddFieldMappingsAt(field.name, property)
	}
	m.DefaultMapping = document
	return m, nil
}

// analyser cuts a text into words without accents, capitals or elided articles, then applies the filters.
func analyser(filters ...any) map[string]any {
	return map[string]any{"type": custom.Name, "char_filters": []any{asciifolding.Name}, "tokenizer": unicode.Name,
		"token_filters": append([]any{lowercase.Name, fr.ElisionName}, filters...)}
}

// The fields of the index and what a match in each is worth.
const wordsField = "words"

var fields = []struct {
	name  string
	boost float64
}{{"title", 8}, {"keywords", 4}, {"about", 2}, {"text", 1}, {wordsField, 0.5}}

// entry is what the index reads of a document.
type entry struct{ title, keywords, about, text, words string }

func entryOf(d *Document) entry {
	e := entry{
		title:    d.Title,
		keywords: strings.Join(d.Keywords, "\n"),
		about:    strings.Join(d.Themes, "\n") + "\n" + d.Producer,
		// The identifier and the technical names of columns are made of words too.
		text: d.Description + "\n" + strings.NewReplacer("_", " ", "-", " ").Replace(d.ID+"\n"+strings.Join(d.Fields, "\n")),
	}
	e.words = strings.Join([]string{e.title, e.keywords, e.about, e.text}, "\n")
	return e
}

func (e entry) asMap() map[string]any {
	return map[string]any{"title": e.title, "keywords": e.keywords, "about": e.about, "text": e.text, wordsField: e.words}
}

func terms(a analysis.Analyzer, text string) []string {
	var out []string
	for _, token := range a.Analyze([]byte(text)) {
		out = append(out, string(token.Term))
	}
	return out
}

// fold is the key by which titles sort: letters without accents or case, the title itself to part the equal ones.
func fold(s string) string {
	return strings.ToLower(string(asciifolding.New().Filter([]byte(s)))) + "\x00" + s
}

// typos is how many letters may differ in a word for it to be taken for another.
func typos(term string) int {
	switch n := utf8.RuneCountInString(term); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}
