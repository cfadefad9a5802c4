package score

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"socle/internal/asset"
	"socle/internal/lake"
)

// The points of each indicator, as the methodology of data.europa.eu publishes them.
const europeGolden = `Findability 100
30 dcat:keyword
30 dcat:theme
20 dct:spatial
20 dct:temporal
Accessibility 100
50 dcat:accessURL answers
20 dcat:downloadURL
30 dcat:downloadURL answers
Interoperability 110
20 dct:format
10 dcat:mediaType
10 dct:format and dcat:mediaType from a vocabulary
20 dct:format non-proprietary
20 dct:format machine-readable
30 DCAT-AP
Reusability 75
20 dct:license
10 dct:license from a vocabulary
10 dct:accessRights
5 dct:accessRights from a vocabulary
20 dcat:contactPoint
10 dct:publisher
Contextuality 20
5 dct:rights
5 dcat:byteSize
5 dct:issued
5 dct:modified
`

// The questions of data.gouv.fr, as udata calls them.
const franceGolden = `license temporal_coverage spatial update_frequency update_fulfilled_in_time dataset_description_quality has_open_format all_resources_available resources_documentation`

// described is a dataset whose description has everything.
func described() subject {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	return subject{now: now, version: lake.Version{Number: 1}, dataset: asset.Dataset{
		Asset: asset.Asset{Level: asset.Open, CreatedAt: now, UpdatedAt: now}, Title: "Collèges",
		Description: strings.Repeat("Ce que contient ce jeu. ", 10), Licence: "Licence Ouverte v2.0 (Etalab)", Keywords: []string{"collèges"}, Themes: []string{"Établissements"},
		Spatial: "France", CoverageStart: "2025", Contact: "contact@demo.example", Frequency: "annual", NextDue: now.AddDate(1, 0, 0)}}
}

func TestEachIndicatorIsWorthWhatItsMethodSays(t *testing.T) {
	var got, group strings.Builder
	sum := 0
	flush := func(title string) {
		if sum > 0 {
			fmt.Fprintf(&got, "%s %d\n%s", title, sum, group.String())
		}
		sum = 0
		group.Reset()
	}
	europe, title := described().europe(), ""
	for _, i := range europe.Parts {
		if i.Group.EN != title {
			flush(title)
			title = i.Group.EN
		}
		sum += i.Of
		fmt.Fprintf(&group, "%d %s\n", i.Of, i.ID)
	}
	flush(title)
	if got.String() != europeGolden {
		t.Errorf("the indicators of the European Union are\n%s\nwant\n%s", got.String(), europeGolden)
	}
	if europe.Points != 405 || europe.Of != 405 || europe.Grade.EN != "excellent" {
		t.Errorf("a description that lacks nothing has %d of %d, %s", europe.Points, europe.Of, europe.Grade.EN)
	}
	var questions []string
	france := described().france()
	for _, i := range france.Parts {
		if i.Of != 1 {
			t.Errorf("the question %s counts for %d", i.ID, i.Of)
		}
		questions = append(questions, i.ID)
	}
	if list := strings.Join(questions, " "); list != franceGolden || france.Points != 9 || france.Of != 9 {
		t.Errorf("data.gouv.fr asks %s (%d of %d)", list, france.Points, france.Of)
	}
}

func TestWhatADescriptionLacksLosesItsIndicatorsAndNoOther(t *testing.T) {
	for _, tc := range []struct {
		name           string
		change         func(*subject)
		europe, france string // lost
	}{
		{"nothing", func(*subject) {}, "", ""},
		{"no keyword", func(s *subject) { s.dataset.Keywords = nil }, "dcat:keyword", ""},
		{"no theme", func(s *subject) { s.dataset.Themes = nil }, "dcat:theme", ""},
		{"no territory", func(s *subject) { s.dataset.Spatial = "" }, "dct:spatial", "spatial"},
		{"no period", func(s *subject) { s.dataset.CoverageStart = "" }, "dct:temporal", "temporal_coverage"},
		{"no contact", func(s *subject) { s.dataset.Contact = "" }, "dcat:contactPoint", ""},
		{"no licence", func(s *subject) { s.dataset.Licence = "" }, "dct:license, dct:license from a vocabulary, dct:rights", "license"},
		{"“no licence” said", func(s *subject) { s.dataset.Licence = asset.NoLicence }, "dct:license, dct:license from a vocabulary, dct:rights", "license"},
		{"a licence of its own", func(s *subject) { s.dataset.Licence = "Règlement de la ligue" }, "dct:license from a vocabulary", ""},
		{"no description", func(s *subject) { s.dataset.Description = "" }, "DCAT-AP", "dataset_description_quality"},
		{"a description of a hundred characters", func(s *subject) { s.dataset.Description = strings.Repeat("é", 100) }, "", "dataset_description_quality"},
		{"no rhythm", func(s *subject) { s.dataset.Frequency = "" }, "", "update_frequency, update_fulfilled_in_time"},
		{"late by a day", func(s *subject) { s.dataset.NextDue = s.now.Add(-25 * time.Hour) }, "", "update_fulfilled_in_time"},
		{"restricted", func(s *subject) { s.dataset.Level = asset.Restricted }, "dcat:accessURL answers, dcat:downloadURL answers", ""},
		{"erased", func(s *subject) { s.version.Erased = &lake.Erasure{} }, "", "all_resources_available"},
		{"never published", func(s *subject) { s.version = lake.Version{} },
			"dcat:accessURL answers, dcat:downloadURL, dcat:downloadURL answers, dct:format, dcat:mediaType, dct:format and dcat:mediaType from a vocabulary, dct:format non-proprietary, dct:format machine-readable, dcat:byteSize",
			"update_fulfilled_in_time, has_open_format, all_resources_available, resources_documentation"},
	} {
		s := described()
		tc.change(&s)
		for method, want := range map[*External]string{new(s.europe()): tc.europe, new(s.france()): tc.france} {
			var lost []string
			left := method.Of
			for _, i := range method.Parts {
				if i.Points == 0 {
					lost = append(lost, i.ID)
					left -= i.Of
				}
			}
			if got := strings.Join(lost, ", "); got != want || method.Points != left {
				t.Errorf("%s: lost %q, want %q; %d points, want %d", tc.name, got, want, method.Points, left)
			}
		}
	}
}

func TestTheGradesOfTheEuropeanUnionBeginWhereItSays(t *testing.T) {
	s := subject{dataset: asset.Dataset{Title: "Vide"}}
	if e := s.europe(); e.Points != 25 || e.Grade.EN != "bad" {
		t.Errorf("an empty description: %d, %s", e.Points, e.Grade.EN)
	}
	for points, want := range map[int]string{0: "bad", 120: "bad", 121: "sufficient", 220: "sufficient", 221: "good", 350: "good", 351: "excellent", 405: "excellent"} {
		if got := europeGrade(points).EN; got != want {
			t.Errorf("%d points are %s, want %s", points, got, want)
		}
	}
}
