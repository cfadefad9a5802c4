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
	"github.com/chromedp/chromedp/kb"
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
	if err := eval(tab, tab.axe+"\n;undefined"); err != nil {
		return nil, fmt.Errorf("load axe: %w", err)
	}
	text, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[string](run, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("run axe: %w", err)
	}
	var violations []Violation
	return violations, json.Unmarshal([]byte(text), &violations)
}

// prepareWalk numbers what the keyboard must reach: what can take the focus and is shown. Radio buttons of one
// group count once, and so do frames of maps, which have keys of their own.
const prepareWalk = `(() => {
  const shown = e => e.getClientRects().length > 0 && e.checkVisibility({visibilityProperty: true});
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter(e => !e.disabled && e.type !== 'hidden' && e.tabIndex >= 0 && shown(e));
  const groups = new Set();
  let n = 0;
  for (const e of all) {
    if (e.type === 'radio') { const g = (e.form ? 'f' : '') + e.name; if (groups.has(g)) continue; groups.add(g); }
    e.dataset.walk = n++;
  }
  document.activeElement?.blur();
  return n;
})()`

// whereFocus says which element has the focus and whether one can see that it has: an outline or a shadow on it,
// or on the element around it that stands for it, and inside the window.
const whereFocus = `(() => {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return {index: -1};
  const mark = x => { const s = getComputedStyle(x), a = getComputedStyle(x, '::after'), b = getComputedStyle(x, '::before');
    return [s, a, b].some(t => (t.outlineStyle !== 'none' && parseFloat(t.outlineWidth) > 0)) || s.boxShadow !== 'none' };
  let seen = false;
  for (let x = e, i = 0; x && i < 6 && !seen; x = x.parentElement, i++) seen = mark(x);
  const r = e.getBoundingClientRect();
  const inside = r.bottom > -1 && r.right > -1 && r.top < innerHeight + 1 && r.left < innerWidth + 1;
  let index = e.dataset.walk;
  if (index === undefined && e.type === 'radio') {
    index = [...document.querySelectorAll('input[type=radio][data-walk]')].find(x => x.name === e.name)?.dataset.walk;
  }
  return {index: index === undefined ? -2 : Number(index), seen, inside,
    name: e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + ' ' + (e.textContent || e.name || '').trim().slice(0, 40)};
})()`

// focus is what whereFocus answers.
type focus struct {
	Index  int    `json:"index"`
	Seen   bool   `json:"seen"`
	Inside bool   `json:"inside"`
	Name   string `json:"name"`
}

// eval runs a script whose value does not matter.
func eval(tab *Tab, script string) error {
	_, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[*runtime.RemoteObject](script))
	return err
}

// Keyboard goes through the page with the Tab key and returns what is wrong: elements that it does not reach, or
// reaches without showing it, and places that it cannot leave.
func (tab *Tab) Keyboard() ([]string, error) {
	total, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[int](prepareWalk))
	if err != nil {
		return nil, err
	}
	var wrong []string
	reached := map[int]bool{}
	last, stuck := -1, 0
	for range total + 20 {
		if err := chromedp.Do(tab.Ctx, chromedp.KeyEvent(kb.Tab)); err != nil {
			return nil, err
		}
		at, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[focus](whereFocus))
		if err != nil {
			return nil, err
		}
		if at.Index == -1 {
			if len(reached) > 0 {
				break // out of the page: the walk is over
			}
			continue
		}
		if stuck++; at.Index != last {
			stuck = 0
		}
		if last = at.Index; stuck > 2 {
			wrong = append(wrong, "the keyboard cannot leave "+at.Name)
			break
		}
		if at.Index < 0 || reached[at.Index] {
			if len(reached) == total {
				break
			}
			continue
		}
		reached[at.Index] = true
		if !at.Seen {
			wrong = append(wrong, "no visible focus on "+at.Name)
		}
		if !at.Inside {
			wrong = append(wrong, "the focus is out of the window on "+at.Name)
		}
	}
	for i := range total {
		if !reached[i] {
			script := fmt.Sprintf(`(e => e ? e.outerHTML.slice(0, 120) : '')(document.querySelector('[data-walk="%d"]'))`, i)
			name, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[string](script))
			if err != nil {
				return nil, err
			}
			wrong = append(wrong, "the keyboard does not reach "+name)
		}
	}
	return wrong, nil
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

var unsafeName = regexp.MustCompile(`[^a-z0-9]+`)

// Check opens an address in each view and fails the test for whatever axe-core finds, the browser complains about,
// or makes the page scroll sideways; it walks each theme once with the keyboard. With SOCLE_SCREENS set to a
// folder, it leaves pictures there.
func (b *Browser) Check(t *testing.T, url string, cookies ...*network.CookieParam) {
	t.Helper()
	walked := map[string]bool{}
	for _, view := range Views() {
		t.Run(view.Name(), func(t *testing.T) {
			tab := b.Open(t, url, view, cookies...)
			violations, err := tab.Axe()
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range violations {
				t.Error(v)
			}
			if out, err := tab.Overflow(); err != nil || len(out) > 0 {
				t.Errorf("the page is wider than the window (%v): %s", err, strings.Join(out, "\n  "))
			}
			if dir := os.Getenv("SOCLE_SCREENS"); dir != "" {
				name := strings.Trim(unsafeName.ReplaceAllString(strings.ToLower(t.Name()), "-"), "-")
				if err := tab.Screenshot(filepath.Join(dir, name+".png")); err != nil {
					t.Error(err)
				}
			}
			if key := fmt.Sprint(view.Theme, view.Width); !walked[key] {
				walked[key] = true
				wrong, err := tab.Keyboard()
				if err != nil {
					t.Error(err)
				}
				for _, w := range wrong {
					t.Error(w)
				}
			}
			for _, problem := range tab.Problems() {
				t.Error(problem)
			}
		})
	}
}
