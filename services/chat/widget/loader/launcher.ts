/* launcher.ts - the round button and the place of the frame, in a closed shadow root where no style of the page reaches. */
import { onAccent } from '../src/colour'
import type { Look, Options } from '../src/port'

export interface Launcher {
	dress(options: Options, look: Look): void
	show(open: boolean): void
	count(unread: number): void
	hold(frame: HTMLIFrameElement): void
}

const WORDS = {
	en: { open: 'Open the chat', close: 'Close the chat', title: 'Chat', unread: (n: number) => (n === 1 ? '1 new message' : `${n} new messages`) },
	es: { open: 'Abrir el chat', close: 'Cerrar el chat', title: 'Chat', unread: (n: number) => (n === 1 ? '1 mensaje nuevo' : `${n} mensajes nuevos`) },
}

const STYLE = `
:host{all:initial;color-scheme:light dark}
.all{position:fixed;inset-block-end:20px;inset-inline-end:20px;z-index:2147483000;font:400 14px/20px system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.all.start{inset-inline:20px auto}
.frame{position:fixed;inset-block-end:88px;inset-inline-end:20px;inline-size:min(392px,calc(100vw - 40px));block-size:min(660px,calc(100vh - 108px));
 border-radius:6px;overflow:hidden;background:#fcfbf8;border:1px solid #d3cfc5;box-shadow:0 1px 2px rgb(26 29 43/.08),0 12px 32px rgb(26 29 43/.16);visibility:hidden;opacity:0;
 transform:translateY(8px);transition:opacity 140ms,transform 140ms,visibility 0s 140ms}
.start .frame{inset-inline:20px auto}
.open .frame{visibility:visible;opacity:1;transform:none;transition-delay:0s}
iframe{display:block;inline-size:100%;block-size:100%;border:0;color-scheme:auto}
button{position:relative;display:grid;place-items:center;inline-size:56px;block-size:56px;margin:0;padding:0;border:0;border-radius:50%;cursor:pointer;
 background:var(--accent,#1a1d2b);color:var(--on,#fff);box-shadow:0 0 0 1px rgb(255 255 255/.24),0 1px 2px rgb(26 29 43/.16),0 6px 16px rgb(26 29 43/.2);-webkit-tap-highlight-color:transparent}
button:hover{filter:brightness(1.12)}
button:focus-visible{outline:2px solid #1d4bc0;outline-offset:2px;box-shadow:0 0 0 2px #fcfbf8,0 0 0 5px rgb(252 251 248/.8)}
svg{inline-size:28px;block-size:28px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.open .bubble,.all:not(.open) .cross{display:none}
.badge{position:absolute;inset-block-start:-4px;inset-inline-end:-4px;min-inline-size:22px;block-size:22px;padding:0 6px;box-sizing:border-box;border-radius:11px;
 background:#a6383b;color:#fff;border:2px solid #fcfbf8;font-size:12px;line-height:18px;font-weight:600;text-align:center;font-variant-numeric:tabular-nums}
.badge[hidden]{display:none}
.dark .frame{background:#131419;border-color:#3b3d47}
@media (prefers-color-scheme:dark){.auto .frame{background:#131419;border-color:#3b3d47}}
@media (max-width:480px){.open{inset:0}.open .frame{inset:0;inline-size:100vw;block-size:100vh;block-size:100dvh;border:0;border-radius:0}.open button{display:none}}
@media (prefers-reduced-motion:reduce){.frame{transition:none;transform:none}}
@media (forced-colors:active){button{border:1px solid ButtonText}}
@media print{.all{display:none}}`

const BUBBLE = ['M6 4.5h16A2.5 2.5 0 0 1 24.5 7v11a2.5 2.5 0 0 1-2.5 2.5h-8.5L8 25v-4.5H6A2.5 2.5 0 0 1 3.5 18V7A2.5 2.5 0 0 1 6 4.5z',
	'M3.5 12.5H9c3.5 0 3-4 5.5-4s2 4 5.5 4h4.5']
const CROSS = ['M8 8l12 12M20 8L8 20']

export function makeLauncher(onPress: () => void): Launcher {
	const host = document.createElement('hilo-chat')
	const root = host.attachShadow({ mode: 'closed' })
	const sheet = new CSSStyleSheet() // not an element: a page's style-src does not concern it
	sheet.replaceSync(STYLE)
	root.adoptedStyleSheets = [sheet]
	const all = document.createElement('div')
	const place = document.createElement('div')
	const button = document.createElement('button')
	place.className = 'frame'
	place.id = 'frame'
	button.type = 'button'
	button.setAttribute('aria-controls', 'frame')
	const badge = document.createElement('span')
	badge.className = 'badge'
	button.append(picture('bubble', BUBBLE), picture('cross', CROSS), badge)
	all.append(place, button)
	root.append(all)
	document.body.append(host)
	button.addEventListener('click', onPress)

	let words = WORDS.en, classes = '', isOpen = false, unread = 0
	function paint(): void {
		all.className = `all ${classes}${isOpen ? ' open' : ''}`
		button.setAttribute('aria-expanded', String(isOpen))
		button.setAttribute('aria-label', isOpen ? words.close : unread ? `${words.open}: ${words.unread(unread)}` : words.open)
		badge.hidden = isOpen || unread === 0
		badge.textContent = unread > 99 ? '99+' : String(unread)
	}
	paint()

	return {
		dress(options, look) {
			const language = (options.locale ?? navigator.language).slice(0, 2).toLowerCase()
			words = language === 'es' ? WORDS.es : WORDS.en
			classes = [look.position, options.theme === 'dark' || options.theme === 'light' ? options.theme : 'auto'].join(' ')
			if (options.dir === 'rtl' || options.dir === 'ltr') all.dir = options.dir
			if (look.accent && /^#[0-9a-f]{6}$/i.test(look.accent)) {
				all.style.setProperty('--accent', look.accent)
				all.style.setProperty('--on', onAccent(look.accent))
			}
			const frame = place.querySelector('iframe')
			if (frame) frame.title = words.title
			paint()
		},
		show(open) {
			isOpen = open
			paint()
			if (open) place.querySelector('iframe')?.focus()
			else button.focus({ preventScroll: true })
		},
		count(n) {
			unread = n
			paint()
		},
		hold(frame) {
			frame.title = words.title
			place.append(frame)
		},
	}
}

/* Made by hand, not by innerHTML: pages may require trusted types. */
function picture(name: string, paths: string[]): SVGElement {
	const make = (tag: string, attributes: Record<string, string>): SVGElement => {
		const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
		for (const key in attributes) element.setAttribute(key, attributes[key] ?? '')
		return element
	}
	const svg = make('svg', { class: name, viewBox: '0 0 28 28', 'aria-hidden': 'true' })
	svg.append(...paths.map((d) => make('path', { d })))
	return svg
}
