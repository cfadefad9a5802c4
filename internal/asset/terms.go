package asset

import "socle/internal/i18n"

// Licence is a licence that a dataset may have.
type Licence struct {
	ID    string // "lov2", "odc-odbl"…, as the national portal spells them
	Title string
	URL   string // "" for none
}

// Frequency is how often a dataset is published.
type Frequency struct {
	ID    string // "daily", "annual"…, from the frequencies of the European Union
	Label i18n.Text
	// The time between two publications, 0 for those without a rhythm.
	Years, Months, Days, Hours int
}

// DefaultLicence is the licence of a dataset that names none: Licence Ouverte 2.0.
const DefaultLicence = "lov2"
