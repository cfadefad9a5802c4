// The official JavaScript client of the Explore API, unchanged, against a running Socle with the demonstration.
//
// SOCLE_URL is the address of the portal, SOCLE_TOKEN a token of somebody who may read everything.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import odsClient from '@opendatasoft/api-client'; // what Node loads is the CommonJS form
import { parseCSV, published, totals } from './source.mjs';

const {
	ApiClient, AuthenticationError, NotFoundError, ServerError, UserError,
	all, dateFromIsoString, exactMatch, field, fromCatalog, list, not, one, string, textSearch, textStartWith, textSuggest,
} = odsClient;

const base = process.env.SOCLE_URL;
const token = process.env.SOCLE_TOKEN;
assert.ok(base && token, 'SOCLE_URL and SOCLE_TOKEN say what to try; make test-clients sets them');

const client = new ApiClient({ domain: base });
const licences = fromCatalog().dataset('licences-sportives');
const calendar = fromCatalog().dataset('calendrier-scolaire');

/** The error that the client makes of a request that must fail. */
async function failure(query, options) {
	try {
		await client.get(query, options);
	} catch (error) {
		return error;
	}
	return assert.fail(`${query} succeeded`);
}

let rows; // of licences-sportives, from its file

before(async () => {
	rows = await published(base, 'licences-sportives', ',');
	assert.ok(rows.length > 1000);
});

describe('the catalogue', () => {
	test('lists the datasets that everybody may read, a page at a time', async () => {
		const first = await client.get(fromCatalog().datasets().limit(7).orderBy('dataset_id'));
		const rest = await client.get(fromCatalog().datasets().limit(100).offset(7).orderBy('dataset_id'));
		const ids = [...first.results, ...rest.results].map((dataset) => dataset.dataset_id);
		assert.equal(first.results.length, 7);
		assert.equal(ids.length, first.total_count);
		assert.equal(new Set(ids).size, ids.length);
		assert.ok(ids.includes('licences-sportives') && !ids.includes('lutte-contre-le-decrochage'));
	});

	test('finds datasets by their words and by their metadata', async () => {
		const found = await client.get(fromCatalog().datasets().where(textSearch('licences')));
		assert.ok(found.results.some((dataset) => dataset.dataset_id === 'licences-sportives'));
		const sport = await client.get(fromCatalog().datasets().select('dataset_id, theme').refine('theme:Sport').limit(100));
		assert.ok(sport.total_count > 1);
		for (const dataset of sport.results) assert.ok(dataset.theme.includes('Sport'), dataset.dataset_id);
	});

	test('counts datasets by theme', async () => {
		const { facets } = await client.get(fromCatalog().facets().facet('theme'));
		const sport = facets[0].facets.find((value) => value.name === 'Sport');
		const listed = await client.get(fromCatalog().datasets().refine('theme:Sport').limit(0));
		assert.equal(facets[0].name, 'theme');
		assert.equal(sport.count, listed.total_count);
	});

	test('describes a dataset with its fields and their types', async () => {
		const dataset = await client.get(licences.itself());
		assert.equal(dataset.dataset_id, 'licences-sportives');
		assert.equal(dataset.has_records, true);
		assert.equal(dataset.metas.default.records_count, rows.length);
		assert.deepEqual(dataset.fields.map((f) => f.name), Object.keys(rows[0]));
		assert.equal(dataset.fields.find((f) => f.name === 'total').type, 'int');
		assert.equal(dataset.fields.find((f) => f.name === 'federation').type, 'text');
	});

	test('is exported whole', async () => {
		const exported = await client.get(fromCatalog().export('json'));
		const { total_count } = await client.get(fromCatalog().datasets().limit(0));
		assert.equal(exported.length, total_count);
	});
});

