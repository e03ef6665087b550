// frame.ts - shows one mail. It belongs to nobody's origin, hears its parent's port alone, and tells it nothing but its height.
import type { Extent, Letter } from '../letter'
import { choosesColours, clean } from './clean'
import { fold, foldsIn, marked } from './quote'

const MOST_HEIGHTS = 60 // of one letter and each of its pictures: styles that grow with the frame would never end

const main = document.querySelector('main')
let port: MessagePort | null = null
let heights = 0
let last = -1
let unfolded = false

function tell(): void {
	if (!main || heights <= 0) return
	const height = Math.ceil(Math.max(main.getBoundingClientRect().height, main.scrollHeight))
	if (height === last) return
	last = height
	heights--
	port?.postMessage({ height } satisfies Extent)
}

function dress(letter: Letter, paper: boolean): void {
	const root = document.documentElement
	root.lang = letter.words.lang
	root.dataset['theme'] = letter.theme
	root.toggleAttribute('data-paper', paper)
	for (const [name, value] of Object.entries(letter.colours)) root.style.setProperty(`--hilo-${name}`, value)
}

function show(letter: Letter): void {
	if (!main) return
	const mail = clean(marked(letter.html, letter.quote), letter)
	dress(letter, letter.theme === 'dark' && choosesColours(mail))
	for (const picture of mail.querySelectorAll<HTMLImageElement>('img.hilo-picture')) picture.alt ||= letter.words.image
	for (const found of foldsIn(mail)) fold(found, letter.words, unfolded, (open) => ((unfolded = open), (heights += 2)))
	heights = MOST_HEIGHTS + mail.querySelectorAll('img[src]').length
	last = -1
	main.replaceChildren(mail)
	tell()
}

addEventListener('message', (event) => {
	const [given] = event.ports
	if (port || !given || event.source !== parent || parent === window) return
	port = given
	port.onmessage = ({ data }: MessageEvent<Letter>) => show(data)
})
if (main) new ResizeObserver(tell).observe(main)
