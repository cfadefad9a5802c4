// Package webtest looks at pages as people meet them: in a real browser, in each theme, light and dark, on a phone
// and on a desktop, with the keyboard, and with the accessibility checker axe-core.
//
// A test starts one [Browser], then calls [Browser.Check] with an address. The site must have ThemeSwitch on. The
// browser is Debian's Chromium; axe-core comes from npm. A test fails, with what to install, when one is missing.
package webtest

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"socle/internal/web"
)

// View is a way to look at a page.
type View struct {
	Theme  string // "neutral" or "dsfr"
	Scheme string // "light" or "dark"
	Lang   string // "fr" when empty
	Width  int    // of the window, in pixels
	Height int
	Plain  bool // without scripts
}

// Name names the view in messages and in file names.
func (v View) Name() string {
	size := "desktop"
	if v.Width < 600 {
		size = "phone"
	}
	return v.Theme + "-" + v.Scheme + "-" + size
}

// Views returns each theme that this build has, light and dark, on a phone and on a desktop.
func Views() []View {
	var views []View
	for _, theme := range Themes() {
		views = append(views, viewsOf(theme)...)
	}
	return views
}

func viewsOf(theme string) []View {
	var views []View
	for _, scheme := range []string{"light", "dark"} {
		views = append(views, View{Theme: theme, Scheme: scheme, Width: 1280, Height: 900},
			View{Theme: theme, Scheme: scheme, Width: 390, Height: 844})
	}
	return views
}

// Themes returns the themes that this build has. That of the State is there only where its package is installed.
func Themes() []string {
	return slices.DeleteFunc([]string{web.ThemeNeutral, web.ThemeDSFR}, func(theme string) bool {
		return !web.EmbeddedAssets().HasTheme(theme)
	})
}

// Browser is a running Chromium with a profile of its own.
type Browser struct {
	ctx context.Context
	axe string
}

// Start starts a browser that ends with the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	if !web.EmbeddedAssets().Built() {
		t.Fatal("the assets are not built: run “make assets”")
	}
	axe, err := os.ReadFile(filepath.Join(root(t), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is not installed: run “npm ci” (%v)", err)
	}
	binary, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("Chromium is not installed: run “apt-get install chromium”")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(binary), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.UserDataDir(t.TempDir()))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the process, so that its profile can be removed
		cancel()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return &Browser{ctx: ctx, axe: string(axe)}
}

// root is the folder of go.mod.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		t.Fatal("no go.mod above the test")
	}
}

// Tab is an open page.
type Tab struct {
	Ctx      context.Context // for chromedp.Run and chromedp.Do
	close    func()
	host     string
	pages    map[string]bool // addresses that were opened as pages
	axe      string
	mu       sync.Mutex
	problems []string
}

// Open opens an address in a view and waits until it is loaded. The tab closes with the test.
func (b *Browser) Open(t testing.TB, address string, v View, cookies ...*network.CookieParam) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	ctx, stop := context.WithTimeout(ctx, 5*time.Minute)
	closing := sync.OnceFunc(func() { stop(); cancel() })
	t.Cleanup(closing)
	tab := &Tab{Ctx: ctx, close: closing, pages: map[string]bool{address: true}, host: hostOf(address), axe: b.axe}
	if err := chromedp.Listen(ctx, tab.listen); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	lang := v.Lang
	if lang == "" {
		lang = "fr"
	}
	for name, value := range map[string]string{"socle_theme": v.Theme, "socle_scheme": v.Scheme, "socle_lang": lang} {
		cookies = append(cookies, &network.CookieParam{Name: name, Value: value, URL: address})
	}
	_, err := chromedp.Call(ctx, network.SetCookies, network.SetCookiesParams{Cookies: cookies})
	if err == nil && v.Plain {
		_, err = chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	}
	if err == nil {
		err = chromedp.Do(ctx, chromedp.EmulateViewport(int64(v.Width), int64(v.Height)), chromedp.Navigate(address),
			chromedp.WaitReady(chromedp.CSS("main")))
	}
	if err != nil {
		t.Fatalf("open %s in %s: %v", address, v.Name(), err)
	}
	return tab
}

// Send runs a script that leaves the page, and waits for the next one.
func (tab *Tab) Send(script string) error {
	if err := eval(tab, "window.left = true; "+script); err != nil {
		return err
	}
	for {
		// Between two pages there is nothing to ask.
		there, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[bool](`!window.left && document.readyState === 'complete'`))
		if there {
			return nil
		}
		select {
		case <-tab.Ctx.Done():
			return errors.Join(tab.Ctx.Err(), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Close closes the tab before the test ends.
func (tab *Tab) Close() { tab.close() }

// hostOf is the host and port of an address, "" when it has none (data:, blob:).
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// listen keeps what the browser complains about: scripts that fail, files that are missing, what the security
// policy refused, what is asked of other hosts.
func (tab *Tab) listen(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Type == network.ResourceTypeDocument {
			tab.pages[e.Request.URL] = true
		}
		if host := hostOf(e.Request.URL); host != "" && host != tab.host {
			tab.problems = append(tab.problems, "a request to another host: "+e.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		text := "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		tab.problems = append(tab.problems, text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			text := "console:"
			for _, argument := range e.Args {
				text += " " + string(argument.Value) + argument.Description
			}
			tab.problems = append(tab.problems, text)
		}
	case *log.EventEntryAdded:
		// The status of the page itself is the business of the test.
		own := e.Entry.Source == log.EntrySourceNetwork && tab.pages[e.Entry.URL]
		if !own && (e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity) {
			tab.problems = append(tab.problems, "log: "+e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

// Problems returns what the browser complained about since the page was opened.
func (tab *Tab) Problems() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.problems)
}

// Screenshot writes a picture of the whole page.
func (tab *Tab) Screenshot(path string) error {
	picture, err := chromedp.Run(tab.Ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, picture, 0o644)
}
