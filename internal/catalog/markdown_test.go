package catalog

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestADescriptionCanDoNoHarm(t *testing.T) {
	payloads := []string{
		`<script>alert(1)</script>`,
		`<img src=x onerror=alert(1)>`,
		`<svg/onload=alert(1)>`,
		`[lien](javascript:alert(1))`,
		`[lien](JaVaScRiPt:alert(1))`,
		"[lien](java\tscript:alert(1))",
		`[lien](&#106;avascript:alert(1))`,
		`[lien](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)`,
		`[lien](vbscript:msgbox(1))`,
		`<javascript:alert(1)>`,
		`![image](javascript:alert(1))`,
		`![pixel](https://suivi.example/p.gif)`,
		`<a href="https://exemple.fr" onclick="alert(1)">x</a>`,
		`<iframe src="https://exemple.fr"></iframe>`,
		`<style>body{display:none}</style>`,
		`<form action="/connexion"><input name=password></form>`,
		`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
		"```\n</code></pre><script>alert(1)</script>\n```",
		"| a |\n|---|\n| <script>alert(1)</script> |",
		`[x](https://exemple.fr "onmouseover=alert(1)")`,
		`[x](https://exemple.fr"onmouseover="alert(1))`,
		`<p style="position:fixed;inset:0">x</p>`,
		`<a name="n" id="contenu">x</a>`,
	}
	m := NewMarkdown()
	for _, payload := range payloads {
		out, err := m.HTML(payload)
		if err != nil {
			t.Errorf("%s: %v", payload, err)
			continue
		}
		root, err := html.Parse(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		for node := range root.Descendants() {
			if node.Type != html.ElementNode {
				continue
			}
			switch node.Data {
			case "script", "img", "svg", "iframe", "style", "form", "input", "math", "object", "embed":
				t.Errorf("%s leaves <%s>: %s", payload, node.Data, out)
			}
			for _, attr := range node.Attr {
				dangerous := strings.HasPrefix(attr.Key, "on") || attr.Key == "style" || attr.Key == "id" || attr.Key == "name"
				scheme, _, found := strings.Cut(strings.ToLower(attr.Val), ":")
				if attr.Key == "href" && found && scheme != "http" && scheme != "https" && scheme != "mailto" {
					dangerous = true
				}
				if dangerous {
					t.Errorf("%s leaves %s=%q: %s", payload, attr.Key, attr.Val, out)
				}
			}
		}
	}
}

func TestADescriptionKeepsItsLayout(t *testing.T) {
	m := NewMarkdown()
	for _, c := range []struct{ name, source, want string }{
		{"emphasis", "Un **mot** et _un autre_", "<p>Un <strong>mot</strong> et <em>un autre</em></p>\n"},
		{"headings go under those of the page", "# Champ\n\n## Détail", "<h3>Champ</h3>\n<h4>Détail</h4>\n"},
		{"no level of heading is skipped", "#### Champ", "<h3>Champ</h3>\n"},
		{"links", "https://exemple.fr", `<p><a href="https://exemple.fr" rel="nofollow">https://exemple.fr</a></p>` + "\n"},
		{"a comparison is no HTML", "effectif < 5", "<p>effectif &lt; 5</p>\n"},
		{"tables", "| a |\n|---|\n| 1 |", "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n</tr>\n</tbody>\n</table>\n"},
	} {
		got, err := m.HTML(c.source)
		if err != nil || got != c.want {
			t.Errorf("%s: %q gives %q (%v), want %q", c.name, c.source, got, err, c.want)
		}
	}
}

func TestAnExcerptIsTheWordsOfTheFirstParagraph(t *testing.T) {
	m := NewMarkdown()
	for _, c := range []struct {
		source string
		max    int
		want   string
	}{
		{"# Titre\n\nUn **mot**,\npuis [un lien](https://exemple.fr).", 100, "Un mot, puis un lien."},
		{"Une phrase.\n\n## Un titre\n\nLa suite.", 100, "Une phrase."},
		{"- un\n- deux", 100, "un deux"},
		{"<script>alert(1)</script>visible", 100, ""},
		{"Effectifs des élèves par établissement", 20, "Effectifs des…"},
		{"anticonstitutionnellement", 10, "anticonst…"},
	} {
		if got := m.Excerpt(c.source, c.max); got != c.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", c.source, c.max, got, c.want)
		}
	}
}

func TestOnlyWebAddressesBecomeLinks(t *testing.T) {
	for address, want := range map[string]string{
		"https://exemple.fr/a?b=c": "https://exemple.fr/a?b=c",
		" http://exemple.fr":       "http://exemple.fr",
		"javascript:alert(1)":      "",
		"//exemple.fr":             "",
		"Rectorat":                 "",
		"ftp://exemple.fr":         "",
	} {
		if got := safeLink(address); got != want {
			t.Errorf("safeLink(%q) = %q, want %q", address, got, want)
		}
	}
}
