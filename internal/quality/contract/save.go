package contract

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/store"
)

// Sight is a dataset with its contract, as who asks sees it.
type Sight struct {
	Dataset  asset.Dataset
	Head     lake.Version // zero when there is none
	Contract Contract     // zero when there is none
	Results  []Result     // the newest first
	Since    map[string]store.Time
	May      bool // who asks may change the contract
}

// resultsShown is how many checks the history shows.
const resultsShown = 30

// See returns a dataset with its contract. What was found tells of every row, so it is for those who read the whole: others are
// told that there is no contract. A reference list that they may not see is not named.
func (s *Service) See(ctx context.Context, datasetID string) (Sight, error) {
	d, err := s.Assets.Get(ctx, datasetID)
	if err != nil {
		return Sight{}, err
	}
	who := identity.From(ctx)
	view, err := s.Access.View(ctx, who, d.Asset)
	if err != nil {
		return Sight{}, err
	}
	v := Sight{Dataset: d, May: s.Access.Can(ctx, who, access.Describe, d.Asset) == nil}
	if !view.Whole() {
		return v, nil
	}
	if v.Contract, err = s.find(ctx, d.UID); err != nil && !fault.Is(err, fault.NotFound) {
		return Sight{}, err
	}
	if v.Head, err = s.Lake.Head(ctx, d.UID); err != nil && !fault.Is(err, fault.NotFound) {
		return Sight{}, err
	}
	if v.Contract.Edition == 0 || v.Contract.Status == "draft" && !v.May {
		v.Contract = Contract{}
		return v, nil
	}
	for i, r := range v.Contract.Rules {
		if r.Kind == Reference && !s.sees(ctx, r.Dataset) {
			v.Contract.Rules[i].Dataset, v.Contract.Rules[i].Field = "", ""
		}
	}
	if v.Results, err = s.results(ctx, d.UID, resultsShown); err != nil {
		return Sight{}, err
	}
	v.Since, err = s.breaks(ctx, d.UID)
	return v, err
}

// sees reports whether who asks may read a dataset whole.
func (s *Service) sees(ctx context.Context, id string) bool {
	d, err := s.Assets.Get(ctx, id)
	if err != nil || d.State != asset.Published {
		return false
	}
	view, err := s.Access.View(ctx, identity.From(ctx), d.Asset)
	return err == nil && view.Whole()
}

// Save keeps a contract, new or changed from the edition that it names. It answers Conflict when somebody changed it since.
func (s *Service) Save(ctx context.Context, datasetID string, c Contract) error {
	d, err := s.Assets.Get(ctx, datasetID)
	if err != nil {
		return err
	}
	who := identity.From(ctx)
	if err := s.Access.Can(ctx, who, access.Describe, d.Asset); err != nil {
		return err
	}
	if err := s.check(ctx, d, &c); err != nil {
		return err
	}
	now := store.At(store.Now())
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if c.Edition == 0 {
			_, err := tx.ExecContext(ctx, addContract, d.UID, store.AsJSON(c), who.Actor(), now)
			if store.IsDuplicate(err) {
				return changed()
			}
			if err != nil {
				return fmt.Errorf("contract: add: %w", err)
			}
		} else {
			done, err := tx.ExecContext(ctx, setContract, store.AsJSON(c), who.Actor(), now, d.UID, c.Edition)
			if err != nil {
				return fmt.Errorf("contract: change: %w", err)
			}
			if n, err := done.RowsAffected(); err != nil || n == 0 {
				return changed()
			}
		}
		if c.Status != "active" { // nothing is promised any more
			if _, err := tx.ExecContext(ctx, closeBreaks, d.UID); err != nil {
				return fmt.Errorf("contract: breaks: %w", err)
			}
		}
		if err := s.tell(ctx, tx, d.UID); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: "contract.save", Asset: d.UID,
			Detail: map[string]any{"version": c.Version, "status": c.Status, "rules": len(c.Rules)}})
	})
}

func changed() error {
	return fault.New(fault.Conflict, "contract_changed", i18n.T("Le contrat a changé depuis que vous l’avez ouvert : rouvrez-le avant de le modifier.", "The contract changed since you opened it: open it again before changing it."))
}

// Remove takes the contract away; its results stay.
func (s *Service) Remove(ctx context.Context, datasetID string) error {
	d, err := s.Assets.Get(ctx, datasetID)
	if err != nil {
		return err
	}
	who := identity.From(ctx)
	if err := s.Access.Can(ctx, who, access.Describe, d.Asset); err != nil {
		return err
	}
	if _, err := s.find(ctx, d.UID); err != nil {
		return err
	}
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, drop := range []string{dropContract, closeBreaks} {
			if _, err := tx.ExecContext(ctx, drop, d.UID); err != nil {
				return fmt.Errorf("contract: remove: %w", err)
			}
		}
		if err := s.tell(ctx, tx, d.UID); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: "contract.remove", Asset: d.UID})
	})
}

