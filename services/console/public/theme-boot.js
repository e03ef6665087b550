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
	const wanted = [chosen.locale, ...navigator.languages, chosen.company].map((name) => String(name).toLowerCase().split('-')[0])
	document.documentElement.lang = wanted.find((name) => name === 'en' || name === 'es') || 'en'
})()
