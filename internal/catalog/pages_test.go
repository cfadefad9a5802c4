package catalog_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/identity"
	"socle/internal/schema"
)

func TestTheHomePageSaysWhatIsThere(t *testing.T) {
	p := open(t)
	page := p.get("anonymous", "/")
	page.holds(t, "Portail d’essai", "Des données inventées, pour essayer.", "Effectifs des collèges", "Rectorat d’essai", "1\u202f200", "Établissements",
		`type="application/atom+xml"`, `role="search"`)
	p.do("anonymous", http.MethodGet, "/?lang=en", "", nil).holds(t, "Trial portal", "Recently updated")
}

func TestTheCatalogueFindsAndRefines(t *testing.T) {
	p := open(t)
	for _, c := range []struct{ name, path, found string }{
		{"everything", "/jeux", "1\u00a0jeu de données"},
		{"without accents, in the plural", "/jeux?q=eleve", "Effectifs des collèges"},
		{"with a typing mistake", "/jeux?q=efectifs", "Voici ce qui s’en approche"},
		{"by theme", "/jeux?theme=" + url.QueryEscape("Établissements"), "Effectifs des collèges"},
		{"by organisation", "/jeux?organisation=rectorat", "Retirer tous les filtres"},
		{"by content", "/jeux?contenu=geo", "Effectifs des collèges"},
		{"in an order that does not exist", "/jeux?tri=inconnu&page=zero", "Effectifs des collèges"},
		{"nothing", "/jeux?q=introuvablissime", "Aucun jeu de données ne correspond"},
		{"nothing, with advice", "/jeux?q=introuvablissime", "Ou commencez par"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := p.get("anonymous", c.path)
			page.holds(t, c.found)
			if page.status != http.StatusOK {
				t.Errorf("status %d", page.status)
			}
		})
	}
	p.get("anonymous", "/jeux").lacks(t, "acces=")
	p.get("reader", "/jeux").holds(t, "acces=restricted")
	if far := p.get("anonymous", "/jeux?page=99"); far.status != http.StatusSeeOther || far.header.Get("Location") != "/jeux" {
		t.Errorf("a page after the last answers %d to %s", far.status, far.header.Get("Location"))
	}
	if moved := p.get("anonymous", "/datasets?q=a"); moved.status != http.StatusMovedPermanently || moved.header.Get("Location") != "/jeux?q=a" {
		t.Errorf("/datasets answers %d to %s", moved.status, moved.header.Get("Location"))
	}
}

func TestThePageOfADatasetSaysWhatAReaderMustKnow(t *testing.T) {
	p := open(t)
	page := p.get("anonymous", "/jeux/effectifs-colleges")
	page.holds(t, "Données fictives", "Données ouvertes", "Rectorat d’essai", "Licence Ouverte", "de 2019 à septembre 2025", "Version publiée le",
		"Description modifiée le", "attendue le", "fréquence\u00a0: Annuelle", "Note de la version 1", "Première version.", "<strong>par collège</strong>",
		"<h3>Précautions</h3>", "le tableau", `<link rel="canonical"`, "/jeux/effectifs-colleges/carte", "mailto:donnees@exemple.fr")
	p.get("anonymous", "/jeux/effectifs-colleges/dictionnaire").holds(t, "Élèves présents à la rentrée", "nombre entier", "en élèves", "Clé")
	p.get("anonymous", "/jeux/effectifs-colleges/telechargements").holds(t, "/jeux/effectifs-colleges/versions/1/original",
		"/api/explore/v2.1/catalog/datasets/effectifs-colleges/exports/parquet", "exports/geojson", "exports/xlsx", "exports/jsonl", "SHA-256")
	for tab, text := range map[string]string{"colonnes": "les chiffres", "carte": "la carte", "api": "les appels", "versions": "l’historique"} {
		p.get("anonymous", "/jeux/effectifs-colleges/"+tab).holds(t, text, `aria-current="page"`)
	}
	if got := p.get("reader", "/jeux/agents/carte").status; got != http.StatusNotFound {
		t.Errorf("the map of a dataset without a place answers %d", got)
	}
	p.get("reader", "/jeux/suivi-eleves").holds(t, "identifient des personnes", "noindex")
	if ld := structured(t, page.body); ld["@type"] != "Dataset" || ld["name"] != "Effectifs des collèges" || len(ld["distribution"].([]any)) != 8 {
		t.Errorf("the structured data says %v", ld)
	}
	p.get("anonymous", "/jeux/n-existe-pas").holds(t, `role="search"`)
}

