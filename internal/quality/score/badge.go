package score

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"socle/internal/asset"
	"socle/internal/i18n"
)

// The colours of the letters on a badge, each at least 4.5 to 1 against its white text.
var letterColours = map[string]string{"A": "#1f7a33", "B": "#4d7a14", "C": "#8a6100", "D": "#b3470b", "E": "#c9191e"}

const badgeSVG = `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="20" role="img" aria-label="%[2]s"><title>%[2]s</title>` +
	`<rect width="%[3]d" height="20" fill="#3a3a3a"/><rect x="%[3]d" width="%[4]d" height="20" fill="%[5]s"/>` +
	`<g fill="#fff" font-family="Marianne,Verdana,Geneva,sans-serif" font-size="11" text-anchor="middle"><text x="%[6]d" y="14">%[7]s</text><text x="%[8]d" y="14" font-weight="bold">%[9]s</text></g></svg>`

// badge answers with a small picture of the letter, to show on another site.
func (s *Service) badge(w http.ResponseWriter, r *http.Request) error {
	d, score, err := s.scoreOf(r)
	if err != nil {
		return err
	}
	lang := i18n.From(r.Context())
	left, right := i18n.T("qualité", "quality").In(lang), fmt.Sprintf("%s · %.0f/100", score.Letter, score.Points)
	label := i18n.T("Qualité des données : %s, %s points sur 100", "Quality of the data: %s, %s points of 100", score.Letter, fmt.Sprintf("%.0f", score.Points)).In(lang)
	leftWidth, rightWidth := 56, 76
	w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
	cache(w, d)
	_, err = fmt.Fprintf(w, badgeSVG, leftWidth+rightWidth, label, leftWidth, rightWidth, letterColours[score.Letter], leftWidth/2, left, leftWidth+rightWidth/2, right)
	return err
}

// cache lets others keep for an hour what everybody may see.
func cache(w http.ResponseWriter, d asset.Dataset) {
	if d.Level == asset.Open && d.State == asset.Published {
		w.Header().Set("Cache-Control", "public, max-age=3600")
	} else {
		w.Header().Set("Cache-Control", "private, no-cache")
	}
}

// document answers with the score as JSON, with its evidence and history.
func (s *Service) document(w http.ResponseWriter, r *http.Request) error {
	d, score, err := s.scoreOf(r)
	if err != nil {
		return err
	}
	history, err := s.History(r.Context(), d.UID)
	if err != nil {
		return err
	}
	cache(w, d)
	return writeJSON(w, "application/json", struct {
		Dataset string `json:"id"`
		Score
		History []Moment `json:"history"`
	}{d.ID, score, history})
}

func writeJSON(w http.ResponseWriter, media string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	_, err = w.Write(append(text, '\n'))
	return err
}

// The measures of a dataset in the W3C's Data Quality Vocabulary, https://www.w3.org/TR/vocab-dqv/, as JSON-LD.
type (
	dqvDocument struct {
		Context  map[string]string `json:"@context"`
		ID       string            `json:"@id"`
		Type     string            `json:"@type"`
		Measures []dqvMeasure      `json:"dqv:hasQualityMeasurement"`
	}
	dqvMeasure struct {
		Type    string     `json:"@type"`
		Metric  dqvMetric  `json:"dqv:isMeasurementOf"`
		Value   float64    `json:"dqv:value"`
		At      dqvTyped   `json:"prov:generatedAtTime"`
		Subject dqvSubject `json:"dqv:computedOn"`
	}
	dqvMetric struct {
		ID         string      `json:"@id"`
		Type       string      `json:"@type"`
		Label      []dqvText   `json:"skos:prefLabel"`
		Definition []dqvText   `json:"skos:definition,omitempty"`
		DataType   dqvSubject  `json:"dqv:expectedDataType"`
		Dimension  *dqvSubject `json:"dqv:inDimension,omitempty"`
	}
	dqvSubject struct {
		ID string `json:"@id"`
	}
	dqvText struct {
		Language string `json:"@language"`
		Value    string `json:"@value"`
	}
	dqvTyped struct {
		Type  string `json:"@type"`
		Value string `json:"@value"`
	}
)

func dqvTexts(t i18n.Text) []dqvText { return []dqvText{{"fr", t.FR}, {"en", t.EN}} }

// dqv answers with the measures in the vocabulary of the W3C. The value of a criterion is its rate of faults; that of the score, its
// points.
func (s *Service) dqv(w http.ResponseWriter, r *http.Request) error {
	d, score, err := s.scoreOf(r)
	if err != nil {
		return err
	}
	base := s.base(r)
	about := dqvSubject{base + datasetPath(d.ID)}
	at := dqvTyped{"xsd:dateTime", score.At.Format(time.RFC3339)}
	out := dqvDocument{ID: about.ID, Type: "dcat:Dataset", Context: map[string]string{"dqv": "http://www.w3.org/ns/dqv#", "dcat": "http://www.w3.org/ns/dcat#",
		"prov": "http://www.w3.org/ns/prov#", "skos": "http://www.w3.org/2004/02/skos/core#", "xsd": "http://www.w3.org/2001/XMLSchema#"}}
	add := func(id string, label, definition i18n.Text, dimension string, value float64) {
		metric := dqvMetric{ID: base + PathCriteria + "#" + id, Type: "dqv:Metric", Label: dqvTexts(label), DataType: dqvSubject{"xsd:double"}}
		if !definition.IsZero() {
			metric.Definition = dqvTexts(definition)
		}
		if dimension != "" {
			metric.Dimension = &dqvSubject{base + PathCriteria + "#" + dimension}
		}
		out.Measures = append(out.Measures, dqvMeasure{Type: "dqv:QualityMeasurement", Metric: metric, Value: value, At: at, Subject: about})
	}
	add("score", i18n.T("Score de qualité, de 100 points", "Quality score, of 100 points"), i18n.Text{}, "", score.Points)
	for _, l := range score.Lines {
		if l.Counts() {
			add(l.ID, l.Title, l.Formula, l.Dimension, l.Measure.Rate())
		}
	}
	cache(w, d)
	return writeJSON(w, "application/ld+json", out)
}
