package query

import (
	"slices"
	"strings"
	"time"

	"socle/internal/i18n"
	"socle/internal/schema"
)

// binder gives the words of one clause their meaning on the fields of a version.
type binder struct {
	clause, text string
	fields       schema.Schema
	location     *time.Location
	now          time.Time
	lang         string
	aliases      map[string]Expr // the names of computed columns and groups, by lower case; only order_by and group_by see them
	groups       map[string]item // the group keys that have a name, by lower case; only select sees them
	groupBy      string          // the clause that groups come from
	lists        map[string]bool // the lists that rows are grouped by: outside where and aggregates, their name means one element
	deprecated   *[]Deprecation
	inAggregate  bool
	inGroup      bool
	inOrder      bool
}

// Bind checks a request against the fields of a version and returns its plan. Fields that the caller may not see
// must not be in the schema. Every error is a [*SyntaxError], or another fault of kind Invalid.
func Bind(from Source, fields schema.Schema, request Request, options Options) (*Plan, error) {
	base, err := newBinder(fields, request, options)
	if err != nil {
		return nil, err
	}
	plan := &Plan{From: from, Limit: request.Limit, Offset: request.Offset, Timezone: request.Timezone}
	base.deprecated = &plan.Deprecated
	for _, step := range []func(*binder, *Plan, Request) *SyntaxError{nameGroups, bindSelect, bindGroups, finishColumns, bindWhere, bindOrder} {
		if err := step(base, plan, request); err != nil {
			return nil, err
		}
	}
	for _, part := range []struct {
		clause  string
		texts   []string
		exclude bool
	}{{"refine", request.Refine, false}, {"exclude", request.Exclude, true}} {
		b := *base
		b.clause = part.clause
		if err := b.refinements(plan, part.texts, part.exclude, options); err != nil {
			return nil, err
		}
	}
	return plan, nil
}

func newBinder(fields schema.Schema, request Request, options Options) (*binder, error) {
	location, err := zone(request.Timezone)
	if err != nil {
		return nil, err
	}
	now := options.Now
	if now.IsZero() {
		now = time.Now()
	}
	return &binder{fields: fields, location: location, now: now.In(location), lang: language(request.Lang), aliases: map[string]Expr{}}, nil
}

// deprecate notes that the request uses something old, once.
func (b *binder) deprecate(d Deprecation) {
	if b.deprecated != nil && !slices.Contains(*b.deprecated, d) {
		*b.deprecated = append(*b.deprecated, d)
	}
}

// in is the binder for another clause.
func (b *binder) in(clause, text string) *binder {
	c := *b
	c.clause, c.text = clause, text
	return &c
}

// Condition reads one where text against the fields of a version: for the row filter of a grant. It is nil when the
// text is empty.
func Condition(fields schema.Schema, where string) (Expr, error) {
	base, err := newBinder(fields, Request{}, Options{})
	if err != nil {
		return nil, err
	}
	plan := &Plan{}
	if err := bindWhere(base, plan, Request{Where: []string{where}}); err != nil {
		return nil, err
	}
	return plan.Where, nil
}

// All is the plan of every row and every field of a version, in its order.
func All(from Source, fields schema.Schema) *Plan {
	plan := &Plan{From: from, Limit: -1}
	for _, f := range fields.Fields {
		plan.Columns = append(plan.Columns, starColumn(f))
	}
	return plan
}

func starColumn(f schema.Field) Column {
	return Column{Name: f.Name, Label: label(f), Expr: Field{f}, Field: f, Star: true}
}

func label(f schema.Field) string {
	if f.Label != "" {
		return f.Label
	}
	return f.Name
}

// nameGroups learns what select may say of the groups before they are bound: their names, and which of them are lists.
func nameGroups(base *binder, _ *Plan, request Request) *SyntaxError {
	items, err := parseItems("group_by", request.GroupBy)
	if err != nil {
		return err
	}
	base.groups, base.lists = map[string]item{}, map[string]bool{}
	for _, it := range items {
		if it.alias != "" {
			base.groups[strings.ToLower(it.alias)] = it
		}
		if n, ok := it.expr.(name); ok {
			if f, found := base.field(n.text); found && f.Type == schema.JSON {
				base.lists[f.Name] = true
			}
		}
	}
	return nil
}

// bindSelect fills the columns that select names; group keys come in finishColumns.
func bindSelect(base *binder, plan *Plan, request Request) *SyntaxError {
	items, err := parseItems("select", request.Select)
	if err != nil {
		return err
	}
	b := base.in("select", request.Select)
	b.groupBy = request.GroupBy
	if len(items) == 0 && strings.TrimSpace(request.GroupBy) == "" {
		items = []item{{expr: starNode{}}}
	}
	for _, it := range items {
		if err := b.item(plan, it); err != nil {
			return err
		}
	}
	return nil
}

