package app

import (
	"context"
	"strings"
	"testing"

	"socle/internal/identity"
)

func TestTheOrderOfTheDemonstrationDoesNotHangOnOneWeight(t *testing.T) {
	h := furnished(t)
	if err := h.app.Score.ComputeAll(t.Context(), func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	all, err := h.app.Score.Summary(identity.With(context.WithoutCancel(t.Context()), identity.System()))
	if err != nil {
		t.Fatal(err)
	}
	list := h.app.Score.Rules().Sensitivities(all.All.Scored)
	for _, s := range list[:10] {
		t.Logf("| %s | %d | %d | %d |", s.Criterion.Title.EN, s.Places, s.Moved, s.Letters)
	}
	most, letters := 0, 0
	for _, s := range list {
		most, letters = max(most, s.Places), max(letters, s.Letters)
	}
	t.Logf("%d datasets, %d places, %d letters", len(all.All.Scored), most, letters)
	// docs/quality.md says one place and no letter; the demonstration may change a little.
	if most > 2 || letters > 1 {
		t.Errorf("one weight moves a dataset by %d places of %d and changes %d letters", most, len(all.All.Scored), letters)
	}
	if _, _, page := h.get(visitor, "/qualite/criteres"); !strings.Contains(page, "Quand le poids d’un seul critère varie de 20") || !strings.Contains(page, "id=\"consistent-open\"") {
		t.Error("the page of criteria does not say what other weights would change")
	}
}
