package engine

import (
	"context"
	"math"
	"slices"
	"testing"

	"socle/internal/query"
	"socle/internal/schema"
)

func TestFiguresOfContractsAreThoseOfTheRows(t *testing.T) {
	b := open(t, Options{})
	file := func(version int, selected string) query.Source {
		key := keyFile(t, b, version, selected)
		table := b.tables[version]
		table.Schema = schema.Schema{Fields: []schema.Field{{Name: "code", Type: schema.Text}, {Name: "n", Type: schema.Integer}, {Name: "le", Type: schema.Date}}}
		b.tables[version] = table
		return key.Source
	}
	before := file(80, `SELECT CASE WHEN i % 10 = 0 THEN NULL WHEN i % 10 = 1 THEN ' ' ELSE 'c' || (i % 4) END AS code, i AS n, DATE '2025-01-01' + i::INTEGER AS le FROM range(1000) t(i)`)
	same := file(81, `SELECT CASE WHEN i % 10 = 0 THEN NULL WHEN i % 10 = 1 THEN ' ' ELSE 'c' || (i % 4) END AS code, i AS n, DATE '2025-01-01' + i::INTEGER AS le FROM range(1000) t(i)`)
	moved := file(82, `SELECT 'c' || (i % 2) AS code, i + 600 AS n, DATE '2027-01-01' + i::INTEGER AS le FROM range(500) t(i)`)

	measure := func(sources []query.Source, ask func(ctx context.Context, m *Measures) error) {
		t.Helper()
		if err := b.Measure(t.Context(), sources, ask); err != nil {
			t.Fatal(err)
		}
	}
	measure([]query.Source{before, same}, func(ctx context.Context, m *Measures) error {
		rows, err := m.Rows(ctx, 0)
		if rows != 1000 || err != nil {
			t.Errorf("%d rows (%v)", rows, err)
		}
		empty, err := m.Empty(ctx, 0, "code")
		if empty != 200 || err != nil {
			t.Errorf("%d empty (%v)", empty, err)
		}
		for _, tc := range []struct {
			names []string
			want  int64
		}{{[]string{"n"}, 0}, {[]string{"code"}, 895}, {[]string{"code", "n"}, 0}} {
			if repeated, err := m.Repeated(ctx, 0, tc.names); repeated != tc.want || err != nil {
				t.Errorf("%d rows repeat %v, want %d (%v)", repeated, tc.names, tc.want, err)
			}
		}
		for _, name := range []string{"code", "n", "le"} {
			if psi, err := m.Drift(ctx, name); psi > 1e-9 || err != nil {
				t.Errorf("the same distribution of %s drifts by %g (%v)", name, psi, err)
			}
		}
		if _, err := m.Empty(ctx, 0, "absent"); err == nil {
			t.Error("a field that is not there has figures")
		}
		return nil
	})
	measure([]query.Source{before, moved}, func(ctx context.Context, m *Measures) error {
		for _, name := range []string{"code", "n", "le"} {
			if psi, err := m.Drift(ctx, name); psi < 0.25 || math.IsInf(psi, 0) || err != nil {
				t.Errorf("another distribution of %s drifts by %g (%v)", name, psi, err)
			}
		}
		parts, err := m.Parts(ctx, "code", 3)
		if err != nil || len(parts) != 3 || !slices.ContainsFunc(parts, func(p Part) bool { return p.Value == "c2" && p.Before == 200 && p.After == 0 }) {
			t.Errorf("%+v (%v)", parts, err)
		}
		return nil
	})
}

func TestTheDriftIsThatOfTheFormula(t *testing.T) {
	b := open(t, Options{})
	p := keyFile(t, b, 83, `SELECT CASE WHEN i < 50 THEN 'a' ELSE 'b' END AS code FROM range(100) t(i)`)
	q := keyFile(t, b, 84, `SELECT CASE WHEN i < 80 THEN 'a' ELSE 'b' END AS code FROM range(100) t(i)`)
	want := (0.8-0.5)*math.Log(0.8/0.5) + (0.2-0.5)*math.Log(0.2/0.5)
	err := b.Measure(t.Context(), []query.Source{p.Source, q.Source}, func(ctx context.Context, m *Measures) error {
		psi, err := m.Drift(ctx, "code")
		if math.Abs(psi-want) > 1e-9 {
			t.Errorf("%g, want %g", psi, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