func (b *binder) item(plan *Plan, it item) *SyntaxError {
	switch {
	case it.patterns != nil:
		return b.pattern(plan, it)
	case it.expr == nil:
		return nil
	}
	if _, star := it.expr.(starNode); star {
		for _, f := range b.fields.Fields {
			plan.addStar(starColumn(f))
		}
		return nil
	}
	expr, err := b.value(it.expr)
	if err != nil {
		return err
	}
	if len(plan.Columns) >= maxTerms {
		return b.fail(it.expr, "", i18n.T("il y a trop de colonnes", "there are too many columns"))
	}
	column := Column{Name: strings.TrimSpace(b.text[it.start:it.end]), Expr: expr}
	if f, ok := expr.(Field); ok {
		column.Name, column.Label, column.Field = f.Name, label(f.Field), f.Field
	}
	if n, ok := it.expr.(name); ok {
		if _, group := b.groups[strings.ToLower(n.text)]; group {
			if _, field := b.field(n.text); !field {
				column.Name, column.Label = n.text, n.text
			}
		}
	}
	if it.alias != "" {
		column.Name, column.Label = it.alias, it.alias
		b.aliases[strings.ToLower(it.alias)] = expr
	}
	if column.Label == "" {
		column.Label = column.Name
	}
	if !plan.addColumn(column) {
		return b.failAt(max(it.aliasAt, it.start), column.Name, i18n.T("deux colonnes s’appellent «\u00a0%s\u00a0»\u00a0: donnez un autre nom avec « as »",
			"two columns are called “%s”: give another name with “as”", quote(column.Name)))
	}
	return nil
}

// addStar adds a column that came from * unless it is there.
func (p *Plan) addStar(column Column) {
	for _, c := range p.Columns {
		if c.Name == column.Name {
			return
		}
	}
	p.Columns = append(p.Columns, column)
}

// addColumn adds a named column, in the place of one of the same name that came from *. It reports whether the
// name was free or the column the same.
func (p *Plan) addColumn(column Column) bool {
	for i, c := range p.Columns {
		if c.Name != column.Name {
			continue
		}
		if c.Star {
			p.Columns[i] = column
			return true
		}
		return same(c.Expr, column.Expr)
	}
	p.Columns = append(p.Columns, column)
	return true
}

func (b *binder) pattern(plan *Plan, it item) *SyntaxError {
	fits := func(name string) bool {
		for _, p := range it.patterns {
			if wildcard(p, name) {
				return true
			}
		}
		return false
	}
	if !it.exclude {
		found := false
		for _, f := range b.fields.Fields {
			if fits(f.Name) {
				found = true
				plan.addStar(starColumn(f))
			}
		}
		if !found {
			return b.failAt(it.start, it.patterns[0], i18n.T("aucun champ ne correspond à «\u00a0%s\u00a0»", "no field fits “%s”", quote(strings.Join(it.patterns, ", ")))).
				suggesting(nearest(it.patterns[0], b.fields.Names()))
		}
		return nil
	}
	if len(plan.Columns) == 0 {
		for _, f := range b.fields.Fields {
			plan.addStar(starColumn(f))
		}
	}
	var kept []Column
	for _, c := range plan.Columns {
		if !c.Star || !fits(c.Name) {
			kept = append(kept, c)
		}
	}
	plan.Columns = kept
	return nil
}

// bindGroups fills the group keys.
func bindGroups(base *binder, plan *Plan, request Request) *SyntaxError {
	items, err := parseItems("group_by", request.GroupBy)
	if err != nil {
		return err
	}
	b := base.in("group_by", request.GroupBy)
	b.inGroup = true
	if len(items) > maxKeys {
		return b.failAt(items[maxKeys].start, "", i18n.T("la limite est de %d clés de groupe", "the limit is %d group keys", maxKeys))
	}
	for _, it := range items {
		expr, err := b.value(it.expr)
		if err != nil {
			return err
		}
		if _, cluster := expr.(GeoCluster); !cluster && (expr.Type().Spatial() || expr.Type() == "") {
			return b.fail(it.expr, "", i18n.T("on ne peut pas grouper par une position ni par une constante vide", "rows cannot be grouped by a position or by an empty constant"))
		}
		if hasAggregate(expr) {
			return b.fail(it.expr, "", i18n.T("une agrégation ne peut pas servir à grouper", "an aggregation cannot be a group key"))
		}
		group := Group{Name: strings.TrimSpace(b.text[it.start:it.end]), Expr: expr}
		switch f := expr.(type) {
		case Field:
			group.Name = f.Name
		case Element:
			group.Name = f.Name
		}
		if n, ok := it.expr.(name); ok { // group_by=y where select has … as y
			if _, aliased := b.aliases[strings.ToLower(n.text)]; aliased {
				group.Name = n.text
			}
		}
		if it.alias != "" {
			group.Name = it.alias
			base.aliases[strings.ToLower(it.alias)] = expr
		}
		plan.Groups = append(plan.Groups, group)
	}
	plan.Grouped = len(plan.Groups) > 0
	for _, c := range plan.Columns {
		plan.Grouped = plan.Grouped || hasAggregate(c.Expr)
	}
	return nil
}

