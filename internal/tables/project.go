package tables

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/catalog"
	"github.com/apache/iceberg-go/table"

	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/lake"
	"socle/internal/schema"
	"socle/internal/store"
)

// The properties by which a table says what it shows.
const (
	datasetProperty = "socle.dataset" // of a table: the uid
	columnsProperty = "socle.columns" // of a table: names and types
	versionProperty = "socle.version" // of a snapshot: the number
)

// Project brings the table of a dataset to the versions of the lake. It changes nothing when they agree. The table
// shows the newest versions that have the same columns as the head, those that were erased excepted; when the
// columns change, a table of the new ones takes its place. Two calls at once are safe: one of them may fail, to be
// done again.
func (s *Service) Project(ctx context.Context, datasetUID string) error {
	release, err := s.lake.Lock(ctx, "tables "+datasetUID)
	if err != nil {
		return err
	}
	defer release()
	want, err := s.wanted(ctx, datasetUID)
	if err != nil {
		return err
	}
	if err := s.dropOthers(ctx, want); err != nil {
		return err
	}
	if len(want.versions) == 0 {
		return s.remember(ctx, datasetUID, nil)
	}
	shown, err := s.load(ctx, want.name)
	if err != nil {
		return err
	}
	if shown != nil && !want.continues(shown) {
		for _, uid := range []string{datasetUID, shown.Properties()[datasetProperty]} { // whoever asks meanwhile reads the files
			if err := s.remember(ctx, uid, nil); err != nil {
				return err
			}
		}
		if err := s.drop(ctx, shown); err != nil {
			return err
		}
		shown = nil
	}
	if shown == nil {
		if shown, err = s.create(ctx, want); err != nil {
			return err
		}
	}
	for _, v := range want.versions {
		if _, there := snapshotsOf(shown)[v.Number]; there {
			continue
		}
		if shown, err = s.append(ctx, shown, v); err != nil {
			return fmt.Errorf("tables: version %d of %s: %w", v.Number, want.name, err)
		}
	}
	return s.note(ctx, want, shown)
}

// Rebuild makes the table of a dataset from nothing.
func (s *Service) Rebuild(ctx context.Context, datasetUID string) error {
	if err := s.remember(ctx, datasetUID, nil); err != nil {
		return err
	}
	if err := s.dropOthers(ctx, wanted{uid: datasetUID}); err != nil {
		return err
	}
	return s.Project(ctx, datasetUID)
}

// wanted is what the table of a dataset should show.
type wanted struct {
	uid, name string
	versions  []lake.Version // the oldest first
}

func (s *Service) wanted(ctx context.Context, uid string) (wanted, error) {
	want := wanted{uid: uid}
	a, err := s.assets.Asset(ctx, uid)
	if fault.Is(err, fault.NotFound) {
		return want, nil
	}
	if err != nil {
		return want, err
	}
	want.name = a.ID
	versions, err := s.lake.List(ctx, uid)
	if err != nil {
		return want, err
	}
	for _, v := range versions {
		if columnsOf(v.Schema) != columnsOf(versions[0].Schema) {
			break
		}
		if v.Erased == nil && len(v.Files) > 0 {
			want.versions = append(want.versions, v)
		}
	}
	slices.Reverse(want.versions)
	return want, nil
}

// columnsOf tells schemas apart that one table cannot show.
func columnsOf(s schema.Schema) string {
	type column struct {
		Name  string
		Type  schema.Type
		Scale int `json:",omitempty"`
	}
	columns := make([]column, len(s.Fields))
	for i, f := range s.Fields {
		columns[i] = column{f.Name, f.Type, f.Scale}
	}
	data, err := json.Marshal(columns)
	if err != nil { // texts and numbers cannot fail
		panic(err)
	}
	return string(data)
}

// continues reports whether a table shows a beginning of what is wanted and nothing else.
func (w wanted) continues(t *table.Table) bool {
	properties := t.Properties()
	if properties[datasetProperty] != w.uid || properties[columnsProperty] != columnsOf(w.versions[0].Schema) {
		return false
	}
	shown := snapshotsOf(t)
	if len(shown) != len(t.Metadata().Snapshots()) || len(shown) > len(w.versions) {
		return false
	}
	for _, v := range w.versions[:len(shown)] {
		if _, there := shown[v.Number]; !there {
			return false
		}
	}
	return true
}

