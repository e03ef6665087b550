/* transport.ts - frames to and from the daemon: a WebSocket, or polls and posts where there can be none. It knows no state but
 * its own; whoever uses it says where to go on from. */
import { call, Refused, socketUrl } from './api'
import { backoffMs } from './backoff'
import { live, type Live, type Outgoing } from './wire'

export type Said = { message: Outgoing } | { typing: true } | { seen: number } | { end: true }
export interface Handlers {
	token(): string | null
	after(): { after: number; conversation?: string } // where to go on from
	onLive(live: Live): void
	onUp(): void
	onDown(): void
	onInvalid(): void // the token is not valid any more
	onForbidden(): void // not on this page
}

const READY_MS = 8000 // a socket that is not ready by then does not pass some proxy on the way
const SILENT_MS = 60_000 // a socket that says nothing for so long is dead: the daemon repeats itself every 25 s
const TRIES = 2 // sockets that failed before polls begin
const AGAIN_MS = 300_000 // how long polls go on before a socket is tried again
const PATHS = { message: '/messages', typing: '/typing', seen: '/seen', end: '/end' } as const

export class Transport {
	private socket: WebSocket | null = null
	private poll: AbortController | null = null
	private timer: ReturnType<typeof setTimeout> | undefined
	private failures = 0
	private socketFailures = 0
	private pollsUntil = 0
	private isWanted = false
	private isUp = false

	constructor(private readonly to: Handlers) {
		addEventListener('online', () => this.wake())
		addEventListener('offline', () => this.drop())
	}

	start(): void {
		this.isWanted = true
		this.wake()
	}
	stop(): void {
		this.isWanted = false
		this.drop()
		clearTimeout(this.timer)
	}
	/* restart - another token, or a place to go on from that the connection was not told. */
	restart(): void {
		this.drop()
		this.failures = 0
		this.start()
	}
	/* wake - at once, whatever the back-off says. */
	wake(): void {
		if (!this.isWanted || this.socket || this.poll) return
		clearTimeout(this.timer)
		if (Date.now() < this.pollsUntil) void this.pollOn()
		else this.openSocket()
	}
	/* suspect - an answer is overdue: the connection may be dead without knowing it. */
	suspect(): void {
		this.drop()
		this.later(backoffMs(this.failures++, Math.random()))
	}
	/* say - Returns: false when it could not be said now. */
	say(what: Said): boolean {
		if (!this.isUp) return false
		if (this.socket) this.socket.send(JSON.stringify(what))
		else void this.post(what)
		return true
	}

	private up(): void {
		this.failures = 0
		if (this.isUp) return
		this.isUp = true
		this.to.onUp()
	}
	private drop(): void {
		const { socket, poll } = this
		this.socket = this.poll = null
		socket?.close()
		poll?.abort()
		if (!this.isUp) return
		this.isUp = false
		this.to.onDown()
	}
	private later(ms: number): void {
		clearTimeout(this.timer)
		if (this.isWanted) this.timer = setTimeout(() => this.wake(), ms)
	}

	private openSocket(): void {
		const token = this.to.token()
		if (token === null) return
		const socket = (this.socket = new WebSocket(socketUrl()))
		let isReady = false
		const gone = (code: number) => {
			clearTimeout(silence)
			if (this.socket !== socket) return
			this.drop()
			this.closed(code, isReady)
		}
		let silence = setTimeout(gone, READY_MS, 1006)
		const heard = () => {
			clearTimeout(silence)
			silence = setTimeout(gone, SILENT_MS, 1006)
		}
		socket.onopen = () => socket.send(JSON.stringify({ auth: token, ...this.to.after() }))
		socket.onmessage = (e: MessageEvent<unknown>) => {
			if (this.socket !== socket || typeof e.data !== 'string') return
			if (isReady) heard()
			const frame = live(JSON.parse(e.data))
			this.to.onLive(frame)
			if (!frame.ready || isReady || this.socket !== socket) return
			isReady = true
			heard()
			this.socketFailures = 0
			this.up()
		}
		socket.onclose = (e) => gone(e.code)
	}
	private closed(code: number, wasReady: boolean): void {
		if (code === 4401) return this.to.onInvalid()
		if (code === 4403) return this.to.onForbidden()
		if (!wasReady && ++this.socketFailures >= TRIES && navigator.onLine) {
			this.pollsUntil = Date.now() + AGAIN_MS
			this.socketFailures = 0
			return this.later(0)
		}
		// 1001: the daemon goes away and another one is there
		this.later(code === 1001 && wasReady ? Math.random() * 500 : backoffMs(this.failures++, Math.random()))
	}

	private async pollOn(): Promise<void> {
		const poll = (this.poll = new AbortController())
		try {
			let wait = 0 // the first answer at once: it tells that the way is free
			while (this.poll === poll && Date.now() < this.pollsUntil) {
				const { after, conversation } = this.to.after()
				const path = `/poll?after=${after}&wait=${wait}${conversation === undefined ? '' : `&conversation=${conversation}`}`
				const given = await call('GET', path, this.to.token(), undefined, poll, wait * 1000)
				if (this.poll !== poll) return
				this.to.onLive(live(given))
				this.up()
				wait = 25
			}
			this.drop()
			this.later(0)
		} catch (error) {
			if (this.poll !== poll) return
			this.drop()
			this.refused(error)
		}
	}
	private refused(error: unknown): void {
		if (error instanceof Refused && error.status === 401) this.to.onInvalid()
		else if (error instanceof Refused && error.status === 403) this.to.onForbidden()
		else this.later(backoffMs(this.failures++, Math.random()))
	}
	private async post(what: Said): Promise<void> {
		const kind = (Object.keys(PATHS) as (keyof typeof PATHS)[]).find((key) => key in what)
		if (!kind) return
		const message = 'message' in what ? what.message : null
		try {
			const given = await call('POST', PATHS[kind], this.to.token(), message ?? what)
			if (message) this.to.onLive(live(given))
		} catch (error) {
			if (!message) return
			if (!(error instanceof Refused)) this.suspect()
			else if (error.status === 401) this.to.onInvalid()
			else this.to.onLive(answer(message.id, error))
		}
	}
}

/* answer - to a message that was posted: what the daemon says about it, or what the front door's refusal means. */
function answer(id: string, error: Refused): Live {
	const given = live(error.body)
	if (given.refused || given.retry) return given
	return error.status === 429 || error.status >= 500 ? { retry: { id, after_ms: 5000 } } : { refused: { id, code: error.code, detail: null } }
}
