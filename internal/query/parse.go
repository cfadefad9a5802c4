package query

import (
	"slices"
	"strings"

	"socle/internal/i18n"
)

// parser reads one clause by recursive descent, operators by binding power.
type parser struct {
	clause, text string
	lexer        lexer
	ahead        [2]token // the token to read, and the one after it
	last         token    // the token read last
	depth        int
}

func newParser(clause, text string) (*parser, *SyntaxError) {
	l, err := newLexer(clause, text)
	if err != nil {
		return nil, err
	}
	p := &parser{clause: clause, text: text, lexer: l}
	p.ahead = [2]token{p.lexer.token(), p.lexer.token()}
	return p, nil
}

func (p *parser) peek() token { return p.ahead[0] }

func (p *parser) after() token { return p.ahead[1] }

func (p *parser) take() token {
	t := p.ahead[0]
	if t.kind != tokEnd && t.kind != tokBad {
		p.last, p.ahead[0], p.ahead[1] = t, p.ahead[1], p.lexer.token()
	}
	return t
}

func (p *parser) symbol(s string) bool {
	if t := p.peek(); t.kind == tokSymbol && t.text == s {
		p.take()
		return true
	}
	return false
}

func (t token) keyword(word string) bool { return t.kind == tokWord && strings.EqualFold(t.text, word) }

func (p *parser) keyword(word string) bool {
	if p.peek().keyword(word) {
		p.take()
		return true
	}
	return false
}

// unexpected is the error of a word that cannot be there.
func (p *parser) unexpected(expected i18n.Text) *SyntaxError {
	t := p.peek()
	if t.kind == tokBad {
		return p.lexer.err
	}
	found := p.text[t.start:t.end]
	what := i18n.T("«\u00a0%s\u00a0» est inattendu", "“%s” is unexpected", quote(found))
	if t.kind == tokEnd {
		what = i18n.T("le texte s’arrête trop tôt", "the text ends too soon")
	}
	if !expected.IsZero() {
		what = i18n.T("%s, on attendait %s", "%s, expected %s", what, expected)
	}
	e := problem(CodeSyntax, p.clause, p.text, t.start, found, what)
	e.Expected = expected
	return e
}

func (p *parser) expect(symbol string) *SyntaxError {
	if p.symbol(symbol) {
		return nil
	}
	return p.unexpected(i18n.T("«\u00a0%s\u00a0»", "“%s”", symbol))
}

func (p *parser) end() *SyntaxError {
	if p.peek().kind == tokEnd {
		return nil
	}
	return p.unexpected(i18n.T("la fin ou un opérateur", "the end or an operator"))
}

