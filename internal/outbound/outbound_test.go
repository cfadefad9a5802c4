package outbound

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"socle/internal/fault"
)

func TestOnlyAddressesOfThePublicInternetAreReached(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8":              true,
		"185.75.143.33":        true,
		"2001:4860:4860::8888": true,
		"2a00:1450:4007::1":    true,
		"127.0.0.1":            false,
		"127.8.9.10":           false,
		"0.0.0.0":              false,
		"10.1.2.3":             false,
		"172.16.0.1":           false,
		"172.31.255.255":       false,
		"172.32.0.1":           true,
		"192.168.1.1":          false,
		"169.254.169.254":      false,
		"100.64.0.1":           false,
		"100.127.255.254":      false,
		"192.0.2.1":            false,
		"198.18.0.1":           false,
		"224.0.0.1":            false,
		"255.255.255.255":      false,
		"::":                   false,
		"::1":                  false,
		"fe80::1":              false,
		"fe80::1%eth0":         false,
		"fc00::1":              false,
		"fd12:3456::1":         false,
		"fec0::1":              false,
		"ff02::1":              false,
		"::ffff:127.0.0.1":     false,
		"::ffff:10.0.0.1":      false,
		"::ffff:8.8.8.8":       true,
		"::7f00:1":             false,
		"64:ff9b::7f00:1":      false,
		"64:ff9b:1::a00:1":     false,
		"2002:7f00:1::":        false,
		"2001:0:4136:e378::1":  false,
		"2001:db8::1":          false,
		"100::1":               false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("public(%s) = %v, want %v", address, got, want)
		}
	}
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func wantFault(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind || fault.CodeOf(err) != code {
		t.Fatalf("got %v (%s), want kind %v and code %s", err, fault.CodeOf(err), kind, code)
	}
	if m := fault.Message(err); m.FR == "" || m.EN == "" || strings.Contains(m.FR, "%!") || strings.Contains(m.EN, "%!") {
		t.Errorf("the message is not a sentence in both languages: %+v", m)
	}
}

func TestTheMachineItselfIsNeverReachedUnlessAllowed(t *testing.T) {
	reached := false
	address := serve(t, func(http.ResponseWriter, *http.Request) { reached = true })
	port := mustPort(t, address)
	client := New(Options{})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0.0.0.0", "2130706433", "0x7f000001"} {
		response, err := client.Fetch(t.Context(), "http://"+host+":"+port+"/secret")
		if err == nil {
			response.Body.Close()
			t.Errorf("%s was fetched", host)
		}
		// Old spellings of IPv4 addresses are left to the resolver, which may not know them at all.
		if code := fault.CodeOf(err); code != "outbound_address_refused" && code != "outbound_unreachable" {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := client.Fetch(t.Context(), address); fault.CodeOf(err) != "outbound_address_refused" {
		t.Errorf("got %v, want a refusal of the address", err)
	}
	if reached {
		t.Error("a request came through to the machine itself")
	}
}

func TestARedirectToAPrivateAddressIsRefused(t *testing.T) {
	inside := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") }))
	inside.Start()
	defer inside.Close()
	// The first hop is allowed by its address alone; the second one lies on another loopback address.
	target := strings.Replace(inside.URL, "127.0.0.1", "127.0.0.2", 1)
	first := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) })
	client := New(Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	_, err := client.Fetch(t.Context(), first)
	wantFault(t, err, fault.Forbidden, "outbound_address_refused")
}

func TestOtherSchemesAndCredentialsAreRefused(t *testing.T) {
	client := New(Options{})
	for _, address := range []string{"", "donnees.csv", "ftp://example.org/a", "file:///etc/passwd", "gopher://x", "http://", "https://moi:secret@example.org/", "http://exa mple.org/"} {
		_, err := client.Fetch(t.Context(), address)
		wantFault(t, err, fault.Invalid, "outbound_address_invalid")
	}
	redirect := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(http.StatusFound)
	})
	_, err := New(Options{AllowPrivate: loopback}).Fetch(t.Context(), redirect)
	wantFault(t, err, fault.Forbidden, "outbound_address_refused")
}

func TestRedirectsAreCounted(t *testing.T) {
	hops := 0
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if hops++; hops <= 3 {
			http.Redirect(w, r, fmt.Sprintf("/%d", hops), http.StatusFound)
			return
		}
		io.WriteString(w, "arrivé")
	})
	response, err := New(Options{AllowPrivate: loopback, MaxRedirects: 3}).Fetch(t.Context(), address)
	if err != nil {
		t.Fatalf("three redirects within three: %v", err)
	}
	response.Body.Close()
	hops = 0
	_, err = New(Options{AllowPrivate: loopback, MaxRedirects: 2}).Fetch(t.Context(), address)
	wantFault(t, err, fault.Invalid, "outbound_redirects")
	hops = 0
	_, err = New(Options{AllowPrivate: loopback, MaxRedirects: -1}).Fetch(t.Context(), address)
	wantFault(t, err, fault.Invalid, "outbound_redirects")
}

