// Package demo invents a region with its schools, pupils, results, calendar and sports, so that Socle can be tried
// with data that resembles the real one and describes nobody.
//
// Everything is drawn from a seed: the same seed gives the same bytes. The region lies at sea, its codes have the
// right shape but were never given to a real place, its schools have a valid UAI in départements that have none,
// and every text says « données fictives ». Some files are bad on purpose, as real ones are. [Seed] publishes it
// all; [WriteBenchCSV] writes a large file of the same kind for the benchmarks.
package demo

import (
	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema"
)

// DefaultSeed is the seed of the demonstration that everybody sees.
const DefaultSeed = 20261124

// Region is the name of the invented region.
const Region = "Vallombrie"

// Dataset is an invented dataset: its description and the files of its versions, the oldest first.
type Dataset struct {
	asset.Dataset        // without owner: Org names it
	Org           string // slug of the organisation
	Files         []File
	Rules         Rules
}

// Rules are the schema that the files of a dataset are held against, and what happens when one breaks it.
type Rules struct {
	Schema string // "owner/name" of the demonstration; "" for none
	Policy string // "block", "quarantine" or "warn"
}

// File is one file to publish.
type File struct {
	Name  string // with its extension
	Data  []byte
	Note  string                 // what the publisher tells readers of the version
	Loss  string                 // why much of the version before is gone; "" when nothing much is
	Types map[string]schema.Type // types to force, by technical name; the others are decided by the values
}

// Account is a person of the demonstration, with a password that everybody may know.
type Account struct {
	Email    string
	Name     string
	Password string
	Roles    map[string]identity.Role // by slug of organisation; "" is the installation's own
	Purpose  i18n.Text                // what the account lets one try
}

// Organizations are the invented organisations. None has a parent.
func Organizations() []identity.Organization {
	return []identity.Organization{
		{Slug: "direction-statistiques", Name: "Direction des statistiques et de la prospective", Kind: "ministry",
			Description: "Produit et diffuse les statistiques de l’éducation.\n\n" + invented},
		{Slug: "direction-enseignement", Name: "Direction de l’enseignement scolaire", Kind: "ministry",
			Description: "Tient le répertoire des établissements et le calendrier scolaire.\n\n" + invented},
		{Slug: "direction-sports", Name: "Direction des sports", Kind: "ministry",
			Description: "Recense les équipements sportifs et les licences des fédérations.\n\n" + invented},
		{Slug: "academie-saint-aurele", Name: "Académie de Saint-Aurèle", Kind: "academie",
			Description: "Les services académiques de la " + Region + " : trois départements, de l’école au lycée.\n\n" + invented},
		{Slug: "region-vallombrie", Name: "Région " + Region, Kind: "local-authority",
			Description: "Construit et entretient les lycées, organise les transports scolaires.\n\n" + invented},
		{Slug: "departement-lirande", Name: "Département de la Lirande", Kind: "local-authority",
			Description: "Construit et entretient les collèges, soutient les associations sportives.\n\n" + invented},
		{Slug: "federation-balle-au-filet", Name: "Fédération de balle au filet", Kind: "association",
			Description: "Rassemble les clubs de balle au filet, un sport qui n’existe qu’ici.\n\n" + invented},
	}
}

// invented ends every description, so that nobody takes a figure for a real one.
const invented = "> **Données fictives.** Cette organisation, ce territoire et ces chiffres sont inventés pour la démonstration."

// Accounts are the people of the demonstration.
func Accounts() []Account {
	return []Account{
		{"lecture@demo.example", "Camille Lecture", "riviere-tranquille-lit", map[string]identity.Role{"academie-saint-aurele": identity.Reader},
			i18n.T("lit ce qui est réservé à l’académie", "reads what is restricted to the académie")},
		{"brouillon@demo.example", "Dominique Brouillon", "colline-patiente-note", map[string]identity.Role{"academie-saint-aurele": identity.Contributor},
			i18n.T("prépare des brouillons pour l’académie", "prepares drafts for the académie")},
		{"publication@demo.example", "Alix Publication", "moulin-rapide-pousse", map[string]identity.Role{"academie-saint-aurele": identity.Publisher, "federation-balle-au-filet": identity.Publisher},
			i18n.T("publie pour l’académie et la fédération", "publishes for the académie and the federation")},
		{"gestion@demo.example", "Maxime Gestion", "sentier-attentif-veille", map[string]identity.Role{"academie-saint-aurele": identity.Steward, "region-vallombrie": identity.Steward},
			i18n.T("décrit les jeux et décide des accès, pour l’académie et la région", "describes datasets and decides on access, for the académie and the region")},
		{"administration@demo.example", "Sacha Responsable", "horloge-calme-compte", map[string]identity.Role{"": identity.Administrator},
			i18n.T("administre toute l’installation", "administers the whole installation")},
	}
}
