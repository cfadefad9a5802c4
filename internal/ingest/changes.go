package ingest

import (
	"socle/internal/engine"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// Changes is what a new version would change against the head, before it is published.
type Changes struct {
	Base       int                    `json:"base"` // number of the head compared with
	RowsBefore int64                  `json:"rowsBefore"`
	RowsAfter  int64                  `json:"rowsAfter"`
	Added      []schema.Field         `json:"added,omitempty"`   // columns
	Removed    []schema.Field         `json:"removed,omitempty"` // columns
	Retyped    []engine.Retyped       `json:"retyped,omitempty"`
	Categories []engine.CategoryLoss  `json:"categories,omitempty"` // rows by territory and category, where some have fewer
	Emptied    []engine.EmptiedColumn `json:"emptied,omitempty"`    // columns with fewer filled cells
	Codes      []engine.CodeLoss      `json:"codes,omitempty"`      // codes that no row has any more
	Reasons    []i18n.Text            `json:"reasons,omitempty"`    // why the loss is large, a sentence each; none: it is not
}

// Large reports whether the loss is large enough to be confirmed by a person.
func (c *Changes) Large() bool { return c != nil && len(c.Reasons) > 0 }
