package ingest

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/schema"
	"socle/internal/store"
	"socle/internal/validate"
)

// target is where a publication goes: a dataset as it is now, or one to make.
type target struct {
	id       string
	dataset  *asset.Dataset // nil: to make
	head     *lake.Version  // nil: none yet
	settings Settings       // of the head
	orgID    string
	title    string
	level    asset.Level
	gate     validate.Gate // what its files must satisfy
}

// base is the number of the head, 0 for none.
func (t *target) base() int {
	if t.head == nil {
		return 0
	}
	return t.head.Number
}

// aim decides where a request goes and asks whether the principal of ctx may publish there.
func (s *Service) aim(ctx context.Context, fileName string, r Request) (*target, error) {
	t := &target{id: r.ID, title: strings.TrimSpace(r.Title), level: r.Level}
	if r.Level != "" && !r.Level.Valid() {
		return nil, fault.New(fault.Invalid, "level_invalid", i18n.T("L’accès « %s » n’existe pas. Choisissez open, internal ou restricted.",
			"There is no access “%s”. Choose open, internal or restricted.", string(r.Level))).At("level")
	}
	if t.id == "" {
		t.id = idFrom(t.title, fileName)
	}
	if !asset.ValidID(t.id) {
		return nil, fault.New(fault.Invalid, "id_invalid", i18n.T(
			"L’identifiant « %s » n’est pas valable : de 1 à 100 minuscules sans accent, chiffres, tirets, en commençant par une lettre ou un chiffre.",
			"The identifier “%s” is not valid: 1 to 100 lower-case letters, digits or hyphens, beginning with a letter or a digit.", t.id)).At("id")
	}
	dataset, err := s.Assets.Get(ctx, t.id)
	switch {
	case fault.Is(err, fault.NotFound):
		if err := s.aimNew(ctx, t, fileName, r); err != nil {
			return t, err
		}
		return t, s.gate(ctx, t, r)
	case err != nil:
		return nil, err
	case r.New:
		return nil, fault.New(fault.Conflict, "id_taken", i18n.T("L’identifiant « %s » est déjà pris. Choisissez-en un autre.",
			"The identifier “%s” is already taken. Choose another one.", t.id)).At("id")
	}
	t.dataset = &dataset
	if err := s.aimExisting(ctx, t, r); err != nil {
		return t, err
	}
	return t, s.gate(ctx, t, r)
}

func (s *Service) aimNew(ctx context.Context, t *target, fileName string, r Request) error {
	var org identity.Organization
	var err error
	if r.Org == "" {
		org, err = s.Identity.Own(ctx)
	} else {
		org, err = s.Identity.Organization(ctx, r.Org)
	}
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Invalid, "organization_unknown", i18n.T("L’organisation « %s » n’existe pas.",
			"There is no organisation “%s”.", r.Org)).At("org")
	}
	if err != nil {
		return err
	}
	t.orgID = org.ID
	if t.title == "" {
		t.title = titleFrom(fileName)
	}
	if t.level == "" {
		t.level = asset.Open
	}
	return s.Access.CanIn(ctx, identity.From(ctx), access.Publish, t.orgID)
}

func (s *Service) aimExisting(ctx context.Context, t *target, r Request) error {
	who := identity.From(ctx)
	err := s.Access.Can(ctx, who, access.Publish, t.dataset.Asset)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Forbidden, "id_unavailable", i18n.T("Vous ne pouvez pas publier sous l’identifiant « %s ».",
			"You may not publish under the identifier “%s”.", t.id)).At("id")
	}
	if err != nil {
		return err
	}
	if t.dataset.State == asset.Withdrawn {
		return fault.New(fault.Conflict, "dataset_withdrawn", i18n.T("Ce jeu de données a été retiré. Rétablissez-le avant d’y publier.",
			"This dataset was withdrawn. Restore it before publishing to it.")).At("id")
	}
	t.orgID = t.dataset.OrgID
	if r.Org != "" {
		org, err := s.Identity.Organization(ctx, r.Org)
		if err != nil {
			return err
		}
		t.orgID = org.ID
	}
	if t.title == "" {
		t.title = t.dataset.Title
	}
	if t.level == "" {
		t.level = t.dataset.Level
	}
	if t.orgID != t.dataset.OrgID || t.level != t.dataset.Level {
		if err := s.Access.Can(ctx, who, access.Steward, t.dataset.Asset); err != nil {
			return err
		}
		if t.orgID != t.dataset.OrgID {
			if err := s.Access.CanIn(ctx, who, access.Publish, t.orgID); err != nil {
				return err
			}
		}
	}
	head, err := s.Lake.Head(ctx, t.dataset.UID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	t.head = &head
	if len(head.Settings) > 0 {
		if err := json.Unmarshal(head.Settings, &t.settings); err != nil {
			return fmt.Errorf("ingest: settings of version %d of %s: %w", head.Number, t.id, err)
		}
	}
	return nil
}