// check says what is wrong with a contract that a person wrote in a form or a document.
func (s *Service) check(ctx context.Context, d asset.Dataset, c *Contract) error {
	c.Version, c.Name = strings.TrimSpace(c.Version), strings.TrimSpace(c.Name)
	if c.Version == "" || len(c.Version) > 40 {
		return fault.New(fault.Invalid, "contract_version", i18n.T("Donnez un numéro de version au contrat, par exemple 1.0.0.", "Give the contract a version number, for instance 1.0.0.")).At("version")
	}
	if !slices.Contains(Statuses, c.Status) {
		return fault.New(fault.Invalid, "contract_status", i18n.T("Choisissez un état.", "Choose a status.")).At("etat")
	}
	if len(c.Rules) > mostRules {
		return fault.New(fault.Invalid, "contract_rules", i18n.T("Un contrat a au plus %d règles.", "A contract has at most %d rules.", mostRules))
	}
	taken := map[string]bool{}
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.ID == "" || !ruleID.MatchString(r.ID) || taken[r.ID] {
			r.ID = freeID(*r, func(id string) bool { return taken[id] })
		}
		taken[r.ID] = true
		if err := s.checkRule(ctx, d, *r); err != nil {
			return err
		}
	}
	return nil
}

// checkRule says what is missing of a rule.
func (s *Service) checkRule(ctx context.Context, d asset.Dataset, r Rule) error {
	wrong := func(code string, text i18n.Text) error {
		return fault.New(fault.Invalid, code, i18n.T("%s : %s", "%s: %s", r.Kind.title(), text))
	}
	if r.Kind == Other {
		return nil
	}
	if !slices.Contains(Kinds, r.Kind) {
		return fault.New(fault.Invalid, "contract_kind", i18n.T("Cette sorte de règle n’existe pas : « %s ».", "This kind of rule does not exist: “%s”.", clip(string(r.Kind))))
	}
	for _, bound := range []*float64{r.Least, r.Limit} {
		if bound != nil && (*bound < 0 || math.IsNaN(*bound) || math.IsInf(*bound, 0)) {
			return wrong("contract_bound", i18n.T("un nombre positif est attendu.", "a positive number is expected."))
		}
	}
	switch r.Kind {
	case Rows:
		if r.Least == nil && r.Limit == nil || r.Least != nil && r.Limit != nil && *r.Least > *r.Limit {
			return wrong("contract_bound", i18n.T("donnez un minimum, un maximum ou les deux, dans l’ordre.", "give a least, a most or both, in order."))
		}
	case Reference:
		if r.Least == nil || *r.Least > 100 {
			return wrong("contract_bound", i18n.T("donnez un pourcentage entre 0 et 100.", "give a percentage between 0 and 100."))
		}
	default:
		if r.Limit == nil {
			return wrong("contract_bound", i18n.T("donnez une valeur.", "give a value."))
		}
	}
	needed := map[Kind]bool{ByPart: true, Drift: true, Empty: true, Unique: true, Reference: true}[r.Kind]
	if needed && (len(r.Fields) == 0 || slices.Contains(r.Fields, "")) {
		return wrong("contract_field", i18n.T("choisissez un champ.", "choose a field."))
	}
	if r.Kind == Reference {
		return s.checkReference(ctx, d, r, wrong)
	}
	return nil
}

// checkReference makes sure that the contract tells nobody of a dataset that they may not see: its reference is at least as
// open as the dataset itself.
func (s *Service) checkReference(ctx context.Context, d asset.Dataset, r Rule, wrong func(string, i18n.Text) error) error {
	reference, err := s.Assets.Get(ctx, r.Dataset)
	if err != nil || !s.sees(ctx, r.Dataset) {
		return wrong("contract_reference", i18n.T("le jeu de référence n’existe pas, ou ne vous est pas ouvert.", "the reference dataset does not exist, or is not open to you."))
	}
	place := func(l asset.Level) int { return slices.Index(asset.Levels, l) }
	if place(reference.Level) > place(d.Level) || reference.Level == asset.Restricted && reference.OrgID != d.OrgID {
		return wrong("contract_reference", i18n.T("le jeu de référence est moins ouvert que celui-ci : le contrat le ferait connaître.", "the reference dataset is less open than this one: the contract would make it known."))
	}
	head, err := s.Lake.Head(ctx, reference.UID)
	if err != nil {
		return wrong("contract_reference", i18n.T("le jeu de référence n’a pas de données.", "the reference dataset has no data."))
	}
	if _, there := head.Schema.Field(r.Field); !there {
		return wrong("contract_reference", i18n.T("le jeu de référence n’a pas de champ « %s ».", "the reference dataset has no field “%s”.", clip(r.Field)))
	}
	return nil
}
