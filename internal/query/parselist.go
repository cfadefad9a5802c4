package query

import (
	"strings"

	"socle/internal/i18n"
)

// parseItems reads select or group_by: expressions with their aliases, and in select * and patterns.
func parseItems(clause, text string) ([]item, *SyntaxError) {
	p, err := newParser(clause, text)
	if err != nil || p.peek().kind == tokEnd {
		return nil, err
	}
	var items []item
	for {
		it, err := p.item()
		if err != nil {
			return nil, err
		}
		if items = append(items, it); len(items) > maxTerms {
			return nil, p.tooMany(it.start, maxTerms)
		}
		if !p.symbol(",") {
			return items, p.end()
		}
	}
}

func (p *parser) item() (item, *SyntaxError) {
	it := item{start: p.peek().start}
	if p.clause == "select" {
		if t := p.peek(); p.symbol("*") {
			it.expr, it.end = starNode{t.start}, t.end
			return it, nil
		}
		if found, err := p.patterns(&it); found || err != nil {
			return it, err
		}
	}
	var err *SyntaxError
	if it.expr, err = p.expression(); err != nil {
		return it, err
	}
	it.end = p.last.end
	if !p.keyword("as") {
		return it, nil
	}
	t := p.peek()
	if (t.kind != tokWord && t.kind != tokQuoted) || t.text == "" || isOperator(t) {
		return it, p.unexpected(aName)
	}
	p.take()
	it.alias, it.aliasAt = t.text, t.start
	return it, nil
}

// patterns reads include(…) or exclude(…); found is false when neither is there.
func (p *parser) patterns(it *item) (found bool, err *SyntaxError) {
	t, next := p.peek(), p.after()
	include, exclude := t.keyword("include"), t.keyword("exclude")
	if !include && !exclude || next.kind != tokSymbol || next.text != "(" {
		return false, nil
	}
	p.take()
	p.take()
	it.exclude = exclude
	for {
		first := p.peek()
		for k := p.peek(); k.kind == tokWord || k.kind == tokQuoted || k.kind == tokNumber || k.kind == tokQuantity ||
			k.kind == tokString || k.kind == tokSymbol && k.text == "*"; k = p.peek() {
			p.take()
		}
		last := p.last
		if last.end <= first.start {
			return true, p.unexpected(i18n.T("un motif de noms, comme pop*", "a pattern of names, such as pop*"))
		}
		it.patterns = append(it.patterns, strings.Trim(p.text[first.start:last.end], "\"'`"))
		if p.symbol(")") {
			it.end = p.last.end
			return true, nil
		}
		if !p.symbol(",") {
			return true, p.unexpected(i18n.T("«\u00a0,\u00a0» ou «\u00a0)\u00a0»", "“,” or “)”"))
		}
	}
}

// parseKeys reads order_by.
func parseKeys(text string) ([]key, *SyntaxError) {
	p, err := newParser("order_by", text)
	if err != nil || p.peek().kind == tokEnd {
		return nil, err
	}
	var keys []key
	for {
		expr, err := p.expression()
		if err != nil {
			return nil, err
		}
		k := key{expr: expr, desc: p.keyword("desc")}
		if !k.desc {
			p.keyword("asc")
		}
		if keys = append(keys, k); len(keys) > maxTerms {
			return nil, p.tooMany(expr.pos(), maxTerms)
		}
		if !p.symbol(",") {
			return keys, p.end()
		}
	}
}
