package registry_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"socle/internal/quality/registry"
	"socle/internal/store/storetest"
)

func TestKeysAreMadeInThePortal(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	if err := h.publish(h.steward, "1.0.0", directory); err != nil {
		t.Fatal(err)
	}
	d, err := h.Begin(h.steward, registry.DraftContent{Document: `{"fields":[{"name":"code","type":"string"},{"name":"annee","type":"year"},{"name":"uai","type":"string"},{"name":"parent","type":"string"}]}`})
	if err != nil {
		t.Fatal(err)
	}
	page := "/atelier-schemas/" + d.ID
	h.post(t, page+"/cles", url.Values{"cle": {"unique"}, "colonnes": {"uai", "annee"}})
	h.post(t, page+"/cles", url.Values{"cle": {"renvoi"}, "vers": {"."}, "champ-1": {"parent"}, "cible-1": {"code"}})
	h.post(t, page+"/cles", url.Values{"cle": {"renvoi"}, "vers": {annuaire.String()}, "champ-1": {"uai"}, "cible-1": {"uai"}})
	table := h.table(t, d.ID)
	if len(table.UniqueKeys) != 1 || strings.Join(table.UniqueKeys[0], " ") != "uai annee" {
		t.Errorf("unique keys: %v", table.UniqueKeys)
	}
	if keys := table.ForeignKeys; len(keys) != 2 || keys[0].Resource != "" || keys[0].Reference[0] != "code" || keys[1].Resource != annuaire.Name || keys[1].Extra.Text("schema") != annuaire.String() {
		t.Fatalf("foreign keys: %+v", keys)
	}
	for name, c := range map[string]struct {
		form url.Values
		says string
	}{
		"one column":          {url.Values{"cle": {"unique"}, "colonnes": {"uai"}}, "cochez « Sans doublon »"},
		"a key twice":         {url.Values{"cle": {"unique"}, "colonnes": {"uai", "annee"}}, "Cette clé est déjà là."},
		"nothing chosen":      {url.Values{"cle": {"renvoi"}, "vers": {"."}}, "Choisissez le champ de ce schéma."},
		"half a pair":         {url.Values{"cle": {"renvoi"}, "vers": {"."}, "champ-1": {"uai"}}, "Choisissez le champ où la valeur doit se trouver."},
		"a field to itself":   {url.Values{"cle": {"renvoi"}, "vers": {"."}, "champ-1": {"uai"}, "cible-1": {"uai"}}, "Un champ ne renvoie pas à lui-même"},
		"a cycle in the file": {url.Values{"cle": {"renvoi"}, "vers": {"."}, "champ-1": {"code"}, "cible-1": {"parent"}}, "« parent » renvoie déjà à « code »"},
		"two types":           {url.Values{"cle": {"renvoi"}, "vers": {"."}, "champ-1": {"annee"}, "cible-1": {"code"}}, "leurs valeurs ne seront jamais les mêmes"},
		"a reference twice":   {url.Values{"cle": {"renvoi"}, "vers": {"."}, "champ-1": {"parent"}, "cible-1": {"code"}}, "Ce renvoi est déjà là."},
		"a field twice":       {url.Values{"cle": {"renvoi"}, "vers": {"."}, "champ-1": {"uai"}, "cible-1": {"code"}, "champ-2": {"uai"}, "cible-2": {"parent"}}, "« uai » est déjà choisi plus haut."},
		"a schema not there":  {url.Values{"cle": {"renvoi"}, "vers": {"academie/rien"}}, "academie/rien"},
		"what is no name":     {url.Values{"cle": {"renvoi"}, "vers": {"rien"}}, "n’est pas le nom d’un schéma"},
	} {
		status, _, body := h.act(t, "POST", page+"/cles", c.form)
		if body = plain(body); status != http.StatusBadRequest || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d, and the page does not say %q", name, status, c.says)
		}
	}
	h.post(t, page, url.Values{"action": {"retirer-renvoi:0"}})
	h.post(t, page, url.Values{"action": {"retirer-cle:0"}})
	if table = h.table(t, d.ID); len(table.ForeignKeys) != 1 || len(table.UniqueKeys) != 0 {
		t.Errorf("the keys stay: %+v %v", table.ForeignKeys, table.UniqueKeys)
	}
}

// plain is a page with its characters as they are read.
func plain(body string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(html.UnescapeString(body))
}

