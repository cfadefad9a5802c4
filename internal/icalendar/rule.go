package icalendar

import "socle/internal/i18n"

// A Rule is one thing that the norm, or those who read calendars, want of a file.
type Rule struct {
	Name  string    // for ever
	Title i18n.Text // in a few words
	What  i18n.Text // is expected
	Fix   i18n.Text // how to mend what breaks it
}

// The rules.
var (
	ruleLine = Rule{"content-line", i18n.T("Ligne mal formée", "Malformed line"),
		i18n.T("Chaque ligne est un nom, des paramètres s’il y en a, deux-points et une valeur, en UTF-8 ; ce qui dépasse 75 octets continue à la ligne suivante, après une espace (RFC 5545, 3.1).",
			"Each line is a name, parameters if any, a colon and a value, in UTF-8; what exceeds 75 octets goes on in the next line, after a space (RFC 5545, 3.1)."),
		i18n.T("Corrigez la ligne. Un retour à la ligne dans un texte s’écrit \\n.", "Correct the line. A line break in a text is written \\n.")}
	ruleEnds = Rule{"line-end", i18n.T("Fins de ligne", "Line ends"),
		i18n.T("Les lignes finissent par CR LF (RFC 5545, 3.1).", "Lines end with CR LF (RFC 5545, 3.1)."),
		i18n.T("Enregistrez le fichier avec des fins de ligne « Windows » (CR LF).", "Save the file with “Windows” line ends (CR LF).")}
	ruleBlocks = Rule{"blocks", i18n.T("Blocs mal ouverts ou mal fermés", "Blocks badly opened or closed"),
		i18n.T("Un calendrier est un bloc VCALENDAR ; chaque BEGIN a son END, et chaque bloc est à sa place (RFC 5545, 3.6).", "A calendar is a VCALENDAR block; each BEGIN has its END, and each block is in its place (RFC 5545, 3.6)."),
		i18n.T("Remettez le bloc à sa place, ou ajoutez ce qui manque.", "Put the block back in its place, or add what is missing.")}
	ruleRequired = Rule{"required", i18n.T("Propriété qui manque", "Missing property"),
		i18n.T("La norme veut cette propriété dans ce bloc (RFC 5545, 3.6).", "The norm wants this property in this block (RFC 5545, 3.6)."),
		i18n.T("Ajoutez la propriété au bloc.", "Add the property to the block.")}
	ruleOnce = Rule{"once", i18n.T("Propriété répétée", "Repeated property"),
		i18n.T("Cette propriété est une fois au plus dans le bloc ; TZNAME, une fois pour chaque langue (RFC 5545, 3.6 et 3.8.3.2).", "This property is at most once in the block; TZNAME, once for each language (RFC 5545, 3.6 and 3.8.3.2)."),
		i18n.T("Gardez une seule ligne : supprimez l’autre.", "Keep one line: delete the other.")}
	ruleValue = Rule{"value", i18n.T("Valeur mal écrite", "Badly written value"),
		i18n.T("La valeur est du type de la propriété (RFC 5545, 3.3 et 3.8).", "The value is of the type of the property (RFC 5545, 3.3 and 3.8)."),
		i18n.T("Corrigez la valeur.", "Correct the value.")}
	ruleZone = Rule{"undeclared-zone", i18n.T("Fuseau qui n’est pas décrit", "Zone that is not described"),
		i18n.T("Le fuseau que nomme TZID est décrit par un bloc VTIMEZONE du fichier (RFC 5545, 3.2.19).", "The zone that TZID names is described by a VTIMEZONE block of the file (RFC 5545, 3.2.19)."),
		i18n.T("Ajoutez le bloc VTIMEZONE, corrigez le nom, ou écrivez les dates en temps universel (…Z).", "Add the VTIMEZONE block, correct the name, or write the dates in universal time (…Z).")}
	ruleOrder = Rule{"order", i18n.T("Fin et début qui ne vont pas ensemble", "End and beginning that do not go together"),
		i18n.T("La fin est après le début, et du même type que lui ; le jour de DTEND n’est plus dans l’événement (RFC 5545, 3.6.1 et 3.8.2.2).", "The end is after the beginning, and of its type; the day of DTEND is no longer in the event (RFC 5545, 3.6.1 and 3.8.2.2)."),
		i18n.T("Corrigez la fin, ou supprimez-la.", "Correct the end, or delete it.")}
	ruleUnique = Rule{"unique", i18n.T("Identifiant en double", "Repeated identifier"),
		i18n.T("Chaque événement a son UID : un agenda remplace le premier par le second (RFC 5545, 3.8.4.7).", "Each event has its own UID: an agenda replaces the first by the second (RFC 5545, 3.8.4.7)."),
		i18n.T("Donnez un autre UID à l’un des deux événements, et gardez-les d’une édition à l’autre.", "Give another UID to one of the two events, and keep them from one edition to the next.")}
	// WholeDay is broken by instants that stand for days.
	WholeDay = Rule{"whole-day", i18n.T("Instant où un jour était voulu", "Instant where a day was meant"),
		i18n.T("Un jour entier s’écrit comme un jour : DTSTART;VALUE=DATE:20251018. À 22 h ou 23 h la veille, des agendas montrent la veille.", "A whole day is written as a day: DTSTART;VALUE=DATE:20251018. At 22:00 or 23:00 the day before, agendas show the day before."),
		i18n.T("Écrivez le début et la fin comme des jours ; DTEND est le lendemain du dernier jour.", "Write the beginning and the end as days; DTEND is the morrow of the last day.")}
)

