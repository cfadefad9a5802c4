package rowstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
)

// The columns of the rows of these tests.
const (
	name = iota
	zone // 30 values
	day  // some are missing
	lon
	lat
	public
)

// row makes the row of a number.
func row(i int) []any {
	values := []any{int64(i), fmt.Sprintf("École n° %d\x00'", i), int64(i % 30), any(nil), -1 + float64(i%100)/50, 48 + float64(i)/10_000, i%2 == 0}
	if i%7 != 0 {
		values[1+day] = int64(i*7919%1000) - 500
	}
	return values
}

func storeOf(t *testing.T, rows int) *Store {
	t.Helper()
	s, err := Build(t.Context(), filepath.Join(t.TempDir(), "some rows#1?.db"), 6, func(add func([]any) error) error {
		for i := range rows {
			if err := add(row(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// naive answers a question by looking at every row.
func naive(rows [][]any, q Question) (found [][]any) {
	value := func(i, column int) any { return rows[i][1+column] }
	var ids []int
	for i := range rows {
		keep := true
		for _, c := range q.Where {
			keep = keep && fulfils(value(i, c.Column), c)
		}
		if keep {
			ids = append(ids, i)
		}
	}
	slices.SortStableFunc(ids, func(a, b int) int {
		for _, k := range q.Order {
			x, y := value(a, k.Column), value(b, k.Column)
			switch {
			case x == nil && y == nil:
			case x == nil:
				return 1
			case y == nil:
				return -1
			default:
				order := compare(x, y)
				if k.Descending {
					order = -order
				}
				if order != 0 {
					return order
				}
			}
		}
		return 0
	})
	ids = ids[min(q.Offset, len(ids)):]
	if q.Limit >= 0 {
		ids = ids[:min(q.Limit, len(ids))]
	}
	for _, i := range ids {
		var one []any
		for _, c := range q.Columns {
			v := value(i, c)
			if truth, is := v.(bool); is {
				v = map[bool]int64{true: 1}[truth]
			}
			one = append(one, v)
		}
		found = append(found, one)
	}
	return found
}

func compare(x, y any) int {
	switch x := x.(type) {
	case string:
		return cmp.Compare(x, y.(string))
	case int64:
		return cmp.Compare(x, y.(int64))
	}
	return cmp.Compare(x.(float64), y.(float64))
}

func fulfils(v any, c Condition) bool {
	if v == nil {
		return false
	}
	if c.Is == In {
		return slices.Contains(c.Values, v)
	}
	order := compare(v, c.Values[0])
	return map[Operator]bool{Equal: order == 0, NotEqual: order != 0, Less: order < 0, LessEqual: order <= 0, Greater: order > 0, GreaterEqual: order >= 0}[c.Is]
}

func TestAStoreAnswersAsIfItHadLookedAtEveryRow(t *testing.T) {
	for _, rows := range []int{0, 1, 2_500, 9_000} {
		s := storeOf(t, rows)
		var all [][]any
		for i := range rows {
			all = append(all, row(i))
		}
		for _, column := range []int{name, zone, day} {
			if err := s.Index(t.Context(), column); err != nil {
				t.Fatal(err)
			}
		}
		r := rand.New(rand.NewPCG(uint64(rows), 1))
		answered := 0
		for range 300 {
			q := Question{Columns: []int{ID, day, name, public, lon}, Limit: r.IntN(50) - 1, Offset: r.IntN(40)}
			for range r.IntN(4) {
				c := Condition{Column: []int{ID, zone, day}[r.IntN(3)], Is: []Operator{Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, In}[r.IntN(7)]}
				for range 1 + map[bool]int{true: r.IntN(3)}[c.Is == In] {
					c.Values = append(c.Values, int64(r.IntN(30)))
				}
				q.Where = append(q.Where, c)
			}
			if r.IntN(3) == 0 {
				q.Where = append(q.Where, Condition{name, []Operator{Equal, Less, Greater}[r.IntN(3)], []any{row(r.IntN(9_000))[1]}})
			}
			for _, column := range r.Perm(5)[:r.IntN(3)] {
				q.Order = append(q.Order, Key{[]int{name, zone, day, lon, lat}[column], r.IntN(2) == 0})
			}
			got, err := s.Rows(t.Context(), q)
			if errors.Is(err, ErrTooMuch) && !s.Small() {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			answered++
			if want := naive(all, q); !reflect.DeepEqual(got, want) {
				t.Fatalf("%d rows, %+v:\ngot  %v\nwant %v", rows, q, got, want)
			}
			whole := q
			whole.Limit, whole.Offset = -1, 0
			if count, err := s.Count(t.Context(), q); err == nil && count != int64(len(naive(all, whole))) {
				t.Fatalf("%d rows, %+v: counted %d", rows, q, count)
			} else if err != nil && (!errors.Is(err, ErrTooMuch) || s.Small()) {
				t.Fatal(err)
			}
		}
		if answered < 100 {
			t.Errorf("%d rows: only %d questions were answered", rows, answered)
		}
	}
}

func TestRowsThatAreInsertedTogetherAreAllThereAndInOrder(t *testing.T) {
	for _, rows := range []int{0, 1, insertedAtOnce - 1, insertedAtOnce, insertedAtOnce + 1, 3 * insertedAtOnce} {
		s := storeOf(t, rows)
		found, err := s.Rows(t.Context(), Question{Columns: []int{ID, name, zone, day, lon, lat, public}, Limit: -1})
		if err != nil || len(found) != rows {
			t.Fatalf("%d rows of %d: %v", len(found), rows, err)
		}
		for i := range found {
			for j, want := range row(i) {
				if flag, is := want.(bool); is {
					want = map[bool]int64{true: 1}[flag]
				}
				if found[i][j] != want {
					t.Errorf("row %d of %d, value %d: %v instead of %v", i, rows, j, found[i][j], want)
				}
			}
		}
	}
}

func TestWhatLooksAtManyRowsIsLeft(t *testing.T) {
	s := storeOf(t, 70_000)
	for _, column := range []int{zone, lat} {
		if err := s.Index(t.Context(), column); err != nil {
			t.Fatal(err)
		}
	}
	zoned := Condition{zone, Equal, []any{int64(3)}}
	for what, c := range map[string]struct {
		q    Question
		left bool
	}{
		"a page":                            {Question{Limit: 20, Offset: 9_000}, false},
		"a page far away":                   {Question{Limit: 20, Offset: 50_000}, true},
		"a page from a row on":              {Question{Limit: 20, Where: []Condition{{ID, Greater, []any{int64(50_000)}}}}, false},
		"all":                               {Question{Limit: -1}, true},
		"all sorted":                        {Question{Limit: 20, Order: []Key{{name, false}}}, true},
		"a field without an index":          {Question{Limit: 20, Where: []Condition{{name, Equal, []any{"x"}}}}, true},
		"the first ones of many":            {Question{Limit: 20, Where: []Condition{zoned}}, false},
		"many, sorted":                      {Question{Limit: 20, Where: []Condition{zoned}, Order: []Key{{name, false}}}, true},
		"many, with another condition":      {Question{Limit: 20, Where: []Condition{zoned, {day, Equal, []any{int64(5)}}}}, true},
		"all of many":                       {Question{Limit: -1, Where: []Condition{zoned}}, true},
		"one, with another condition":       {Question{Limit: 20, Where: []Condition{{day, Equal, []any{int64(5)}}, {ID, Equal, []any{int64(9)}}}}, false},
		"identifiers with another one":      {Question{Limit: 20, Where: []Condition{{day, Equal, []any{int64(5)}}, {ID, Less, []any{int64(60_000)}}}}, true},
		"a page longer than pages":          {Question{Limit: 10_000, Where: []Condition{zoned}}, true},
		"everything around":                 {Question{Limit: 20, Around: around(0, 51, 500_000)}, true},
		"around, sorted by something":       {Question{Limit: 20, Around: around(0, 51, 512), Order: []Key{{day, false}}}, true},
		"around, a long page":               {Question{Limit: 1_000, Around: around(0, 51, 512)}, true},
		"around":                            {Question{Limit: 20, Around: around(0, 51, 512)}, false},
		"around a place where nobody lives": {Question{Limit: 20, Around: around(0, 0, 500)}, false},
	} {
		c.q.Columns = []int{ID}
		if _, err := s.Rows(t.Context(), c.q); errors.Is(err, ErrTooMuch) != c.left || err != nil && !c.left {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n, err := s.Count(t.Context(), Question{Where: []Condition{zoned}}); err != nil || n != 2_334 {
		t.Errorf("counted %d (%v)", n, err)
	}
	if _, err := s.Count(t.Context(), Question{Where: []Condition{{ID, Greater, []any{int64(10)}}}}); !errors.Is(err, ErrTooMuch) {
		t.Errorf("too many to count: %v", err)
	}
}

// around is a circle on a plane: a degree is 100 km.
func around(x, y, metres float64) *Around {
	return &Around{Lon: lon, Lat: lat, FromLon: x, FromLat: y, Metres: metres, MetresInDegree: 100_000,
		Distance: func(lon1, lat1, lon2, lat2 float64) float64 { return 100_000 * math.Hypot(lon1-lon2, lat1-lat2) }}
}

func TestPointsAroundAPlace(t *testing.T) {
	for _, rows := range []int{2_000, 20_000} {
		s := storeOf(t, rows)
		if err := s.Index(t.Context(), lat, lon); err != nil {
			t.Fatal(err)
		}
		for _, metres := range []float64{150, 1_234, 5_432} {
			q := Question{Columns: []int{ID}, Around: around(0.3, 48.12, metres), Where: []Condition{{zone, NotEqual, []any{int64(4)}}}, Limit: 7, Offset: 2}
			var want [][]any
			for i := range rows {
				if r := row(i); i%30 != 4 && q.Around.Distance(r[1+lon].(float64), r[1+lat].(float64), 0.3, 48.12) <= metres {
					want = append(want, []any{int64(i)})
				}
			}
			if n, err := s.Count(t.Context(), q); err != nil || n != int64(len(want)) {
				t.Errorf("%d rows, %g m: counted %d for %d (%v)", rows, metres, n, len(want), err)
			}
			want = want[min(2, len(want)):]
			want = want[:min(7, len(want))]
			if got, err := s.Rows(t.Context(), q); err != nil || !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%d rows, %g m: got %v for %v (%v)", rows, metres, got, want, err)
			}
		}
	}
	s := storeOf(t, 100)
	edge := around(-1, 48, 100_000*math.Hypot(0.02, 0.0001)) // row 1 is on the circle: another program may find it outside
	if _, err := s.Rows(t.Context(), Question{Columns: []int{ID}, Around: edge, Limit: 5}); !errors.Is(err, ErrTooMuch) {
		t.Errorf("a point on the edge: %v", err)
	}
}

func TestAStoreIsAskedWhileItIsIndexed(t *testing.T) {
	s := storeOf(t, 50_000)
	q := Question{Columns: []int{name}, Where: []Condition{{ID, Equal, []any{int64(1234)}}}, Limit: 1}
	ctx, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for ctx.Err() == nil {
				if rows, err := s.Rows(t.Context(), q); err != nil || len(rows) != 1 || rows[0][0] != row(1234)[1] {
					t.Errorf("got %v (%v)", rows, err)
					return
				}
			}
		})
	}
	for _, column := range []int{name, zone, day, lon} {
		if err := s.Index(t.Context(), column); err != nil {
			t.Error(err)
		}
	}
	stop()
	wait.Wait()
}

func TestWhatCannotBeStoredLeavesNoFile(t *testing.T) {
	for what, c := range map[string]struct {
		fill func(add func([]any) error) error
		want error
	}{
		"no number":        {func(add func([]any) error) error { return add([]any{int64(1), math.NaN()}) }, ErrUnfit},
		"a source fails":   {func(add func([]any) error) error { return errors.Join(add([]any{int64(1), "x"}), os.ErrClosed) }, os.ErrClosed},
		"a value too many": {func(add func([]any) error) error { return add([]any{int64(1), "x", "y"}) }, nil},
		"one row too many": {func(add func([]any) error) error {
			return errors.Join(add([]any{int64(1), "x"}), add([]any{int64(1), "y"}))
		}, nil},
	} {
		folder := t.TempDir()
		_, err := Build(t.Context(), filepath.Join(folder, "x"), 1, c.fill)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
		if left, _ := os.ReadDir(folder); len(left) > 0 {
			t.Errorf("%s: %v is left", what, left)
		}
	}
	s := storeOf(t, 10)
	if s.Bytes() == 0 {
		t.Error("a store takes no room")
	}
	folder := filepath.Dir(s.path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("%v is left of a store that is closed", left)
	}
	if _, err := s.Rows(t.Context(), Question{Columns: []int{ID}, Limit: 1}); err == nil {
		t.Error("a closed store answers")
	}
}
