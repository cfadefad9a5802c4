// A page of another site, as a reuser writes it: figures read with the official client, drawn by the official
// components. The address of the portal is in the address of the page.

import { ApiClient, fromCatalog } from '@opendatasoft/api-client';
import { Chart, _ChartJs } from '@opendatasoft/visualizations';
import '@opendatasoft/visualizations/dist/index.css';

_ChartJs.Chart.defaults.animation = false; // drawn at once, so that a test can look at it

const client = new ApiClient({ domain: new URLSearchParams(location.search).get('portal') });
const colour = '#1f6f8b';

async function draw() {
	const { results } = await client.get(fromCatalog().dataset('licences-sportives').records()
		.select('sum(total) as licences').groupBy('federation').orderBy('licences desc').limit(5));
	new Chart(document.querySelector('#chart'), { value: results, loading: false }, {
		labelColumn: 'federation', description: 'Licences par fédération',
		series: [{ type: 'bar', valueColumn: 'licences', label: 'Licences', backgroundColor: colour }],
		axis: { y: { type: 'linear', beginAtZero: true } },
	});
}

/** What stands on the canvas: the labels, and for each bar its value, its height and the colour of its middle. */
function look() {
	const canvas = document.querySelector('#chart canvas');
	const chart = canvas && _ChartJs.Chart.getChart(canvas);
	if (!chart || chart.data.datasets.length === 0) return null;
	const scale = canvas.width / canvas.getBoundingClientRect().width;
	const context = canvas.getContext('2d');
	return {
		labels: chart.data.labels,
		bars: chart.getDatasetMeta(0).data.map((bar, i) => {
			const { x, y, base } = bar.getProps(['x', 'y', 'base'], true);
			const [red, green, blue] = context.getImageData(Math.round(x * scale), Math.round((y + base) / 2 * scale), 1, 1).data;
			return { value: Number(chart.data.datasets[0].data[i]), height: base - y,
				colour: '#' + [red, green, blue].map((c) => c.toString(16).padStart(2, '0')).join('') };
		}),
	};
}

window.chartDrawn = draw().then(async () => {
	for (let tries = 0; tries < 200; tries++) {
		const seen = look();
		if (seen) return seen;
		await new Promise((next) => setTimeout(next, 50));
	}
	throw new Error('no chart was drawn');
});
