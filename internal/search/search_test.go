package search

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// memory is a source that a test changes at will.
type memory struct {
	mu       sync.Mutex
	revision int64
	docs     []Document
	reads    atomic.Int64
	failure  error
}

func (m *memory) set(docs ...Document) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revision++
	m.docs = docs
}

func (m *memory) Revision(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revision, nil
}

func (m *memory) Documents(context.Context) iter.Seq2[Document, error] {
	m.mu.Lock()
	docs, failure := slices.Clone(m.docs), m.failure
	m.mu.Unlock()
	m.reads.Add(1)
	return func(yield func(Document, error) bool) {
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
		if failure != nil {
			yield(Document{}, failure)
		}
	}
}

var catalogue = []Document{
	{ID: "colleges", Title: "Indice de position sociale des collèges", Keywords: []string{"IPS", "mixité sociale"},
		Facets: map[string][]string{"theme": {"Établissements"}, "publisher": {"Direction de l’évaluation"}}, Popularity: 3,
		Updated: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)},
	{ID: "ecoles", Title: "Écoles maternelles et élémentaires", Description: "Annuaire des écoles publiques et privées, avec leur adresse.",
		Fields: []string{"numero_uai", "Identifiant de l’établissement"}, Facets: map[string][]string{"theme": {"Établissements"}, "publisher": {"Académie"}},
		Updated: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)},
	{ID: "fr-en-calendrier-scolaire", Title: "Calendrier scolaire", Description: "Dates des vacances par zone, dont les vacances d’été.", Keywords: []string{"vacances", "zones"},
		Facets: map[string][]string{"theme": {"Vie scolaire"}, "publisher": {"Direction des écoles"}}, Popularity: 10},
	{ID: "cantines", Title: "Restauration", Description: "Ce que mangent les élèves des collèges à midi. Lieux de vie scolaire.", Keywords: []string{"cantine", "restauration scolaire"},
		Facets: map[string][]string{"theme": {"Vie scolaire"}, "publisher": {"Académie"}}},
	{ID: "secret", Title: "Signalements dans les lycées", Level: "restricted", Facets: map[string][]string{"theme": {"Vie scolaire"}}},
	{ID: "equipements", Title: "Équipements sportifs", Description: "Gymnases, piscines, terrains de grands jeux.", Producer: "Ministère des sports", Facets: map[string][]string{"theme": {"Sport"}}},
}

func open(t *testing.T, docs ...Document) (*Index, *memory) {
	t.Helper()
	source := &memory{}
	source.set(docs...)
	index, err := New(source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := index.Close(); err != nil {
			t.Error(err)
		}
	})
	return index, source
}

func find(t *testing.T, x *Index, q Query) ([]string, Result) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	r, err := x.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("%q: %v", q.Text, err)
	}
	ids := []string{}
	for _, hit := range r.Hits {
		ids = append(ids, hit.Document.ID)
	}
	return ids, r
}

func public(d *Document) bool { return d.Level != "restricted" }

func TestWordsAreFoundAsFrenchPeopleTypeThem(t *testing.T) {
	index, _ := open(t, catalogue...)
	for _, c := range []struct {
		text     string
		want     []string // in order of relevance
		forgiven bool
	}{
		{"college", []string{"colleges", "cantines"}, false},
		{"collège", []string{"colleges", "cantines"}, false},
		{"COLLÈGES", []string{"colleges", "cantines"}, false},
		{"colleges", []string{"colleges", "cantines"}, false},
		{"colege", []string{"colleges", "cantines"}, true},
		{"collége", []string{"colleges", "cantines"}, false},
		{"écoles élémentaires", []string{"ecoles"}, false},
		{"ecole elementaire", []string{"ecoles"}, false},
		{"école matrenelle", []string{"ecoles"}, true},
		{"calendrier scolair", []string{"fr-en-calendrier-scolaire"}, false},
		{"calandrier scolaire", []string{"fr-en-calendrier-scolaire"}, true},
		{"calendrier des vacances", []string{"fr-en-calendrier-scolaire"}, false},
		{"l'école", []string{"ecoles"}, false},
		{"l’élève", []string{"cantines"}, false},
		{"vacances d'été", []string{"fr-en-calendrier-scolaire"}, false},
		{"scolaire", []string{"fr-en-calendrier-scolaire", "cantines"}, false},
		{"scol", []string{"fr-en-calendrier-scolaire", "cantines"}, false},
		{"piscine", []string{"equipements"}, false},
		{"sport", []string{"equipements"}, false},
		{"ministère des sports", []string{"equipements"}, false},
		{"IPS", []string{"colleges"}, false},
		{"numero_uai", []string{"ecoles"}, false},
		{"uai", []string{"ecoles"}, false},
		{"fr-en-calendrier-scolaire", []string{"fr-en-calendrier-scolaire"}, false},
		{`"vie scolaire"`, []string{"cantines"}, false},
		{`« position sociale » collèges`, []string{"colleges"}, false},
		{`"scolaire calendrier"`, []string{}, false},
		{`calendrier "`, []string{"fr-en-calendrier-scolaire"}, false},
		{"collège piscine", []string{}, false},
		{"zzzzzz", []string{}, false},
		{"???", []string{}, false},
		{"lycée", []string{}, false}, // only in what the asker may not see
		{"le", []string{}, false},
		{"la", []string{}, false},
		{"gy", []string{"equipements"}, false},
	} {
		got, r := find(t, index, Query{Text: c.text, Visible: public})
		if !slices.Equal(got, c.want) || r.Forgiven != c.forgiven || r.Total != len(c.want) {
			t.Errorf("%q finds %v (forgiven %v, total %d), want %v (forgiven %v)", c.text, got, r.Forgiven, r.Total, c.want, c.forgiven)
		}
	}
}

