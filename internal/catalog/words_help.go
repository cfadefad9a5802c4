package catalog

import (
	"strings"

	"socle/internal/i18n"
)

// helpSteps are the five steps to publish: what to do, then how.
var helpSteps = [][2]i18n.Text{
	{i18n.T("Se connecter.", "Sign in."),
		i18n.T("Il faut le rôle « Publication » dans une organisation. L’administrateur de la vôtre peut vous le donner.",
			"You need the role of publisher in an organisation. The administrator of yours can give it to you.")},
	{i18n.T("Donner le fichier.", "Give the file."),
		i18n.T("CSV, TSV, JSON, NDJSON, GeoJSON, XLSX, ODS ou Parquet, seul, compressé ou dans un ZIP ; ou son adresse. Une ligne d’en-tête, puis une ligne par objet décrit.",
			"CSV, TSV, JSON, NDJSON, GeoJSON, XLSX, ODS or Parquet, alone, compressed or in a ZIP; or its address. One line of headers, then one line for each thing described.")},
	{i18n.T("Relire ce qui a été compris.", "Check what was understood."),
		i18n.T("Pour chaque colonne, un type et des exemples, décidés sur le fichier entier. Un code reste un texte : ses zéros de tête ne se perdent pas. Tout peut être changé.",
			"For each column a type and examples, decided on the whole file. A code stays text: its leading zeros are not lost. Everything can be changed.")},
	{i18n.T("Comparer avec la version en ligne.", "Compare with the version online."),
		i18n.T("Les lignes par territoire, les colonnes qui se vident, les codes qui disparaissent. Une perte importante demande une note, que les lecteurs verront.",
			"Rows by territory, columns that empty, codes that disappear. A large loss asks for a note, which readers will see.")},
	{i18n.T("Publier.", "Publish."),
		i18n.T("La nouvelle version remplace l’ancienne d’un seul coup ; l’ancienne reste consultable. Complétez ensuite la description : un titre clair, la période couverte, le sens de chaque colonne.",
			"The new version replaces the old one at once; the old one stays readable. Then complete the description: a clear title, the period covered, the meaning of each column.")},
}

// helpPart is a part of the help.
type helpPart struct {
	anchor     string
	title      i18n.Text
	paragraphs []i18n.Text
}

var helpParts = []helpPart{
	{"cellules", i18n.T("Quand une cellule ne convient pas", "When a cell does not fit"), []i18n.Text{
		i18n.T("Elle n’empêche pas de publier et ne disparaît pas : la ligne est gardée, la cellule reste vide, et le rapport de la version donne la ligne, la colonne, la valeur et ce qui était attendu. Le fichier d’origine reste téléchargeable, octet pour octet.",
			"It does not stop the publication and does not disappear: the row is kept, the cell stays empty, and the report of the version gives the line, the column, the value and what was expected. The original file stays there to download, byte for byte."),
	}},
	{"acces", i18n.T("Qui peut lire", "Who may read"), []i18n.Text{
		i18n.T("Ouvert : tout le monde. Interne : toute personne connectée. Restreint : les membres de l’organisation et les personnes autorisées. Un jeu que vous ne pouvez pas lire n’apparaît nulle part.",
			"Open: everybody. Internal: anybody who is signed in. Restricted: members of the organisation and authorised people. A dataset that you may not read appears nowhere."),
		i18n.T("Si des colonnes identifient des personnes, ouvrir le jeu à tous demande une confirmation qui les nomme.",
			"If columns identify people, opening the dataset to everybody asks for a confirmation that names them."),
	}},
	{"trouver", i18n.T("Trouver et emporter", "Find and take away"), []i18n.Text{
		i18n.T("La recherche ne tient compte ni des accents ni des pluriels, et pardonne les petites fautes de frappe. Entre guillemets, les mots sont cherchés à la suite.",
			"The search ignores accents and plurals, and forgives small typing mistakes. Between quotation marks, words are searched in a row."),
		i18n.T("Sur la page d’un jeu, filtrez et triez le tableau, puis téléchargez : vous n’emportez que ce qui est à l’écran. L’onglet API donne l’appel qui refait exactement la même chose.",
			"On the page of a dataset, filter and sort the table, then download: you take only what is on screen. The API tab gives the call that does exactly the same."),
	}},
	{"dates", i18n.T("Lire les dates", "Reading the dates"), []i18n.Text{
		i18n.T("La période couverte dit de quand parlent les données. La date de la version dit quand elles ont été publiées. La date de la description dit quand ce texte a changé. Une version publiée hier peut donc parler de l’année dernière.",
			"The period covered says what time the data is about. The date of the version says when it was published. The date of the description says when that text changed. A version published yesterday may thus be about last year."),
	}},
}

var accessibilityTests = []i18n.Text{
	i18n.T("Les pages sont vérifiées à chaque changement du logiciel par l’outil automatique axe-core, en affichage clair et sombre, dans les deux thèmes. Un outil automatique ne voit qu’une partie des défauts.",
		"The pages are checked at each change of the software by the automatic tool axe-core, in light and dark display, in both themes. An automatic tool sees only some of the defects."),
	i18n.T("Les pages principales sont parcourues au clavier dans un navigateur.", "The main pages are walked through with the keyboard in a browser."),
	i18n.T("Toutes les pages se lisent et tous les formulaires s’envoient sans JavaScript.", "Every page reads and every form is sent without JavaScript."),
	i18n.T("Aucun essai n’a encore été mené avec un lecteur d’écran ni avec des personnes handicapées.", "No test was made yet with a screen reader or with people with disabilities."),
}

var accessibilityLimits = []i18n.Text{
	i18n.T("Les cartes ne se lisent pas au lecteur d’écran ; le tableau du même jeu donne les mêmes données.", "Maps cannot be read by a screen reader; the table of the same dataset gives the same data."),
	i18n.T("Les tableaux de données très larges demandent de faire défiler la page horizontalement.", "Very wide tables of data ask for horizontal scrolling."),
	i18n.T("Les fichiers d’origine déposés par les producteurs ne sont pas vérifiés.", "The original files sent by producers are not checked."),
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
