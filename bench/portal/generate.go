package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"
)

// The places of the calendar, with their zones: invented ones, as many as there are real ones.
var (
	places = []string{"Lirande", "Val-d’Ombre", "Cortaine", "Haute-Brenne", "Serval", "Estuaire", "Montclar", "Plaine-d’Or", "Arvenne", "Littoral", "Beaulande",
		"Sorgues", "Vignoble", "Marches", "Clairval", "Trois-Rivières", "Bocage", "Rochelane", "Pays-Haut", "Grand-Lac", "Coteaux", "Dunes", "Forez-Nord",
		"Lagune", "Orme", "Granit", "Méridie", "Septaine", "Ponant", "Levant"}
	holidays = []struct {
		name       string
		month, day int
		days       int
	}{{"Vacances de la Toussaint", 10, 18, 16}, {"Vacances de Noël", 12, 20, 16}, {"Vacances d’hiver", 2, 7, 16}, {"Vacances de printemps", 4, 4, 16},
		{"Pont de l’Ascension", 5, 28, 4}, {"Vacances d’été", 7, 4, 58}}
	populations = []string{"-", "Élèves", "Enseignants"}
)

func zone(place int) string { return "Zone " + string("ABC"[place%3]) }

func schoolYear(n int) string { return fmt.Sprintf("%d-%d", 2015+n, 2016+n) }

const schoolYears = 12

// uai is the identifier of the n-th school: seven digits, and the letter that checks them.
func uai(n int) string {
	number := 10_001 + n*7
	return fmt.Sprintf("%07d%c", number, "ABCDEFGHJKLMNPRSTUVWXYZ"[number%23])
}

// generate writes the rows of a dataset as a CSV, of its width.
func generate(path string, d dataset) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	r := rand.New(rand.NewPCG(uint64(d.rows), uint64(d.bytes)))
	switch d.kind() {
	case calendar:
		writeCalendar(w, d)
	case directory:
		writeDirectory(w, r, d)
	default:
		writeOther(w, r, d)
	}
	return w.Flush()
}

// writeCalendar writes holidays, with hours, as a calendar that agendas subscribe to has them.
func writeCalendar(w io.Writer, d dataset) {
	fmt.Fprintln(w, "description;population;start_date;end_date;location;zones;annee_scolaire")
	for i := range d.rows {
		place := i % len(places)
		h := holidays[i/len(places)%len(holidays)]
		year := i / len(places) / len(holidays) % schoolYears
		who := populations[i/len(places)/len(holidays)/schoolYears%len(populations)]
		calendarYear := 2015 + year
		if h.month < 9 {
			calendarYear++
		}
		start := time.Date(calendarYear, time.Month(h.month), h.day+7*(place%3), 22, 0, 0, 0, time.UTC)
		fmt.Fprintf(w, "%s;%s;%s;%s;%s;%s;%s\n", h.name, who, start.Format(time.RFC3339), start.AddDate(0, 0, h.days).Format(time.RFC3339), places[place],
			zone(place), schoolYear(year))
	}
}

// writeDirectory writes schools with their identifiers and their points, and words up to the width.
func writeDirectory(w io.Writer, r *rand.Rand, d dataset) {
	fmt.Fprintln(w, "identifiant_de_l_etablissement;nom_etablissement;type_etablissement;statut_public_prive;adresse;code_postal;code_commune;nom_commune;"+
		"libelle_departement;libelle_academie;position;nombre_d_eleves;date_ouverture;etat;presentation")
	kinds := []string{"Ecole", "Collège", "Lycée", "EREA"}
	for i := range d.rows {
		place := r.IntN(len(places))
		head := fmt.Sprintf("%s;%s %s;%s;%s;%d rue %s;%05d;%05d;%s-%d;%s;%s;%.6f, %.6f;%d;%s;OUVERT;", uai(i), kinds[i%4], filler(r, 12), kinds[i%4],
			[]string{"Public", "Privé"}[r.IntN(5)/4], 1+r.IntN(200), filler(r, 12), 1000+r.IntN(94_000), 1001+r.IntN(94_000), places[place], r.IntN(40),
			places[place], places[place], 42+8*r.Float64(), -4+11*r.Float64(), 20+r.IntN(1200), time.Date(1960+r.IntN(60), 9, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
		fmt.Fprintf(w, "%s%s\n", head, filler(r, d.width()-len(head)-1))
	}
}

// writeOther writes figures by school and year, and words up to the width.
func writeOther(w io.Writer, r *rand.Rand, d dataset) {
	fmt.Fprintln(w, "uai;annee;academie;secteur;effectif;valeur;observation")
	for i := range d.rows {
		head := fmt.Sprintf("%s;%d;%s;%s;%d;", uai(r.IntN(69_000)), 2012+i%13, places[r.IntN(len(places))], []string{"Public", "Privé"}[r.IntN(2)], r.IntN(2000))
		if d.width() > len(head)+6 {
			head += fmt.Sprintf("%.2f", r.Float64()*100)
		}
		fmt.Fprintf(w, "%s;%s\n", head, filler(r, d.width()-len(head)-2))
	}
}

var syllables = []string{"ba", "cor", "du", "fra", "gui", "lan", "mer", "nou", "pli", "ques", "ri", "sol", "tion", "val", "ver", "zan"}

// filler makes up words of so many bytes in all.
func filler(r *rand.Rand, n int) string {
	if n <= 0 {
		return ""
	}
	b := make([]byte, 0, n+8)
	for len(b) < n {
		for range 2 + r.IntN(3) {
			b = append(b, syllables[r.IntN(len(syllables))]...)
		}
		b = append(b, ' ')
	}
	b = b[:n]
	if b[n-1] == ' ' {
		b[n-1] = 's'
	}
	return string(b)
}