// structured reads the JSON-LD of a page.
func structured(t *testing.T, page string) map[string]any {
	t.Helper()
	found := regexp.MustCompile(`(?s)<script type="application/ld\+json"[^>]*>(.*?)</script>`).FindStringSubmatch(page)
	if found == nil {
		t.Fatal("the page has no structured data")
	}
	var ld map[string]any
	check(t, json.Unmarshal([]byte(found[1]), &ld))
	return ld
}

func TestALateDatasetSaysSo(t *testing.T) {
	p := open(t)
	d := p.dataset("quotidien", asset.Open, asset.Dataset{Title: "Un jeu quotidien", Frequency: "daily"})
	p.publish(d, "a\n", schema.Schema{Fields: []schema.Field{{Name: "a", Label: "A", Type: schema.Text}}}, 1)
	if d = p.edition("quotidien"); !d.Late(time.Now().AddDate(0, 0, 3)) {
		t.Fatalf("published daily, yet due on %s", d.NextDue)
	}
	p.get("anonymous", "/jeux/quotidien").lacks(t, "En retard")
}

func TestWhatPeopleTypeNeverBecomesMarkup(t *testing.T) {
	p := open(t)
	payload := `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	d := p.dataset("piege", asset.Open, asset.Dataset{Title: "T" + payload, Description: payload, Keywords: []string{payload}, Themes: []string{payload},
		Spatial: payload, Contact: "javascript:alert(1)", Source: "javascript:alert(1)"})
	d.Fields = map[string]asset.FieldDoc{"a": {Label: payload, Description: payload, Unit: payload}}
	must(p.assets.UpdateDataset(p.ctx, d))(t)
	p.publish(p.edition("piege"), "a\n", schema.Schema{Fields: []schema.Field{{Name: "a", Label: payload, Type: schema.Text, Personal: true}}}, 1)
	check(t, p.people.SetMembership(p.ctx, must(p.people.UserByEmail(p.ctx, "outsider@exemple.fr"))(t).ID, p.org.ID, identity.Steward))
	for _, path := range []string{"/", "/jeux?q=" + url.QueryEscape(payload), "/jeux?theme=" + url.QueryEscape(payload), "/jeux/piege", "/jeux/piege/dictionnaire",
		"/jeux/piege/telechargements", "/jeux/piege/modifier", "/jeux/piege/modifier/dictionnaire", "/jeux/piege/acces", "/organisations/rectorat",
		"/jeux/" + url.PathEscape(payload), "/administration/journal?action=" + url.QueryEscape(payload)} {
		page := p.get("platform", path)
		root := must(html.Parse(strings.NewReader(page.body)))(t)
		for node := range root.Descendants() {
			if node.Type != html.ElementNode {
				continue
			}
			if node.Data == "script" && node.FirstChild != nil && strings.TrimSpace(node.FirstChild.Data) == "alert(1)" || node.Data == "img" {
				t.Errorf("%s holds <%s>", path, node.Data)
			}
			for _, a := range node.Attr {
				if a.Key == "onerror" || a.Key == "href" && strings.HasPrefix(a.Val, "javascript:") {
					t.Errorf("%s holds %s=%q", path, a.Key, a.Val)
				}
			}
		}
	}
}

func TestADescriptionIsChangedByOneAtATime(t *testing.T) {
	p := open(t)
	before := p.edition("effectifs-colleges")
	form := func(edition int64, title string) url.Values {
		return url.Values{"titre": {title}, "description": {"Nouvelle."}, "licence": {"lov2"}, "themes": {"Établissements, Élèves"}, "frequence": {"monthly"},
			"periode-debut": {"2020"}, "periode-fin": {"2025"}, "mots-cles": {"a; b"}, "cle-presente": {"1"}, "cle": {"uai"},
			"edition": {strconv.FormatInt(edition, 10)}, "action": {"enregistrer"}}
	}
	preview := form(before.Edition, "Effectifs")
	preview.Set("action", "apercu")
	preview.Set("description", "Un **aperçu**")
	p.post("steward", "/jeux/effectifs-colleges/modifier", preview).holds(t, "<strong>aperçu</strong>", "pas encore enregistré")
	if got := p.post("steward", "/jeux/effectifs-colleges/modifier", form(before.Edition, "Effectifs revus")); got.status != http.StatusSeeOther {
		t.Fatalf("saving answers %d\n%s", got.status, got.body)
	}
	after := p.edition("effectifs-colleges")
	if after.Title != "Effectifs revus" || len(after.Themes) != 2 || len(after.Keywords) != 2 || after.Frequency != "monthly" || after.Fields["effectif"].Unit != "élèves" {
		t.Errorf("kept: %+v", after)
	}
	late := p.post("administrator", "/jeux/effectifs-colleges/modifier", form(before.Edition, "Écrasé"))
	if late.status != http.StatusConflict {
		t.Errorf("saving over somebody else’s change answers %d", late.status)
	}
	late.holds(t, "Rien n’a été enregistré", `value="Écrasé"`, `name="edition" value="`+strconv.FormatInt(after.Edition, 10)+`"`)
	wrong := form(after.Edition, "")
	if got := p.post("steward", "/jeux/effectifs-colleges/modifier", wrong); got.status != http.StatusBadRequest {
		t.Errorf("a missing title answers %d", got.status)
	} else {
		got.holds(t, `aria-invalid="true"`)
	}
	reversed := form(after.Edition, "Effectifs")
	reversed.Set("periode-debut", "2026")
	p.post("steward", "/jeux/effectifs-colleges/modifier", reversed).holds(t, "periode-fin-messages")
	dictionary := url.Values{"champ": {"uai", "effectif"}, "uai.libelle": {"Code UAI"}, "uai.facette": {"non"},
		"effectif.libelle": {""}, "effectif.definition": {""}, "effectif.unite": {""}, "edition": {strconv.FormatInt(after.Edition, 10)}}
	p.post("steward", "/jeux/effectifs-colleges/modifier/dictionnaire", dictionary)
	fields := p.edition("effectifs-colleges").Fields
	if doc := fields["uai"]; doc.Label != "Code UAI" || doc.Facet == nil || *doc.Facet {
		t.Errorf("the column is described as %+v", doc)
	}
	if _, kept := fields["effectif"]; kept {
		t.Error("what was emptied in the form is still said")
	}
}

func TestTwoPeopleDescribeTheColumnsAtOnceAndNothingIsLost(t *testing.T) {
	p := open(t)
	const page = "/jeux/effectifs-colleges/modifier/dictionnaire"
	before := p.edition("effectifs-colleges")
	kept, err := json.Marshal(before.Fields["uai"])
	if err != nil {
		t.Fatal(err)
	}
	form := func(edition int64, slots ...string) url.Values {
		v := url.Values{"champ": {"uai"}, "uai.avant": {string(kept)}, "edition": {strconv.FormatInt(edition, 10)}}
		for i := 0; i < len(slots); i += 2 {
			v.Set("uai."+slots[i], slots[i+1])
		}
		return v
	}
	p.post("steward", page, form(before.Edition, "libelle", "Code UAI"))
	// What only one of them changed is kept from both.
	p.post("administrator", page, form(before.Edition, "libelle", before.Fields["uai"].Label, "norme", "RAMSESE"))
	if doc := p.edition("effectifs-colleges").Fields["uai"]; doc.Label != "Code UAI" || doc.Norm != "RAMSESE" {
		t.Errorf("after two who changed different texts: %+v", doc)
	}
	// What both changed is told, with both texts, and nothing is saved.
	p.post("administrator", page, form(before.Edition, "libelle", "UAI de l’établissement")).holds(t, "Entre-temps, quelqu’un a écrit", "Code UAI", "UAI de l’établissement")
	if doc := p.edition("effectifs-colleges").Fields["uai"]; doc.Label != "Code UAI" {
		t.Errorf("after a conflict: %+v", doc)
	}
}

func TestOpeningIdentifiersOfPeopleIsSaidAloud(t *testing.T) {
	p := open(t)
	edition := strconv.FormatInt(p.edition("suivi-eleves").Edition, 10)
	refused := p.post("steward", "/jeux/suivi-eleves/acces", url.Values{"niveau": {"open"}, "edition": {edition}})
	if refused.status != http.StatusConflict {
		t.Fatalf("opening without saying so answers %d", refused.status)
	}
	refused.holds(t, "INE", "J’ai le droit d’ouvrir ces colonnes")
	if d := p.edition("suivi-eleves"); d.Level != asset.Restricted {
		t.Fatalf("the dataset is %s", d.Level)
	}
	if got := p.post("steward", "/jeux/suivi-eleves/acces", url.Values{"niveau": {"open"}, "edition": {edition}, "confirmation": {"oui"}}); got.status != http.StatusSeeOther {
		t.Fatalf("opening aloud answers %d", got.status)
	}
	if got := p.get("anonymous", "/jeux/suivi-eleves").status; got != http.StatusOK {
		t.Errorf("the open dataset answers %d", got)
	}
}

func TestADatasetIsWithdrawnAndPutBack(t *testing.T) {
	p := open(t)
	if got := p.post("steward", "/jeux/effectifs-colleges/retrait", url.Values{"motif": {" "}}); got.status != http.StatusBadRequest {
		t.Errorf("withdrawing without a reason answers %d", got.status)
	}
	p.post("steward", "/jeux/effectifs-colleges/retrait", url.Values{"motif": {"erreur de périmètre"}})
	if got := p.get("anonymous", "/jeux/effectifs-colleges").status; got != http.StatusNotFound {
		t.Errorf("a withdrawn dataset answers %d", got)
	}
	p.get("anonymous", "/jeux").lacks(t, "Effectifs des collèges")
	p.get("steward", "/compte/brouillons").holds(t, "Effectifs des collèges", "Retiré")
	p.post("steward", "/jeux/effectifs-colleges/retrait", url.Values{"motif": {"vérifié"}})
	if got := p.get("anonymous", "/jeux/effectifs-colleges").status; got != http.StatusOK {
		t.Errorf("a dataset put back answers %d", got)
	}
}

func TestSomebodyInvitedChoosesAPasswordOnce(t *testing.T) {
	p := open(t)
	made := p.post("platform", "/administration/utilisateurs", url.Values{"nom": {"Nouvelle venue"}, "courriel": {"nouvelle@exemple.fr"},
		"organisation": {p.org.ID}, "role": {"3"}})
	if made.status != http.StatusSeeOther {
		t.Fatalf("inviting answers %d\n%s", made.status, made.body)
	}
	link := p.mailedLink("nouvelle@exemple.fr")
	p.get("anonymous", link).holds(t, "nouvelle@exemple.fr", "Choisir mon mot de passe")
	if got := p.post("anonymous", link, url.Values{"nouveau": {"trop court"}, "confirmation": {"trop court"}}); got.status != http.StatusBadRequest {
		t.Errorf("a weak password answers %d", got.status)
	}
	if got := p.post("anonymous", link, url.Values{"nouveau": {password}, "confirmation": {"autre chose encore"}}); got.status != http.StatusBadRequest {
		t.Errorf("two different passwords answer %d", got.status)
	}
	if got := p.post("anonymous", link, url.Values{"nouveau": {password}, "confirmation": {password}}); got.status != http.StatusSeeOther {
		t.Fatalf("choosing answers %d\n%s", got.status, got.body)
	}
	if got := p.get("anonymous", link).status; got != http.StatusNotFound {
		t.Errorf("a used link answers %d", got)
	}
	p.signIn("nouvelle")
	p.get("nouvelle", "/jeux/suivi-eleves").holds(t, "Suivi individuel secret")
	for _, entry := range must(p.log.List(p.ctx, audit.Filter{}, audit.Page{}))(t) {
		if text := string(must(json.Marshal(entry))(t)); strings.Contains(text, "nouvelle@exemple.fr") {
			t.Errorf("the record names somebody: %s", text)
		}
	}
}

func TestAForgottenPasswordTellsNobodyWhoHasAnAccount(t *testing.T) {
	p := open(t)
	known := p.post("anonymous", "/connexion/oubli", url.Values{"courriel": {"reader@exemple.fr"}})
	unknown := p.post("anonymous", "/connexion/oubli", url.Values{"courriel": {"personne@exemple.fr"}})
	if known.status != unknown.status || known.body != unknown.body || known.header.Get("Location") != unknown.header.Get("Location") {
		t.Error("the answers differ")
	}
	link := p.mailedLink("reader@exemple.fr")
	p.post("anonymous", "/connexion/oubli", url.Values{"courriel": {"reader@exemple.fr"}}) // too soon: the first link stays good
	if got := p.post("anonymous", link, url.Values{"nouveau": {"une autre longue phrase"}, "confirmation": {"une autre longue phrase"}}); got.status != http.StatusSeeOther {
		t.Fatalf("choosing answers %d", got.status)
	}
	if got := p.get("reader", "/compte").status; got != http.StatusSeeOther {
		t.Errorf("the session open before the change answers %d", got)
	}
}

// mailedLink waits for the message to somebody and returns the path of its link.
func (p *portal) mailedLink(to string) string {
	p.t.Helper()
	link := regexp.MustCompile(`http://[a-z0-9.:]+(/mot-de-passe/[A-Z0-9]+)`)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		files, _ := filepath.Glob(filepath.Join(p.mail, "*.eml"))
		for _, file := range files {
			text := strings.ReplaceAll(string(must(os.ReadFile(file))(p.t)), "=\r\n", "")
			if found := link.FindStringSubmatch(text); found != nil && strings.Contains(text, to) {
				return found[1]
			}
		}
	}
	p.t.Fatalf("no message with a link came to %s", to)
	return ""
}

