// frames.ts - how a frame is fed: one port, handed over once, and heights that are believed within reason.
import type { Colours, Letter } from './letter'

const TALLEST = 30_000 // px; beyond that the frame scrolls

/* The height in what came out of a frame, or null when it is none. */
export function heightIn(data: unknown): number | null {
	if (typeof data !== 'object' || data === null || !('height' in data)) return null
	const { height } = data
	return typeof height === 'number' && Number.isFinite(height) && height >= 0 ? Math.min(TALLEST, Math.ceil(height)) : null
}

/* Heights of mails that were shown, so that one scrolled back to stands as it stood. */
const heights = new Map<string, number>()
export const knownHeight = (id: string): number | undefined => heights.get(id)
export function keepHeight(id: string, height: number): void {
	heights.delete(id)
	heights.set(id, height)
	for (const old of heights.keys()) {
		if (heights.size <= 500) break
		heights.delete(old)
	}
}

export function connect(frame: HTMLIFrameElement, onHeight: (height: number) => void): { tell: (letter: Letter) => void; close: () => void } {
	const { port1, port2 } = new MessageChannel()
	port1.onmessage = ({ data }: MessageEvent<unknown>) => {
		const height = heightIn(data)
		if (height !== null) onHeight(height)
	}
	// the frame is sandboxed: it has no origin to name. The page's own policy lets only the content origin stand in it.
	frame.contentWindow?.postMessage(null, '*', [port2])
	return { tell: (letter) => port1.postMessage(letter), close: () => port1.close() }
}

export function coloursNow(): Colours {
	const style = getComputedStyle(document.documentElement)
	const token = (name: string) => style.getPropertyValue(name).trim()
	return { ink: token('--n12'), muted: token('--n10'), line: token('--n7'), hover: token('--n3'), focus: token('--focus') }
}
export const themeNow = (): 'light' | 'dark' => (document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light')
