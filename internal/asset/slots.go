package asset

import "socle/internal/i18n"

// FieldSlot is one text that a dictionary has for each field. Its name is that of the inputs of forms and of the columns of
// spreadsheets.
type FieldSlot struct {
	Name  string
	Label i18n.Text
}

// FieldSlots lists the texts of a [FieldDoc], in the order in which people read them.
var FieldSlots = []FieldSlot{
	{"libelle", i18n.T("Libellé", "Label")},
	{"definition", i18n.T("Définition", "Definition")},
	{"unite", i18n.T("Unité", "Unit")},
	{"consigne", i18n.T("Consigne de saisie", "Entry instructions")},
	{"exemple", i18n.T("Exemple", "Example")},
	{"nomenclature", i18n.T("Nomenclature", "Code list")},
	{"norme", i18n.T("Norme suivie", "Norm followed")},
	{"sensibilite", i18n.T("Sensibilité", "Sensitivity")},
	{"concept", i18n.T("Concept pivot", "Pivot concept")},
}

// Get returns the text of a slot, "" for a slot that there is not.
func (d FieldDoc) Get(slot string) string {
	if slot == "sensibilite" {
		return string(d.Sensitivity)
	}
	if text := d.slot(slot); text != nil {
		return *text
	}
	return ""
}

// Set writes the text of a slot.
func (d *FieldDoc) Set(slot, text string) {
	if slot == "sensibilite" {
		d.Sensitivity = Sensitivity(text)
		return
	}
	if to := d.slot(slot); to != nil {
		*to = text
	}
}

func (d *FieldDoc) slot(name string) *string {
	switch name {
	case "libelle":
		return &d.Label
	case "definition":
		return &d.Description
	case "unite":
		return &d.Unit
	case "consigne":
		return &d.Instructions
	case "exemple":
		return &d.Example
	case "nomenclature":
		return &d.Nomenclature
	case "norme":
		return &d.Norm
	case "concept":
		return &d.Concept
	}
	return nil
}

// Label says a sensitivity to people.
func (s Sensitivity) Label() i18n.Text {
	switch s {
	case SensitivityPublic:
		return i18n.T("Publique", "Public")
	case SensitivityInternal:
		return i18n.T("Interne à l’administration", "Internal to the administration")
	case SensitivityPersonal:
		return i18n.T("Personnelle", "Personal")
	case SensitivitySensitive:
		return i18n.T("Personnelle et sensible", "Personal and sensitive")
	}
	return i18n.Text{}
}
