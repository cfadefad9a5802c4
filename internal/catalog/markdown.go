package catalog

import (
	"bytes"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Markdown turns what people write into HTML that can do no harm. The zero Markdown is not ready; see
// [NewMarkdown]. It is safe for concurrent use.
type Markdown struct {
	converter goldmark.Markdown
	policy    *bluemonday.Policy
}

// firstHeading is the highest level of heading in a description: the page keeps the first two for itself.
const firstHeading = 3

// NewMarkdown returns a converter for CommonMark with tables, strike-through and bare links. HTML in the source is
// dropped, and so are images, which would tell a third party who reads.
func NewMarkdown() *Markdown {
	policy := bluemonday.NewPolicy()
	policy.AllowElements("p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li",
		"h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td")
	policy.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	policy.AllowAttrs("align").Matching(bluemonday.CellAlign).OnElements("th", "td")
	policy.AllowAttrs("href").OnElements("a")
	policy.AllowURLSchemes("http", "https", "mailto")
	policy.AllowRelativeURLs(true)
	policy.RequireParseableURLs(true)
	policy.RequireNoFollowOnLinks(true)
	return &Markdown{
		converter: goldmark.New(
			goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify),
			goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(lowerHeadings{}, 100))),
		),
		policy: policy,
	}
}

// HTML converts source. The result may be written into a page as it is.
func (m *Markdown) HTML(source string) (string, error) {
	var raw bytes.Buffer
	if err := m.converter.Convert([]byte(source), &raw); err != nil {
		return "", err
	}
	return m.policy.SanitizeReader(&raw).String(), nil
}

// Plain returns the words of source without their layout, on one line.
func (m *Markdown) Plain(source string) string {
	src := []byte(source)
	var b strings.Builder
	walk := func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if node.Type() == ast.TypeBlock {
				b.WriteByte(' ')
			}
			return ast.WalkContinue, nil
		}
		switch n := node.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(src))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(src))
		case *ast.RawHTML, *ast.HTMLBlock:
			return ast.WalkSkipChildren, nil
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for i := range node.Lines().Len() {
				line := node.Lines().At(i)
				b.Write(line.Value(src))
			}
		}
		return ast.WalkContinue, nil
	}
	root := m.converter.Parser().Parse(text.NewReader(src))
	if err := ast.Walk(root, walk); err != nil {
		return ""
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Lead returns the words of the first paragraph of source, all of its words when it has none.
func (m *Markdown) Lead(source string) string {
	src := []byte(source)
	for node := m.converter.Parser().Parse(text.NewReader(src)).FirstChild(); node != nil; node = node.NextSibling() {
		if node.Kind() == ast.KindParagraph {
			return m.Plain(string(node.Lines().Value(src)))
		}
	}
	return m.Plain(source)
}

// Excerpt returns the words of the first paragraph of source: at most max characters, cut between two words.
func (m *Markdown) Excerpt(source string, max int) string { return shorten(m.Lead(source), max) }

func shorten(s string, max int) string {
	if utf8.RuneCountInString(s) <= max {
		return s
	}
	cut := string([]rune(s)[:max-1])
	if space := strings.LastIndexFunc(cut, unicode.IsSpace); space > len(cut)/2 {
		cut = cut[:space]
	}
	return strings.TrimRightFunc(cut, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) }) + "…"
}

// lowerHeadings puts the headings of a description under those of the page, without skipping a level.
type lowerHeadings struct{}

// Transform implements [parser.ASTTransformer].
func (lowerHeadings) Transform(root *ast.Document, _ text.Reader, _ parser.Context) {
	previous := firstHeading - 1
	for node := root.FirstChild(); node != nil; node = node.NextSibling() {
		if heading, ok := node.(*ast.Heading); ok {
			heading.Level = min(max(heading.Level+firstHeading-1, firstHeading), previous+1, 6)
			previous = heading.Level
		}
	}
}

// safeLink returns address when it is an http(s) address, and "" otherwise: people write these fields freely.
func safeLink(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return ""
	}
	return u.String()
}
