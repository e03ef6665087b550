/* loader.ts - what a shop's page loads: the launcher, hilo(…), and the frame once it is needed. Nothing of the shop's page is
 * touched but one element at its end and the name "hilo"; no cookie is set. */
import { PORT, READY, type Look, type Options, type ToFrame, type ToLoader } from '../src/port'
import { makeLauncher, type Launcher } from './launcher'

type Listener = (detail: unknown) => void
type Hilo = ((...call: unknown[]) => void) & { q?: ArrayLike<unknown>[]; inbox?: string }
declare global {
	interface Window { hilo?: Hilo }
}

const script = (document.currentScript ?? document.querySelector('script[data-inbox]')) as HTMLScriptElement | null
const inbox = script?.dataset.inbox ?? ''
if (script && /^wt_\w+$/.test(inbox) && !window.hilo?.inbox) start(script.dataset, new URL(script.src, location.href).origin)

function start(data: DOMStringMap, origin: string): void {
	const listeners = new Map<string, Listener[]>()
	const options: Options = {}
	let look: Look = { accent: data.accent ?? null, position: data.position === 'start' ? 'start' : 'end', active: false, known: false, ...recall() }
	let launcher: Launcher | null = null
	let frame: HTMLIFrameElement | null = null
	let port: MessagePort | null = null
	let identity: string | undefined
	let isLeaving = false
	let isOpen = false
	take({ ...data })

	const queued = window.hilo?.q ?? []
	const hilo: Hilo = (...call) => command(call)
	hilo.inbox = inbox
	window.hilo = hilo
	if (document.body) show()
	else addEventListener('DOMContentLoaded', show)

	function show(): void {
		launcher = makeLauncher(() => turn(!isOpen))
		launcher.dress(options, look)
		for (const call of queued) command(Array.from(call))
		if (look.active) makeFrame() // answers may be waiting
	}

	function command([name, detail, more]: unknown[]): void {
		if (name === 'open' || name === 'close') turn(name === 'open')
		else if (name === 'toggle') turn(!isOpen)
		else if (name === 'on' && typeof more === 'function') listeners.set(String(detail), [...(listeners.get(String(detail)) ?? []), more as Listener])
		else if (name === 'options') tell({ options: take(detail as Options) })
		else if (name === 'identify') identify((detail as { token?: unknown } | null)?.token)
		else if (name === 'signout') signOut()
	}
	function identify(token: unknown): void {
		if (typeof token !== 'string') return emit('error', { code: 'bad_identity' })
		identity = token
		isLeaving = false
		tell({ identify: token })
	}
	function signOut(): void {
		identity = undefined
		isLeaving = true
		if (port || !look.known) tell({ signout: true })
		else makeFrame()
	}
	function take(from: Options): Options {
		for (const key of ['locale', 'theme', 'dir'] as const) if (typeof from?.[key] === 'string') options[key] = from[key]
		launcher?.dress(options, look)
		return options
	}
	function emit(name: string, detail?: unknown): void {
		listeners.get(name)?.forEach((listener) => listener(detail))
	}
	function page(): string {
		return location.href.split('#')[0] ?? ''
	}
	function tell(message: ToFrame): void {
		port?.postMessage(message)
	}

	function turn(open: boolean): void {
		if (!launcher || open === isOpen) return
		isOpen = open
		if (open) makeFrame()
		launcher.show(open)
		tell({ open, page: page() })
		emit(open ? 'open' : 'close')
	}

	function makeFrame(): void {
		if (frame || !launcher) return
		frame = document.createElement('iframe')
		frame.src = `${origin}/widget/frame?inbox=${inbox}#host=${encodeURIComponent(location.origin)}`
		frame.allow = 'clipboard-write'
		launcher.hold(frame)
		addEventListener('message', handOver)
		// focus goes into the frame: the visitor may be about to write from another page than before
		addEventListener('blur', () => tell({ page: page() }))
	}
	function handOver(e: MessageEvent): void {
		if (e.origin !== origin || e.source !== frame?.contentWindow || e.data !== READY) return
		const channel = new MessageChannel()
		port?.close()
		port = channel.port1
		port.onmessage = (m: MessageEvent<ToLoader>) => hear(m.data)
		const first: ToFrame = { open: isOpen, page: page(), options, signout: isLeaving }
		if (identity !== undefined) first.identify = identity
		frame.contentWindow?.postMessage({ [PORT]: first }, origin, [channel.port2])
	}

	function hear(message: ToLoader): void {
		if (message.close) turn(false)
		if (message.unread !== undefined) {
			launcher?.count(message.unread)
			emit('unread', message.unread)
		}
		if (message.look) {
			look = message.look
			keep(look)
			launcher?.dress(options, look)
		}
		if (message.event) {
			if (message.event.name === 'signedout') isLeaving = false
			emit(message.event.name, message.event.detail)
		}
	}
}

/* The shop's own storage may be shut: then the launcher looks plain until it is opened. */
function recall(): Partial<Look> {
	try {
		return JSON.parse(localStorage.getItem(`hilo:${inbox}`) ?? '{}') as Partial<Look>
	} catch {
		return {}
	}
}
function keep(look: Look): void {
	try {
		localStorage.setItem(`hilo:${inbox}`, JSON.stringify(look))
	} catch { /* see above */ }
}
