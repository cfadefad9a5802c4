// What every page may use beyond HTML. Each behaviour improves something that works without it.
import 'htmx.org'

const schemes = ['system', 'light', 'dark']

// Changing the colours without leaving the page.
const schemeForm = (form) => form.addEventListener('submit', (event) => {
  event.preventDefault()
  const root = document.documentElement
  const chosen = form.querySelector('button').value
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  root.dataset.scheme = chosen
  document.cookie = `socle_scheme=${chosen}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`
  document.querySelector('meta[name=color-scheme]').content = chosen === 'system' ? 'light dark' : chosen
  const label = form.querySelector('[data-scheme-label]')
  label.textContent = label.dataset[chosen]
  form.querySelector('button').value = schemes[(schemes.indexOf(chosen) + 1) % schemes.length]
})

// Copying an example.
const copyButton = (block) => {
  const button = block.querySelector('button')
  if (!button || !navigator.clipboard) return
  button.hidden = false
  const label = button.querySelector('span')
  const text = label.textContent
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(block.querySelector('code').textContent)
    label.textContent = button.dataset.done
    setTimeout(() => { label.textContent = text }, 2000)
  })
}

// Dropping a file on its field.
const dropZone = (zone) => {
  const input = zone.querySelector('input[type=file]')
  zone.classList.add('s-drop--ready')
  zone.querySelector('.s-drop__hint').hidden = false
  const over = (yes) => (event) => { event.preventDefault(); zone.classList.toggle('s-drop--over', yes) }
  zone.addEventListener('dragover', over(true))
  zone.addEventListener('dragleave', over(false))
  zone.addEventListener('drop', (event) => {
    over(false)(event)
    if (event.dataTransfer.files.length === 0) return
    input.files = event.dataTransfer.files
    input.dispatchEvent(new Event('change', { bubbles: true }))
  })
}

// A list that sends its form when it changes; the button that does it without scripts goes away.
const autoSubmit = (form) => {
  form.querySelectorAll('[data-auto-hide]').forEach((element) => { element.hidden = true })
  form.addEventListener('change', () => form.requestSubmit())
}

// A page that waits for work under way asks again until the work is over.
const refresh = (element) => {
  const seconds = Number(element.dataset.refresh) || 2
  setTimeout(() => location.reload(), seconds * 1000)
}

// A form that is sent once, however often its button is pressed.
const sendOnce = (form) => form.addEventListener('submit', (event) => {
  if (form.dataset.sent) { event.preventDefault(); return }
  form.dataset.sent = 'yes'
  addEventListener('pageshow', () => { delete form.dataset.sent }, { once: true })
})

// On a phone, filters begin folded, so that what they filter is in sight; one in use stays open.
const foldNarrow = (facet) => {
  if (matchMedia('(max-width: 59.99rem)').matches && !facet.querySelector('[aria-current], [aria-pressed=true]')) facet.open = false
}

const behaviours = {
  '.s-facet[open]': foldNarrow,
  '[data-scheme-form]': schemeForm, '[data-copy]': copyButton, '[data-drop]': dropZone, '[data-auto-submit]': autoSubmit,
  '[data-refresh]': refresh, 'form[method=post]:not([data-scheme-form])': sendOnce,
}
const done = new WeakMap()
const start = (root) => {
  for (const [selector, behaviour] of Object.entries(behaviours)) {
    for (const element of root.querySelectorAll(selector)) {
      const had = done.get(element) ?? new Set()
      if (had.has(selector)) continue
      done.set(element, had.add(selector))
      behaviour(element)
    }
  }
}
start(document)
// What htmx puts in place gets the same behaviours.
document.addEventListener('htmx:after:swap', () => start(document))