// finishColumns puts the group keys among the columns and checks that what is selected exists once a group.
func finishColumns(base *binder, plan *Plan, request Request) *SyntaxError {
	b := base.in("select", request.Select)
	if !plan.Grouped {
		if len(plan.Columns) == 0 {
			return b.failAt(0, "", i18n.T("aucune colonne n’est choisie", "no column is selected"))
		}
		return nil
	}
	var columns []Column
	keys := plan.groupKeys()
	selected := map[string]bool{}
	for _, c := range plan.Columns {
		selected[canonicalExpr(c.Expr)] = !c.Star || selected[canonicalExpr(c.Expr)]
	}
	for i, g := range plan.Groups {
		if !selected[keys[i]] {
			column := Column{Name: g.Name, Label: g.Name, Expr: g.Expr}
			if f, ok := g.Expr.(Field); ok && g.Name == f.Name {
				column.Label, column.Field = label(f.Field), f.Field
			}
			columns = append(columns, column)
		}
	}
	for _, c := range plan.Columns {
		if c.Star {
			continue // with groups, * is the keys
		}
		if loose := looseField(c.Expr, keys); loose != "" {
			return b.failAt(b.locate(loose), loose, i18n.T("le champ «\u00a0%s\u00a0» doit être dans group_by ou dans une agrégation comme avg(%s)",
				"the field “%s” must be in group_by or in an aggregation such as avg(%s)", loose, loose))
		}
		columns = append(columns, c)
	}
	plan.Columns = nil
	for _, c := range columns {
		if !plan.addColumn(c) {
			return b.failAt(0, c.Name, i18n.T("deux colonnes s’appellent «\u00a0%s\u00a0»", "two columns are called “%s”", quote(c.Name)))
		}
	}
	if len(plan.Columns) == 0 {
		return b.failAt(0, "", i18n.T("aucune colonne n’est choisie", "no column is selected"))
	}
	return nil
}

// locate finds where a field is named in the clause, for messages.
func (b *binder) locate(field string) int {
	return max(strings.Index(strings.ToLower(b.text), strings.ToLower(field)), 0)
}

func bindWhere(base *binder, plan *Plan, request Request) *SyntaxError {
	for _, clause := range request.Where {
		n, err := parseCondition("where", clause)
		if err != nil {
			return err
		}
		if n == nil {
			continue
		}
		b := base.in("where", clause)
		b.aliases, b.lists = nil, nil
		condition, err := b.condition(n)
		if err != nil {
			return err
		}
		if hasAggregate(condition) {
			return b.fail(n, "", i18n.T("une agrégation ne peut pas servir dans where", "an aggregation cannot be used in where"))
		}
		plan.Restrict(condition)
	}
	return nil
}

func bindOrder(base *binder, plan *Plan, request Request) *SyntaxError {
	keys, err := parseKeys(request.OrderBy)
	if err != nil {
		return err
	}
	b := base.in("order_by", request.OrderBy)
	b.inOrder = true
	if len(keys) > maxKeys {
		return b.fail(keys[maxKeys].expr, "", i18n.T("la limite est de %d clés de tri", "the limit is %d sort keys", maxKeys))
	}
	for _, c := range plan.Columns { // group_by=year(d) & order_by=year(d) need no alias; names of columns do
		if _, taken := b.aliases[strings.ToLower(c.Name)]; !taken && !c.Star {
			b.aliases[strings.ToLower(c.Name)] = c.Expr
		}
	}
	plain, groups := false, plan.groupKeys()
	for _, k := range keys {
		expr, err := b.value(k.expr)
		if err != nil {
			return err
		}
		aggregate := hasAggregate(expr)
		_, alias := k.expr.(name)
		switch {
		case aggregate && !plan.Grouped:
			return b.fail(k.expr, "", i18n.T("trier par une agrégation demande un group_by", "sorting by an aggregation needs a group_by"))
		case aggregate && plain && !alias:
			return b.fail(k.expr, "", i18n.T("les agrégations doivent précéder les champs", "aggregations must come before fields"))
		case plan.Grouped && looseField(expr, groups) != "":
			loose := looseField(expr, groups)
			return b.fail(k.expr, loose, i18n.T("le champ «\u00a0%s\u00a0» doit être dans group_by pour servir au tri", "the field “%s” must be in group_by to sort by it", loose))
		case expr.Type().Spatial() || expr.Type() == schema.JSON:
			return b.fail(k.expr, "", i18n.T("on ne peut pas trier par une position ni par une liste", "rows cannot be sorted by a position or by a list"))
		}
		plain = plain || !aggregate
		plan.Order = append(plan.Order, Order{Expr: expr, Desc: k.desc})
	}
	return nil
}

// fail is an error at a node.
func (b *binder) fail(n node, found string, what i18n.Text) *SyntaxError {
	return b.failAt(n.pos(), found, what)
}

func (b *binder) failAt(at int, found string, what i18n.Text) *SyntaxError {
	return problem(CodeMeaning, b.clause, b.text, at, found, what)
}