func TestATitleWeighsMoreThanAKeywordAndAKeywordMoreThanTheRest(t *testing.T) {
	index, _ := open(t,
		Document{ID: "c", Title: "Troisième", Description: "Il est question de natation."},
		Document{ID: "b", Title: "Deuxième", Keywords: []string{"natation"}},
		Document{ID: "a", Title: "La natation"},
	)
	if got, _ := find(t, index, Query{Text: "natation"}); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("got %v", got)
	}
}

func TestWhatIsHiddenCountsNowhere(t *testing.T) {
	index, _ := open(t, catalogue...)
	_, r := find(t, index, Query{Visible: public, Facets: []string{"theme"}})
	want := []Count{{"Établissements", 2}, {"Vie scolaire", 2}, {"Sport", 1}}
	if r.Total != 5 || !slices.Equal(r.Facets["theme"], want) {
		t.Errorf("total %d, facets %v, want 5 and %v", r.Total, r.Facets["theme"], want)
	}
	if _, r = find(t, index, Query{Facets: []string{"theme"}}); r.Total != 6 || r.Facets["theme"][0] != (Count{"Vie scolaire", 3}) {
		t.Errorf("without a limit: total %d, facets %v", r.Total, r.Facets["theme"])
	}
}

func TestResultsAreRefinedExcludedSortedAndCut(t *testing.T) {
	index, _ := open(t, catalogue...)
	for _, c := range []struct {
		name string
		q    Query
		want []string
	}{
		{"by title, accents apart", Query{}, []string{"fr-en-calendrier-scolaire", "ecoles", "equipements", "colleges", "cantines"}},
		{"refined", Query{Refine: map[string][]string{"theme": {"Vie scolaire"}, "publisher": {"Académie"}}}, []string{"cantines"}},
		{"excluded", Query{Exclude: map[string][]string{"theme": {"Vie scolaire", "Sport"}}}, []string{"ecoles", "colleges"}},
		{"most recent", Query{Order: ByUpdated, Limit: 2}, []string{"ecoles", "colleges"}},
		{"most used", Query{Order: ByPopularity, Limit: 2}, []string{"fr-en-calendrier-scolaire", "colleges"}},
		{"second page", Query{Offset: 2, Limit: 2}, []string{"equipements", "colleges"}},
		{"past the end", Query{Offset: 20, Limit: 2}, []string{}},
		{"another condition", Query{Filter: func(d *Document) bool { return d.Producer != "" }}, []string{"equipements"}},
	} {
		c.q.Visible = public
		if got, _ := find(t, index, c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	r, err := index.Search(t.Context(), Query{Visible: public})
	if err != nil || r.Total != 5 || len(r.Hits) != 0 {
		t.Errorf("no limit gives totals only: %+v, %v", r, err)
	}
}

func TestTheIndexFollowsItsSource(t *testing.T) {
	index, source := open(t, catalogue...)
	find(t, index, Query{Text: "piscine"})
	find(t, index, Query{Text: "piscine"})
	if n := source.reads.Load(); n != 1 {
		t.Errorf("the source was read %d times for one revision", n)
	}
	source.set(Document{ID: "equipements", Title: "Patinoires"}, Document{ID: "neuf", Title: "Piscines"})
	if got, _ := find(t, index, Query{Text: "piscine"}); !slices.Equal(got, []string{"neuf"}) {
		t.Errorf("after a change: %v", got)
	}
	if got, _ := find(t, index, Query{Text: "collège"}); len(got) != 0 {
		t.Errorf("what is gone is still found: %v", got)
	}
	// What is not indexed follows too.
	source.set(Document{ID: "neuf", Title: "Piscines", Data: 7})
	_, r := find(t, index, Query{Text: "piscine"})
	if len(r.Hits) != 1 || r.Hits[0].Document.Data != 7 {
		t.Errorf("the document is stale: %+v", r.Hits)
	}
	source.mu.Lock()
	source.revision++
	source.failure = errors.New("the store is away")
	source.mu.Unlock()
	if _, err := index.Search(t.Context(), Query{}); !errors.Is(err, source.failure) {
		t.Errorf("got %v, want the error of the source", err)
	}
	if got := len(index.docs); got != 1 {
		t.Errorf("a failed reading changed the index: %d documents", got)
	}
}

func TestSearchesAndChangesMayHappenTogether(t *testing.T) {
	index, source := open(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				r, err := index.Search(context.Background(), Query{Text: "écoles", Limit: 10})
				if err != nil {
					t.Error(err)
					return
				}
				for _, hit := range r.Hits {
					if hit.Document == nil {
						t.Error("a hit without its document")
					}
				}
			}
		})
	}
	for n := range 20 {
		docs := make([]Document, n)
		for i := range docs {
			docs[i] = Document{ID: fmt.Sprint(i), Title: fmt.Sprintf("École %d, tour %d", i, n)}
		}
		source.set(docs...)
		time.Sleep(time.Millisecond)
	}
	wg.Wait()
	if _, r := find(t, index, Query{Text: "ecole"}); r.Total != 19 {
		t.Errorf("in the end %d documents, want 19", r.Total)
	}
}

func TestAVeryLongTextDoesNotKeepTheMachineBusy(t *testing.T) {
	index, _ := open(t, catalogue...)
	text := ""
	for i := range 5000 {
		text += fmt.Sprintf("motif%d ", i)
	}
	start := time.Now()
	find(t, index, Query{Text: text})
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}