func (p *parser) enter() *SyntaxError {
	if p.depth++; p.depth > maxDepth {
		return problem(CodeSyntax, p.clause, p.text, p.peek().start, "",
			i18n.T("les parenthèses sont imbriquées sur plus de %d niveaux", "brackets are nested more than %d deep", maxDepth))
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) tooMany(at, limit int) *SyntaxError {
	return problem(CodeSyntax, p.clause, p.text, at, "", i18n.T("il y a plus de %d éléments à la suite", "there are more than %d elements in a row", limit))
}

var (
	aValue    = i18n.T("un champ, une valeur ou une fonction", "a field, a value or a function")
	aName     = i18n.T("un nom", "a name")
	operators = []string{"and", "or", "not", "in", "is", "like", "as", "asc", "desc", "to"}
)

func isOperator(t token) bool {
	return t.kind == tokWord && slices.Contains(operators, strings.ToLower(t.text))
}

// parseCondition reads a whole where clause; nil for an empty one.
func parseCondition(clause, text string) (node, *SyntaxError) {
	p, err := newParser(clause, text)
	if err != nil || p.peek().kind == tokEnd {
		return nil, err
	}
	n, err := p.expression()
	if err != nil {
		return nil, err
	}
	return n, p.end()
}

// expression reads anything, or being the loosest operator.
func (p *parser) expression() (node, *SyntaxError) {
	return p.joined("or", func() (node, *SyntaxError) { return p.joined("and", p.not) })
}

// joined reads parts joined by one logical operator, as one flat node.
func (p *parser) joined(op string, part func() (node, *SyntaxError)) (node, *SyntaxError) {
	first, err := part()
	if err != nil {
		return nil, err
	}
	parts := []node{first}
	for p.keyword(op) {
		next, err := part()
		if err != nil {
			return nil, err
		}
		if parts = append(parts, next); len(parts) > maxTerms {
			return nil, p.tooMany(next.pos(), maxTerms)
		}
	}
	if len(parts) == 1 {
		return first, nil
	}
	return logic{at: first.pos(), op: op, of: parts}, nil
}

func (p *parser) not() (node, *SyntaxError) {
	if t := p.peek(); t.keyword("not") {
		p.take()
		if err := p.enter(); err != nil {
			return nil, err
		}
		defer p.leave()
		of, err := p.not()
		if err != nil {
			return nil, err
		}
		return inversion{at: t.start, of: of}, nil
	}
	return p.comparison()
}

// comparison reads a value and maybe one comparison after it; comparisons do not chain.
func (p *parser) comparison() (node, *SyntaxError) {
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	if t.kind == tokSymbol && slices.Contains([]string{"=", "!=", "<>", "<", "<=", ">", ">=", ":"}, t.text) {
		p.take()
		right, err := p.sum()
		if err != nil {
			return nil, err
		}
		op := t.text
		if op == "<>" {
			op = "!="
		}
		return operation{at: t.start, op: op, left: left, right: right}, nil
	}
	negated := t.keyword("not") && (p.after().keyword("in") || p.after().keyword("like"))
	if negated {
		p.take()
	}
	var n node
	switch {
	case p.keyword("is"):
		return p.is(left)
	case p.keyword("like"):
		var right node
		if right, err = p.sum(); err == nil {
			n = operation{at: t.start, op: "like", left: left, right: right}
		}
	case p.keyword("in"):
		n, err = p.in(left)
	default:
		return left, nil
	}
	if err != nil {
		return nil, err
	}
	if negated {
		n = inversion{at: t.start, of: n}
	}
	return n, nil
}

func (p *parser) is(of node) (node, *SyntaxError) {
	n := is{at: of.pos(), of: of, not: p.keyword("not")}
	for _, what := range []string{"null", "true", "false"} {
		if p.keyword(what) {
			n.what = what
			return n, nil
		}
	}
	return nil, p.unexpected(i18n.T("null, true ou false", "null, true or false"))
}

// in reads what follows "in": a list, a range, or the name of a field that holds a list.
func (p *parser) in(of node) (node, *SyntaxError) {
	t := p.peek()
	switch {
	case p.symbol("("):
		list := inList{at: of.pos(), of: of}
		for {
			value, err := p.sum()
			if err != nil {
				return nil, err
			}
			if list.values = append(list.values, value); len(list.values) > maxList {
				return nil, p.tooMany(value.pos(), maxList)
			}
			if p.symbol(")") {
				return list, nil
			}
			if !p.symbol(",") {
				return nil, p.unexpected(i18n.T("«\u00a0,\u00a0» ou «\u00a0)\u00a0»", "“,” or “)”"))
			}
		}
	case p.symbol("["), p.symbol("]"):
		return p.inRange(of, t.text == "]")
	case t.kind == tokWord && !isOperator(t), t.kind == tokQuoted:
		field, err := p.primary()
		if err != nil {
			return nil, err
		}
		return inField{at: of.pos(), value: of, field: field}, nil
	}
	return nil, p.unexpected(i18n.T("une liste (…), un intervalle [… .. …] ou un champ", "a list (…), a range [… .. …] or a field"))
}

func (p *parser) inRange(of node, lowOpen bool) (node, *SyntaxError) {
	n := inRange{at: of.pos(), of: of, lowOpen: lowOpen}
	var err *SyntaxError
	if n.low, err = p.limit(); err != nil {
		return nil, err
	}
	if !p.symbol("..") && !p.keyword("to") {
		return nil, p.unexpected(i18n.T("«\u00a0..\u00a0» ou «\u00a0to\u00a0»", "“..” or “to”"))
	}
	if n.high, err = p.limit(); err != nil {
		return nil, err
	}
	switch {
	case p.symbol("["):
		n.highOpen = true
	case !p.symbol("]"):
		return nil, p.unexpected(i18n.T("«\u00a0]\u00a0» ou «\u00a0[\u00a0»", "“]” or “[”"))
	}
	return n, nil
}

// limit is one end of a range; * is no limit.
func (p *parser) limit() (node, *SyntaxError) {
	if t := p.peek(); p.symbol("*") {
		return starNode{t.start}, nil
	}
	return p.sum()
}

func (p *parser) sum() (node, *SyntaxError) { return p.chain([]string{"+", "-"}, p.product) }

func (p *parser) product() (node, *SyntaxError) { return p.chain([]string{"*", "/"}, p.sign) }

// chain reads operands joined by operators of the same strength, from the left.
func (p *parser) chain(ops []string, operand func() (node, *SyntaxError)) (node, *SyntaxError) {
	left, err := operand()
	if err != nil {
		return nil, err
	}
	for count := 0; ; count++ {
		t := p.peek()
		if t.kind != tokSymbol || !slices.Contains(ops, t.text) {
			return left, nil
		}
		if count == maxChain {
			return nil, p.tooMany(t.start, maxChain)
		}
		p.take()
		right, err := operand()
		if err != nil {
			return nil, err
		}
		left = operation{at: t.start, op: t.text, left: left, right: right}
	}
}

func (p *parser) sign() (node, *SyntaxError) {
	t := p.peek()
	if p.symbol("+") {
		return p.sign2()
	}
	if !p.symbol("-") {
		return p.primary()
	}
	of, err := p.sign2()
	if err != nil {
		return nil, err
	}
	if n, ok := of.(number); ok && !strings.HasPrefix(n.digits, "-") {
		return number{at: t.start, digits: "-" + n.digits}, nil
	}
	return negation{at: t.start, of: of}, nil
}

func (p *parser) sign2() (node, *SyntaxError) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.sign()
}