// componentRule is what the norm says of a block.
type componentRule struct {
	known    bool
	inside   map[string]bool // blocks where it may be; "" is outside
	required []string
	once     map[string]bool
	parts    bool      // it holds other blocks
	lacks    i18n.Text // said when it has none
	clock    bool      // STANDARD or DAYLIGHT
	occasion bool      // something that agendas show
}

func names(list ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range list {
		set[name] = true
	}
	return set
}

// components are the blocks of RFC 5545, 3.6, with the properties that RFC 7986 adds.
var components = map[string]componentRule{
	"VCALENDAR": {known: true, inside: names(""), required: []string{"PRODID", "VERSION"}, parts: true,
		lacks: i18n.T("Le calendrier est vide : il lui faut au moins un bloc.", "The calendar is empty: it needs a block at least."),
		once:  names("PRODID", "VERSION", "CALSCALE", "METHOD", "UID", "LAST-MODIFIED", "URL", "REFRESH-INTERVAL", "SOURCE", "COLOR")},
	"VEVENT": {known: true, inside: names("VCALENDAR"), required: []string{"UID", "DTSTAMP", "DTSTART"}, occasion: true,
		once: names("DTSTAMP", "UID", "DTSTART", "CLASS", "CREATED", "DESCRIPTION", "GEO", "LAST-MODIFIED", "LOCATION", "ORGANIZER", "PRIORITY", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "URL", "RECURRENCE-ID", "DTEND", "DURATION", "COLOR")},
	"VTODO": {known: true, inside: names("VCALENDAR"), required: []string{"UID", "DTSTAMP"}, occasion: true,
		once: names("DTSTAMP", "UID", "DTSTART", "CLASS", "COMPLETED", "CREATED", "DESCRIPTION", "GEO", "LAST-MODIFIED", "LOCATION", "ORGANIZER", "PERCENT-COMPLETE", "PRIORITY", "SEQUENCE", "STATUS", "SUMMARY", "URL", "RECURRENCE-ID", "DUE", "DURATION", "COLOR")},
	"VJOURNAL": {known: true, inside: names("VCALENDAR"), required: []string{"UID", "DTSTAMP"}, occasion: true,
		once: names("DTSTAMP", "UID", "DTSTART", "CLASS", "CREATED", "LAST-MODIFIED", "ORGANIZER", "SEQUENCE", "STATUS", "SUMMARY", "URL", "RECURRENCE-ID", "COLOR")},
	"VFREEBUSY": {known: true, inside: names("VCALENDAR"), required: []string{"UID", "DTSTAMP"}, occasion: true,
		once: names("DTSTAMP", "UID", "DTSTART", "DTEND", "CONTACT", "ORGANIZER", "URL")},
	"VTIMEZONE": {known: true, inside: names("VCALENDAR"), required: []string{"TZID"}, parts: true,
		lacks: i18n.T("Le fuseau n’a pas de bloc STANDARD ni DAYLIGHT : rien ne dit son heure.", "The zone has no STANDARD nor DAYLIGHT block: nothing says its time."),
		once:  names("TZID", "LAST-MODIFIED", "TZURL")},
	"STANDARD": {known: true, inside: names("VTIMEZONE"), required: []string{"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"}, clock: true, once: names("DTSTART", "TZOFFSETFROM", "TZOFFSETTO")},
	"DAYLIGHT": {known: true, inside: names("VTIMEZONE"), required: []string{"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"}, clock: true, once: names("DTSTART", "TZOFFSETFROM", "TZOFFSETTO")},
	"VALARM": {known: true, inside: names("VEVENT", "VTODO"), required: []string{"ACTION", "TRIGGER"},
		once: names("ACTION", "TRIGGER", "DURATION", "REPEAT", "DESCRIPTION", "SUMMARY", "UID", "ACKNOWLEDGED")},
}
