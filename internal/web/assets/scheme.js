// Runs before the page is painted: follows the system's colours where the styles cannot do it alone.
const root = document.documentElement
const system = matchMedia('(prefers-color-scheme: dark)')
const follow = () => {
  if (root.dataset.theme !== 'dsfr') return
  const scheme = root.dataset.scheme
  root.dataset.frScheme = scheme
  root.dataset.frTheme = scheme === 'system' ? (system.matches ? 'dark' : 'light') : scheme
}
follow()
system.addEventListener('change', follow)
new MutationObserver(follow).observe(root, { attributes: true, attributeFilter: ['data-scheme'] })