// save makes the dataset, or changes what the request names of it, in the transaction of the publication.
func (s *Service) save(ctx context.Context, t *target, fields schema.Schema, r Request) (asset.Dataset, error) {
	if err := checkKey(fields, r.Key); err != nil {
		return asset.Dataset{}, err
	}
	if t.dataset == nil {
		d, err := s.Assets.CreateDataset(ctx, asset.Dataset{Asset: asset.Asset{ID: t.id, Kind: asset.KindDataset, OrgID: t.orgID, Level: t.level},
			Title: t.title, Key: r.Key})
		if err == nil && len(t.gate.Schemas) > 0 {
			err = s.Rules.Start(ctx, d, r.Schema, t.gate.Policy)
		}
		return d, err
	}
	d := *t.dataset
	if d.Title == t.title && d.OrgID == t.orgID && d.Level == t.level && (r.Key == nil || slices.Equal(r.Key, d.Key)) {
		return d, nil
	}
	d.Title, d.OrgID, d.Level = t.title, t.orgID, t.level
	if r.Key != nil {
		d.Key = r.Key
	}
	return s.Assets.UpdateDataset(ctx, d)
}

func checkKey(fields schema.Schema, key []string) error {
	for _, name := range key {
		if _, ok := fields.Field(name); !ok {
			return fault.New(fault.Invalid, "unknown_field", i18n.T("La clé nomme « %s », qui n’est pas une colonne du fichier.",
				"The key names “%s”, which is no column of the file.", name)).At("key")
		}
	}
	return nil
}

// unchanged answers for bytes and settings that are those of the head: no version is made, but what the request
// says of the dataset is saved.
func (s *Service) unchanged(ctx context.Context, t *target, r Request) (Result, error) {
	result := Result{Version: *t.head, Unchanged: true, DryRun: r.DryRun}
	if r.DryRun {
		result.Dataset = *t.dataset
		return result, nil
	}
	err := s.Store.Tx(ctx, func(ctx context.Context, _ *sql.Tx) (err error) {
		result.Dataset, err = s.save(ctx, t, t.head.Schema, r)
		return err
	})
	return result, err
}

// checkPersonal holds a publication that would open columns about people without anybody having said so. What the
// head already shows was confirmed then.
func checkPersonal(t *target, personal []Personal, r Request) error {
	if t.level != asset.Open || r.ConfirmPersonal || r.DryRun {
		return nil
	}
	var held []Personal
	for _, p := range personal {
		known := false
		if t.head != nil && t.dataset.Level == asset.Open {
			field, ok := t.head.Schema.Field(p.Name)
			known = ok && field.Personal
		}
		if !known {
			held = append(held, p)
		}
	}
	if len(held) == 0 {
		return nil
	}
	names := make([]string, len(held))
	for i, p := range held {
		names[i] = p.Name
	}
	return &PersonalError{Columns: held, Fault: fault.New(fault.Conflict, "personal_data", i18n.T(
		"Des colonnes désignent des personnes : %s. Pour les ouvrir à tous, confirmez-le expressément (--access open) ; sinon, choisissez un accès interne ou restreint.",
		"Some columns identify people: %s. To open them to everybody, say so expressly (--access open); otherwise choose internal or restricted access.",
		strings.Join(names, ", "))).At("level")}
}

// idFrom makes an identifier of a title, or of the name of a file.
func idFrom(title, fileName string) string {
	id := schema.Name(title)
	if id == "" {
		id = schema.Name(stem(fileName))
	}
	if id == "" {
		return "jeu-" + store.NewID()
	}
	id = strings.ReplaceAll(id, "_", "-")
	if len(id) > 100 {
		id = strings.TrimRight(id[:100], "-")
	}
	return id
}

// titleFrom makes a title of the name of a file: "effectifs_2024.csv.gz" becomes "effectifs 2024".
func titleFrom(fileName string) string {
	title := strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '_' {
			return ' '
		}
		return r
	}, stem(fileName)))
	if title == "" {
		return "Sans titre"
	}
	return title
}

// stem is a file's name without the extensions of formats.
func stem(name string) string {
	for {
		extension := strings.ToLower(path.Ext(name))
		if extension == "" || !slices.Contains(extensions, extension[1:]) {
			return name
		}
		name = name[:len(name)-len(extension)]
	}
}

var extensions = []string{"gz", "zip", "txt", "geojson", "csv", "tsv", "json", "ndjson", "jsonl", "xlsx", "ods", "parquet"}
