// Package asset knows what exists: an identifier, a kind, an owner, a level of access, a state, relations; and, for
// a dataset, its description.
//
// Everything that can be published, found or asked for is an asset, whatever its kind. The data itself is in the
// lake; who may see what is decided in access. Whenever something that a visitor can see changes, the revision
// moves in the same transaction, so that caches and the search index know.
package asset

import (
	"embed"
	"regexp"
	"time"
)

// Migrations makes the tables of assets.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Level says who may read an asset.
type Level string

// The levels of access.
const (
	Open       Level = "open"       // everybody
	Internal   Level = "internal"   // whoever is signed in
	Restricted Level = "restricted" // the owner's members, and those who hold a grant
)

// Levels lists the levels, the most open first.
var Levels = []Level{Open, Internal, Restricted}

// Valid reports whether l is one of [Levels].
func (l Level) Valid() bool { return l == Open || l == Internal || l == Restricted }

// State is where an asset is in its life.
type State string

// The states. A draft becomes published; deleting is withdrawing: the record stays.
const (
	Draft     State = "draft"
	Published State = "published"
	Withdrawn State = "withdrawn"
)

// The kinds of asset known to the kernel. A capability may have its own.
const KindDataset = "dataset"

// Asset is what every asset has.
type Asset struct {
	UID       string    `json:"uid"` // never changes, never reused
	ID        string    `json:"id"`  // in addresses; unique; see [ValidID]
	Kind      string    `json:"kind"`
	OrgID     string    `json:"orgId"`
	Level     Level     `json:"level"`
	State     State     `json:"state"`
	CreatedAt time.Time `json:"createdAt"`
	CreatedBy string    `json:"createdBy"` // id of the person or application
	UpdatedAt time.Time `json:"updatedAt"`
	Edition   int64     `json:"edition"` // counts the changes; an update names the edition that it was made from
}

var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,99}$`)

// ValidID reports whether id may name an asset: a lower-case letter or digit, then up to 99 of those, "_" or "-".
func ValidID(id string) bool { return validID.MatchString(id) }

// FieldDoc is what people say about a field, whatever the version. It goes over what the file said.
type FieldDoc struct {
	Label       string `json:"label,omitempty"`
	Description string `json:"description,omitempty"`
	Unit        string `json:"unit,omitempty"`
	Facet       *bool  `json:"facet,omitempty"`     // offered to refine a search; nil lets the portal choose
	Separator   string `json:"separator,omitempty"` // between the levels of a value such as "Europe/France", "" when it has none
	Role        Role   `json:"role,omitempty" doc:"What the field is in an agenda: event-begin, event-end, event-end-excluded, event-title, event-text, event-place, event-link; empty lets the portal choose by name"`

	Instructions string      `json:"instructions,omitempty" doc:"How a value is entered: its form, and what to write when it is not known"`
	Example      string      `json:"example,omitempty" doc:"A value as it should be"`
	Nomenclature string      `json:"nomenclature,omitempty" doc:"Where the codes are listed: the id of a dataset of the portal, or an address"`
	Norm         string      `json:"norm,omitempty" doc:"What the values follow: ISO 8601, the official geographic code, an SDMX concept…"`
	Sensitivity  Sensitivity `json:"sensitivity,omitempty" doc:"public, internal, personal, sensitive; empty when nobody said"`
	Concept      string      `json:"concept,omitempty" doc:"What the values identify, when it is not what the portal recognised: uai, siret, commune…"`
}

// Sensitivity is what a producer says of how a field may be shown.
type Sensitivity string

// The sensitivities.
const (
	SensitivityPublic    Sensitivity = "public"    // may be shown to everybody
	SensitivityInternal  Sensitivity = "internal"  // for the administration
	SensitivityPersonal  Sensitivity = "personal"  // about people: the GDPR applies
	SensitivitySensitive Sensitivity = "sensitive" // about people, of a kind that the law protects more: health, origin, handicap…
)

// Sensitivities lists them, in the order in which a form offers them.
var Sensitivities = []Sensitivity{SensitivityPublic, SensitivityInternal, SensitivityPersonal, SensitivitySensitive}

// Role is what a field is in the agenda that a dataset with days can be read as. The portal guesses it from names; a
// declared role goes first.
type Role string

// The roles of fields.
const (
	EventBegin       Role = "event-begin"
	EventEnd         Role = "event-end"          // when a day, the last one of the event
	EventEndExcluded Role = "event-end-excluded" // when a day, the first one after the event
	EventTitle       Role = "event-title"
	EventText        Role = "event-text"
	EventPlace       Role = "event-place"
	EventLink        Role = "event-link"
)

// Roles lists the roles, in the order in which a form offers them.
var Roles = []Role{EventBegin, EventEnd, EventEndExcluded, EventTitle, EventText, EventPlace, EventLink}

// Dataset is a dataset with its description.
type Dataset struct {
	Asset
	Title         string              `json:"title"`
	Description   string              `json:"description"` // Markdown
	Licence       string              `json:"licence"`     // id in [Licences], or an address
	Keywords      []string            `json:"keywords"`
	Themes        []string            `json:"themes"`
	Frequency     string              `json:"frequency"`     // id in [Frequencies], or ""
	CoverageStart string              `json:"coverageStart"` // first day of the period that the data describes: YYYY, YYYY-MM or YYYY-MM-DD, or ""
	CoverageEnd   string              `json:"coverageEnd"`   // last day of it, likewise
	Spatial       string              `json:"spatial"`       // the territory that the data describes, in words or as a code
	Contact       string              `json:"contact"`       // a shared mailbox or the address of a form; no person
	Source        string              `json:"source"`        // where the data comes from, in words or as an address
	Key           []string            `json:"key"`           // names of the fields that together identify a row
	Fields        map[string]FieldDoc `json:"fields"`        // by technical name
	DescribedAt   time.Time           `json:"describedAt"`   // last change of the description
	PublishedAt   time.Time           `json:"publishedAt"`   // last publication of a version; zero if none
	NextDue       time.Time           `json:"nextDue"`       // when the next version is due; zero when nothing says
}

// Late reports whether the next version was due before now.
func (d Dataset) Late(now time.Time) bool { return !d.NextDue.IsZero() && d.NextDue.Before(now) }

// Relation is a statement about two assets: subject, predicate, object. The object may be an address outside.
type Relation struct {
	Subject   string    `json:"subject"`   // uid
	Predicate string    `json:"predicate"` // "derived-from", "replaces", "part-of", "documents", "reuses"…
	Object    string    `json:"object"`    // uid, or an address
	CreatedAt time.Time `json:"createdAt"`
	CreatedBy string    `json:"createdBy"`
}
