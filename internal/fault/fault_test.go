package fault

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"socle/internal/i18n"
)

func TestAnErrorKeepsItsMeaningThroughWrapping(t *testing.T) {
	missing := New(NotFound, "dataset_not_found", i18n.T("Ce jeu de données n’existe pas.", "This dataset does not exist."))
	err := fmt.Errorf("open page: %w", missing.At("dataset").Because(io.EOF))
	if !Is(err, NotFound) || CodeOf(err) != "dataset_not_found" || KindOf(err).Status() != 404 {
		t.Errorf("lost its meaning: %v", err)
	}
	if !errors.Is(err, io.EOF) {
		t.Error("lost its cause")
	}
	if missing.Field != "" || missing.Cause != nil {
		t.Error("At and Because must not change the original")
	}
}

func TestAnErrorWithoutMeaningShowsNothingOfItself(t *testing.T) {
	secret := errors.New("password=hunter2")
	if text := Message(secret); strings.Contains(text.FR+text.EN, "hunter2") {
		t.Error("the cause of an internal error was shown")
	}
	if KindOf(secret) != Internal || CodeOf(secret) != "internal" || Is(nil, Internal) {
		t.Error("an unknown error is internal, and nil is none")
	}
}
