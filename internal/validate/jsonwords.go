package validate

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"socle/internal/i18n"
)

// jsonWords are what a person reads about a keyword of JSON Schema.
type jsonWords struct {
	rule  string    // the keyword
	title i18n.Text // the keyword in a few words
	wrong i18n.Text // what is wrong, after the value
	what  i18n.Text // what is expected, as an instruction
}

// wordsOf says what a value broke.
func wordsOf(of jsonschema.ErrorKind) jsonWords {
	if w, known := wordsOfValue(of); known {
		return w
	}
	switch k := of.(type) {
	case *kind.Required:
		return jsonWords{"required", i18n.T("Membre obligatoire", "Required member"), i18n.T("manque", "is missing"), i18n.T("Donnez ce membre à chaque objet.", "Give every object this member.")}
	case *kind.DependentRequired:
		return dependent(k.Prop)
	case *kind.Dependency:
		return dependent(k.Prop)
	case *kind.AdditionalProperties:
		return jsonWords{"additionalProperties", i18n.T("Membre en trop", "Member in excess"), i18n.T("n’est pas prévu par le schéma", "is not in the schema"),
			i18n.T("Retirez ce membre, ou vérifiez son nom.", "Remove this member, or check its name.")}
	case *kind.PropertyNames:
		return jsonWords{"propertyNames", i18n.T("Nom de membre", "Name of a member"), i18n.T("a un membre dont le nom n’est pas admis", "has a member whose name is not allowed"), i18n.T("Renommez le membre « %s ».", "Rename member “%s”.", k.Property)}
	case *kind.FalseSchema:
		return jsonWords{"false", i18n.T("Valeur interdite", "Forbidden value"), i18n.T("n’est pas prévu par le schéma", "is not in the schema"), i18n.T("Retirez la valeur.", "Remove the value.")}
	case *kind.AnyOf:
		return oneForm("anyOf")
	case *kind.OneOf:
		if len(k.Subschemas) > 0 {
			return jsonWords{"oneOf", i18n.T("Une seule forme possible", "Only one form"), i18n.T("répond à plusieurs formes qui s’excluent", "has several forms that exclude each other"),
				i18n.T("Gardez les membres d’une seule forme.", "Keep the members of one form only.")}
		}
		return oneForm("oneOf")
	case *kind.Not:
		return jsonWords{"not", i18n.T("Forme interdite", "Forbidden form"), i18n.T("a la forme que le schéma interdit", "has the form that the schema forbids"), i18n.T("Changez la valeur.", "Change the value.")}
	case *kind.UniqueItems:
		return jsonWords{"uniqueItems", i18n.T("Éléments différents", "Different items"), i18n.T("contient deux éléments identiques (%d et %d)", "holds two equal items (%d and %d)", k.Duplicates[0], k.Duplicates[1]),
			i18n.T("Retirez l’élément en double.", "Remove the repeated item.")}
	}
	return jsonWords{keywordOf(of), i18n.T("Règle « %s »", "Rule “%s”", keywordOf(of)), i18n.T("ne suit pas la règle « %s » (%s)", "does not follow rule “%s” (%s)", keywordOf(of), inEnglish(of)),
		i18n.T("Voyez « %s » dans le schéma.", "See “%s” in the schema.", keywordOf(of))}
}

func oneForm(rule string) jsonWords {
	return jsonWords{rule, i18n.T("Une des formes possibles", "One of the possible forms"), i18n.T("n’a aucune des formes que le schéma admet", "has none of the forms that the schema allows"),
		i18n.T("Donnez à la valeur l’une des formes du schéma.", "Give the value one of the forms of the schema.")}
}

func dependent(on string) jsonWords {
	return jsonWords{"dependentRequired", i18n.T("Membre obligatoire avec un autre", "Member required with another"), i18n.T("manque alors que « %s » est là", "is missing though “%s” is there", on),
		i18n.T("Donnez ce membre quand « %s » est là.", "Give this member when “%s” is there.", on)}
}

