package catalog

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/jobs"
	"socle/internal/web"
)

// dashboard is the first page of the administration.
type dashboard struct {
	Users, Organizations, Datasets int
	Failed                         int // jobs whose every attempt failed
	Last                           []recordLine
}

// administration shows the state of the portal at a glance.
func (c *Catalog) administration(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	users, err := c.people.Users(ctx)
	if err != nil {
		return err
	}
	organizations, err := c.people.Organizations(ctx)
	if err != nil {
		return err
	}
	page := dashboard{Users: len(users), Organizations: len(organizations)}
	if page.Datasets, err = c.assets.Count(ctx, asset.Filter{}); err != nil {
		return err
	}
	if c.jobs != nil {
		failed, err := c.jobs.List(ctx, jobs.Filter{States: []jobs.State{jobs.Failed}})
		if err != nil {
			return err
		}
		page.Failed = len(failed)
	}
	entries, err := c.log.List(ctx, audit.Filter{}, audit.Page{Limit: 8})
	if err != nil {
		return err
	}
	if page.Last, err = c.recordLines(ctx, entries); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, administrationPage(c.adminInfo(r, i18n.T("Administration", "Administration")), page))
}

// recordLine is an entry of the record with what its asset is called.
type recordLine struct {
	audit.Entry
	Title string // of the dataset, "" when the entry is about something else
	URL   string
}

// record is the page of the record.
type record struct {
	Lines    []recordLine
	Filter   audit.Filter
	Next     int64 // to read on; 0 at the end
	Verified bool
	Report   audit.Report
}

// recordPageSize is how many entries a page shows.
const recordPageSize = 50

// showRecord lists the record, and verifies its chain when asked.
func (c *Catalog) showRecord(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	page := record{Filter: audit.Filter{Action: strings.TrimSpace(q.Get("action"))}}
	before, err := strconv.ParseInt(q.Get("avant"), 10, 64)
	if err != nil || before < 0 {
		before = 0
	}
	entries, err := c.log.List(ctx, page.Filter, audit.Page{Limit: recordPageSize + 1, Before: before})
	if err != nil {
		return err
	}
	if len(entries) > recordPageSize {
		entries = entries[:recordPageSize]
		page.Next = entries[recordPageSize-1].Seq
	}
	if page.Lines, err = c.recordLines(ctx, entries); err != nil {
		return err
	}
	if q.Get("verifier") == "oui" {
		page.Verified = true
		if page.Report, err = c.log.Verify(ctx); err != nil {
			return err
		}
	}
	info := c.adminInfo(r, i18n.T("Journal", "Record"))
	info.Wide = true
	return web.Render(w, r, http.StatusOK, recordPage(info, page))
}

func (c *Catalog) recordLines(ctx context.Context, entries []audit.Entry) ([]recordLine, error) {
	titles := map[string]asset.Dataset{}
	var lines []recordLine
	for _, entry := range entries {
		line := recordLine{Entry: entry}
		if entry.Asset != "" {
			d, known := titles[entry.Asset]
			if !known {
				var err error
				if d, err = c.assets.ByUID(ctx, entry.Asset); err != nil && !fault.Is(err, fault.NotFound) {
					return nil, err
				}
				titles[entry.Asset] = d
			}
			if d.ID != "" {
				line.Title, line.URL = d.Title, datasetPath(d.ID)
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// jobList is the page of the work in the background.
type jobList struct {
	Jobs   []jobs.Status
	States []jobs.State
	State  jobs.State
	Next   int64
}

var jobStates = []jobs.State{jobs.Running, jobs.Waiting, jobs.Retrying, jobs.Failed, jobs.Done, jobs.Cancelled}

// listJobs shows the work in the background.
func (c *Catalog) listJobs(w http.ResponseWriter, r *http.Request) error {
	page := jobList{States: jobStates}
	filter := jobs.Filter{Limit: recordPageSize + 1}
	if state := jobs.State(r.URL.Query().Get("etat")); slices.Contains(jobStates, state) {
		page.State, filter.States = state, []jobs.State{state}
	}
	if before, err := strconv.ParseInt(r.URL.Query().Get("avant"), 10, 64); err == nil && before > 0 {
		filter.Before = before
	}
	if c.jobs != nil {
		var err error
		if page.Jobs, err = c.jobs.List(r.Context(), filter); err != nil {
			return err
		}
	}
	if len(page.Jobs) > recordPageSize {
		page.Jobs = page.Jobs[:recordPageSize]
		page.Next = page.Jobs[recordPageSize-1].ID
	}
	info := c.adminInfo(r, i18n.T("Tâches", "Jobs"))
	info.Wide = true
	return web.Render(w, r, http.StatusOK, jobsPage(info, page))
}

// actOnJob cancels a job or runs it again.
func (c *Catalog) actOnJob(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || c.jobs == nil {
		return fault.New(fault.NotFound, "job_not_found", i18n.T("Cette tâche n’existe pas.", "This job does not exist."))
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	message := i18n.T("La tâche est annulée.", "The job is cancelled.")
	if r.PostForm.Get("action") == "relancer" {
		message = i18n.T("La tâche est relancée.", "The job runs again.")
		err = c.jobs.Retry(r.Context(), id)
	} else {
		err = c.jobs.Cancel(r.Context(), id)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, pathJobs, web.Flash{Kind: web.Success, Text: message})
}

// jobStateLabel returns how people call the state of a job.
func jobStateLabel(state jobs.State) i18n.Text {
	switch state {
	case jobs.Running:
		return i18n.T("En cours", "Running")
	case jobs.Waiting:
		return i18n.T("En attente", "Waiting")
	case jobs.Retrying:
		return i18n.T("À retenter", "To be retried")
	case jobs.Failed:
		return i18n.T("En échec", "Failed")
	case jobs.Cancelled:
		return i18n.T("Annulée", "Cancelled")
	}
	return i18n.T("Terminée", "Done")
}
