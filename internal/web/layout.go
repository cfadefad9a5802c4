package web

import (
	"context"

	"github.com/a-h/templ"

	"socle/internal/i18n"
)

// htmxConfig keeps htmx inside our security policy: nothing evaluated, no style written, nothing fetched elsewhere.
const htmxConfig = `{"includeIndicatorCSS":false,"transitions":false,"mode":"same-origin"}`

// schemeAttributes are what the State's styles read; scheme.js follows the system where the reader chose nothing.
func schemeAttributes(v *view) templ.Attributes {
	if v.theme != ThemeDSFR {
		return nil
	}
	attributes := templ.Attributes{"data-fr-scheme": v.scheme}
	if v.scheme != "system" {
		attributes["data-fr-theme"] = v.scheme
	}
	return attributes
}

func colorScheme(v *view) string {
	if v.scheme == "system" {
		return "light dark"
	}
	return v.scheme
}

// nextScheme is the scheme that the button of the header leads to: system, light, dark, and round again.
func nextScheme(scheme string) string {
	for i, s := range schemes {
		if s == scheme {
			return schemes[(i+1)%len(schemes)]
		}
	}
	return schemes[0]
}

func schemeLabel(ctx context.Context, scheme string) string {
	switch scheme {
	case "light":
		return i18n.S(ctx, "Clair", "Light")
	case "dark":
		return i18n.S(ctx, "Sombre", "Dark")
	}
	return i18n.S(ctx, "Auto", "Auto")
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