func TestAdministratorsSeeTheRecordAndItsState(t *testing.T) {
	p := open(t)
	p.get("platform", "/administration").holds(t, "Derniers actes", "Version publiée")
	p.get("platform", "/administration/journal?verifier=oui").holds(t, "La chaîne est intacte")
	p.get("platform", "/administration/journal?action=dataset.").holds(t, "Effectifs des collèges").lacks(t, "Organisation créée")
	p.get("platform", "/administration/taches").holds(t, "Tâches")
	p.get("platform", "/administration/utilisateurs").holds(t, "steward@exemple.fr")
	user := must(p.people.UserByEmail(p.ctx, "reader@exemple.fr"))(t)
	p.get("platform", "/administration/utilisateurs/"+user.ID).holds(t, "Rectorat d’essai", "Fermer le compte")
	p.post("platform", "/administration/utilisateurs/"+user.ID+"/roles", url.Values{"role." + p.org.ID: {"4"}})
	if got := p.get("reader", "/jeux/suivi-eleves/acces").status; got != http.StatusOK {
		t.Errorf("the new steward is answered %d", got)
	}
	p.post("platform", "/administration/utilisateurs/"+user.ID, url.Values{"action": {"fermer"}})
	if got := p.get("reader", "/compte").status; got != http.StatusSeeOther {
		t.Errorf("somebody whose account is closed is answered %d", got)
	}
	own := must(p.people.UserByEmail(p.ctx, "platform@exemple.fr"))(t)
	if got := p.post("platform", "/administration/utilisateurs/"+own.ID, url.Values{"action": {"fermer"}}).status; got != http.StatusConflict {
		t.Errorf("closing one’s own account answers %d", got)
	}
}

