package demo

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"
)

// BenchHeader is the header of the file that [WriteBenchCSV] writes, and BenchTypes the type of each column as
// DuckDB names it.
var (
	BenchHeader = []string{"uai", "etablissement", "code_commune", "commune", "departement", "secteur", "annee", "niveau",
		"effectif", "taux_reussite", "ips", "date_constat", "internat", "montant", "observation"}
	BenchTypes = []string{"VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "VARCHAR",
		"BIGINT", "DOUBLE", "DOUBLE", "DATE", "BOOLEAN", "DOUBLE", "VARCHAR"}
)

// WriteBenchCSV writes a file of 15 columns and the given number of rows, about 170 bytes each, as an information
// system exports them: UTF-8, semicolons, accents, codes with leading zeros, some cells empty, some quoted. Days are
// in ISO order and decimals have a point, so that another program reads the same types from the same bytes and
// the comparison is fair. The same number of rows gives the same bytes.
func WriteBenchCSV(w io.Writer, rows int) error {
	world := newWorld(DefaultSeed)
	r := world.draw("bench")
	buffer := make([]byte, 0, 1<<20)
	for i, name := range BenchHeader {
		if i > 0 {
			buffer = append(buffer, ';')
		}
		buffer = append(buffer, name...)
	}
	buffer = append(buffer, '\n')

	// What does not change from row to row is written once.
	prefixes := make([]string, len(world.schools))
	for i, s := range world.schools {
		prefixes[i] = fmt.Sprintf("%s;%s;%s;%s;%s;%s;", s.uai, s.name, s.commune.code, s.commune.name, s.commune.departement.name, sector(s.private))
	}
	days := make([]string, 365*12)
	for i := range days {
		days[i] = time.Date(2014, 9, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	remarks := []string{"", "Effectif constaté à la rentrée de septembre", `"Données provisoires ; à confirmer par le rectorat"`,
		"Groupement pédagogique de trois communes", "Ouverture d’une division en cours d’année", ""}
	for row := range rows {
		s := row % len(prefixes)
		buffer = appendBenchRow(buffer, r, prefixes[s], world.schools[s], days, remarks)
		if len(buffer) > 1<<20-1024 {
			if _, err := w.Write(buffer); err != nil {
				return fmt.Errorf("write the benchmark file: %w", err)
			}
			buffer = buffer[:0]
		}
	}
	if _, err := w.Write(buffer); err != nil {
		return fmt.Errorf("write the benchmark file: %w", err)
	}
	return nil
}

func appendBenchRow(b []byte, r *rand.Rand, prefix string, s school, days, remarks []string) []byte {
	chance := r.Uint64()
	pick := func(n int) int { // one draw serves several small choices
		x := int(chance % uint64(n))
		chance /= uint64(n)
		return x
	}
	classes := levels[s.nature]
	b = append(b, prefix...)
	b = strconv.AppendInt(b, int64(2014+pick(12)), 10)
	b = append(b, ';')
	b = append(b, classes[pick(len(classes))]...)
	b = append(b, ';')
	b = strconv.AppendInt(b, int64(5+pick(900)), 10)
	b = append(b, ';')
	if n := pick(1100); n < 1000 { // one in eleven is not known
		b = strconv.AppendFloat(b, float64(n)/10, 'f', 1, 64)
	}
	b = append(b, ';')
	b = strconv.AppendFloat(b, 50+float64(pick(1000))/10, 'f', 1, 64)
	b = append(b, ';')
	b = append(b, days[pick(len(days))]...)
	b = append(b, ';')
	b = append(b, [2]string{"true", "false"}[pick(2)]...)
	b = append(b, ';')
	b = strconv.AppendFloat(b, float64(r.Uint32N(10_000_000))/100, 'f', 2, 64)
	b = append(b, ';')
	b = append(b, remarks[r.Uint32N(uint32(len(remarks)))]...)
	return append(b, '\n')
}
