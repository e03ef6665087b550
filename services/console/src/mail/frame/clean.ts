// clean.ts - a stranger's HTML made harmless: what remains is text, form, pictures from our own address and links that lead away.
import createPurifier from 'dompurify'
import { linkTo, pictureFrom, type Sources } from './addresses'
import { cleanDeclarations, cleanSheet } from './css'

const TAGS = `#text html head body a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div
	dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section small span strike strong
	style sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr`.split(/\s+/)
const ATTRIBUTES = `align alt bgcolor border cellpadding cellspacing class color cols colspan dir face height href hspace id lang nowrap noshade open reversed
	rowspan rules scope size span src start style summary title type valign value vspace width background`.split(/\s+/)

const purifier = createPurifier(window)

/* The whole document is parsed once, never written out and parsed again: what DOMPurify saw is what is shown. */
function purified(html: string): HTMLElement {
	const clean: unknown = purifier.sanitize(html, {
		ALLOWED_TAGS: TAGS,
		ALLOWED_ATTR: ATTRIBUTES,
		ALLOW_ARIA_ATTR: false,
		ALLOW_DATA_ATTR: false,
		SANITIZE_NAMED_PROPS: true,
		WHOLE_DOCUMENT: true,
		RETURN_DOM: true,
	})
	if (!(clean instanceof Element)) throw new Error('nothing to show')
	const to = document.implementation.createHTMLDocument('').createElement('div') // inert: nothing loads in there
	for (const style of clean.querySelectorAll('head style')) to.append(style)
	const body = clean.querySelector('body')
	for (const name of ['style', 'bgcolor', 'background', 'dir', 'lang', 'class']) {
		const value = body?.getAttribute(name)
		if (value) to.setAttribute(name, value)
	}
	to.append(...(body?.childNodes ?? []))
	return to
}

function cleanPicture(img: HTMLImageElement, sources: Sources): void {
	const address = img.getAttribute('src') ?? ''
	const from = pictureFrom(address, sources)
	img.removeAttribute('src')
	if (from !== null) {
		img.setAttribute('src', from)
		img.referrerPolicy = 'no-referrer'
		img.decoding = 'async'
	} else if ([img.getAttribute('width'), img.getAttribute('height')].some((size) => size !== null && Number.parseInt(size) <= 2)) img.remove() // a counter of readers
	else img.classList.add('hilo-picture')
}

function cleanLink(link: HTMLAnchorElement): void {
	const to = linkTo(link.getAttribute('href') ?? '')
	link.removeAttribute('href')
	if (to === null) return
	link.setAttribute('href', to)
	link.target = '_blank'
	link.rel = 'noopener noreferrer nofollow'
	link.title = to // where it really leads
}

export function clean(html: string, sources: Sources): HTMLElement {
	const root = purified(html)
	const resolve = (address: string) => pictureFrom(address, sources)
	for (const style of root.querySelectorAll('style')) style.textContent = cleanSheet(style.textContent, resolve)
	for (const element of [root, ...root.querySelectorAll<HTMLElement>('*')]) {
		if (element.hasAttribute('style')) {
			cleanDeclarations(element.style, resolve)
			element.setAttribute('style', element.style.cssText) // what the browser did not understand stands in the attribute still
		}
		const background = element.getAttribute('background')
		if (background !== null) {
			element.removeAttribute('background')
			const from = resolve(background)
			if (from !== null) element.style.backgroundImage = `url("${from.replace(/["\\\n]/g, encodeURIComponent)}")`
		}
		if (element.localName === 'img' && element instanceof HTMLImageElement) cleanPicture(element, sources)
		else if (element.localName === 'a' && element instanceof HTMLAnchorElement) cleanLink(element)
		else for (const name of ['src', 'href']) element.removeAttribute(name)
	}
	return root
}

/* Whether a mail chose its colours: then it is shown on light paper, for which mails are made. */
export function choosesColours(root: HTMLElement): boolean {
	if ([root, ...root.querySelectorAll('[bgcolor], [color], [style]')].some((element) => element.hasAttribute('bgcolor') || element.hasAttribute('color') || /color|background/.test(element.getAttribute('style') ?? ''))) return true
	return [...root.querySelectorAll('style')].some((style) => /[{;\s](?:color|background[\w-]*)\s*:/.test(style.textContent))
}
