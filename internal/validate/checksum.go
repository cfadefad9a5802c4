package validate

import (
	"math/big"
	"slices"
	"strings"

	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// sum is sum-columns: column is the sum of columns. A row where one is empty is left out.
func (k *checker) sum() {
	total, parts := k.column("column"), k.columns("columns", "othercolumns")
	if len(parts) == 0 {
		k.skip(i18n.T("le paramètre « columns » manque", "parameter “columns” is missing"))
	}
	if k.wrong {
		return
	}
	names := k.nameAll(append([]int{total}, parts...))
	k.sums(parts, func(w *worker) (*big.Rat, bool) { return w.rational(total) }, append([]int{total}, parts...),
		i18n.T("« %s » est la somme de %s", "“%s” is the sum of %s", names[0], orList(names[1:])))
}

// partsSum is parts-sum: columns add up to a total that the schema gives (100 for percentages), or that a column holds.
func (k *checker) partsSum() {
	parts := k.columns("columns")
	if k.check.Params.Text("column") != "" || k.wrong {
		k.sum()
		return
	}
	total, ok := new(big.Rat).SetString(string(textOf(k.check.Params.Get("total"))))
	if !ok || len(parts) == 0 {
		k.skip(i18n.T("le paramètre « total » est un nombre, et « columns » une liste", "parameter “total” is a number, and “columns” a list"))
		return
	}
	k.sums(parts, func(*worker) (*big.Rat, bool) { return total, true }, parts,
		i18n.T("%s font ensemble %s", "%s add up to %s", orList(k.nameAll(parts)), total.RatString()))
}

// sums adds a rule that parts add up to a total, within a tolerance.
func (k *checker) sums(parts []int, total func(*worker) (*big.Rat, bool), fields []int, title i18n.Text) {
	for _, f := range fields {
		if !isNumeric(k.program.schema.Fields[f].Type) {
			k.skip(i18n.T("« %s » n’est pas un nombre", "“%s” is not a number", k.program.schema.Fields[f].Name))
			return
		}
	}
	tolerance := new(big.Rat)
	if raw := k.check.Params.Get("tolerance"); raw != nil {
		if _, ok := tolerance.SetString(string(textOf(raw))); !ok || tolerance.Sign() < 0 {
			k.skip(i18n.T("le paramètre « tolerance » est un nombre positif", "parameter “tolerance” is a positive number"))
			return
		}
	}
	whole := tolerance.Sign() == 0 && !slices.ContainsFunc(fields, func(f int) bool { return k.program.schema.Fields[f].Type != frictionless.Integer }) && len(fields) > len(parts)
	k.row(rule{title: title, wrong: i18n.T("la somme n’est pas juste", "the sum is wrong"), expect: i18n.T("%s.", "%s.", title),
		noted: func(note string) i18n.Text {
			sum, said, _ := strings.Cut(note, "\n")
			return i18n.T("%s font %s, et non %s", "%s add up to %s, and not %s", andList(k.nameAll(parts)), sum, said)
		},
		fix: i18n.T("Refaites la somme : corrigez le total, ou la part qui est fausse.", "Do the sum again: correct the total, or the part that is wrong.")},
		-1, fields, func(w *worker) bool {
			for _, f := range fields {
				if w.values[f].state != good {
					return true
				}
			}
			if whole {
				if sum, expected, ok := w.wholeSum(parts, fields[0]); ok {
					return sum == expected
				}
			}
			sum := new(big.Rat)
			for _, f := range parts {
				x, ok := w.rational(f)
				if !ok {
					return false
				}
				sum.Add(sum, x)
			}
			expected, ok := total(w)
			if !ok {
				return false
			}
			sum.Sub(sum, expected)
			return sum.Abs(sum).Cmp(tolerance) <= 0
		})
	if k.wrong {
		return
	}
	k.program.rows[len(k.program.rows)-1].note = func(w *worker) string {
		sum := new(big.Rat)
		for _, f := range parts {
			x, ok := w.rational(f)
			if !ok {
				return ""
			}
			sum.Add(sum, x)
		}
		expected, ok := total(w)
		if !ok {
			return ""
		}
		return exactText(sum) + "\n" + exactText(expected)
	}
}

// exactText writes a decimal number without zeros that say nothing.
func exactText(x *big.Rat) string {
	if x.IsInt() {
		return x.Num().String()
	}
	return strings.TrimRight(x.FloatString(20), "0")
}

// wholeSum adds whole numbers; ok is false when they are too large to be added so.
func (w *worker) wholeSum(parts []int, total int) (sum, expected int64, ok bool) {
	const safe = 1 << 50
	for _, f := range parts {
		o := &w.values[f]
		if !o.exact || o.num > safe || o.num < -safe || sum > safe || sum < -safe {
			return 0, 0, false
		}
		sum += o.num
	}
	return sum, w.values[total].num, w.values[total].exact
}

// rational is a good number, exactly; ok is false for what is not finite, or has an exponent out of reason.
func (w *worker) rational(field int) (*big.Rat, bool) {
	o := &w.values[field]
	if o.exact {
		r := new(big.Rat).SetInt64(o.num)
		for range o.scale {
			r.Quo(r, ten)
		}
		return r, true
	}
	if o.num == notFinite {
		return nil, false
	}
	d := plainDecimal(w.run.program.fields[field].def, w.cell(field))
	if d.exp > 1000 || d.exp < -1000 || len(d.digits) > 1000 {
		return nil, false
	}
	return new(big.Rat).SetString(string(d.appendTo(nil)))
}

var ten = big.NewRat(10, 1)
