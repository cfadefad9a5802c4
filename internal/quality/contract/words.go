package contract

import (
	"strconv"
	"strings"

	"socle/internal/i18n"
)

// title is how people call a kind of rule.
func (k Kind) title() i18n.Text {
	switch k {
	case Freshness:
		return i18n.T("Fraîcheur", "Freshness")
	case Rows:
		return i18n.T("Nombre de lignes", "Number of rows")
	case Volume:
		return i18n.T("Volume d’une version à l’autre", "Volume from a version to the next")
	case ByPart:
		return i18n.T("Volume par territoire ou catégorie", "Volume by territory or category")
	case Drift:
		return i18n.T("Dérive d’une répartition", "Drift of a distribution")
	case Empty:
		return i18n.T("Cellules vides", "Empty cells")
	case Unique:
		return i18n.T("Unicité", "Uniqueness")
	case Reference:
		return i18n.T("Présence dans une liste de référence", "Presence in a reference list")
	}
	return i18n.T("Autre règle", "Other rule")
}

// hint says what the value of a kind is, in a form.
func (k Kind) hint() i18n.Text {
	switch k {
	case Freshness:
		return i18n.T("Jours depuis la dernière version, au plus", "Days since the last version, at most")
	case Rows:
		return i18n.T("Lignes, au plus ; vide s’il n’y a pas de maximum", "Rows, at most; empty for no maximum")
	case Volume:
		return i18n.T("Pourcentage de lignes en plus ou en moins, au plus", "Percentage of rows more or less, at most")
	case ByPart:
		return i18n.T("Pourcentage de lignes qu’une valeur peut perdre, au plus", "Percentage of rows that a value may lose, at most")
	case Drift:
		return i18n.T("Indice de stabilité, au plus : 0,1 si rien ne doit bouger, 0,25 si peu", "Stability index, at most: 0.1 if nothing may move, 0.25 if little")
	case Empty:
		return i18n.T("Pourcentage de lignes sans valeur, au plus", "Percentage of rows without a value, at most")
	case Unique:
		return i18n.T("Lignes répétées, au plus : 0 le plus souvent", "Repeated rows, at most: 0 most often")
	}
	return i18n.T("Pourcentage de lignes trouvées dans la référence, au moins", "Percentage of rows found in the reference, at least")
}

// figure writes a number as people do.
func figure(x *float64) i18n.Text {
	if x == nil {
		return i18n.Text{FR: "–", EN: "–"}
	}
	if *x == float64(int64(*x)) {
		return integer(int64(*x))
	}
	text := strconv.FormatFloat(*x, 'f', -1, 64)
	return i18n.Text{FR: strings.Replace(text, ".", ",", 1), EN: text}
}

// sentence says what a rule promises.
func sentence(r Rule) i18n.Text {
	field := strings.Join(r.Fields, ", ")
	switch r.Kind {
	case Freshness:
		return i18n.T("Une version a moins de %s jours", "A version is less than %s days old", figure(r.Limit))
	case Rows:
		switch {
		case r.Least != nil && r.Limit != nil:
			return i18n.T("Entre %s et %s lignes", "Between %s and %s rows", figure(r.Least), figure(r.Limit))
		case r.Least != nil:
			return i18n.T("Au moins %s lignes", "At least %s rows", figure(r.Least))
		}
		return i18n.T("Au plus %s lignes", "At most %s rows", figure(r.Limit))
	case Volume:
		return i18n.T("Le nombre de lignes change de %s %% au plus d’une version à l’autre", "The number of rows changes by %s%% at most from a version to the next", figure(r.Limit))
	case ByPart:
		return i18n.T("Aucune valeur de « %s » ne perd plus de %s %% de ses lignes", "No value of “%s” loses more than %s%% of its rows", field, figure(r.Limit))
	case Drift:
		return i18n.T("La répartition de « %s » dérive de %s au plus", "The distribution of “%s” drifts by %s at most", field, figure(r.Limit))
	case Empty:
		return i18n.T("« %s » est vide sur %s %% des lignes au plus", "“%s” is empty on %s%% of the rows at most", field, figure(r.Limit))
	case Unique:
		if r.Limit != nil && *r.Limit == 0 {
			return i18n.T("« %s » ne se répète jamais", "“%s” is never repeated", field)
		}
		return i18n.T("« %s » se répète sur %s lignes au plus", "“%s” is repeated on %s rows at most", field, figure(r.Limit))
	case Reference:
		where := i18n.T("« %s » de « %s »", "“%s” of “%s”", r.Field, r.Dataset)
		if r.Dataset == "" {
			where = i18n.T("une liste de référence", "a reference list")
		}
		return i18n.T("%s %% des valeurs de « %s » sont dans %s", "%s%% of the values of “%s” are in %s", figure(r.Least), field, where)
	}
	if r.Description != "" {
		return i18n.Text{FR: r.Description, EN: r.Description}
	}
	return i18n.T("Règle « %s », gardée telle quelle", "Rule “%s”, kept as it is", r.ID)
}

func statusLabel(status string) i18n.Text {
	switch status {
	case "active":
		return i18n.T("en vigueur", "in force")
	case "deprecated":
		return i18n.T("bientôt retiré", "deprecated")
	case "retired":
		return i18n.T("retiré", "retired")
	}
	return i18n.T("en préparation", "draft")
}

func causeLabel(cause string) i18n.Text {
	switch cause {
	case onSchedule:
		return i18n.T("le temps", "time")
	case onRequest:
		return i18n.T("une demande", "a request")
	}
	return i18n.T("une publication", "a publication")
}

func stateLabel(s State) i18n.Text {
	switch s {
	case Kept:
		return i18n.T("Tenu", "Kept")
	case Broken:
		return i18n.T("Rompu", "Broken")
	}
	return i18n.T("Non vérifié", "Not checked")
}
