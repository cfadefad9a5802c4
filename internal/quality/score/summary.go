package score

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"socle/internal/asset"
	"socle/internal/identity"
)

// Collection is some datasets together: those of an organisation, or of a theme.
type Collection struct {
	ID     string // slug of the organisation, or the theme itself
	Name   string
	URL    string // of the page that lists them
	Scored []Scored
}

// Mean is the mean of the points.
func (g Collection) Mean() float64 {
	sum := 0.0
	for _, one := range g.Scored {
		sum += one.Score.Points
	}
	return round(sum / float64(max(1, len(g.Scored))))
}

// Count is how many datasets have a letter.
func (g Collection) Count(letter string) (n int) {
	for _, one := range g.Scored {
		if one.Score.Letter == letter {
			n++
		}
	}
	return n
}

// Letters counts the datasets by letter: "2 A, 1 C".
func (g Collection) Letters(rules Rules) string {
	var parts []string
	for _, grade := range rules.Grades {
		if n := g.Count(grade.Letter); n > 0 {
			parts = append(parts, fmt.Sprintf("%d\u00a0%s", n, grade.Letter))
		}
	}
	return strings.Join(parts, ", ")
}

// Dimensions are what the datasets are worth together, dimension by dimension.
func (g Collection) Dimensions(rules Rules) []Result {
	var out []Result
	for _, d := range rules.Dimensions {
		sum := Result{ID: d.ID}
		for _, one := range g.Scored {
			for _, r := range one.Score.Dimensions {
				if r.ID == d.ID {
					sum.Points, sum.Of = sum.Points+r.Points, sum.Of+r.Of
				}
			}
		}
		out = append(out, Result{ID: d.ID, Points: round(sum.Points), Of: sum.Of})
	}
	return out
}

// Summary is the quality of all the datasets that somebody may see.
type Summary struct {
	All           Collection
	Organizations []Collection // in the order of the directory of organisations
	Themes        []Collection // in the order of the alphabet
	Rules         Rules
}

// Summary gathers the scores of the datasets that who asks may see, by organisation and by theme. A dataset of two themes is in
// both.
func (s *Service) Summary(ctx context.Context) (Summary, error) {
	v := Summary{Rules: s.rules}
	scope, err := s.Access.Scope(ctx, identity.From(ctx))
	if err != nil {
		return v, err
	}
	where, args := scope.SQL(1)
	if v.All.Scored, err = s.List(ctx, asset.Filter{Where: where, Args: args}); err != nil {
		return v, err
	}
	organizations, err := s.People.Organizations(ctx)
	if err != nil {
		return v, err
	}
	byOrg, byTheme := map[string][]Scored{}, map[string][]Scored{}
	for _, one := range v.All.Scored {
		byOrg[one.Dataset.OrgID] = append(byOrg[one.Dataset.OrgID], one)
		for _, theme := range one.Dataset.Themes {
			byTheme[theme] = append(byTheme[theme], one)
		}
	}
	for _, o := range organizations {
		if scored := byOrg[o.ID]; len(scored) > 0 {
			v.Organizations = append(v.Organizations, Collection{ID: o.Slug, Name: o.Name, URL: "/organisations/" + url.PathEscape(o.Slug), Scored: scored})
		}
	}
	for _, theme := range sortedKeys(byTheme) {
		v.Themes = append(v.Themes, Collection{ID: theme, Name: theme, URL: "/jeux?theme=" + url.QueryEscape(theme), Scored: byTheme[theme]})
	}
	return v, nil
}