// snapshotsOf are the versions that a table shows, with their snapshots.
func snapshotsOf(t *table.Table) map[int]int64 {
	found := map[int]int64{}
	for _, snapshot := range t.Metadata().Snapshots() {
		if snapshot.Summary == nil {
			continue
		}
		if number, err := strconv.Atoi(snapshot.Summary.Properties[versionProperty]); err == nil {
			found[number] = snapshot.SnapshotID
		}
	}
	return found
}

func identifier(name string) table.Identifier { return table.Identifier{Namespace, name} }

// load returns a table, nil when there is none.
func (s *Service) load(ctx context.Context, name string) (*table.Table, error) {
	t, err := s.catalog.LoadTable(ctx, identifier(name))
	if errors.Is(err, catalog.ErrNoSuchTable) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("tables: load %s: %w", name, err)
	}
	return t, nil
}

func (s *Service) create(ctx context.Context, want wanted) (*table.Table, error) {
	t, err := s.catalog.CreateTable(ctx, identifier(want.name), icebergSchema(want.versions[0].Schema),
		catalog.WithLocation(s.lake.Location(lake.TablesPrefix+store.NewID())),
		catalog.WithProperties(iceberg.Properties{datasetProperty: want.uid, columnsProperty: columnsOf(want.versions[0].Schema),
			table.MetadataDeleteAfterCommitEnabledKey: "true", table.MetadataPreviousVersionsMaxKey: "5"}))
	if err != nil {
		return nil, fmt.Errorf("tables: create %s: %w", want.name, err)
	}
	return t, nil
}

// append adds a version as the newest snapshot: its files take the place of all others.
func (s *Service) append(ctx context.Context, t *table.Table, v lake.Version) (*table.Table, error) {
	before, err := files(ctx, t, 0)
	if err != nil {
		return nil, err
	}
	old := make([]string, len(before))
	for i, file := range before {
		old[i] = file.FilePath()
	}
	added := make([]string, len(v.Files))
	for i, file := range v.Files {
		added[i] = s.lake.Location(file.Key)
	}
	tx := t.NewTransaction()
	properties := iceberg.Properties{versionProperty: strconv.Itoa(v.Number), "socle.published-at": v.PublishedAt.UTC().Format("2006-01-02T15:04:05Z")}
	if err := tx.ReplaceDataFiles(ctx, old, added, properties); err != nil {
		return nil, err
	}
	return tx.Commit(ctx)
}

// files are the data files of a snapshot; of the current one when the snapshot is 0.
func files(ctx context.Context, t *table.Table, snapshot int64) ([]iceberg.DataFile, error) {
	if t.CurrentSnapshot() == nil {
		return nil, nil
	}
	var options []table.ScanOption
	if snapshot != 0 {
		options = append(options, table.WithSnapshotID(snapshot))
	}
	tasks, err := t.Scan(options...).PlanFiles(ctx)
	if err != nil {
		return nil, err
	}
	found := make([]iceberg.DataFile, len(tasks))
	for i, task := range tasks {
		found[i] = task.File
	}
	return found, nil
}

// note remembers which snapshot each version is.
func (s *Service) note(ctx context.Context, want wanted, t *table.Table) error {
	known, err := s.snapshots(ctx, want.uid)
	if err != nil {
		return err
	}
	row, _ := t.Schema().FindFieldByName(engine.RowColumn)
	snapshots := snapshotsOf(t)
	var list []Snapshot
	for _, v := range want.versions {
		one := Snapshot{Version: v.Number, Table: want.name, ID: snapshots[v.Number], Numbered: true}
		if i := slices.IndexFunc(known, func(k Snapshot) bool { return k.Version == one.Version && k.ID == one.ID }); i >= 0 {
			one.Numbered = known[i].Numbered
		} else {
			data, err := files(ctx, t, one.ID)
			if err != nil {
				return fmt.Errorf("tables: files of version %d of %s: %w", v.Number, want.name, err)
			}
			for _, file := range data { // files older than the column do not count its values
				one.Numbered = one.Numbered && file.ValueCounts()[row.ID] == file.Count()
			}
		}
		list = append(list, one)
	}
	if slices.Equal(list, known) {
		return nil
	}
	return s.remember(ctx, want.uid, list)
}
