package contract

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/store"
)

// The causes of a check.
const (
	onPublication = "publication"
	onSchedule    = "schedule"
	onRequest     = "person"
)

// Check checks the contract of a dataset on its head, and keeps the result. A dataset without an active contract, or without
// data, has nothing to check: the result is zero.
func (s *Service) Check(ctx context.Context, uid, cause string) (Result, error) {
	c, err := s.find(ctx, uid)
	if fault.Is(err, fault.NotFound) {
		return Result{}, nil
	}
	if err != nil || c.Status != "active" {
		return Result{}, err
	}
	d, err := s.Assets.ByUID(ctx, uid)
	if err != nil {
		return Result{}, err
	}
	versions, err := s.Lake.List(ctx, uid)
	if err != nil {
		return Result{}, err
	}
	// A version whose data was erased has nothing left to be measured.
	versions = slices.DeleteFunc(versions, func(v lake.Version) bool { return v.Erased != nil })
	if len(versions) == 0 || d.State != asset.Published {
		return Result{}, nil
	}
	head := versions[0]
	r := Result{ID: store.NewID(), Version: head.Number, Edition: c.Edition, At: s.Now(), Cause: cause}
	check := checker{service: s, dataset: d, head: head, now: r.At}
	sources := []query.Source{{Dataset: uid, Version: head.Number}}
	if len(versions) > 1 {
		check.before = &versions[1]
		sources = []query.Source{{Dataset: uid, Version: versions[1].Number}, sources[0]}
	}
	check.last = len(sources) - 1
	if cause == onSchedule { // only time changed: what the data gave stays
		return s.checkFreshness(ctx, c, check, r)
	}
	err = s.Engine.Measure(ctx, sources, func(ctx context.Context, m *engine.Measures) error {
		check.measures = m
		for _, rule := range c.Rules {
			o, err := check.rule(ctx, rule)
			if err != nil {
				return err
			}
			r.Outcomes = append(r.Outcomes, o)
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	return r, s.keep(ctx, uid, &r)
}

// checkFreshness keeps a new result only when the freshness is no longer what the last result says.
func (s *Service) checkFreshness(ctx context.Context, c Contract, check checker, r Result) (Result, error) {
	last, err := s.results(ctx, c.DatasetUID, 1)
	if err != nil || len(last) == 0 {
		return Result{}, err
	}
	changed := false
	r.Outcomes = slices.Clone(last[0].Outcomes)
	for i, o := range r.Outcomes {
		at := slices.IndexFunc(c.Rules, func(rule Rule) bool { return rule.ID == o.Rule && rule.Kind == Freshness })
		if at < 0 {
			continue
		}
		r.Outcomes[i] = check.freshness(c.Rules[at])
		changed = changed || r.Outcomes[i].State != o.State
	}
	if !changed {
		return last[0], nil
	}
	r.Version = last[0].Version
	return r, s.keep(ctx, c.DatasetUID, &r)
}

// checker checks the rules of one contract on one version.
type checker struct {
	service  *Service
	measures *engine.Measures
	dataset  asset.Dataset
	head     lake.Version
	before   *lake.Version // nil for a first version
	last     int           // place of the head among the sources of the measures
	now      time.Time
}

// rule checks one rule. What cannot be checked is said, and is no failure of the others.
func (c checker) rule(ctx context.Context, rule Rule) (Outcome, error) {
	o, err := c.measure(ctx, rule)
	if err != nil && fault.KindOf(err) == fault.Invalid {
		return Outcome{Rule: rule.ID, State: Unknown, Text: fault.Message(err)}, nil
	}
	return o, err
}

func (c checker) measure(ctx context.Context, rule Rule) (Outcome, error) {
	o := Outcome{Rule: rule.ID}
	if (rule.Kind == Volume || rule.Kind == ByPart || rule.Kind == Drift) && c.before == nil {
		o.State, o.Text = Unknown, i18n.T("C’est la première version : il n’y a rien à comparer.", "It is the first version: there is nothing to compare with.")
		return o, nil
	}
	switch rule.Kind {
	case Freshness:
		return c.freshness(rule), nil
	case Rows:
		return judged(o, rule, float64(c.head.Rows), i18n.T("%s.", "%s.", i18n.Count(c.head.Rows, i18n.T("ligne", "row"), i18n.T("lignes", "rows")))), nil
	case Volume:
		before, after := c.before.Rows, c.head.Rows
		change := 0.0
		if before > 0 {
			change = 100 * math.Abs(float64(after-before)) / float64(before)
		}
		return judged(o, rule, change, i18n.T("De %s à %s lignes : %s d’écart.", "From %s to %s rows: a change of %s.", integer(before), integer(after), percent(change))), nil
	case ByPart:
		return c.parts(ctx, o, rule)
	case Drift:
		psi, err := c.measures.Drift(ctx, rule.Fields[0])
		if err != nil {
			return o, err
		}
		if math.IsInf(psi, 0) {
			o.State, o.Text = Broken, i18n.T("Le type du champ a changé.", "The type of the field changed.")
			return o, nil
		}
		return judged(o, rule, psi, i18n.T("Indice de stabilité de %s (0,1 : rien n’a bougé ; 0,25 : beaucoup).", "Stability index of %s (0.1: nothing moved; 0.25: much).", decimal(psi))), nil
	case Empty:
		empty, err := c.measures.Empty(ctx, c.last, rule.Fields[0])
		if err != nil {
			return o, err
		}
		share := shareOf(empty, c.head.Rows)
		return judged(o, rule, share, i18n.T("%s sans valeur, soit %s.", "%s without a value, that is %s.", i18n.Count(empty, i18n.T("ligne", "row"), i18n.T("lignes", "rows")), percent(share))), nil
	case Unique:
		repeated, err := c.measures.Repeated(ctx, c.last, rule.Fields)
		if err != nil {
			return o, err
		}
		return judged(o, rule, float64(repeated), i18n.T("%s en répétant une autre.", "%s repeating another.", i18n.Count(repeated, i18n.T("ligne", "row"), i18n.T("lignes", "rows")))), nil
	case Reference:
		return c.reference(ctx, o, rule)
	}
	o.State, o.Text = Unknown, i18n.T("Cette règle est gardée, mais n’est pas vérifiée ici.", "This rule is kept, but is not checked here.")
	return o, nil
}

// judged compares a value with the bounds of a rule.
func judged(o Outcome, rule Rule, value float64, text i18n.Text) Outcome {
	o.Value, o.Text, o.State = &value, text, Kept
	if rule.Least != nil && value < *rule.Least || rule.Limit != nil && value > *rule.Limit {
		o.State = Broken
	}
	return o
}

func (c checker) freshness(rule Rule) Outcome {
	days := c.now.Sub(c.head.PublishedAt).Hours() / 24
	return judged(Outcome{Rule: rule.ID}, rule, math.Floor(days*100)/100, i18n.T("Dernière version publiée le %s, il y a %s.", "Last version published on %s, %s ago.",
		i18n.Text{FR: i18n.Date(i18n.FR, c.head.PublishedAt), EN: i18n.Date(i18n.EN, c.head.PublishedAt)}, i18n.Count(int(days), i18n.T("jour", "day"), i18n.T("jours", "days"))))
}

// namedParts is how many values that lost rows a result names.
const namedParts = 3

func (c checker) parts(ctx context.Context, o Outcome, rule Rule) (Outcome, error) {
	parts, err := c.measures.Parts(ctx, rule.Fields[0], 200)
	if err != nil {
		return o, err
	}
	worst, lost := 0.0, 0
	var named i18n.Text
	for _, p := range parts {
		if p.Before == 0 || p.After >= p.Before {
			continue
		}
		loss := 100 * float64(p.Before-p.After) / float64(p.Before)
		worst = max(worst, loss)
		if rule.Limit == nil || loss <= *rule.Limit {
			continue
		}
		if lost++; lost <= namedParts {
			name := i18n.Text{FR: "« " + p.Value + " »", EN: "“" + p.Value + "”"}
			if p.Value == "" {
				name = i18n.T("sans valeur", "without a value")
			}
			one := i18n.T("%s (de %s à %s lignes)", "%s (from %s to %s rows)", name, integer(p.Before), integer(p.After))
			if !named.IsZero() {
				named.FR, named.EN = named.FR+", ", named.EN+", "
			}
			named.FR, named.EN = named.FR+one.FR, named.EN+one.EN
		}
	}
	text := i18n.T("La plus grande perte d’une valeur est de %s.", "The greatest loss of a value is %s.", percent(worst))
	if lost > 0 {
		text = i18n.T("Perte trop grande de %s : %s.", "Too great a loss of %s: %s.", i18n.Count(lost, i18n.T("valeur", "value"), i18n.T("valeurs", "values")), named)
	}
	return judged(o, rule, worst, text), nil
}

func (c checker) reference(ctx context.Context, o Outcome, rule Rule) (Outcome, error) {
	d, err := c.service.Assets.Get(ctx, rule.Dataset)
	if err != nil || d.State != asset.Published {
		o.State, o.Text = Unknown, i18n.T("La liste de référence n’existe plus.", "The reference list is no more.")
		return o, nil
	}
	head, err := c.service.Lake.Head(ctx, d.UID)
	if err != nil || head.Erased != nil {
		o.State, o.Text = Unknown, i18n.T("La liste de référence n’a pas de données.", "The reference list has no data.")
		return o, nil
	}
	if _, there := head.Schema.Field(rule.Field); !there {
		o.State, o.Text = Unknown, i18n.T("La liste de référence n’a pas ce champ.", "The reference list has not that field.")
		return o, nil
	}
	if _, there := c.head.Schema.Field(rule.Fields[0]); !there {
		o.State, o.Text = Unknown, i18n.T("Le champ « %s » n’est pas dans cette version.", "The field “%s” is not in this version.", rule.Fields[0])
		return o, nil
	}
	key := func(uid string, version int, field string) engine.Key {
		return engine.Key{Source: query.Source{Dataset: uid, Version: version}, Field: field}
	}
	k, err := c.service.Engine.CoverKeys(ctx, key(c.dataset.UID, c.head.Number, rule.Fields[0]), key(d.UID, head.Number, rule.Field), 0)
	if err != nil {
		return o, fmt.Errorf("contract: reference: %w", err)
	}
	filled := k.A.Rows - k.A.Empty
	share := 100.0
	if filled > 0 {
		share = shareOf(k.A.Matched, filled)
	}
	return judged(o, rule, share, i18n.T("%s lignes sur %s ont une valeur de la référence, soit %s.", "%s rows of %s have a value of the reference, that is %s.", integer(k.A.Matched), integer(filled), percent(share))), nil
}

func shareOf(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

func integer(n int64) i18n.Text {
	return i18n.Text{FR: i18n.Integer(i18n.FR, n), EN: i18n.Integer(i18n.EN, n)}
}

func percent(x float64) i18n.Text {
	return i18n.Text{FR: i18n.Percent(i18n.FR, x/100), EN: i18n.Percent(i18n.EN, x/100)}
}

func decimal(x float64) i18n.Text {
	return i18n.Text{FR: i18n.Decimal(i18n.FR, x, 3), EN: i18n.Decimal(i18n.EN, x, 3)}
}
