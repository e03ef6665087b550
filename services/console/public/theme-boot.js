// theme-boot.js - theme, density and language before the first paint; the console keeps this choice up to date.
;(function () {
	let chosen = {}
	try {
		chosen = JSON.parse(localStorage.getItem('hilo.look') || '{}')
	} catch {
		chosen = {}
	}
	const dark = chosen.theme === 'dark' || (chosen.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
	document.documentElement.dataset.theme = dark ? 'dark' : 'light'
	document.documentElement.dataset.density = chosen.density === 'compact' ? 'compact' : 'comfortable'
	const language = chosen.locale || navigator.language
	document.documentElement.lang = String(language).toLowerCase().startsWith('es') ? 'es' : 'en'
})()
