package explore

import "testing"

// Columns, order, refinements: the parameters, and the SQL.
var trialSelections = []struct{ params, sql string }{
	// The examples of the reference, where they are not in another table.
	{`limit=2`, `SELECT * EXCLUDE rn REPLACE (budget::VARCHAR AS budget) FROM t ORDER BY rn LIMIT 2`},
	{`select=*&limit=1&offset=7`, `SELECT * EXCLUDE rn FROM t ORDER BY rn LIMIT 1 OFFSET 7`},
	{`select=id, commune`, `SELECT id, commune FROM t ORDER BY rn`},
	{`select=id as numero, commune AS ville`, `SELECT id AS numero, commune AS ville FROM t ORDER BY rn`},
	{`select=commune, id`, `SELECT commune, id FROM t ORDER BY rn`},
	{`select=include(pop*), lower(nom) as n`, `SELECT pop_2020, pop_2021, lower(nom) AS n FROM t ORDER BY rn`},
	{`select=include(pop_2020)`, `SELECT pop_2020 FROM t ORDER BY rn`},
	{`select=include(id, pop*)`, `SELECT id, pop_2020, pop_2021 FROM t ORDER BY rn`},
	{`select=exclude(pop*), exclude(forme)&limit=2`, `SELECT * EXCLUDE (rn, pop_2020, pop_2021, forme) FROM t ORDER BY rn LIMIT 2`},
	{`select=*, exclude(o*)&limit=2`, `SELECT * EXCLUDE (rn, ouvert, ouest) FROM t ORDER BY rn LIMIT 2`},
	{`select=id, effectif * 2 as bigger_size`, `SELECT id, effectif * 2 AS bigger_size FROM t ORDER BY rn`},
	{`select=2 * effectif`, `SELECT 2 * effectif AS "2 * effectif" FROM t ORDER BY rn`},
	{`select=effectif + ips as s, effectif - ips as d, effectif / 4 as q, ips / 0 as z`, `SELECT effectif + ips AS s, effectif - ips AS d, effectif / 4.0 AS q, NULL AS z FROM t ORDER BY rn`},
	{`select=id, effectif / (effectif - effectif) as x`, `SELECT id, NULL AS x FROM t ORDER BY rn`},
	{`select=-ips as m`, `SELECT -ips AS m FROM t ORDER BY rn`},
	{`select=effectif - -3 as m`, `SELECT effectif + 3 AS m FROM t ORDER BY rn`},
	{`select=(effectif + 1) * 2 as a, effectif + 1 * 2 as b`, `SELECT (effectif + 1) * 2 AS a, effectif + 2 AS b FROM t ORDER BY rn`},
	{`select="hello" as c, 5 as n, 1.5 as d, true as t, null as v&limit=2`, `SELECT 'hello' AS c, 5 AS n, 1.5::DOUBLE AS d, true AS t, NULL AS v FROM t LIMIT 2`},
	{`select=length(nom)`, `SELECT length(nom) AS "length(nom)" FROM t ORDER BY rn`},
	{`select=length(nom) as l, lower(nom) as m, upper(nom) as u`, `SELECT length(nom) AS l, lower(nom) AS m, upper(nom) AS u FROM t ORDER BY rn`},
	{`select=lower('JAZZ') as j&limit=1`, `SELECT 'jazz' AS j`},
	{`select=ifnull(nom, "?") as n, ifnull(effectif, 0) as e, ifnull(effectif, 0.5) as f`, `SELECT coalesce(nom, '?') AS n, coalesce(effectif, 0) AS e, coalesce(effectif::DOUBLE, 0.5) AS f FROM t ORDER BY rn`},
	{`select=ifnull(nom, commune) as n, ifnull(maj, jour) as d`, `SELECT coalesce(nom, commune) AS n, coalesce(maj, jour) AS d FROM t ORDER BY rn`},
	{`select=year(jour) as y, month(jour) as m, day(jour) as d, quarter(jour) as q, dayofweek(jour) as w`, `SELECT year(jour) AS y, month(jour) AS m, day(jour) AS d, quarter(jour) AS q, isodow(jour) - 1 AS w FROM t ORDER BY rn`},
	{`select=maj, hour(maj) as h, minute(maj) as m, second(maj) as s&timezone=Europe/Paris`, `SELECT maj, hour(paris(maj)) AS h, minute(maj) AS m, second(maj) AS s FROM t ORDER BY rn`},
	{`select=maj&timezone=America/Cayenne`, `SELECT maj FROM t ORDER BY rn`},
	{`select=jour&timezone=Pacific/Noumea`, `SELECT jour FROM t ORDER BY rn`},
	{`select=hour(jour) as h`, `SELECT CASE WHEN jour IS NOT NULL THEN 0 END AS h FROM t ORDER BY rn`},
	{`select=year(date'2017-04') as y&limit=1`, `SELECT 2017 AS y`},
	{`select=now(year=2000, month=2, day=31, hour=1, minute=2, second=3, microsecond=4) as n&limit=1`, `SELECT TIMESTAMPTZ '2000-02-29 01:02:03.000004+00' AS n`},
	{`select=now(year=2021, month=5, day=6, hour=12, minute=0, second=0, microsecond=0, weekday=0) as n&limit=1`, `SELECT TIMESTAMPTZ '2021-05-10 12:00:00+00' AS n`},
	{`select=now(year=2021, month=5, day=6, hour=12, minute=0, second=0, microsecond=0, mondays=-1) as n&limit=1`, `SELECT TIMESTAMPTZ '2021-05-03 12:00:00+00' AS n`},
	{`select=now(year=2021, month=5, day=6, hour=12, minute=0, second=0, microsecond=0, sundays=+2) as n&limit=1`, `SELECT TIMESTAMPTZ '2021-05-16 12:00:00+00' AS n`},
	{`select=now(year=2025, month=10, day=26, hour=0, minute=0, second=0, microsecond=0, days=1) as n&limit=1&timezone=Europe/Paris`, `SELECT TIMESTAMPTZ '2025-10-27 00:00:00+01' AS n`},
	{`select=now(year=2025, month=10, day=26, hour=0, minute=0, second=0, microsecond=0, hours=24) as n&limit=1&timezone=Europe/Paris`, `SELECT TIMESTAMPTZ '2025-10-26 23:00:00+01' AS n`},
	{`select=now(year=2024, month=1, day=31, hour=0, minute=0, second=0, microsecond=0, months=1, years=-1, years=1) as n&limit=1`, `SELECT TIMESTAMPTZ '2025-02-28 00:00:00+00' AS n`},
	{`select=now(year=2024, month=1, day=1, hour=0, minute=0, second=0, microsecond=0, seconds=-31536000) as n&limit=1`, `SELECT TIMESTAMPTZ '2023-01-01 00:00:00+00' AS n`},
	// date_format: every token, in French unless told otherwise.
	{`select=date_format(jour, 'dd/MM/YYYY') as f`, `SELECT strftime(jour, '%d/%m/%Y') AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, 'd M yy') as f`, `SELECT day(jour) || ' ' || month(jour) || ' ' || right(year(jour)::VARCHAR, 2) AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, 'xxxx xx w ww e') as f`, `SELECT isoyear(jour) || ' ' || right(isoyear(jour)::VARCHAR, 2) || ' ' || week(jour) || ' ' || lpad(week(jour)::VARCHAR, 2, '0') || ' ' || isodow(jour) AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, 'D DDD') as f`, `SELECT dayofyear(jour) || ' ' || lpad(dayofyear(jour)::VARCHAR, 3, '0') AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, 'EEEE d MMMM yyyy') as f`, `SELECT fr(jour) || ' ' || day(jour) || ' ' || mois(jour) || ' ' || year(jour) AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, 'EEEE MMMM') as f&lang=en`, `SELECT dayname(jour) || ' ' || monthname(jour) AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, 'E MMM') as f`, `SELECT left(fr(jour), 3) || '. ' || ['janv.','févr.','mars','avr.','mai','juin','juil.','août','sept.','oct.','nov.','déc.'][month(jour)] AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, 'E') as f&lang=en`, `SELECT left(dayname(jour), 3) AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, 'EEEE') as f&lang=de`, `SELECT ['Montag','Dienstag','Mittwoch','Donnerstag','Freitag','Samstag','Sonntag'][isodow(jour)] AS f FROM t ORDER BY rn`},
	{`select=date_format(maj, 'H:m:s HH-mm-ss') as f`, `SELECT hour(maj) || ':' || minute(maj) || ':' || second(maj) || ' ' || strftime(maj AT TIME ZONE 'UTC', '%H-%M-%S') AS f FROM t ORDER BY rn`},
	{`select=date_format(maj, 'dd/MM/yyyy HH:mm') as f&timezone=Europe/Paris`, `SELECT strftime(paris(maj), '%d/%m/%Y %H:%M') AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, "'The date is 'dd/MM/YYYY") as f`, `SELECT 'The date is ' || strftime(jour, '%d/%m/%Y') AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, "'The date is '''dd/MM/YYYY''") as f`, `SELECT 'The date is ''' || strftime(jour, '%d/%m/%Y') || '''' AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, "d' o''clock'") as f`, `SELECT day(jour) || ' o''clock' AS f FROM t ORDER BY rn`},
	{`select=date_format(jour, "yyyy?MM,dd.") as f`, `SELECT strftime(jour, '%Y?%m,%d.') AS f FROM t ORDER BY rn`},
	// JSON in texts.
	{`select=json_format(brut) as j`, `SELECT CASE WHEN json_valid(brut) THEN brut->>'$' ELSE brut END AS j FROM t ORDER BY rn`},
	{`select=json_format(brut, "bad json") as j`, `SELECT CASE WHEN json_valid(brut) THEN brut->>'$' ELSE 'bad json' END AS j FROM t ORDER BY rn`},
	{`select=json_format(brut, null) as j`, `SELECT CASE WHEN json_valid(brut) THEN brut->>'$' END AS j FROM t ORDER BY rn`},
	// Distances.
	{`select=id, distance(pos, geom'POINT(2 48)') as d`, `SELECT id, metres(pos, 2, 48) AS d FROM t ORDER BY rn`},
	{`select=distance(pos,geom'POINT(2 48)') as d&order_by=d`, `SELECT metres(pos, 2, 48) AS d FROM t ORDER BY d NULLS LAST, rn`},
	{`select=id&order_by=distance(pos, geom'POINT(2.5 48.5)') desc`, `SELECT id FROM t ORDER BY metres(pos, 2.5, 48.5) DESC NULLS LAST, rn`},
	{`select=distance(forme, geom'POINT(4.55 44.55)') = 0 as dedans`, `SELECT coalesce(ouest <= 4.55 AND est >= 4.55 AND sud <= 44.55 AND nord >= 44.55, false) AS dedans FROM t ORDER BY rn`},
	// Order: empty values last both ways, ties in the order of the file.
	{`select=id&order_by=effectif`, `SELECT id FROM t ORDER BY effectif NULLS LAST, rn`},
	{`select=id&order_by=effectif desc`, `SELECT id FROM t ORDER BY effectif DESC NULLS LAST, rn`},
	{`select=id&order_by=effectif DESC, commune ASC`, `SELECT id FROM t ORDER BY effectif DESC NULLS LAST, commune NULLS LAST, rn`},
	{`select=id&order_by=commune desc, jour, maj desc`, `SELECT id FROM t ORDER BY commune DESC NULLS LAST, jour NULLS LAST, maj DESC NULLS LAST, rn`},
	{`select=id, ips as i&order_by=i desc`, `SELECT id, ips AS i FROM t ORDER BY ips DESC NULLS LAST, rn`},
	{`select=id&order_by=ouvert`, `SELECT id FROM t ORDER BY ouvert NULLS LAST, rn`},
	{`select=id&order_by=budget desc`, `SELECT id FROM t ORDER BY budget DESC NULLS LAST, rn`},
	{`select=id&order_by=length(nom) desc, lower(nom)`, `SELECT id FROM t ORDER BY length(nom) DESC NULLS LAST, lower(nom) NULLS LAST, rn`},
	{`select=id&order_by=effectif + ips`, `SELECT id FROM t ORDER BY effectif + ips NULLS LAST, rn`},
	{`select=id&order_by=year(jour) desc, id desc`, `SELECT id FROM t ORDER BY year(jour) DESC NULLS LAST, id DESC`},
	{`select=id&order_by=jour desc&limit=7&offset=1080`, `SELECT id FROM t ORDER BY jour DESC NULLS LAST, rn LIMIT 7 OFFSET 1080`},
	{`select=id&limit=0`, `SELECT id FROM t LIMIT 0`},
	{`select=id&offset=1195`, `SELECT id FROM t ORDER BY rn OFFSET 1195`},
	// Refinements.
	{`select=id&refine=commune:Paris`, `SELECT id FROM t WHERE commune = 'Paris' ORDER BY rn`},
	{`select=id&refine=commune:Paris&refine=secteur:Privé`, `SELECT id FROM t WHERE commune = 'Paris' AND secteur = 'Privé' ORDER BY rn`},
	{`select=id&refine=commune:Paris&refine=commune:Lyon`, `SELECT id FROM t WHERE commune IN ('Paris', 'Lyon') ORDER BY rn`},
	{`select=id&refine=langues:breton&refine=langues:basque`, `SELECT id FROM t WHERE list_has_all(items(langues), ['breton', 'basque']) ORDER BY rn`},
	{`select=id&exclude=langues:breton`, `SELECT id FROM t WHERE NOT coalesce(list_contains(items(langues), 'breton'), false) ORDER BY rn`},
	{`select=id&exclude=secteur:Privé`, `SELECT id FROM t WHERE coalesce(secteur, '') <> 'Privé' ORDER BY rn`},
	{`select=id&exclude=commune:Paris&exclude=commune:Lyon`, `SELECT id FROM t WHERE coalesce(commune, '') NOT IN ('Paris', 'Lyon') ORDER BY rn`},
	{`select=id&refine=jour:2024`, `SELECT id FROM t WHERE year(jour) = 2024 ORDER BY rn`},
	{`select=id&refine=jour:2024/02`, `SELECT id FROM t WHERE year(jour) = 2024 AND month(jour) = 2 ORDER BY rn`},
	{`select=id&refine=jour:2024/02/29`, `SELECT id FROM t WHERE jour = '2024-02-29' ORDER BY rn`},
	{`select=id&exclude=jour:2024/12`, `SELECT id FROM t WHERE NOT coalesce(year(jour) = 2024 AND month(jour) = 12, false) ORDER BY rn`},
	{`select=id&refine=maj:2025&timezone=Europe/Paris`, `SELECT id FROM t WHERE year(paris(maj)) = 2025 ORDER BY rn`},
	{`select=id&refine=maj:2025/10/26&timezone=Europe/Paris`, `SELECT id FROM t WHERE paris(maj)::DATE = '2025-10-26' ORDER BY rn`},
	{`select=id&refine=chemin:Europe/France`, `SELECT id FROM t WHERE chemin = 'Europe/France' ORDER BY rn`},
	{`select=id&refine=effectif:10&refine=ouvert:true`, `SELECT id FROM t WHERE effectif = 10 AND ouvert ORDER BY rn`},
	{"select=id&refine=`select`:x", `SELECT id FROM t WHERE "select" = 'x' ORDER BY rn`},
}

func TestColumnsAndOrdersAreThoseOfHandWrittenSQL(t *testing.T) { newTrial(t).selections(t) }

func (x *trial) selections(t *testing.T) {
	for _, c := range trialSelections {
		x.check(c.params, c.sql)
	}
}