describe('records', () => {
	test('come in the order of the file, with the types of its columns', async () => {
		const { total_count, results } = await client.get(licences.records().limit(3).offset(5));
		assert.equal(total_count, rows.length);
		assert.deepEqual(results, rows.slice(5, 8).map((row) => ({ ...row, saison: Number(row.saison),
			femmes: Number(row.femmes), hommes: Number(row.hommes), total: Number(row.total) })));
	});

	test('are chosen with the words that the client writes: equality, and, or, not, lists', async () => {
		const where = all(exactMatch('federation', 'Rugby'), one(`${field('total')} >= 30`, `${field('femmes')} > 10`), not(`saison in (${list('2024', '2023')})`));
		const expected = rows.filter((r) => r.federation === 'Rugby' && (r.total >= 30 || r.femmes > 10) && r.saison === '2025');
		const { total_count } = await client.get(licences.records().where(where).limit(1));
		assert.ok(expected.length > 0);
		assert.equal(total_count, expected.length);
	});

	test('are chosen with values that hold quotes and apostrophes', async () => {
		const none = await client.get(licences.records().where(exactMatch('federation', 'L’"inconnue" d\'ici')));
		assert.equal(none.total_count, 0);
		const some = await client.get(licences.records().where(`age = ${string('0 à 9 ans')}`).limit(0));
		assert.equal(some.total_count, rows.filter((r) => r.age === '0 à 9 ans').length);
	});

	test('are chosen with days', async () => {
		const after = '2026-01-01';
		const expected = (await published(base, 'calendrier-scolaire', ';')).filter((r) => r.date_debut.split('/').reverse().join('-') >= after);
		const { total_count, results } = await client.get(calendar.records().where(`date_debut >= ${dateFromIsoString(after)}`).orderBy('date_debut').limit(100));
		assert.ok(expected.length > 0);
		assert.equal(total_count, expected.length);
		assert.ok(results.every((r, i) => i === 0 || results[i - 1].date_debut <= r.date_debut));
	});

	test('are found by full text, by their beginnings, and as one types', async () => {
		const football = rows.filter((r) => r.federation === 'Football').length;
		for (const where of [textSearch('football', ['federation']), textStartWith('Foot', ['federation']), textSuggest('foot', ['federation'])]) {
			const { total_count } = await client.get(licences.records().where(where).limit(0));
			assert.equal(total_count, football, where);
		}
	});

	test('are refined and excluded by facets', async () => {
		const { total_count } = await client.get(licences.records().refine('federation:Tennis').refine('saison:2025').exclude('age:0 à 9 ans').limit(0));
		assert.equal(total_count, rows.filter((r) => r.federation === 'Tennis' && r.saison === '2025' && r.age !== '0 à 9 ans').length);
	});

	test('show the chosen columns under the chosen names, in the chosen order', async () => {
		const { results } = await client.get(licences.records().select('federation, total * 2 as double').orderBy('total desc, federation').limit(4));
		const expected = rows.map((r) => Number(r.total)).sort((a, b) => b - a).slice(0, 4);
		assert.deepEqual(Object.keys(results[0]), ['federation', 'double']);
		assert.deepEqual(results.map((r) => r.double), expected.map((n) => 2 * n));
	});

	test('are read one by one with the identifier that they carry', async () => {
		const { results: [row] } = await client.get(licences.records().limit(1).set('include_app_metas', 'true').offset(3));
		const alone = await client.get(licences.record(row._id));
		assert.equal(alone.commune, row.commune);
		assert.equal(alone.total, Number(rows[3].total));
	});
});

describe('aggregates', () => {
	test('add up the rows of each group', async () => {
		const { results } = await client.get(licences.records().select('sum(total) as licences').groupBy('federation').orderBy('licences desc').limit(100));
		assert.deepEqual(results.map((r) => [r.federation, r.licences]), totals(rows, 'federation', 'total'));
	});

	test('count, average and bound all the rows', async () => {
		const { results: [all_] } = await client.get(licences.records().select('count(*) as n, avg(total) as mean, min(total) as least, max(total) as most'));
		const values = rows.map((r) => Number(r.total));
		assert.equal(all_.n, rows.length);
		assert.equal(all_.least, values.reduce((a, b) => Math.min(a, b)));
		assert.equal(all_.most, values.reduce((a, b) => Math.max(a, b)));
		assert.ok(Math.abs(all_.mean - values.reduce((a, b) => a + b) / values.length) < 1e-9);
	});

	test('group days by year', async () => {
		const { results } = await client.get(calendar.records().select('count(*) as n').groupBy('year(date_debut) as year').orderBy('year'));
		const years = new Map();
		for (const { date_debut: day } of await published(base, 'calendrier-scolaire', ';')) {
			const year = Number(/\d{4}/.exec(day)[0]);
			years.set(year, (years.get(year) ?? 0) + 1);
		}
		assert.deepEqual(results.map((r) => [Number(r.year), r.n]), [...years].sort((a, b) => a[0] - b[0]));
	});
});

