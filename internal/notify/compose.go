package notify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"strings"
	"unicode"

	"github.com/wneessen/go-mail"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// compose writes a message out: headers, a plain text and an HTML that say the same.
func compose(options Options, m Message) (*mail.Msg, error) {
	if !validAddress(m.To.Email) {
		return nil, fault.New(fault.Invalid, "mail_address_invalid", i18n.T(
			"« %s » n’est pas une adresse électronique à laquelle on puisse écrire.",
			"“%s” is not an e-mail address that can be written to.", m.To.Email))
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(oneLine(options.From.Name), options.From.Email); err != nil {
		return nil, fmt.Errorf("write the sender: %w", err)
	}
	if err := msg.AddToFormat(oneLine(m.To.Name), m.To.Email); err != nil {
		return nil, fmt.Errorf("write the recipient: %w", err)
	}
	msg.Subject(oneLine(subject(m)))
	msg.SetDate()
	msg.SetMessageIDWithValue(messageID(options, m))
	// What a machine sends is not to be answered by another.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	sections := sectionsOf(options, m)
	msg.SetGenHeader(mail.HeaderContentLang, languages(sections))
	msg.SetBodyString(mail.TypeTextPlain, plain(sections))
	page, err := page(sections)
	if err != nil {
		return nil, err
	}
	msg.AddAlternativeString(mail.TypeTextHTML, page)
	return msg, nil
}

func subject(m Message) string {
	if m.Lang != "" || m.Subject.EN == "" || m.Subject.EN == m.Subject.FR {
		return m.Subject.In(m.Lang)
	}
	return m.Subject.FR + " / " + m.Subject.EN
}

// messageID is the same for the same event and person, so that a message sent again after a crash shows once.
func messageID(options Options, m Message) string {
	_, domain, _ := strings.Cut(options.From.Email, "@")
	if m.ID == "" {
		fresh := mail.NewMsg()
		fresh.SetMessageID()
		before, _, _ := strings.Cut(strings.Trim(fresh.GetMessageID(), "<>"), "@")
		return before + "@" + domain
	}
	sum := sha256.Sum256([]byte(m.ID + "\x00" + m.To.Email))
	return hex.EncodeToString(sum[:16]) + "@" + domain
}

// oneLine keeps a header to its line, whatever a person's name holds.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' || unicode.IsControl(r) }), " ")
}

// section is the message in one language.
type section struct {
	Lang       i18n.Lang
	Subject    string
	Paragraphs []string
	Label, URL string
	Foot       string
}

func sectionsOf(options Options, m Message) []section {
	langs := []i18n.Lang{m.Lang}
	if m.Lang == "" {
		langs = []i18n.Lang{i18n.FR, i18n.EN}
	}
	foot := i18n.T("Message envoyé par %s. Il est inutile d’y répondre.", "Message sent by %s. There is no need to answer it.", options.Site)
	var out []section
	for _, lang := range langs {
		s := section{Lang: lang, Subject: m.Subject.In(lang), Foot: foot.In(lang)}
		for _, p := range m.Paragraphs {
			s.Paragraphs = append(s.Paragraphs, p.In(lang))
		}
		if m.Link != nil {
			s.Label, s.URL = m.Link.Label.In(lang), m.Link.URL
		}
		out = append(out, s)
	}
	return out
}

func languages(sections []section) string {
	var out []string
	for _, s := range sections {
		out = append(out, string(s.Lang))
	}
	return strings.Join(out, ", ")
}

func plain(sections []section) string {
	var parts []string
	for _, s := range sections {
		lines := append([]string{}, s.Paragraphs...)
		if s.URL != "" {
			lines = append(lines, s.Label+"\n"+s.URL)
		}
		parts = append(parts, strings.Join(append(lines, s.Foot), "\n\n"))
	}
	return strings.Join(parts, "\n\n----------\n\n") + "\n"
}

var html = template.Must(template.New("mail").Funcs(template.FuncMap{
	"lines": func(s string) []string { return strings.Split(s, "\n") },
}).Parse(`<!DOCTYPE html>
<html lang="{{(index . 0).Lang}}">
<head><meta charset="utf-8"><title>{{(index . 0).Subject}}</title></head>
<body style="font-family: sans-serif; font-size: 16px; line-height: 1.5; max-width: 40em; margin: 1em auto; padding: 0 1em">
{{- range $i, $s := .}}{{if $i}}
<hr>{{end}}
<div lang="{{$s.Lang}}">
<h1 style="font-size: 1.25em">{{$s.Subject}}</h1>
{{- range $s.Paragraphs}}
<p>{{range $j, $line := lines .}}{{if $j}}<br>{{end}}{{$line}}{{end}}</p>
{{- end}}
{{- if $s.URL}}
<p><a href="{{$s.URL}}">{{$s.Label}}</a></p>
{{- end}}
<p style="font-size: 0.875em; opacity: 0.8">{{$s.Foot}}</p>
</div>
{{- end}}
</body>
</html>
`))

func page(sections []section) (string, error) {
	var b bytes.Buffer
	if err := html.Execute(&b, sections); err != nil {
		return "", fmt.Errorf("write the message in HTML: %w", err)
	}
	return b.String(), nil
}
