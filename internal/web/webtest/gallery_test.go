package webtest

import (
	"net/http/httptest"
	"testing"
)

func TestEveryComponentIsAccessibleInEachThemeLightAndDarkOnPhoneAndDesktop(t *testing.T) {
	server := httptest.NewServer(Gallery().Handler())
	defer server.Close()
	browser := Start(t)
	t.Run("gallery", func(t *testing.T) { browser.Check(t, server.URL+"/galerie") })
	t.Run("not-found", func(t *testing.T) { browser.Check(t, server.URL+"/nulle-part") })
}
