// stream.ts - a WebSocket that comes back: resumes from its cursor, notices silence, knows how it stands.
import { backoff } from './backoff'

/* live: something was heard on this connection. That it opened says nothing yet: the server may not know who we are. */
export type StreamState = 'connecting' | 'live' | 'offline'

export interface StreamOptions {
	/* Where to connect; asked anew for every attempt, so that the cursor in it is the latest. */
	url: () => string
	/* A whole JSON frame. */
	onFrame: (frame: unknown) => void
	onState: (state: StreamState) => void
	/* The server does not know us: whoever finds that nobody is signed in any more closes; else the stream comes back. */
	onRefused: () => void
	/* Nothing heard for so long means the connection is dead, whatever the socket says; milliseconds. */
	silenceLimit: number
}

export interface Stream {
	/* Returns: false when not connected; nothing is kept for later. */
	send: (frame: unknown) => boolean
	/* A new connection at once, from url(). */
	reconnect: () => void
	close: () => void
}

/* A network that swallows everything does not refuse a connection either. */
const CONNECT_LIMIT = 10_000

const NO_SESSION = 4401

export function openStream(options: StreamOptions): Stream {
	let socket: WebSocket | null = null
	let attempt = 0
	let timer: ReturnType<typeof setTimeout> | undefined
	let heardAt = 0
	let state: StreamState | null = null
	let isClosed = false

	function be(next: StreamState): void {
		if (next !== state) options.onState((state = next))
	}
	const again = (wait: number) => {
		clearTimeout(timer)
		timer = setTimeout(connect, wait)
	}
	function drop(): void {
		const old = socket
		socket = null
		if (!old) return
		old.onopen = old.onmessage = old.onclose = old.onerror = null
		old.close()
	}
	function lost(): void {
		drop()
		if (isClosed) return
		be('offline')
		again(backoff(attempt++, Math.random()))
	}
	function connect(): void {
		drop()
		clearTimeout(timer)
		if (isClosed) return
		if (attempt === 0) be('connecting')
		const mine = new WebSocket(options.url())
		socket = mine
		heardAt = Date.now()
		mine.onopen = () => (heardAt = Date.now())
		mine.onmessage = (message: MessageEvent<unknown>) => {
			heardAt = Date.now()
			if (typeof message.data !== 'string') return
			attempt = 0
			be('live')
			options.onFrame(JSON.parse(message.data))
		}
		mine.onclose = (close) => {
			lost()
			if (close.code === NO_SESSION) options.onRefused()
		}
		mine.onerror = () => undefined // close follows
	}
	const watchdog = setInterval(() => {
		const limit = socket?.readyState === WebSocket.CONNECTING ? CONNECT_LIMIT : options.silenceLimit
		if (socket && Date.now() - heardAt > limit) lost()
	}, 1000)
	const online = () => {
		attempt = 0
		if (!socket || socket.readyState !== WebSocket.OPEN) connect()
	}
	const offline = () => lost()
	addEventListener('online', online)
	addEventListener('offline', offline)
	connect()
	return {
		send(frame) {
			if (socket?.readyState !== WebSocket.OPEN) return false
			socket.send(JSON.stringify(frame))
			return true
		},
		reconnect() {
			attempt = 0
			connect()
		},
		close() {
			isClosed = true
			clearTimeout(timer)
			clearInterval(watchdog)
			removeEventListener('online', online)
			removeEventListener('offline', offline)
			drop()
		},
	}
}
