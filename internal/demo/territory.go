package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Codes of the invented places. 984, 985 and 989 have the shape of overseas codes; no school was ever numbered
// there, and no commune code beyond 50 was ever given in them. 99 is no region.
const regionCode = "99"

type departement struct {
	code, name, capital, river string
	lat, lon                   float64 // its middle, in the Bay of Biscay
}

var departements = []departement{
	{"984", "Lirande", "Saint-Aurèle", "Lirande", 45.95, -4.95},
	{"985", "Vaulne", "Port-Mervau", "Vaulne", 46.25, -4.05},
	{"989", "Haute-Serpine", "Brézeau-le-Haut", "Serpine", 45.45, -4.35},
}

type commune struct {
	code, name, postal string
	departement        departement
	population         int
	lat, lon           float64
}

// school is a school of any degree, public or private.
type school struct {
	uai, name, kind, nature string
	private                 bool
	commune                 commune
	address, phone          string
	lat, lon                float64
	opened                  time.Time
	pupils                  int     // in the last year
	wealth                  float64 // social position of the families, about 100 on average
}

type world struct {
	seed     uint64
	communes []commune
	schools  []school
}

// draw returns a source of chance of its own for each part, so that changing one leaves the others as they are.
func (w *world) draw(part string) *rand.Rand {
	stream := uint64(14695981039346656037)
	for _, c := range []byte(part) {
		stream = (stream ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(w.seed, stream))
}

func newWorld(seed uint64) *world {
	w := &world{seed: seed}
	w.addCommunes(w.draw("communes"))
	w.addSchools(w.draw("schools"))
	return w
}

var (
	beginnings = []string{"Mer", "Ol", "Ric", "Bal", "Corv", "Daum", "Estr", "Fauv", "Gran", "Jarv", "Land", "Mouz", "Nav", "Orv", "Pel", "Querr", "Rouv", "Sauv", "Tourn", "Vern"}
	endings    = []string{"ombe", "elle", "anche", "euil", "ières", "ouze", "onne", "érac", "âtre", "aÿ"}
	proper     = []string{"L’Œuvraie", "Notre-Dame-des-Lires", "Le Hêtre-Noir", "Les Îlots-d’Auvre", "Saint-Orlan"}
)

func (w *world) addCommunes(r *rand.Rand) {
	for i, d := range departements {
		names := []string{d.capital, proper[i]}
		if i+3 < len(proper) {
			names = append(names, proper[i+3])
		}
		for len(names) < 40 {
			name := beginnings[r.IntN(len(beginnings))] + endings[r.IntN(len(endings))]
			switch r.IntN(4) {
			case 0:
				name += "-sur-" + d.river
			case 1:
				name += "-en-" + d.name
			case 2:
				name = "Saint-" + name
			}
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		for rank, name := range names {
			spread := 0.30 * math.Sqrt(float64(rank)/40)
			angle := r.Float64() * 2 * math.Pi
			w.communes = append(w.communes, commune{
				code: fmt.Sprintf("%s%02d", d.code, 50+rank), postal: fmt.Sprintf("%s%02d", d.code, 10*(1+rank%9)),
				name: name, departement: d,
				population: int(92000/math.Pow(float64(rank+1), 1.1)*(0.85+0.3*r.Float64())) + 180,
				lat:        d.lat + spread*math.Sin(angle), lon: d.lon + 1.4*spread*math.Cos(angle),
			})
		}
	}
}

var (
	patrons = []string{"Victor-Hugo", "Marie-Curie", "Jules-Ferry", "Louise-Michel", "Jean-Jaurès", "Rosa-Parks", "George-Sand", "Molière",
		"Sophie-Germain", "Aimé-Césaire", "Condorcet", "Olympe-de-Gouges", "Émile-Zola", "Ada-Lovelace", "Blaise-Pascal", "Germaine-Tillion"}
	places  = []string{"du Moulin", "des Tilleuls", "de la Fontaine", "du Centre", "des Peupliers", "de l’Étang", "du Vieux-Pont", "des Œillets", "du Belvédère", "de la Garenne"}
	saints  = []string{"Saint-Joseph", "Sainte-Marie", "Notre-Dame", "La Providence", "Saint-Louis", "Sainte-Anne"}
	streets = []string{"rue de l’École", "place du Marché", "avenue de la République", "rue des Lavoirs", "chemin du Gué", "boulevard de l’Océan", "rue du Four", "impasse des Hirondelles"}
)

// degree is a kind of school: how many of the inhabitants attend one, and how large one is.
type degree struct {
	kind, nature, label string
	share               float64
	size                int
	threshold           int // a smaller commune has none
}

var degrees = []degree{
	{"École", "101", "École maternelle", 0.030, 95, 900},
	{"École", "151", "École élémentaire", 0.062, 165, 0},
	{"Collège", "340", "Collège", 0.050, 480, 4200},
	{"Lycée", "302", "Lycée général et technologique", 0.023, 880, 11000},
	{"Lycée", "320", "Lycée professionnel", 0.010, 420, 14000},
}

func (w *world) addSchools(r *rand.Rand) {
	numbers := map[string]int{}
	for _, c := range w.communes {
		for _, d := range degrees {
			if c.population < d.threshold {
				continue
			}
			count := max(1, int(float64(c.population)*d.share/float64(d.size)+0.3))
			for range count {
				numbers[c.departement.code] += 1 + r.IntN(9)
				w.schools = append(w.schools, newSchool(r, c, d, numbers[c.departement.code]))
			}
		}
	}
}

func newSchool(r *rand.Rand, c commune, d degree, number int) school {
	private := r.Float64() < 0.17 && c.population > 3000
	name := d.label + " " + patrons[r.IntN(len(patrons))]
	switch {
	case private:
		name = d.label + " privé " + saints[r.IntN(len(saints))]
		if d.kind == "École" {
			name = d.label + " privée " + saints[r.IntN(len(saints))]
		}
	case d.kind == "École" && r.IntN(2) == 0:
		name = d.label + " " + places[r.IntN(len(places))]
	}
	wealth := 100 + 14*r.NormFloat64()
	if private {
		wealth += 11
	}
	if d.nature == "320" {
		wealth -= 14
	}
	spread := 0.003 + 0.02*math.Min(1, float64(c.population)/90000)
	return school{
		uai: uai(c.departement.code, number), name: name, kind: d.kind, nature: d.nature, private: private, commune: c,
		address: fmt.Sprintf("%d %s", 1+r.IntN(90), streets[r.IntN(len(streets))]),
		phone:   fmt.Sprintf("05 36 49 %02d %02d", r.IntN(100), r.IntN(100)), // numbers kept for fiction by the regulator
		lat:     round(c.lat+spread*r.NormFloat64(), 6), lon: round(c.lon+spread*r.NormFloat64(), 6),
		opened: time.Date(1900+r.IntN(122), 9, 1, 0, 0, 0, 0, time.UTC),
		pupils: max(12, int(float64(d.size)*(0.55+0.9*r.Float64()))),
		wealth: math.Max(52, math.Min(156, wealth)),
	}
}

// uai writes the identifier of a school: département, number, and the letter of the whole modulo 23.
func uai(departement string, number int) string {
	digits := fmt.Sprintf("%s%04d", departement, number)
	n := 0
	for _, c := range digits {
		n = 10*n + int(c-'0')
	}
	return digits + string("ABCDEFGHJKLMNPRSTUVWXYZ"[n%23])
}

// siret writes the number of an establishment with its keys. Numbers that begin with 000 are given to nobody.
func siret(number int) string {
	siren := withKey(fmt.Sprintf("000%05d", number%100000))
	return withKey(siren + fmt.Sprintf("%04d", 1+number%7))
}

// withKey adds the Luhn digit.
func withKey(digits string) string {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return digits + string(rune('0'+(10-sum%10)%10))
}

func round(x float64, decimals int) float64 {
	p := math.Pow(10, float64(decimals))
	return math.Round(x*p) / p
}

func sector(private bool) string {
	if private {
		return "Privé sous contrat"
	}
	return "Public"
}

// of keeps the schools of some kinds.
func (w *world) of(kinds ...string) []school {
	var out []school
	for _, s := range w.schools {
		if slices.Contains(kinds, s.kind) {
			out = append(out, s)
		}
	}
	return out
}

func joinLines(lines ...string) string { return strings.Join(lines, "\n\n") }
