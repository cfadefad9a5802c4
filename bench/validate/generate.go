package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
)

// schema is that of the generated file: 15 columns, 30 rules.
const schema = `{"$schema":"https://datapackage.org/profiles/1.0/tableschema.json","fields":[
 {"name":"id","type":"integer","constraints":{"required":true,"minimum":1}},
 {"name":"code","type":"string","constraints":{"required":true,"pattern":"^[0-9]{7}[A-HJ-NPR-Z]$"}},
 {"name":"nom","type":"string","constraints":{"required":true,"maxLength":40}},
 {"name":"academie","type":"string","constraints":{"enum":[%s]}},
 {"name":"commune","type":"string","constraints":{"pattern":"^([0-9]{2}|2[AB])[0-9]{3}$"}},
 {"name":"ouverture","type":"date","constraints":{"minimum":"1900-01-01","maximum":"2026-12-31"}},
 {"name":"annee","type":"integer","constraints":{"minimum":2000,"maximum":2026}},
 {"name":"effectif","type":"integer","constraints":{"minimum":0,"maximum":5000}},
 {"name":"taux","type":"number","constraints":{"minimum":0,"maximum":100}},
 {"name":"prive","type":"boolean"},
 {"name":"courriel","type":"string","format":"email"},
 {"name":"latitude","type":"number","constraints":{"minimum":-90,"maximum":90}},
 {"name":"longitude","type":"number","constraints":{"minimum":-180,"maximum":180}},
 {"name":"maj","type":"datetime"},
 {"name":"remarque","type":"string","constraints":{"maxLength":80}}
],"primaryKey":["id"]}`

// rules counts those of the schema: 10 types and formats that a cell can miss, 19 constraints, one key.
const rules = 30

var academies = []string{"Aix-Marseille", "Amiens", "Besançon", "Bordeaux", "Clermont-Ferrand", "Corse", "Créteil", "Dijon", "Grenoble", "Guadeloupe", "Guyane", "La Réunion",
	"Lille", "Limoges", "Lyon", "Martinique", "Mayotte", "Montpellier", "Nancy-Metz", "Nantes", "Nice", "Normandie", "Orléans-Tours", "Paris", "Poitiers", "Reims", "Rennes", "Strasbourg", "Toulouse", "Versailles"}

const keyLetters = "ABCDEFGHJKLMNPRSTUVWXYZ"

// generate writes rows, of which one in a hundred has one fault. It returns how many faults it made.
func generate(path string, rows int) (faults int, err error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	w := bufio.NewWriterSize(file, 1<<20)
	r := rand.New(rand.NewPCG(7, 11))
	fmt.Fprintln(w, "id,code,nom,academie,commune,ouverture,annee,effectif,taux,prive,courriel,latitude,longitude,maj,remarque")
	cells := make([]string, 15)
	for i := range rows {
		school := r.IntN(60_000)
		n := school*137 + 10000
		cells[0] = strconv.Itoa(i + 1)
		cells[1] = fmt.Sprintf("%07d%c", n, keyLetters[n%23])
		cells[2] = "Établissement " + strconv.Itoa(school)
		cells[3] = academies[school%len(academies)]
		cells[4] = fmt.Sprintf("%02d%03d", school%95+1, school%890+1)
		cells[5] = fmt.Sprintf("%04d-%02d-%02d", 1900+school%120, school%12+1, school%28+1)
		cells[6] = strconv.Itoa(2000 + r.IntN(26))
		cells[7] = strconv.Itoa(r.IntN(2500))
		cells[8] = strconv.FormatFloat(r.Float64()*100, 'f', 2, 64)
		cells[9] = [2]string{"true", "false"}[school%2]
		cells[10] = "ce." + cells[1] + "@ac-" + strconv.Itoa(school%30) + ".example.org"
		cells[11] = strconv.FormatFloat(42+r.Float64()*8, 'f', 6, 64)
		cells[12] = strconv.FormatFloat(-4+r.Float64()*11, 'f', 6, 64)
		cells[13] = fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02dZ", r.IntN(12)+1, r.IntN(28)+1, r.IntN(24), r.IntN(60), r.IntN(60))
		cells[14] = ""
		if r.IntN(4) == 0 {
			cells[14] = "relevé du trimestre " + strconv.Itoa(r.IntN(4)+1)
		}
		if i%100 == 57 {
			spoil(cells, r, i)
			faults++
		}
		for j, c := range cells {
			if j > 0 {
				w.WriteByte(',')
			}
			w.WriteString(c)
		}
		w.WriteByte('\n')
	}
	if err := w.Flush(); err != nil {
		return 0, err
	}
	return faults, file.Close()
}

// spoil makes one fault.
func spoil(cells []string, r *rand.Rand, row int) {
	switch r.IntN(12) {
	case 0:
		cells[0] = strconv.Itoa(row - 5) // a key said twice
	case 1:
		cells[1] = "35A0" + strconv.Itoa(row)
	case 2:
		cells[2] = ""
	case 3:
		cells[3] = "Académie inconnue"
	case 4:
		cells[4] = "1001"
	case 5:
		cells[5] = "31/02/2020"
	case 6:
		cells[6] = "1999"
	case 7:
		cells[7] = "douze"
	case 8:
		cells[8] = "100.5"
	case 9:
		cells[10] = "inconnu"
	case 10:
		cells[11] = "148.11"
	case 11:
		cells[13] = "hier"
	}
}

// wide writes a file of columns that take turns: whole numbers, decimals, dates, codes, texts, empties.
func wide(path string, rows, columns int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	w := bufio.NewWriterSize(file, 1<<20)
	r := rand.New(rand.NewPCG(3, 5))
	for j := range columns {
		if j > 0 {
			w.WriteByte(',')
		}
		fmt.Fprintf(w, "c%d", j)
	}
	w.WriteByte('\n')
	for i := range rows {
		for j := range columns {
			if j > 0 {
				w.WriteByte(',')
			}
			switch j % 6 {
			case 0:
				w.WriteString(strconv.Itoa(r.IntN(1_000_000)))
			case 1:
				w.WriteString(strconv.FormatFloat(r.Float64()*1000, 'f', 3, 64))
			case 2:
				fmt.Fprintf(w, "20%02d-%02d-%02d", r.IntN(26), r.IntN(12)+1, r.IntN(28)+1)
			case 3:
				w.WriteString(academies[r.IntN(30)])
			case 4:
				fmt.Fprintf(w, "%05d", r.IntN(95000)+1000)
			case 5:
				if i%100 == 3 {
					w.WriteString("peut-être")
				} else if r.IntN(3) > 0 {
					w.WriteString("true")
				}
			}
		}
		w.WriteByte('\n')
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// wideSchema describes what wide writes.
func wideSchema(columns int) string {
	s := `{"fields":[`
	for j := range columns {
		if j > 0 {
			s += ","
		}
		kind := [6]string{`"type":"integer","constraints":{"required":true,"maximum":999999}`, `"type":"number","constraints":{"minimum":0}`, `"type":"date"`,
			`"type":"string","constraints":{"maxLength":20}`, `"type":"string","constraints":{"pattern":"^[0-9]{5}$"}`, `"type":"boolean"`}[j%6]
		s += fmt.Sprintf(`{"name":"c%d",%s}`, j, kind)
	}
	return s + "]}"
}
