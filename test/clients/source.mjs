// What a dataset of the demonstration holds, read from the file that was published and not from the API under test.

/** The records of a CSV text: quotes around a cell and doubled inside it, as RFC 4180 has them. */
export function parseCSV(text, delimiter) {
	const rows = [[]];
	let cell = '';
	let quoted = false;
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (quoted) {
			if (c !== '"') cell += c;
			else if (text[i + 1] === '"') cell += text[++i];
			else quoted = false;
		} else if (c === '"') quoted = true;
		else if (c === delimiter || c === '\n') {
			rows.at(-1).push(cell);
			cell = '';
			if (c === '\n') rows.push([]);
		} else if (c !== '\r' && c !== '\ufeff') cell += c;
	}
	if (cell !== '' || rows.at(-1).length > 0) rows.at(-1).push(cell);
	const [header, ...body] = rows.filter((row) => row.length > 0);
	return body.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]])));
}

/** The published file of a dataset, as records of texts. */
export async function published(base, dataset, delimiter) {
	const answer = await fetch(`${base}/api/explore/v2.1/catalog/datasets/${dataset}/attachments/original`);
	if (!answer.ok) throw new Error(`the published file of ${dataset}: ${answer.status} ${await answer.text()}`);
	return parseCSV(await answer.text(), delimiter);
}

/** The sum of a column for each value of another, the largest first, then by name. */
export function totals(rows, by, column) {
	const sums = new Map();
	for (const row of rows) sums.set(row[by], (sums.get(row[by]) ?? 0) + Number(row[column]));
	return [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
