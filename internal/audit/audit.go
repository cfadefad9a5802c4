// Package audit keeps the record of who did what: append-only, each entry carrying the hash of the one before.
//
// An entry is written in the transaction of the act that it tells, so neither exists without the other. Editing,
// deleting or moving an entry afterwards breaks the chain, and [Log.Verify] names the first entry at fault.
// Details hold what happened to things, never personal data.
package audit

import (
	"embed"
	"time"

	"socle/internal/store"
)

// Migrations makes the tables of the record.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Entry is one act. Seq, At, Previous and Hash are set by [Log.Record].
type Entry struct {
	Seq       int64          `json:"seq"`                 // from 1, without gaps
	At        time.Time      `json:"at"`                  //
	Actor     string         `json:"actor"`               // id of the person, application or system that acted
	ActorName string         `json:"actorName,omitempty"` // how they were called then; never an e-mail address
	Action    string         `json:"action"`              // "dataset.publish": the thing, a dot, the verb
	Asset     string         `json:"asset,omitempty"`     // uid of what it was done to
	Detail    map[string]any `json:"detail,omitempty"`    // no personal data
	Previous  string         `json:"previous"`            // hash of the entry before, in hexadecimal; "" for the first
	Hash      string         `json:"hash"`                // SHA-256 of the entry and of Previous, in hexadecimal
}

// Filter chooses entries; the zero Filter takes them all.
type Filter struct {
	Actor  string
	Action string // an action, or a prefix ended by "." or "*": "dataset."
	Asset  string
	From   time.Time // included
	Until  time.Time // excluded
}

// Page is a stretch of the list, the newest entries first.
type Page struct {
	Limit  int   // 50 when 0, at most 1000
	Before int64 // only entries whose Seq is smaller; 0 from the newest
}

// Report is what [Log.Verify] found.
type Report struct {
	Entries int64  `json:"entries"`          // entries read
	Head    string `json:"head"`             // hash of the last one: write it elsewhere to detect a wholly rewritten record
	Broken  int64  `json:"broken,omitempty"` // Seq of the first entry at fault; 0 when the chain holds
	Reason  string `json:"reason,omitempty"` // what is wrong with it: one of the Reason constants
}

// The ways in which a record can be broken.
const (
	ReasonChanged = "changed" // the content of the entry does not give its hash
	ReasonMissing = "missing" // the entry of this number is not there
	ReasonChain   = "chain"   // the entry does not carry the hash of the one before
	ReasonHead    = "head"    // the last entry is not the one that the record says it ends with
)

// OK reports whether the chain holds.
func (r Report) OK() bool { return r.Broken == 0 }

// Log is the record in a store.
type Log struct{ db *store.DB }

// New returns the record kept in db.
func New(db *store.DB) *Log { return &Log{db: db} }