func (p *parser) primary() (node, *SyntaxError) {
	t := p.peek()
	switch t.kind {
	case tokString:
		p.take()
		return text{t.start, t.text}, nil
	case tokNumber:
		p.take()
		return number{t.start, t.text}, nil
	case tokQuantity:
		p.take()
		return quantity{t.start, t.text, t.unit}, nil
	case tokDate:
		p.take()
		return moment{t.start, t.text}, nil
	case tokGeometry:
		p.take()
		return geometry{t.start, t.text}, nil
	case tokQuoted:
		if t.text == "" {
			return nil, p.unexpected(aName)
		}
		p.take()
		return name{t.start, t.text, true}, nil
	case tokWord:
		return p.word()
	}
	if p.symbol("(") {
		if err := p.enter(); err != nil {
			return nil, err
		}
		defer p.leave()
		n, err := p.expression()
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	}
	return nil, p.unexpected(aValue)
}

func (p *parser) word() (node, *SyntaxError) {
	t := p.peek()
	if isOperator(t) {
		return nil, p.unexpected(aValue)
	}
	p.take()
	if p.symbol("(") {
		return p.call(t)
	}
	switch strings.ToLower(t.text) {
	case "true", "false":
		return boolean{t.start, strings.EqualFold(t.text, "true")}, nil
	case "null":
		return null{t.start}, nil
	}
	return name{t.start, t.text, false}, nil
}

// call reads the arguments of a function whose name and bracket are read.
func (p *parser) call(function token) (node, *SyntaxError) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	c := call{at: function.start, function: strings.ToLower(function.text)}
	if p.symbol(")") {
		return c, nil
	}
	c.distinct = p.keyword("distinct")
	for {
		arg, err := p.argument(c.function)
		if err != nil {
			return nil, err
		}
		if c.args = append(c.args, arg); len(c.args) > maxTerms {
			return nil, p.tooMany(arg.at, maxTerms)
		}
		if p.symbol(")") {
			return c, nil
		}
		if !p.symbol(",") {
			return nil, p.unexpected(i18n.T("«\u00a0,\u00a0» ou «\u00a0)\u00a0»", "“,” or “)”"))
		}
	}
}

// takesNames reports whether the arguments of a function may have names.
func takesNames(function string) bool { return function == "now" || function == "facet" }

// argument reads one argument: *, a duration (1 day), name=value where the function takes names, or a value.
func (p *parser) argument(function string) (argument, *SyntaxError) {
	t, next := p.peek(), p.after()
	if t.kind == tokSymbol && t.text == "*" && next.kind == tokSymbol && (next.text == "," || next.text == ")") {
		p.take()
		return argument{at: t.start, value: starNode{t.start}}, nil
	}
	if t.kind == tokNumber && next.kind == tokWord && !isOperator(next) {
		p.take()
		p.take()
		return argument{at: t.start, value: quantity{t.start, t.text, next.text}}, nil
	}
	if takesNames(function) && t.kind == tokWord && next.kind == tokSymbol && next.text == "=" {
		p.take()
		p.take()
		value, err := p.sum()
		return argument{at: t.start, name: strings.ToLower(t.text), value: value}, err
	}
	value, err := p.expression()
	return argument{at: t.start, value: value}, err
}