func TestOrganisationsAreManagedByTheirAdministrators(t *testing.T) {
	p := open(t)
	if got := p.post("platform", "/administration/organisations", url.Values{"nom": {"Fédération d’essai"}, "nature": {"association"}}); got.header.Get("Location") != "/organisations/federation-d-essai" {
		t.Fatalf("creating answers %d to %s\n%s", got.status, got.header.Get("Location"), got.body)
	}
	p.post("administrator", "/organisations/rectorat/modifier", url.Values{"nom": {"Rectorat renommé"}, "nature": {"academie"}, "description": {"<script>alert(1)</script>Bonjour"}, "site": {"https://exemple.fr"}})
	p.get("anonymous", "/organisations/rectorat").holds(t, "Rectorat renommé", "https://exemple.fr").lacks(t, "<script>alert")
	p.post("administrator", "/organisations/rectorat/modifier", url.Values{"nom": {"X"}, "nature": {"academie"}, "site": {"javascript:alert(1)"}}).holds(t, "site-messages")
	p.post("administrator", "/organisations/rectorat/membres", url.Values{"courriel": {"outsider@exemple.fr"}, "role": {"1"}})
	p.get("outsider", "/jeux/suivi-eleves").holds(t, "Suivi individuel")
	p.post("administrator", "/organisations/rectorat/membres", url.Values{"courriel": {"inconnu@exemple.fr"}, "role": {"1"}}).holds(t, "Personne n’a de compte à cette adresse")
}

func TestMachinesFindTheirDocuments(t *testing.T) {
	p := open(t)
	p.get("anonymous", "/robots.txt").holds(t, "Sitemap: http://portail.exemple.fr/sitemap.xml", "Disallow: /administration")
	p.get("anonymous", "/.well-known/security.txt").holds(t, "Contact: mailto:securite@exemple.fr", "Expires: ")
	p.get("anonymous", "/jeux.atom").holds(t, "<title>Effectifs des collèges</title>", "urn:uuid:")
	p.get("anonymous", "/mentions-legales").holds(t, "Rectorat d’essai", "1 rue des Tests", "n’est pas renseignée")
	p.get("anonymous", "/accessibilite").holds(t, "axe-core", "RGAA")
	p.get("anonymous", "/aide").holds(t, "Publier en cinq étapes")
}