// wordsOfValue is for the keywords that bound a value; known is false for the others.
func wordsOfValue(of jsonschema.ErrorKind) (w jsonWords, known bool) {
	bound := func(rule string, title, what i18n.Text) (jsonWords, bool) {
		return jsonWords{rule, title, i18n.T("est hors des bornes : %s est attendu", "is out of bounds: %s is expected", what), i18n.T("Écrivez %s.", "Write %s.", what)}, true
	}
	limit, length := i18n.T("Borne", "Bound"), i18n.T("Longueur", "Length")
	characters, items, members := countOf("caractère", "character"), countOf("élément", "item"), countOf("membre", "member")
	least := func(rule string, n i18n.Text) (jsonWords, bool) {
		return bound(rule, length, i18n.T("au moins %s", "at least %s", n))
	}
	atMost := func(rule string, n i18n.Text) (jsonWords, bool) {
		return bound(rule, length, i18n.T("au plus %s", "at most %s", n))
	}
	switch k := of.(type) {
	case *kind.Type:
		want := make([]i18n.Text, len(k.Want))
		for i, name := range k.Want {
			want[i] = jsonType(name)
		}
		what := i18n.T("%s", "%s", want[0])
		for _, other := range want[1:] {
			what = i18n.T("%s ou %s", "%s or %s", what, other)
		}
		return jsonWords{"type", i18n.T("Type : %s", "Type: %s", what), i18n.T("est %s ; %s est attendu", "is %s; %s is expected", jsonType(k.Got), what), i18n.T("Écrivez %s.", "Write %s.", what)}, true
	case *kind.Enum:
		texts := make([]string, len(k.Want))
		for i, v := range k.Want {
			texts[i] = shownJSON(v)
		}
		return jsonWords{"enum", i18n.T("Liste fermée de valeurs", "Closed list of values"), i18n.T("n’est pas dans la liste", "is not in the list"), i18n.T("Choisissez parmi %s.", "Choose among %s.", orList(texts))}, true
	case *kind.Const:
		return jsonWords{"const", i18n.T("Valeur imposée", "Set value"), i18n.T("n’est pas la valeur attendue", "is not the expected value"), i18n.T("Écrivez « %s ».", "Write “%s”.", shownJSON(k.Want))}, true
	case *kind.Format:
		wrong := i18n.T("n’est pas au format « %s »", "is not of format “%s”", k.Want)
		if why, said := k.Err.(refusal); said {
			wrong = i18n.T("%s : %s", "%s: %s", wrong, i18n.Text(why))
		}
		return jsonWords{"format", i18n.T("Format : %s", "Format: %s", k.Want), wrong,
			i18n.T("Écrivez une valeur au format « %s ».", "Write a value of format “%s”.", k.Want)}, true
	case *kind.Pattern:
		return jsonWords{"pattern", i18n.T("Forme de la valeur", "Form of the value"), i18n.T("n’a pas la forme attendue", "does not have the expected form"), i18n.T("Écrivez une valeur de la forme %s.", "Write a value of the form %s.", k.Want)}, true
	case *kind.MinLength:
		return least("minLength", characters(k.Want))
	case *kind.MaxLength:
		return atMost("maxLength", characters(k.Want))
	case *kind.MinItems:
		return least("minItems", items(k.Want))
	case *kind.MaxItems:
		return atMost("maxItems", items(k.Want))
	case *kind.MinProperties:
		return least("minProperties", members(k.Want))
	case *kind.MaxProperties:
		return atMost("maxProperties", members(k.Want))
	case *kind.Minimum:
		return bound("minimum", limit, i18n.T("au moins %s", "at least %s", ratio(k.Want)))
	case *kind.Maximum:
		return bound("maximum", limit, i18n.T("au plus %s", "at most %s", ratio(k.Want)))
	case *kind.ExclusiveMinimum:
		return bound("exclusiveMinimum", limit, i18n.T("plus de %s", "more than %s", ratio(k.Want)))
	case *kind.ExclusiveMaximum:
		return bound("exclusiveMaximum", limit, i18n.T("moins de %s", "less than %s", ratio(k.Want)))
	case *kind.MultipleOf:
		return bound("multipleOf", i18n.T("Multiple", "Multiple"), i18n.T("un multiple de %s", "a multiple of %s", ratio(k.Want)))
	}
	return jsonWords{}, false
}

// countOf says how many of something.
func countOf(fr, en string) func(n int) i18n.Text {
	return func(n int) i18n.Text { return i18n.Count(n, i18n.T(fr, en), i18n.T(fr+"s", en+"s")) }
}

func jsonType(name string) i18n.Text {
	switch name {
	case "object":
		return i18n.T("un objet", "an object")
	case "array":
		return i18n.T("une liste", "a list")
	case "string":
		return i18n.T("un texte", "a text")
	case "integer":
		return i18n.T("un nombre entier", "a whole number")
	case "number":
		return i18n.T("un nombre", "a number")
	case "boolean":
		return i18n.T("vrai ou faux", "true or false")
	}
	return i18n.Text{FR: name, EN: name} // null
}

func ratio(r *big.Rat) string {
	text := r.FloatString(12)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// shownJSON is how a value is shown: a text as it is, anything else as JSON writes it.
func shownJSON(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

func keywordOf(of jsonschema.ErrorKind) string {
	if path := of.KeywordPath(); len(path) > 0 {
		return path[0]
	}
	return "schema"
}

func inEnglish(of jsonschema.ErrorKind) string {
	return of.LocalizedString(message.NewPrinter(language.English))
}
