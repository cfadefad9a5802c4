package explore

import "testing"

// Groups and aggregates: the parameters, and the SQL. Without an order, groups come in the order of their keys.
var trialGroups = []struct{ params, sql string }{
	{`select=count(*)`, `SELECT count(*) AS "count(*)" FROM t`},
	{`select=count(*) as n, count(nom) as noms, count(distinct nom) as autres`, `SELECT count(*) AS n, count(nom) AS noms, count(DISTINCT nom) AS autres FROM t`},
	{`select=count(distinct ifnull(secteur, "'unknown'")) as n`, `SELECT count(DISTINCT secteur) + 1 AS n FROM t`},
	{`select=count(pos) as p, count(langues) as l, count(forme) as f`, `SELECT count(pos) AS p, count(langues) AS l, count(forme) AS f FROM t`},
	{`select=sum(effectif), avg(effectif), min(effectif), max(effectif)`, `SELECT sum(effectif)::BIGINT AS "sum(effectif)", avg(effectif) AS "avg(effectif)", min(effectif) AS "min(effectif)", max(effectif) AS "max(effectif)" FROM t`},
	{`select=sum(ips) as s, avg(ips) as a, min(ips) as i, max(ips) as x`, `SELECT sum(ips) AS s, avg(ips) AS a, min(ips) AS i, max(ips) AS x FROM t`},
	{`select=sum(budget) as s, avg(budget) as a, max(budget) as m`, `SELECT sum(budget)::DOUBLE AS s, avg(budget::DOUBLE) AS a, max(budget)::DOUBLE AS m FROM t`},
	{`select=median(ips), median(effectif)`, `SELECT median(ips) AS "median(ips)", median(effectif) AS "median(effectif)" FROM t`},
	{`select=percentile(ips,90) as p90, percentile(ips, 1) as p1, percentile(effectif, 99.9) as p999, percentile(ips, 0) as p0, percentile(ips, 100) as p100`, `SELECT quantile_cont(ips, 0.9) AS p90, quantile_cont(ips, 0.01) AS p1, quantile_cont(effectif::DOUBLE, 0.999) AS p999, min(ips) AS p0, max(ips) AS p100 FROM t`},
	{`select=min(jour) as a, max(jour) as b, min(maj) as c, max(maj) as d`, `SELECT min(jour) AS a, max(jour) AS b, min(maj) AS c, max(maj) AS d FROM t`},
	{`select=max(maj) as d&timezone=Europe/Paris`, `SELECT max(maj) AS d FROM t`},
	{`select=min(commune) as a, max(commune) as b`, `SELECT min(commune) AS a, max(commune) AS b FROM t`},
	{`select=count(*) as n&where=effectif > 1000`, `SELECT 0 AS n`},
	{`select=sum(effectif) as s, avg(ips) as a, min(jour) as m&where=effectif > 1000`, `SELECT NULL AS s, NULL AS a, NULL AS m`},
	{`select=sum(effectif) / count(*) as m, max(ips) - min(ips) as e`, `SELECT sum(effectif) / count(*) AS m, max(ips) - min(ips) AS e FROM t`},
	{`select=sum(effectif * 2) as s, avg(pop_2021 - pop_2020) as d`, `SELECT sum(effectif * 2)::BIGINT AS s, avg(pop_2021 - pop_2020) AS d FROM t`},
	{`select=count(*) as n&refine=commune:Paris`, `SELECT count(*) AS n FROM t WHERE commune = 'Paris'`},
	{`group_by=commune`, `SELECT commune FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=code`, `SELECT code, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n, avg(effectif) as moy&group_by=commune&order_by=n desc&limit=20000`, `SELECT commune, count(*) AS n, avg(effectif) AS moy FROM t GROUP BY 1 ORDER BY n DESC, commune NULLS LAST`},
	{`select=commune, count(*)&group_by=commune`, `SELECT commune, count(*) AS "count(*)" FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n, commune&group_by=commune`, `SELECT count(*) AS n, commune FROM t GROUP BY 2 ORDER BY 2 NULLS LAST`},
	{`select=count(*) as n&group_by=commune as ville`, `SELECT commune AS ville, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=ville, count(*) as n&group_by=commune as ville`, `SELECT commune AS ville, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=commune, secteur`, `SELECT commune, secteur, count(*) AS n FROM t GROUP BY ALL ORDER BY 1 NULLS LAST, 2 NULLS LAST`},
	{`select=count(*) as n&group_by=commune, secteur&order_by=secteur desc, n`, `SELECT commune, secteur, count(*) AS n FROM t GROUP BY ALL ORDER BY 2 DESC NULLS LAST, n, 1 NULLS LAST`},
	{`select=count(*) as n&group_by=ouvert`, `SELECT ouvert, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=effectif&limit=5&offset=3`, `SELECT effectif, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST LIMIT 5 OFFSET 3`},
	{`select=count(*) as n&group_by=jour&limit=20`, `SELECT jour, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST LIMIT 20`},
	{`select=count(*) as n&group_by=maj&limit=20&timezone=Europe/Paris`, `SELECT maj, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST LIMIT 20`},
	{`select=count(*) as n&group_by=year(jour)`, `SELECT year(jour) AS "year(jour)", count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=year(maj) as y, month(maj) as m&timezone=Europe/Paris`, `SELECT year(paris(maj)) AS y, month(paris(maj)) AS m, count(*) AS n FROM t GROUP BY ALL ORDER BY 1 NULLS LAST, 2 NULLS LAST`},
	{`select=count(*) as n&group_by=commune, year(jour) as y&order_by=commune desc, y asc`, `SELECT commune, year(jour) AS y, count(*) AS n FROM t GROUP BY ALL ORDER BY 1 DESC NULLS LAST, 2 NULLS LAST`},
	{`select=year(jour) + 1 as suivante, count(*) / 2 as moitie&group_by=year(jour)`, `SELECT y AS "year(jour)", y + 1 AS suivante, n / 2.0 AS moitie FROM (SELECT year(jour) AS y, count(*) AS n FROM t GROUP BY 1) ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=date_format(jour, "MMMM yyyy") as mois`, `SELECT mois(jour) || ' ' || year(jour) AS mois, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=date_format(jour, "E") as j&lang=en`, `SELECT left(dayname(jour), 3) AS j, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=lower(commune) as c`, `SELECT lower(commune) AS c, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=ifnull(secteur, "Inconnu") as s`, `SELECT coalesce(secteur, 'Inconnu') AS s, count(*) AS n FROM t GROUP BY 1 ORDER BY 1`},
	{`select=lower(commune) as c, count(*) as n&group_by=c`, `SELECT lower(commune) AS c, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=length(commune) as l&order_by=l desc`, `SELECT length(commune) AS l, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 DESC NULLS LAST`},
	// Lists: a row counts in each of its values.
	{`select=count(*) as n&group_by=langues`, `SELECT u AS langues, count(*) AS n FROM (SELECT unnest(CASE WHEN len(items(langues)) > 0 THEN items(langues) ELSE [NULL] END) AS u FROM t) GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=langues, avg(effectif) as a&group_by=langues&where="breton" in langues&order_by=a`, `SELECT u AS langues, avg(effectif) AS a FROM (SELECT unnest(items(langues)) AS u, effectif FROM t WHERE list_contains(items(langues), 'breton')) GROUP BY 1 ORDER BY 2, 1`},
	{`select=count(*) as n&group_by=commune, langues as l&limit=30`, `SELECT commune, u AS l, count(*) AS n FROM (SELECT commune, unnest(CASE WHEN len(items(langues)) > 0 THEN items(langues) ELSE [NULL] END) AS u FROM t) GROUP BY ALL ORDER BY 1 NULLS LAST, 2 NULLS LAST LIMIT 30`},
	// Orders by aggregates.
	{`group_by=commune&order_by=count(*) desc`, `SELECT commune FROM t GROUP BY 1 ORDER BY count(*) DESC, 1 NULLS LAST`},
	{`select=avg(ips) as m&group_by=commune&order_by=avg(ips) desc`, `SELECT commune, avg(ips) AS m FROM t GROUP BY 1 ORDER BY 2 DESC NULLS LAST`},
	{`select=count(*) as n&group_by=secteur&order_by=avg(ips), secteur`, `SELECT secteur, count(*) AS n FROM t GROUP BY 1 ORDER BY avg(ips)`},
	{`group_by=commune&order_by=sum(effectif) / count(*)`, `SELECT commune FROM t GROUP BY 1 ORDER BY sum(effectif) / count(*)`},
	{`group_by=effectif&order_by=max(jour) desc, effectif desc&limit=9`, `SELECT effectif FROM t GROUP BY 1 ORDER BY max(jour) DESC NULLS LAST, 1 DESC NULLS LAST LIMIT 9`},
	// Bands.
	{`select=count(*) as n&group_by=range(effectif,*,10,50,100,*)`, `SELECT ['[*, 10[', '[10, 50[', '[50, 100[', '[100, *['][b] AS "range(effectif,*,10,50,100,*)", count(*) AS n FROM (SELECT CASE WHEN effectif < 10 THEN 1 WHEN effectif < 50 THEN 2 WHEN effectif < 100 THEN 3 WHEN effectif >= 100 THEN 4 END AS b FROM t) GROUP BY b ORDER BY b NULLS LAST`},
	{`select=count(*) as n&group_by=range(effectif, 20.5, *) as r`, `SELECT CASE WHEN effectif IS NOT NULL THEN '[20.5, *[' END AS r, count(*) AS n FROM t WHERE effectif >= 20.5 OR effectif IS NULL GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=range(effectif, 1, 2, 3) as r`, `SELECT ['[1, 2[', '[2, 3['][effectif] AS r, count(*) AS n FROM t WHERE effectif IN (1, 2) OR effectif IS NULL GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=range(effectif, *, 10) as r&where=effectif is not null`, `SELECT '[*, 10[' AS r, count(*) AS n FROM t WHERE effectif < 10`},
	{`select=count(*) as n, avg(ips) as m&group_by=RANGE(ips, *, 90, 100.5) as r&order_by=n desc`, `SELECT r, n, m FROM (SELECT CASE WHEN ips < 90 THEN '[*, 90[' WHEN ips < 100.5 THEN '[90, 100.5[' END AS r, count(*) AS n, avg(ips) AS m FROM t WHERE ips < 100.5 OR ips IS NULL GROUP BY 1) ORDER BY n DESC`},
	{`select=count(*) as n&group_by=range(jour, *, date'2024-02-29', date'2025-01-01') as r`, `SELECT CASE WHEN jour < '2024-02-29' THEN '[*, 2024-02-29[' WHEN jour < '2025-01-01' THEN '[2024-02-29, 2025-01-01[' END AS r, count(*) AS n FROM t WHERE jour < '2025-01-01' OR jour IS NULL GROUP BY 1 ORDER BY min(jour) NULLS LAST`},
	{`select=count(*) as n&group_by=range(effectif, 25) as r`, `SELECT CASE WHEN b IS NOT NULL THEN '[' || b * 25 || ', ' || (b + 1) * 25 || '[' END AS r, count(*) AS n FROM (SELECT effectif // 25 AS b FROM t) GROUP BY b ORDER BY b NULLS LAST`},
	{`select=count(*) as n&group_by=range(ips, 2.5) as r&order_by=r desc&limit=4`, `SELECT '[' || (b * 2.5)::DECIMAL(9,1) || ', ' || ((b + 1) * 2.5)::DECIMAL(9,1) || '[' AS r, count(*) AS n FROM (SELECT floor(ips / 2.5)::INT AS b FROM t WHERE ips IS NOT NULL) GROUP BY b ORDER BY b DESC LIMIT 4`},
	{`select=count(*) as n&group_by=range(jour, 1 day) as d&limit=20`, `SELECT jour AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST LIMIT 20`},
	{`select=count(*) as n&group_by=range(jour, 1day) as d&limit=20`, `SELECT jour AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST LIMIT 20`},
	{`select=count(*) as n&group_by=range(jour, 10 days) as d&limit=20`, `SELECT DATE '1970-01-01' + (date_diff('day', DATE '1970-01-01', jour) // 10 * 10)::INT AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST LIMIT 20`},
	{`select=count(*) as n&group_by=range(jour, 1 week) as d`, `SELECT jour - (isodow(jour) - 1)::INT AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=range(jour, 1w) as d&order_by=d desc`, `SELECT jour - (isodow(jour) - 1)::INT AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 DESC NULLS LAST`},
	{`select=count(*) as n&group_by=range(jour, 1 month) as d`, `SELECT make_date(year(jour), month(jour), 1) AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=range(jour, 1M) as d`, `SELECT make_date(year(jour), month(jour), 1) AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=range(jour, 1 quarter) as d`, `SELECT make_date(year(jour), quarter(jour) * 3 - 2, 1) AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=range(jour, 1q) as d`, `SELECT make_date(year(jour), quarter(jour) * 3 - 2, 1) AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=range(jour, 1 year) as d`, `SELECT make_date(year(jour), 1, 1) AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=range(maj, 1 month) as d&timezone=Europe/Paris`, `SELECT timezone('Europe/Paris', date_trunc('month', paris(maj))) AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST`},
	{`select=count(*) as n&group_by=range(maj, 1d) as d&timezone=Europe/Paris&limit=40`, `SELECT timezone('Europe/Paris', date_trunc('day', paris(maj))) AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST LIMIT 40`},
	{`select=count(*) as n&group_by=range(maj, 1h) as d&where=maj in [date'2025-10-26'..date'2025-10-27'[&timezone=Europe/Paris`, `SELECT date_trunc('hour', maj) AS d, count(*) AS n FROM t WHERE maj >= '2025-10-25 22:00:00+00' AND maj < '2025-10-26 23:00:00+00' GROUP BY 1 ORDER BY 1`},
	{`select=count(*) as n&group_by=range(maj, 30 minutes) as d&where=maj in [date'2025-03-30'..date'2025-03-31'[&timezone=Europe/Paris`, `SELECT to_timestamp(floor(epoch(maj) / 1800) * 1800) AS d, count(*) AS n FROM t WHERE maj >= '2025-03-29 23:00:00+00' AND maj < '2025-03-30 22:00:00+00' GROUP BY 1 ORDER BY 1`},
	{`select=count(*) as n&group_by=range(maj, 15m) as d&limit=30`, `SELECT to_timestamp(floor(epoch(maj) / 900) * 900) AS d, count(*) AS n FROM t GROUP BY 1 ORDER BY 1 NULLS LAST LIMIT 30`},
	{`select=count(*) as n&group_by=range(maj, 500ms) as d&where=year(maj) = 2024 and second(maj) = 59&limit=30`, `SELECT make_timestamptz((epoch_ms(maj) // 500 * 500000)::BIGINT) AS d, count(*) AS n FROM t WHERE year(maj) = 2024 AND second(maj) = 59 GROUP BY 1 ORDER BY 1 NULLS LAST LIMIT 30`},
	{`select=count(*) as n&group_by=range(maj, *, date'2025', date'2025-07-01T00:00', *) as r&timezone=Europe/Paris`, `SELECT ['[*, 2025-01-01T00:00:00+01:00[', '[2025-01-01T00:00:00+01:00, 2025-07-01T00:00:00+02:00[', '[2025-07-01T00:00:00+02:00, *['][b] AS r, count(*) AS n FROM (SELECT CASE WHEN maj < '2024-12-31 23:00:00+00' THEN 1 WHEN maj < '2025-06-30 22:00:00+00' THEN 2 WHEN maj IS NOT NULL THEN 3 END AS b FROM t) GROUP BY b ORDER BY b NULLS LAST`},
	// Places.
	{`select=bbox(pos) as b`, `SELECT '{"type":"Polygon","coordinates":[[[' || w || ',' || s || '],[' || e || ',' || s || '],[' || e || ',' || n || '],[' || w || ',' || n || '],[' || w || ',' || s || ']]]}' AS b FROM (SELECT min(pos.lon) AS w, min(pos.lat) AS s, max(pos.lon) AS e, max(pos.lat) AS n FROM t)`},
	{`select=bbox(forme) as b&where=commune = "Lyon"`, `SELECT '{"type":"Polygon","coordinates":[[[' || w || ',' || s || '],[' || e || ',' || s || '],[' || e || ',' || n || '],[' || w || ',' || n || '],[' || w || ',' || s || ']]]}' AS b FROM (SELECT min(ouest) AS w, min(sud) AS s, max(est) AS e, max(nord) AS n FROM t WHERE commune = 'Lyon')`},
	{`select=bbox(pos) as b&where=id < 0`, `SELECT NULL AS b`},
	{`select=count(*) as n&group_by=geo_cluster(pos, 0) as g`, `SELECT CASE WHEN count(pos) > 0 THEN {'lon': round(avg(pos.lon), 7), 'lat': round(avg(pos.lat), 7)} END AS g, count(*) AS n FROM t GROUP BY pos IS NULL ORDER BY pos IS NULL`},
	{`select=count(*) as n&group_by=geo_cluster(pos, 25) as g&where=in_bbox(pos, 48, 2, 48.1, 2.1)&order_by=n`, `SELECT pos AS g, count(*) AS n FROM t WHERE pos.lat <= 48.1 AND pos.lon <= 2.1 GROUP BY 1 ORDER BY 2, floor((pos.lon + 180) / 360 * 33554432), floor((pos.lat + 90) / 180 * 33554432)`},
}

func TestGroupsAreThoseOfHandWrittenSQL(t *testing.T) { newTrial(t).groups(t) }

func (x *trial) groups(t *testing.T) {
	for _, c := range trialGroups {
		x.check(c.params, c.sql)
	}
	if all := len(trialConditions) + len(trialParisConditions) + len(trialSelections) + len(trialGroups); all < 300 {
		t.Errorf("only %d questions are compared", all)
	}
}