describe('facets', () => {
	test('count the rows of each value, and say which value is refined', async () => {
		const { facets } = await client.get(licences.facets().facet('federation').facet('saison').refine('saison:2025'));
		const federation = facets.find((f) => f.name === 'federation');
		for (const value of federation.facets) {
			assert.equal(value.count, rows.filter((r) => r.saison === '2025' && r.federation === value.name).length, value.name);
			assert.equal(value.state, 'displayed');
		}
		assert.equal(facets.find((f) => f.name === 'saison').facets.find((v) => v.name === '2025').state, 'refined');
	});
});

describe('exports', () => {
	test('give every row as JSON', async () => {
		const exported = await client.get(licences.export('json'));
		assert.equal(exported.length, rows.length);
		assert.deepEqual(exported.map((r) => String(r.total)), rows.map((r) => r.total));
	});

	test('give the chosen rows as CSV, as another kind of answer that the client hands over', async () => {
		const text = await client.get(licences.export('csv').where(exactMatch('federation', 'Judo')).select('commune, total'),
			{ interceptResponse: (response) => response.text() });
		const expected = rows.filter((r) => r.federation === 'Judo').map((r) => ({ commune: r.commune, total: r.total }));
		assert.deepEqual(parseCSV(text, ';'), expected);
	});

	test('give each format that the dataset offers', async () => {
		const { _links } = await client.get('catalog/datasets/calendrier-scolaire/exports');
		const formats = _links.map((link) => link.rel).filter((rel) => rel !== 'self');
		assert.ok(formats.includes('ical') && formats.includes('parquet') && formats.includes('xlsx'), formats.join());
		for (const format of formats) {
			const size = await client.get(calendar.export(format), { interceptResponse: async (response) => response.ok && (await response.arrayBuffer()).byteLength });
			assert.ok(size > 1000, `${format}: ${size} bytes`);
		}
	});
});

describe('errors', () => {
	test('tell an unknown dataset, record or address from a question that is wrong', async () => {
		for (const query of [fromCatalog().dataset('inconnu').itself(), fromCatalog().dataset('inconnu').records(), licences.record('999999999'), fromCatalog().assets()]) {
			const error = await failure(query);
			assert.ok(error instanceof NotFoundError, `${query}: ${error}`);
			assert.equal(error.response.status, 404);
		}
	});

	test('say what is wrong with a question, with the code of the API', async () => {
		for (const [query, code] of [
			[licences.records().where('total >'), 'ODSQLSyntaxError'],
			[licences.records().where('totale > 3'), 'ODSQLError'],
			[licences.records().limit(101), 'InvalidRESTParameterError'],
			[licences.records().limit(10).offset(10_000), 'InvalidRESTParameterError'],
			[licences.export('shapefile-de-1998'), 'InvalidRESTParameterError'],
			[licences.records().timezone('Mars/Olympus'), 'InvalidRESTParameterError'],
		]) {
			const error = await failure(query);
			assert.ok(error instanceof UserError && !(error instanceof NotFoundError) && !(error instanceof ServerError), `${query}: ${error}`);
			assert.equal(error.response.status, 400);
			assert.equal(error.details.error_code, code, `${query}: ${error}`);
			assert.ok(error.details.message.length > 10);
		}
		assert.equal((await failure(licences.records().where('totale > 3'))).details.suggestion, 'total');
	});

	test('refuse a key that nobody holds', async () => {
		const error = await failure(licences.records(), { apiKey: 'socle_inconnue' });
		assert.ok(error instanceof AuthenticationError, String(error));
	});

	test('hide what is not open from who has no key, and show it to who has one', async () => {
		const restricted = fromCatalog().dataset('lutte-contre-le-decrochage');
		assert.ok((await failure(restricted.records())) instanceof NotFoundError);
		const { total_count } = await client.get(restricted.records().limit(1), { apiKey: token });
		assert.ok(total_count > 0);
	});
});
