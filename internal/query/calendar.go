package query

import "strings"

// The names of months, from January, and of days, from Monday, in the languages of the Explore API: whole and short,
// as the Unicode CLDR writes them.
var (
	monthNames = map[string][2]string{
		"fr": {"janvier février mars avril mai juin juillet août septembre octobre novembre décembre", "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."},
		"en": {"January February March April May June July August September October November December", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"},
		"de": {"Januar Februar März April Mai Juni Juli August September Oktober November Dezember", "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez."},
		"es": {"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre", "ene feb mar abr may jun jul ago sept oct nov dic"},
		"it": {"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre", "gen feb mar apr mag giu lug ago set ott nov dic"},
		"pt": {"janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro", "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez."},
		"nl": {"januari februari maart april mei juni juli augustus september oktober november december", "jan feb mrt apr mei jun jul aug sep okt nov dec"},
		"sv": {"januari februari mars april maj juni juli augusti september oktober november december", "jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec."},
		"ca": {"gener febrer març abril maig juny juliol agost setembre octubre novembre desembre", "gen. febr. març abr. maig juny jul. ag. set. oct. nov. des."},
		"eu": {"urtarrila otsaila martxoa apirila maiatza ekaina uztaila abuztua iraila urria azaroa abendua", "urt. ots. mar. api. mai. eka. uzt. abu. ira. urr. aza. abe."},
		"ar": {"يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر", "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"},
	}
	dayNames = map[string][2]string{
		"fr": {"lundi mardi mercredi jeudi vendredi samedi dimanche", "lun. mar. mer. jeu. ven. sam. dim."},
		"en": {"Monday Tuesday Wednesday Thursday Friday Saturday Sunday", "Mon Tue Wed Thu Fri Sat Sun"},
		"de": {"Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag", "Mo. Di. Mi. Do. Fr. Sa. So."},
		"es": {"lunes martes miércoles jueves viernes sábado domingo", "lun mar mié jue vie sáb dom"},
		"it": {"lunedì martedì mercoledì giovedì venerdì sabato domenica", "lun mar mer gio ven sab dom"},
		"pt": {"segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo", "seg. ter. qua. qui. sex. sáb. dom."},
		"nl": {"maandag dinsdag woensdag donderdag vrijdag zaterdag zondag", "ma di wo do vr za zo"},
		"sv": {"måndag tisdag onsdag torsdag fredag lördag söndag", "mån tis ons tors fre lör sön"},
		"ca": {"dilluns dimarts dimecres dijous divendres dissabte diumenge", "dl. dt. dc. dj. dv. ds. dg."},
		"eu": {"astelehena asteartea asteazkena osteguna ostirala larunbata igandea", "al. ar. az. og. or. lr. ig."},
		"ar": {"الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد", "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"},
	}
)

// Names are the words that a token of [DateFormat] chooses from: months from January for MMM and MMMM, days from
// Monday for E and EEEE. It is nil for the tokens that write numbers.
func (d DateFormat) Names(token string) []string {
	names, width := monthNames, 0
	switch token {
	case "MMMM":
	case "MMM":
		width = 1
	case "EEEE":
		names = dayNames
	case "E":
		names, width = dayNames, 1
	default:
		return nil
	}
	return strings.Fields(names[d.Lang][width])
}

// language is the language of names for a request: French unless it asks for another one that is known.
func language(asked string) string {
	asked, _, _ = strings.Cut(strings.ToLower(asked), "-")
	if _, known := monthNames[asked]; known {
		return asked
	}
	return "fr"
}