func TestAnAnswerIsReadUpToTheLimitAndNotPast(t *testing.T) {
	for _, announced := range []bool{true, false} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if announced {
				w.Header().Set("Content-Length", "10")
			} else {
				w.(http.Flusher).Flush()
			}
			io.WriteString(w, "0123456789")
		})
		response, err := New(Options{AllowPrivate: loopback, MaxBytes: 10}).Fetch(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(response.Body); err != nil || string(data) != "0123456789" {
			t.Errorf("exactly the limit: %q, %v", data, err)
		}
		response.Body.Close()

		response, err = New(Options{AllowPrivate: loopback, MaxBytes: 9}).Fetch(t.Context(), address)
		if err == nil {
			defer response.Body.Close()
			var data []byte
			if data, err = io.ReadAll(response.Body); len(data) > 9 {
				t.Errorf("read %d bytes past a limit of 9", len(data))
			}
		}
		wantFault(t, err, fault.TooLarge, "outbound_too_large")
	}
}

func TestASlowServerIsGivenUp(t *testing.T) {
	stop := make(chan struct{})
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			io.WriteString(w, "début")
			w.(http.Flusher).Flush()
		}
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	})
	defer close(stop)
	_, err := New(Options{AllowPrivate: loopback, AnswerIn: 50 * time.Millisecond}).Fetch(t.Context(), address)
	wantFault(t, err, fault.Unavailable, "outbound_timeout")

	response, err := New(Options{AllowPrivate: loopback, FinishIn: 200 * time.Millisecond}).Fetch(t.Context(), address+"/body")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, err = io.ReadAll(response.Body)
	wantFault(t, err, fault.Unavailable, "outbound_timeout")
}

func TestACallerWhoLeavesGetsTheContextsError(t *testing.T) {
	address := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := New(Options{AllowPrivate: loopback}).Fetch(ctx, address); err != context.Canceled {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestATransferCutShortIsAnError(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "début")
		panic(http.ErrAbortHandler)
	})
	response, err := New(Options{AllowPrivate: loopback}).Fetch(t.Context(), address)
	if err == nil {
		defer response.Body.Close()
		_, err = io.ReadAll(response.Body)
	}
	wantFault(t, err, fault.Unavailable, "outbound_unreachable")
}

func TestAnAnswerOtherThanAFileIsExplained(t *testing.T) {
	for status, kind := range map[int]fault.Kind{404: fault.Invalid, 403: fault.Invalid, 410: fault.Invalid, 418: fault.Invalid,
		204: fault.Invalid, 429: fault.Unavailable, 500: fault.Unavailable, 503: fault.Unavailable} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		_, err := New(Options{AllowPrivate: loopback}).Fetch(t.Context(), address)
		wantFault(t, err, kind, "outbound_status")
	}
}

func TestProxiesOfTheEnvironmentAreIgnored(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:9")
	t.Setenv("http_proxy", "http://192.0.2.1:9")
	agent := ""
	address := serve(t, func(_ http.ResponseWriter, r *http.Request) { agent = r.UserAgent() })
	response, err := New(Options{AllowPrivate: loopback, UserAgent: "Essai"}).Fetch(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if agent != "Essai" {
		t.Errorf("the client calls itself %q", agent)
	}
}

func TestTheFileIsNamedByTheServerElseByTheAddress(t *testing.T) {
	for _, c := range []struct{ disposition, address, mediaType, want string }{
		{`attachment; filename="écoles.csv"`, "https://x.org/a", "", "écoles.csv"},
		{`attachment; filename*=UTF-8''%C3%A9coles.csv`, "https://x.org/a", "", "écoles.csv"},
		{`attachment; filename="../../etc/passwd"`, "https://x.org/a", "", "passwd"},
		{`attachment; filename="C:\\dossier\\notes.xlsx"`, "https://x.org/a", "", "notes.xlsx"},
		{"attachment; filename=\"a\x01b.csv\"", "https://x.org/c.csv", "", "ab.csv"},
		{"", "https://x.org/d/lyc%C3%A9es.csv?x=1", "", "lycées.csv"},
		{"", "https://x.org/exports/csv", "text/csv", "csv.csv"},
		{"", "https://x.org/exports/geo", "application/geo+json", "geo.geojson"},
		{"", "https://x.org/", "", "fichier"},
		{"", "https://x.org", "text/csv", "fichier.csv"},
		{`attachment; filename=".."`, "https://x.org/..", "", "fichier"},
	} {
		u, err := url.Parse(c.address)
		if err != nil {
			t.Fatal(err)
		}
		if got := fileName(c.disposition, u, c.mediaType); got != c.want {
			t.Errorf("fileName(%q, %s, %s) = %q, want %q", c.disposition, c.address, c.mediaType, got, c.want)
		}
	}
}

func mustPort(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}
