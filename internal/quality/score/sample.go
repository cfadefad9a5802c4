package score

import (
	"math"
	"slices"
	"strings"

	"socle/internal/schema"
)

// sample is what the first rows teach about each column.
type sample struct {
	rows   []record
	words  [][]string // of the name of each column
	usual  []shape    // the shape that nearly all values have; none when they have many
	low    []float64  // the numbers of a column usually lie from low to high; NaN when it has none
	high   []float64
	year   []bool // the column says when
	filled []int
}

// usualShare is the part of the values that must have a shape for it to be the usual one.
const usualShare = 0.8

func newSample(fields []schema.Field, rows []record) *sample {
	n := len(fields)
	s := &sample{rows: rows, words: make([][]string, n), usual: make([]shape, n), low: make([]float64, n), high: make([]float64, n), year: make([]bool, n), filled: make([]int, n)}
	for i, f := range fields {
		s.words[i] = strings.Split(f.Name, "_")
		s.learnColumn(i, f)
	}
	return s
}

func (s *sample) learnColumn(i int, f schema.Field) {
	shapes := map[shape]int{}
	var numbers []float64
	years := 0
	for _, row := range s.rows {
		v := row.values[i]
		if empty(v) {
			continue
		}
		s.filled[i]++
		shapes[shapeOf(v)]++
		if x, ok := numberOf(v); ok && f.Type.Numeric() {
			numbers = append(numbers, x)
		}
		if yearOf(v) > 0 {
			years++
		}
	}
	for one, count := range shapes {
		if float64(count) >= usualShare*float64(s.filled[i]) {
			s.usual[i] = one
		}
	}
	s.year[i] = f.Type.Temporal() || s.has(i, yearWords...) && years*2 > s.filled[i]
	s.low[i], s.high[i] = fences(numbers)
}

var yearWords = []string{"annee", "an", "year", "millesime", "rentree", "session", "exercice", "scolaire", "annees"}

// fences are the bounds beyond which a number is far outside its column: ten times the spread of its middle half.
func fences(numbers []float64) (low, high float64) {
	if len(numbers) < 5 {
		return math.NaN(), math.NaN()
	}
	slices.Sort(numbers)
	q1, q3 := numbers[len(numbers)/4], numbers[len(numbers)*3/4]
	spread := max(q3-q1, math.Abs(q3)/100, 1e-9)
	return q1 - 10*spread, q3 + 10*spread
}

// has reports whether the name of a column has one of the words.
func (s *sample) has(column int, words ...string) bool {
	return slices.ContainsFunc(s.words[column], func(w string) bool { return slices.Contains(words, w) })
}

// share is the part of the filled values of the sample that fulfil a condition.
func (s *sample) share(column int, holds func(any) bool) float64 {
	filled, n := 0, 0
	for _, row := range s.rows {
		if v := row.values[column]; !empty(v) {
			filled++
			if holds(v) {
				n++
			}
		}
	}
	if filled == 0 {
		return 0
	}
	return float64(n) / float64(filled)
}

// shape is what a value looks like: how, and for digits and codes how long.
type shape struct {
	kind   shapeKind
	length int
}

type shapeKind byte

const (
	otherShape shapeKind = iota + 1
	numberShape
	digitsShape // and nothing else: "35000"
	wordsShape
	codeShape // letters and digits in one: "0350161A"
	mailShape
	mixedShape
)

// none is no shape.
var none shape

// shapeOf says what a value looks like.
func shapeOf(v any) shape {
	text, ok := v.(string)
	if !ok {
		if _, isNumber := numberOf(v); isNumber {
			return shape{kind: numberShape}
		}
		return shape{kind: otherShape}
	}
	text = strings.TrimSpace(text)
	digits, letters, spaces := 0, 0, 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == ' ' || c == '-' || c == '\'' || c == '’':
			spaces++
		case c == '@':
			return shape{kind: mailShape}
		default:
			letters++
		}
	}
	switch {
	case letters+spaces == 0:
		return shape{digitsShape, digits}
	case digits == 0:
		return shape{kind: wordsShape}
	case spaces == 0 && len(text) <= 20:
		return shape{codeShape, len(text)}
	}
	return shape{kind: mixedShape}
}