func TestSchemasThatReferToEachOtherAreRefusedWithTheWay(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	publish := func(name, document string) {
		if _, _, err := h.Publish(h.steward, registry.NewVersion{Ref: registry.Ref{Owner: "academie", Name: name}, Document: []byte(document)}); err != nil {
			t.Fatal(err)
		}
	}
	to := func(name string) string {
		return `{"fields":[{"name":"k","type":"string"}],"foreignKeys":[{"fields":["k"],"schema":"academie/` + name + `","reference":{"resource":"` + name + `","fields":["k"]}}]}`
	}
	publish("a", `{"fields":[{"name":"k","type":"string"}]}`)
	publish("b", to("a"))
	publish("c", to("b"))
	d, err := h.Revise(h.steward, registry.Ref{Owner: "academie", Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	const way = "academie/a → academie/c → academie/b → academie/a"
	page := "/atelier-schemas/" + d.ID
	status, _, body := h.act(t, "GET", page+"/cles?vers=academie/c", nil)
	if status != http.StatusBadRequest || !strings.Contains(plain(body), way) || strings.Contains(body, "cible-1") {
		t.Errorf("%d: the page does not say the way back", status)
	}
	h.post(t, page+"/document", url.Values{"document": {to("c")}})
	status, _, body = h.act(t, "POST", page, url.Values{"action": {"publier"}, "org": {"academie"}, "nom": {"a"}})
	if status != http.StatusBadRequest || !strings.Contains(plain(body), way) {
		t.Errorf("a cycle typed by hand is published: %d", status)
	}
}

func TestWhatIsWrongWithAFieldIsSaidBesideTheInput(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	d, err := h.Begin(h.steward, registry.DraftContent{})
	if err != nil {
		t.Fatal(err)
	}
	page := "/atelier-schemas/" + d.ID + "/champs/nouveau"
	for name, c := range map[string]struct {
		form        url.Values
		input, says string
	}{
		"a pattern that looks around": {url.Values{"nom": {"x1"}, "motif": {"(?=a)b"}}, "motif", "une assertion qui regarde autour d’elle"},
		"a pattern that refers back":  {url.Values{"nom": {"x2"}, "motif": {`(a)\1`}}, "motif", "un rappel de groupe"},
		"a pattern that is not one":   {url.Values{"nom": {"x3"}, "motif": {"[a-"}}, "motif", "un crochet qui n’est jamais refermé"},
		"a limit of another type":     {url.Values{"nom": {"x4"}, "type": {"integer"}, "minimum": {"beaucoup"}}, "minimum", "« beaucoup » n’est pas un nombre entier"},
		"a limit that is excluded":    {url.Values{"nom": {"x5"}, "type": {"date"}, "plus-que": {"hier"}}, "plus-que", "« hier » n’est pas une date"},
		"a length":                    {url.Values{"nom": {"x6"}, "longueur-min": {"deux"}}, "longueur-min", "n’est pas un nombre de caractères"},
		"codes of a number":           {url.Values{"nom": {"x7"}, "type": {"number"}, "categories": {"1 = un"}}, "categories", "un texte ou à un nombre entier"},
		"a code twice":                {url.Values{"nom": {"x8"}, "categories": {"D = début\nD = fin"}}, "categories", "écrit deux fois"},
		"a format of dates":           {url.Values{"nom": {"x9"}, "type": {"date"}, "format": {"%Q"}}, "format", "%Q"},
		"no name":                     {url.Values{"nom": {""}}, "nom", "Donnez le nom de la colonne"},
	} {
		status, _, body := h.act(t, "POST", page, c.form)
		body = plain(body)
		i := strings.Index(body, ` name="`+c.input+`"`)
		if i < 0 || status < 400 {
			t.Errorf("%s: %d", name, status)
			continue
		}
		near := body[i:]
		if next := strings.Index(near[1:], ` name="`); next > 0 {
			near = near[:next]
		}
		if !strings.Contains(near, c.says) {
			t.Errorf("%s: beside %q the page does not say %q:\n%s", name, c.input, c.says, near)
		}
	}
	h.post(t, page, url.Values{"nom": {"niveau"}, "type": {"string"}, "categories": {"D = débutant\r\nC = confirmé"}})
	h.post(t, page, url.Values{"nom": {"taux"}, "type": {"number"}, "plus-que": {"0"}, "moins-que": {"1"}})
	table := h.table(t, d.ID)
	if f := table.Field("niveau"); f == nil || len(f.Categories) != 2 || f.Categories[1].Label != "confirmé" {
		t.Errorf("niveau: %+v", f)
	}
	if f := table.Field("taux"); f == nil || string(f.Constraints.ExclusiveMinimum) != "0" || string(f.Constraints.ExclusiveMaximum) != "1" {
		t.Errorf("taux: %+v", f)
	}
}
