package webtest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Violation is something that axe-core found, with where.
type Violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		Target  []any  `json:"target"`
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// String says what is wrong and at which elements.
func (v Violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for i, node := range v.Nodes {
		if i == 5 {
			fmt.Fprintf(&b, "\n  and %d more", len(v.Nodes)-i)
			break
		}
		fmt.Fprintf(&b, "\n  %v %.160s\n    %s", node.Target, node.HTML, strings.ReplaceAll(node.Summary, "\n", " "))
	}
	return b.String()
}

// Axe runs axe-core on the page: the rules of WCAG 2.2 to level AA, and its best practices.
func (tab *Tab) Axe() ([]Violation, error) {
	const run = `axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations))`
	if err := eval(tab, "if (!window.axe) {"+tab.axe+"\n}"); err != nil {
		return nil, fmt.Errorf("load axe: %w", err)
	}
	text, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[string](run, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("run axe: %w", err)
	}
	var violations []Violation
	return violations, json.Unmarshal([]byte(text), &violations)
}

// eval runs a script whose value does not matter.
func eval(tab *Tab, script string) error {
	_, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[*runtime.RemoteObject](script+"\n;undefined"))
	return err
}

// wide finds what makes a page wider than its window: what sticks out and is in nothing that scrolls by itself.
const wide = `(() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  const held = e => { for (let x = e.parentElement; x && x !== document.body; x = x.parentElement)
    if (getComputedStyle(x).overflowX !== 'visible') return true; return false };
  const out = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !held(e));
  return out.slice(0, 5).map(e => e.outerHTML.slice(0, 120)).concat(out.length ? [] : ['something out of sight']);
})()`

// Overflow returns what makes the page wider than the window; a page never scrolls sideways.
func (tab *Tab) Overflow() ([]string, error) {
	return chromedp.Run(tab.Ctx, chromedp.Evaluate[[]string](wide))
}

// still stops what moves, so that nothing is looked at on its way from one colour to another.
const still = `(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, ::before, ::after { transition: none !important; animation: none !important; caret-color: transparent !important; scroll-behavior: auto !important }');
  document.adoptedStyleSheets = [sheet];
})()`

// turn shows an open page in another view of the same theme.
func (tab *Tab) turn(v View, unfolded bool) error {
	script := fmt.Sprintf(`document.documentElement.dataset.scheme = %q; document.querySelectorAll('details').forEach(d => {
		d.dataset.was ??= d.open ? 'open' : 'closed'; d.open = %t || d.dataset.was === 'open' }); scrollTo(0, 0)`, v.Scheme, unfolded)
	if err := chromedp.Do(tab.Ctx, chromedp.EmulateViewport(int64(v.Width), int64(v.Height))); err != nil {
		return err
	}
	return eval(tab, script)
}

// words are the lines that a page says, without those that only a script could mean anything by.
const words = `[...new Set(document.querySelector('main').innerText.split('\n').map(l => l.trim()).filter(Boolean))]`

// Page is a page to look at.
type Page struct {
	URL     string
	Cookies []*network.CookieParam
	// Act does something on the open page before it is looked at: fills in a form, opens a part. It may be nil. A page
	// that was acted upon is not compared with itself without scripts.
	Act func(*Tab) error
	// Scripted are lines that only scripts write.
	Scripted []string
}

// Check looks at a page: see [Browser.Look].
func (b *Browser) Check(t *testing.T, url string, cookies ...*network.CookieParam) {
	t.Helper()
	b.Look(t, Page{URL: url, Cookies: cookies})
}

// Look opens a page and turns it: in each theme, light with what folds as it comes, dark with everything unfolded, on
// a desktop and on a phone. It fails the test for whatever axe-core finds, the browser complains about, makes the page
// scroll sideways or is asked of another host, for what the keyboard does not reach or reaches unseen, and for what
// the page says with scripts only. With SOCLE_SCREENS set to a folder, it leaves pictures there.
func (b *Browser) Look(t *testing.T, page Page) {
	t.Helper()
	for _, theme := range Themes() {
		views := viewsOf(theme)
		tab := b.Open(t, page.URL, views[0], page.Cookies...)
		defer tab.Close()
		if err := eval(tab, still); err != nil {
			t.Fatal(err)
		}
		if page.Act != nil {
			if err := page.Act(tab); err != nil {
				t.Fatalf("%s: %v", page.URL, err)
			}
			if err := eval(tab, still); err != nil {
				t.Fatal(err)
			}
		} else {
			b.compareWithoutScripts(t, page, tab, views[0])
		}
		for _, view := range views {
			if err := tab.turn(view, view.Scheme == "dark"); err != nil {
				t.Fatal(err)
			}
			tab.look(t, view)
		}
		for _, problem := range tab.Problems() {
			t.Error(problem)
		}
	}
}

// look examines the page as it now shows.
func (tab *Tab) look(t *testing.T, view View) {
	t.Helper()
	violations, err := tab.Axe()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		t.Errorf("%s: %s", view.Name(), v)
	}
	if out, err := tab.Overflow(); err != nil || len(out) > 0 {
		t.Errorf("%s: the page is wider than the window (%v): %s", view.Name(), err, strings.Join(out, "\n  "))
	}
	if dir := os.Getenv("SOCLE_SCREENS"); dir != "" {
		name := strings.Trim(unsafeName.ReplaceAllString(strings.ToLower(t.Name()), "-"), "-")
		if err := tab.Screenshot(filepath.Join(dir, name+"-"+view.Name()+".png")); err != nil {
			t.Error(err)
		}
	}
	if view.Scheme != "light" {
		return // the way of the focus is the same, whatever the colours
	}
	wrong, err := tab.Keyboard()
	if err != nil {
		t.Error(err)
	}
	for _, w := range wrong {
		t.Errorf("%s: %s", view.Name(), w)
	}
}

var unsafeName = regexp.MustCompile(`[^a-z0-9]+`)

// compareWithoutScripts fails the test for what an open page says and does not say to those whose browser runs no
// script.
func (b *Browser) compareWithoutScripts(t *testing.T, page Page, scripted *Tab, view View) {
	t.Helper()
	said, err := chromedp.Run(scripted.Ctx, chromedp.Evaluate[[]string](words))
	if err != nil {
		t.Fatal(err)
	}
	view.Plain = true
	bare := b.Open(t, page.URL, view, page.Cookies...)
	defer bare.Close()
	plain, err := chromedp.Run(bare.Ctx, chromedp.Evaluate[[]string](words))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, line := range append(plain, page.Scripted...) {
		known[line] = true
	}
	for _, line := range said {
		if !known[line] {
			t.Errorf("without scripts, the page does not say %q", line)
		}
	}
}
