package catalog

import (
	"context"
	"encoding/json"
	"strings"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/schema"
	"socle/internal/web/ui"
)

// dictionaryFiles are the files of a dictionary.
var dictionaryFiles = []struct{ Format, Label string }{{"xlsx", "XLSX"}, {"csv", "CSV"}, {"csvw.json", "CSVW"}, {"table-schema.json", "Table Schema"}}

// input is an input of a slot of the form of the columns, with where its draft comes from and what somebody else wrote meanwhile.
func (f dictionary) input(ctx context.Context, field schema.Field, slot, value, hint string) ui.FieldInfo {
	name := field.Name + "." + slot
	info := ui.FieldInfo{Name: name, Value: value, Hint: hint, Rows: 2}
	for _, s := range asset.FieldSlots {
		if s.Name == slot {
			info.Label = say(ctx, s.Label)
		}
	}
	if source, drafted := f.Drafts[name]; drafted {
		info.Hint = strings.TrimSpace(i18n.S(ctx, "Proposition, à vérifier, d’après %s.", "A draft to check, from %s.", source) + " " + hint)
	}
	if other, changed := f.Meanwhile[name]; changed {
		if other == "" {
			other = i18n.S(ctx, "rien", "nothing")
		}
		info.Error = i18n.S(ctx, "Entre-temps, quelqu’un a écrit : « %s ».", "Meanwhile, somebody wrote: “%s”.", other)
	}
	return info
}

func sensitivityOptions(ctx context.Context, chosen asset.Sensitivity) []ui.Option {
	options := []ui.Option{{Value: "", Label: i18n.S(ctx, "Pas encore dite", "Not said yet"), Selected: chosen == ""}}
	for _, s := range asset.Sensitivities {
		options = append(options, ui.Option{Value: string(s), Label: say(ctx, s.Label()), Selected: s == chosen})
	}
	return options
}

// codeListURL is where a code list is: a dataset of the portal, or an address; "" when it is only words.
func codeListURL(nomenclature string) string {
	if link := safeLink(nomenclature); link != "" {
		return link
	}
	if id, _, _ := strings.Cut(nomenclature, "#"); asset.ValidID(id) {
		return datasetPath(id)
	}
	return ""
}

func asJSON(doc asset.FieldDoc) string {
	text, err := json.Marshal(doc)
	if err != nil {
		return ""
	}
	return string(text)
}
