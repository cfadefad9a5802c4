package webtest

import (
	"fmt"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// prepareWalk numbers what the keyboard must reach: what can take the focus and is shown. Radio buttons of one
// group count once. It keeps how each looks without the focus, so that the walk can tell whether the focus shows.
const prepareWalk = `(() => {
  const shown = e => e.getClientRects().length > 0 && e.checkVisibility({visibilityProperty: true});
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter(e => !e.disabled && e.type !== 'hidden' && e.tabIndex >= 0 && shown(e));
  document.activeElement?.blur();
  scrollTo(0, 0);
  const face = t => t.outlineStyle + t.outlineWidth + t.outlineColor + t.boxShadow + t.backgroundColor + t.borderColor;
  window.walkLook = e => {
    const around = [e, e.nextElementSibling, e.labels?.[0]];
    for (let x = e.parentElement, i = 0; x && i < 5; x = x.parentElement, i++) around.push(x);
    return around.filter(Boolean).map(x => face(getComputedStyle(x)) + face(getComputedStyle(x, '::before')) + face(getComputedStyle(x, '::after'))).join();
  };
  window.walkBefore = [];
  const groups = new Set();
  document.querySelectorAll('[data-walk]').forEach(e => delete e.dataset.walk);
  for (const e of all) {
    if (e.type === 'radio') { const g = (e.form ? 'f' : '') + e.name; if (groups.has(g)) continue; groups.add(g); }
    e.dataset.walk = walkBefore.length;
    walkBefore.push(walkLook(e));
  }
  return walkBefore.length;
})()`

// whereFocus says which element has the focus, whether one can see that it has (it, or what stands for it, looks
// otherwise than before), and whether it is in the window.
const whereFocus = `(() => {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return {index: -1};
  const r = e.getBoundingClientRect();
  const inside = r.bottom > -1 && r.right > -1 && r.top < innerHeight + 1 && r.left < innerWidth + 1;
  let index = e.dataset.walk;
  if (index === undefined && e.type === 'radio') {
    index = [...document.querySelectorAll('input[type=radio][data-walk]')].find(x => x.name === e.name)?.dataset.walk;
  }
  const seen = index === undefined || e.dataset.walk === undefined || walkLook(e) !== walkBefore[index];
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

// pressTab is the Tab key going down.
var pressTab = input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: "Tab", Code: "Tab", WindowsVirtualKeyCode: 9, NativeVirtualKeyCode: 9}

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
		if _, err := chromedp.Call(tab.Ctx, input.DispatchKeyEvent, pressTab); err != nil {
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
		for range 5 { // the window follows the focus at its next frame, and a part that draws itself late may move the page
			if at.Inside {
				break
			}
			time.Sleep(200 * time.Millisecond)
			if at, err = chromedp.Run(tab.Ctx, chromedp.Evaluate[focus](whereFocus)); err != nil {
				return nil, err
			}
		}
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
