package validate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// lists are reference lists for tests: a commune that went in 2019.
type lists struct{}

func (lists) List(_ context.Context, name string) (List, error) {
	if name == "panne" {
		return nil, fault.New(fault.Unavailable, "away", i18n.T("absente", "away"))
	}
	if name != "communes" {
		return nil, fault.New(fault.NotFound, "no_list", i18n.T("absente", "absent"))
	}
	return list{}, nil
}

type list struct{}

func (list) Has(value string, at time.Time) bool {
	return value == "35238" || value == "49001" && (at.IsZero() || at.Year() < 2019)
}

func TestRulesOverSeveralColumns(t *testing.T) {
	for _, c := range []struct {
		check, fields, data string
		want                []int64 // faulty rows
	}{
		{`"compare-columns-value","params":{"column":"a","op":"<=","column2":"b"}`, `date`, "2020-01-01,2020-01-02\n2020-01-02,2020-01-01\n2020-01-02,\nx,2020-01-01\n", []int64{2}},
		{`"date-order","params":{"start":"a","end":"b"}`, `date`, "2020-01-01,2020-01-01\n2020-01-02,2020-01-01\n", []int64{2}},
		{`"compare-columns","params":{"column":"a","op":">","column2":"b"}`, `number`, "10,9.5\n9,10\n1.0,1\n", []int64{2, 3}},
		{`"cohesive-columns-value","params":{"column":"a","othercolumns":["b"]}`, `string`, "x,y\n,y\nx,\n", []int64{2, 3}},
		{`"one-of-required","params":{"column1":"a","column2":"b"}`, `string`, "x,,k\n,,k\n,y,k\n", []int64{2}},
		{`"mutually-exclusive","params":{"columns":["a","b"]}`, `string`, "x,,k\nx,y,k\n,,k\n", []int64{2}},
		{`"sum-columns-value","params":{"column":"a","columns":["b","c"]}`, `number`, "0.3,0.1,0.2\n0.31,0.1,0.2\n1,,1\n", []int64{2}},
		{`"sum-columns","params":{"column":"a","columns":["b","c"],"tolerance":0.02}`, `number`, "0.31,0.1,0.2\n0.33,0.1,0.2\n", []int64{2}},
		{`"sum-columns","params":{"column":"a","columns":["b","c"]}`, `integer`, "3,1,2\n4,1,2\n", []int64{2}},
		{`"parts-sum","params":{"columns":["a","b","c"],"total":100}`, `number`, "33.3,33.3,33.4\n33.3,33.3,33.3\n", []int64{2}},
		{`"monotonic","params":{"column":"a"}`, `integer`, "1,x\n1,x\n3,x\n2,x\n,x\n5,x\n", []int64{4}},
		{`"monotonic","params":{"column":"a","order":"descending","strict":true}`, `integer`, "3,x\n3,x\n1,x\n2,x\n", []int64{2, 4}},
		{`"conditional-required","params":{"column":"a","when":"b","values":["oui"]}`, `string`, ",oui\n,non\nx,oui\n", []int64{1}},
		{`"conditional-required","params":{"column":"a","when":"b"}`, `string`, ",oui\n,,k\n", []int64{1}},
		{`"french-siret-value","params":{"column":"a"}`, `string`, "73282932000074,x\n73282932000079,x\n,x\n", []int64{2}},
		{`"phone-number-value","params":{"column":"a"}`, `string`, "02 99 00 00 00,x\n12,x\n", []int64{2}},
		{`"year-interval-value","params":{"column":"a"}`, `string`, "2020/2024,x\n2024/2020,x\n2020,x\n", []int64{2, 3}},
		{`"year-interval-value","params":{"column":"a","allow-year-only":true}`, `string`, "2020,x\n20,x\n", []int64{2}},
		{`"opening-hours-value","params":{"column":"a"}`, `string`, "Mo-Fr 09:00-12:30; Sa off,x\n9h-12h,x\n24/7,x\n", []int64{2}},
		{`"nomenclature-actes-value","params":{"column":"a"}`, `string`, "Finances locales/subventions,x\nLoisirs/jeux,x\nFinances locales,x\n", []int64{2, 3}},
		{`"french-gps-coordinates","params":{"column":"a"}`, `string`, "\"[-1.68,48.11]\",x\n\"[48.11,-1.68]\",x\n\"[55.5,-21.1]\",x\n", []int64{2}},
		{`"in-list","params":{"column":"a","list":"communes"}`, `string`, "35238,x\n49001,x\n99999,x\n", []int64{3}},
		{`"commune-at-date","params":{"column":"a","at":"2020-01-01"}`, `string`, "35238,x\n49001,x\n", []int64{2}},
		{`"point-in-territory","params":{"lon":"a","lat":"b","territory":"c"}`, `number`, "-1.68,48.11,35238\n48.11,-1.68,35238\n55.45,-20.9,97411\n2.35,48.85,35\n2.35,48.85,zz\n-2.049,48.455,35\n-2.049,48.455,022\n4.995,46.336,01144\n5.228,46.205,01144\n", []int64{2, 4, 6, 9}},
	} {
		t.Run(c.check, func(t *testing.T) {
			third := c.fields
			if strings.HasPrefix(c.check, `"point`) {
				third = "string"
			}
			schema := `{"fields":[{"name":"a","type":"` + c.fields + `"},{"name":"b","type":"` + c.fields + `"},{"name":"c","type":"` + third + `"}],"custom_checks":[{"name":` + c.check + `}]}`
			var rows strings.Builder
			rows.WriteString("a,b,c\n")
			for line := range strings.Lines(c.data) {
				rows.WriteString(strings.TrimSuffix(line, "\n") + strings.Repeat(",", 2-min(2, strings.Count(unquoted(line), ","))) + "\n")
			}
			r := validated(t, schema, rows.String(), Options{Lists: lists{}})
			name, _, _ := strings.Cut(c.check[1:], `"`)
			var got []int64
			for _, g := range r.Errors {
				for _, e := range g.Examples {
					if g.Rule == name {
						got = append(got, e.Row)
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("rows %v, want %v; warnings %v, faults %v", got, c.want, r.Warnings, found(r))
			}
		})
	}
}

// unquoted leaves out what stands between quotes.
func unquoted(line string) string {
	parts := strings.Split(line, `"`)
	for i := 1; i < len(parts); i += 2 {
		parts[i] = ""
	}
	return strings.Join(parts, "")
}

func TestACommuneIsOneOnTheDayOfItsRow(t *testing.T) {
	r := validated(t, `{"fields":[{"name":"commune"},{"name":"jour","type":"date"}],"custom_checks":[{"name":"commune-at-date","params":{"column":"commune","date":"jour"}}]}`,
		"commune,jour\n49001,2018-12-31\n49001,2019-01-01\n35238,2019-01-01\n", Options{Lists: lists{}})
	if got := found(r); fmt.Sprint(got) != "[2 commune commune-at-date]" {
		t.Errorf("%q", got)
	}
}

func TestACheckThatCannotBeDoneIsAWarningAndTheOthersRun(t *testing.T) {
	r := validated(t, `{"fields":[{"name":"a","type":"integer"},{"name":"b"}],"custom_checks":[{"name":"inconnu"},{"name":"siret","params":{"column":"z"}},{"name":"siret"},
		{"name":"compare-columns","params":{"column":"a","op":"~","column2":"b"}},{"name":"in-list","params":{"column":"a","list":"absente"}},{"name":"sum-columns","params":{"column":"a","columns":["b"]}},
		{"name":"at-least-one","params":{"columns":["a","b"]}}]}`, "a,b\nx,1\n", Options{Lists: lists{}})
	if len(r.Warnings) != 6 || len(r.Errors) != 1 {
		t.Errorf("%v %v", r.Warnings, found(r))
	}
}

func TestARowWithAStrayDelimiterIsSaidToBeShifted(t *testing.T) {
	schema := `{"fields":[{"name":"id","type":"integer"},{"name":"nom"},{"name":"ville"},{"name":"jour","type":"date"},{"name":"n","type":"integer"},{"name":"ok","type":"boolean"}]}`
	r := validated(t, schema, "id,nom,ville,jour,n,ok\n1,A,Rennes,2020-01-01,5,true\n2,B, annexe,Rennes,2020-01-01,5,true\n3,C,2020-01-01,5,true\n4,D,Rennes,hier,x,true\n", Options{})
	g := r.Group("", "shifted-row")
	if g == nil || g.Count != 2 || g.Examples[0].Row != 2 || g.Examples[1].Row != 3 {
		t.Errorf("%+v %q", g, found(r))
	}
}

func TestTheCommunesAreKnownWhereNoListIsGiven(t *testing.T) {
	r := validated(t, `{"fields":[{"name":"commune"},{"name":"jour","type":"date"}],"custom_checks":[{"name":"commune-at-date","params":{"column":"commune","date":"jour"}}]}`,
		"commune,jour\n35053,2018-12-31\n35053,2019-01-01\n", Options{})
	if len(r.Errors) != 1 || r.Errors[0].Examples[0].Row != 2 || len(r.Warnings) != 0 {
		t.Errorf("%+v %+v", r.Errors, r.Warnings)
	}
}
