// Draws the maps of a page when they come near the window. The drawing library is fetched only then.
const settings = document.querySelector('script[data-worker$=".js"]').dataset
const words = document.documentElement.lang === 'en'
  ? { in: 'Zoom in', out: 'Zoom out', north: 'Reset to north', close: 'Close' }
  : { in: 'Agrandir', out: 'Réduire', north: 'Remettre le nord en haut', close: 'Fermer' }
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

const draw = async (figure) => {
  const library = await import('maplibre-gl')
  library.setWorkerUrl(new URL(settings.worker, location.href).href)
  const answer = await fetch(figure.dataset.map, { headers: { Accept: 'application/geo+json, application/json' } })
  if (!answer.ok) return
  const data = await answer.json()
  figure.dataset.ready = 'yes'
  const map = new library.Map({
    container: figure.querySelector('.s-map__canvas'), style: style(), locale, bounds: bounds(data.features),
    fitBoundsOptions: { padding: 32, maxZoom: 14 }, cooperativeGestures: false, attributionControl: settings.credit ? {} : false,
  })
  map.addControl(new library.NavigationControl({ showCompass: false }))
  map.on('load', () => {
    map.addSource('points', { type: 'geojson', data, cluster: true, clusterRadius: 40, clusterMaxZoom: 12 })
    const accent = resolved('--s-accent')
    const surface = resolved('--s-surface')
    map.addLayer({
      id: 'points', type: 'circle', source: 'points',
      paint: {
        'circle-color': accent, 'circle-stroke-color': surface, 'circle-stroke-width': 1.5,
        'circle-opacity': ['case', ['has', 'point_count'], 0.7, 0.95],
        'circle-radius': ['case', ['has', 'point_count'], ['interpolate', ['linear'], ['log10', ['get', 'point_count']], 0, 8, 4, 32], 6],
      },
    })
    map.on('click', 'points', (event) => {
      const feature = event.features[0]
      if (feature.properties.cluster) {
        map.getSource('points').getClusterExpansionZoom(feature.properties.cluster_id)
          .then((zoom) => map.easeTo({ center: feature.geometry.coordinates, zoom }))
        return
      }
      new library.Popup({ maxWidth: '20rem' }).setLngLat(feature.geometry.coordinates)
        .setDOMContent(card(feature.properties, figure.dataset.mapTitle)).addTo(map)
    })
    map.on('mouseenter', 'points', () => { map.getCanvas().style.cursor = 'pointer' })
    map.on('mouseleave', 'points', () => { map.getCanvas().style.cursor = '' })
  })
}

const near = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue
    near.unobserve(entry.target)
    draw(entry.target).catch((error) => console.warn('map', error))
  }
}, { rootMargin: '200px' })
document.querySelectorAll('[data-map]').forEach((figure) => near.observe(figure))
