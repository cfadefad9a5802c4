// Draws the maps of a page when they come near the window. The drawing library is fetched only then.
const settings = document.querySelector('script[data-worker$=".js"]').dataset
const words = document.documentElement.lang === 'en'
  ? { in: 'Zoom in', out: 'Zoom out', north: 'Reset to north', close: 'Close', sides: ['N', 'S', 'E', 'W'] }
  : { in: 'Agrandir', out: 'Réduire', north: 'Remettre le nord en haut', close: 'Fermer', sides: ['N', 'S', 'E', 'O'] }
const locale = {
  'NavigationControl.ZoomIn': words.in, 'NavigationControl.ZoomOut': words.out,
  'NavigationControl.ResetBearing': words.north, 'Popup.Close': words.close,
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
// The drawing library does not know light-dark() nor the variables of the page: a hidden element resolves them.
const resolved = (name) => {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  document.body.append(probe)
  const value = getComputedStyle(probe).color
  probe.remove()
  return value || colour(name)
}

const style = () => {
  const sources = {}
  const layers = [{ id: 'ground', type: 'background', paint: { 'background-color': resolved('--s-alt') } }]
  if (settings.tiles) {
    sources.tiles = { type: 'raster', tiles: [settings.tiles], tileSize: 256, attribution: settings.credit || '' }
    layers.push({ id: 'tiles', type: 'raster', source: 'tiles' })
  }
  return { version: 8, sources, layers }
}

const bounds = (features) => {
  const box = [180, 90, -180, -90]
  for (const { geometry } of features) {
    if (geometry?.type !== 'Point') continue
    const [lon, lat] = geometry.coordinates
    box[0] = Math.min(box[0], lon); box[1] = Math.min(box[1], lat)
    box[2] = Math.max(box[2], lon); box[3] = Math.max(box[3], lat)
  }
  return box[0] > box[2] ? [-5.2, 41.3, 9.6, 51.1] : box
}

// Meridians and parallels, with their degrees: what tells where one is when there is no background of tiles. No outline
// of real places is drawn, since data may be about places that are not on it.
const graticule = (map) => {
  const view = map.getBounds()
  const [west, south, east, north] = [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()]
  const steps = [30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]
  const step = steps.find((s) => Math.min(east - west, north - south) / s >= 2) ?? 0.001
  const digits = Math.max(0, Math.ceil(-Math.log10(step)))
  const degrees = (value, positive, negative) => `${Math.abs(value).toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits })}° ${value < 0 ? negative : positive}`
  const [n, s, e, w] = words.sides
  const features = []
  const add = (line, at, label, anchor) => features.push(
    { type: 'Feature', geometry: { type: 'LineString', coordinates: line }, properties: {} },
    { type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: { label, anchor } })
  for (let k = Math.ceil(south / step); k * step <= Math.min(north, 85); k++) {
    add([[west, k * step], [east, k * step]], [west + (east - west) / 250, k * step], degrees(k * step, n, s), 'bottom-left')
  }
  for (let k = Math.ceil(west / step); k * step <= east; k++) {
    add([[k * step, south], [k * step, north]], [k * step, north - (north - south) / 250], degrees(k * step, e, w), 'top-left')
  }
  return { type: 'FeatureCollection', features }
}

const drawGraticule = (map) => {
  map.addSource('graticule', { type: 'geojson', data: graticule(map) })
  map.addLayer({
    id: 'graticule', type: 'line', source: 'graticule', filter: ['==', ['geometry-type'], 'LineString'],
    paint: { 'line-opacity': 0.5, 'line-width': 1 },
  })
  map.addLayer({
    id: 'degrees', type: 'symbol', source: 'graticule', filter: ['==', ['geometry-type'], 'Point'],
    layout: {
      'text-field': ['get', 'label'], 'text-font': ['sans-serif'], 'text-size': 11, 'text-anchor': ['get', 'anchor'],
      'text-offset': [0.3, 0.1], 'text-allow-overlap': true,
    },
  })
  for (const event of ['moveend', 'resize']) map.on(event, () => map.getSource('graticule').setData(graticule(map)))
}

// The colours of the page, again each time that the reader changes them.
const colourIn = (map) => {
  const paints = {
    ground: { 'background-color': '--s-alt' },
    graticule: { 'line-color': '--s-border-strong' },
    degrees: { 'text-color': '--s-muted' },
    points: { 'circle-color': '--s-accent', 'circle-stroke-color': '--s-surface' },
    counts: { 'text-color': '--s-surface' },
    areas: { 'fill-color': '--s-accent' },
    outlines: { 'line-color': '--s-accent' },
  }
  for (const [layer, properties] of Object.entries(paints)) {
    if (!map.getLayer(layer)) continue
    for (const [property, name] of Object.entries(properties)) map.setPaintProperty(layer, property, resolved(name))
  }
}

// What is known of a point, as text only: nothing in the data becomes markup.
const card = (properties, title) => {
  const list = document.createElement('dl')
  list.className = 's-map__popup'
  const entries = Object.entries(properties).filter(([, value]) => value !== null && value !== '')
  entries.sort(([a], [b]) => (b === title) - (a === title))
  for (const [name, value] of entries.slice(0, 12)) {
    const term = document.createElement('dt')
    term.textContent = name
    const text = document.createElement('dd')
    text.textContent = typeof value === 'object' ? JSON.stringify(value) : String(value)
    list.append(term, text)
  }
  return list
}

// What a map draws: the points of a document, gathered here, or the places of tiles, gathered by the server.
const readPlaces = async (figure) => {
  const { map: document, mapTiles: tiles } = figure.dataset
  const answer = await fetch(tiles || document, { headers: { Accept: 'application/geo+json, application/json' } })
  if (!answer.ok) return null
  const data = await answer.json()
  if (!tiles) {
    return {
      box: bounds(data.features), layer: {}, source: { type: 'geojson', data, cluster: true, clusterRadius: 40, clusterMaxZoom: 12 },
      known: async (feature) => feature.properties,
      nearer: (map, feature) => map.getSource('points').getClusterExpansionZoom(feature.properties.cluster_id),
    }
  }
  return {
    box: data.bounds ?? bounds([]), layer: { 'source-layer': 'points' }, source: { type: 'vector', tiles: data.tiles, minzoom: data.minzoom, maxzoom: data.maxzoom, attribution: data.attribution },
    shapes: data.vector_layers.some(({ id }) => id === 'shapes'),
    known: async (feature) => {
      const record = await fetch(data.record.replace('{record}', encodeURIComponent(feature.properties.record)))
      if (!record.ok) return { [figure.dataset.mapTitle]: feature.properties.title }
      const values = await record.json()
      return Object.fromEntries(Object.entries(values).filter(([, value]) => value?.type !== 'Feature' && value?.lon === undefined).map(([name, value]) => [data.labels[name] ?? name, value]))
    },
    nearer: async (map) => map.getZoom() + 2,
  }
}

// Areas and lines lie under the points.
const drawShapes = (map) => {
  map.addLayer({
    id: 'areas', type: 'fill', source: 'points', 'source-layer': 'shapes', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-opacity': 0.25 },
  })
  map.addLayer({ id: 'outlines', type: 'line', source: 'points', 'source-layer': 'shapes', paint: { 'line-width': ['case', ['==', ['geometry-type'], 'Polygon'], 1, 2.5] } })
}

const draw = async (figure) => {
  const library = await import('maplibre-gl')
  library.setWorkerUrl(new URL(settings.worker, location.href).href)
  const places = await readPlaces(figure)
  if (!places) return
  figure.dataset.ready = 'yes'
  const map = new library.Map({
    container: figure.querySelector('.s-map__canvas'), style: style(), locale, bounds: places.box,
    fitBoundsOptions: { padding: 32, maxZoom: 14 }, cooperativeGestures: false, attributionControl: settings.credit ? {} : false,
  })
  map.addControl(new library.NavigationControl({ showCompass: false }))
  map.addControl(new library.ScaleControl({ unit: 'metric' }), 'bottom-right')
  map.on('load', () => {
    if (!settings.tiles) drawGraticule(map)
    map.addSource('points', places.source)
    if (places.shapes) drawShapes(map)
    map.addLayer({
      id: 'points', type: 'circle', source: 'points', ...places.layer,
      paint: {
        'circle-stroke-width': 1.5,
        'circle-opacity': ['case', ['has', 'point_count'], 0.9, 0.95],
        'circle-radius': ['case', ['has', 'point_count'], ['interpolate', ['linear'], ['log10', ['get', 'point_count']], 0, 9, 4, 32], 6],
      },
    })
    map.addLayer({
      id: 'counts', type: 'symbol', source: 'points', ...places.layer, filter: ['has', 'point_count'],
      layout: { 'text-field': ['get', 'point_count_abbreviated'], 'text-font': ['sans-serif'], 'text-size': 12, 'text-allow-overlap': true },
    })
    colourIn(map)
    new MutationObserver(() => colourIn(map)).observe(document.documentElement, { attributes: true, attributeFilter: ['data-scheme'] })
    const clickable = places.shapes ? ['points', 'outlines', 'areas'] : ['points']
    map.on('click', async (event) => {
      const [feature] = map.queryRenderedFeatures(event.point, { layers: clickable })
      if (!feature) return
      if (feature.properties.cluster) {
        map.easeTo({ center: feature.geometry.coordinates, zoom: await places.nearer(map, feature) })
        return
      }
      const at = feature.geometry.type === 'Point' ? feature.geometry.coordinates : event.lngLat
      const known = await places.known(feature)
      new library.Popup({ maxWidth: '20rem' }).setLngLat(at).setDOMContent(card(known, figure.dataset.mapTitle)).addTo(map)
    })
    for (const layer of clickable) {
      map.on('mouseenter', layer, () => { map.getCanvas().style.cursor = 'pointer' })
      map.on('mouseleave', layer, () => { map.getCanvas().style.cursor = '' })
    }
  })
  map.once('idle', () => { figure.dataset.drawn = String(map.queryRenderedFeatures({ layers: ['points', 'outlines'].filter((id) => map.getLayer(id)) }).length) })
}

const near = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue
    near.unobserve(entry.target)
    draw(entry.target).catch((error) => console.warn('map', error))
  }
}, { rootMargin: '200px' })
document.querySelectorAll('[data-map]').forEach((figure) => near.observe(figure))
