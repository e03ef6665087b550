/* store.ts - the one owner of what the widget knows: reducer, transport, storage and loader meet here. */
import { call, Refused } from './api'
import { apply, hasEnded, nextToSend, nothing, unread, type Event, type State } from './apply'
import { backoffMs } from './backoff'
import { Keeper } from './kept'
import type { ToFrame, ToLoader } from './port'
import { Transport } from './transport'
import { newId } from './uuid'
import { preview, session as sessionOf, visitor as visitorOf, type Live, type Session, type Upload } from './wire'

export type View = 'home' | 'prechat' | 'thread' | 'continue'
export interface Ui {
	view: View
	isOpen: boolean
	isLoaded: boolean // the entries there were have come
	link: 'starting' | 'up' | 'down' | 'refused'
	hasSkipped: boolean // the pre-chat form, as far as it may be
	notice: string | null // read out and shown once
}

const ANSWER_MS = 10_000 // a message that is not answered by then: the connection is dead
const TYPING_MS = 10_000
const OFTEN_MS = 10_000 // after "rate_limited"

export class Store {
	state: State = nothing
	ui: Ui = { view: 'home', isOpen: false, isLoaded: false, link: 'starting', hasSkipped: false, notice: null }
	private readonly keeper: Keeper
	private readonly transport: Transport
	private readonly listeners = new Set<() => void>()
	private port: MessagePort | null = null
	private page: string | null = null
	private identity: string | null = null // to be sent with the next session
	private latest: string | null = null // the shop's last, in case the token it led to has expired
	private token: string | null = null
	private inFlight: string | null = null
	private holdUntil = 0
	private isStarting = false
	private isStale = false
	private isLeaving = false
	private isPreview = false
	private failures = 0
	private toldUnread = -1
	private toldSeen = 0
	private typedAt = 0
	private readonly timers: Record<'send' | 'answer' | 'typing' | 'start', ReturnType<typeof setTimeout> | undefined> = {
		send: undefined, answer: undefined, typing: undefined, start: undefined,
	}

	constructor(private readonly inbox: string) {
		this.keeper = new Keeper(inbox)
		this.transport = new Transport({
			token: () => this.token,
			after: () => ({ after: this.state.sequence, ...(this.state.conversation && { conversation: this.state.conversation.id }) }),
			onLive: (live) => this.hear(live),
			onUp: () => this.up(),
			onDown: () => this.down(),
			onInvalid: () => this.renew(),
			onForbidden: () => this.show({ link: 'refused' }),
		})
		this.keeper.onSession(() => {
			if (this.keeper.session.token !== this.token) this.renew()
		})
		addEventListener('online', () => void this.start())
		addEventListener('visibilitychange', () => this.look())
	}

	subscribe(listener: () => void): () => void {
		this.listeners.add(listener)
		return () => this.listeners.delete(listener)
	}
	show(change: Partial<Ui>): void {
		this.ui = { ...this.ui, ...change }
		this.changed()
	}
	/* take - the loader's port, and what it says first. */
	take(port: MessagePort, first: ToFrame): void {
		this.port = port
		port.onmessage = (e: MessageEvent<ToFrame>) => this.told(e.data)
		this.told(first)
		void this.start()
	}
	tell(message: ToLoader): void {
		this.port?.postMessage(message)
	}

	// ---- what the visitor does ----

	write(text: string, files: readonly Upload[]): void {
		if (this.isPreview) return
		this.dispatch({
			type: 'written',
			pending: { id: newId(), text, files, page_url: this.page, at: new Date().toISOString(), state: 'waiting', code: null },
		})
		this.flush()
	}
	again(id: string): void {
		this.dispatch({ type: 'again', id })
		this.flush()
	}
	drop(id: string): void {
		this.dispatch({ type: 'dropped', id })
	}
	typing(): void {
		if (Date.now() - this.typedAt < 2000) return
		this.typedAt = Date.now()
		this.transport.say({ typing: true })
	}
	end(): void {
		this.transport.say({ end: true })
	}
	/* enter - to the thread, by way of the form if it is wanted. */
	enter(): void {
		this.show({ view: this.needsForm() ? 'prechat' : 'thread' })
	}
	needsForm(): boolean {
		const { session, visitor, conversation, open } = this.state
		if (!session || !visitor || (conversation && !hasEnded(this.state)) || this.state.pending.length > 0) return false
		const { name, email } = session.settings.prechat
		const lacksName = !visitor.name, lacksEmail = !visitor.email
		if ((name === 'required' && lacksName) || ((email === 'required' || !open) && lacksEmail)) return true
		return !this.ui.hasSkipped && ((name === 'optional' && lacksName) || (email === 'optional' && lacksEmail))
	}
	/* profile - Returns: null, or the key of the text that says why not. */
	async profile(change: { name?: string; email?: string }, locale: string): Promise<'error.try' | 'error.rate' | 'error.email' | null> {
		if (this.isPreview) return null
		try {
			this.dispatch({ type: 'profile', visitor: visitorOf(await call('PUT', '/profile', this.token, { ...change, locale })) })
			return null
		} catch (error) {
			if (!(error instanceof Refused)) return 'error.try'
			return error.status === 429 ? 'error.rate' : error.status === 400 || error.status === 422 ? 'error.email' : 'error.try'
		}
	}
	async transcript(): Promise<boolean> {
		return call('POST', '/transcript', this.token).then(() => true, () => false)
	}
	/* refresh - has the link been used meanwhile? */
	async refresh(): Promise<void> {
		if (this.token === null) return
		try {
			const session = sessionOf(await call('POST', '/session', null, { inbox: this.inbox, token: this.token, strict: true }))
			if (session && session.token === this.token) this.dispatch({ type: 'profile', visitor: session.visitor })
		} catch { /* it can be asked again */ }
	}
	get sessionToken(): string {
		return this.token ?? ''
	}
	get draft(): string {
		return this.keeper.draft
	}
	set draft(text: string) {
		this.keeper.draft = text
	}
	close(): void {
		this.tell({ close: true })
	}
	/* look - what is on the screen has been seen. */
	look(): void {
		const last = this.state.entries[this.state.entries.length - 1]?.sequence ?? 0
		if (document.hidden) return
		if (this.state.visitor?.email_level === 'claimed' && this.ui.isOpen) void this.refresh()
		if (!this.ui.isOpen || this.ui.view !== 'thread' || last <= this.state.seen) return
		this.dispatch({ type: 'live', live: { seen: last } })
	}

	// ---- session ----

	private told(message: ToFrame): void {
		if (message.page !== undefined) this.page = message.page
		if (message.options) this.listenersOfOptions?.(message.options)
		if (message.preview !== undefined) this.rehearse(message.preview)
		if (message.signout) void this.signOut()
		if (message.identify !== undefined) this.latest = message.identify
		if (message.identify !== undefined && this.isOther(message.identify)) {
			this.identity = message.identify
			if (this.token !== null || this.isStarting) this.renew()
		}
		if (message.open !== undefined && message.open !== this.ui.isOpen) {
			this.show({ isOpen: message.open })
			if (message.open) void this.start()
			if (message.open && this.state.conversation && !hasEnded(this.state)) this.show({ view: 'thread' })
			this.look()
		}
	}
	onOptions(listener: (options: NonNullable<ToFrame['options']>) => void): void {
		this.listenersOfOptions = listener
	}
	private listenersOfOptions: ((options: NonNullable<ToFrame['options']>) => void) | undefined
	private isOther(identity: string): boolean {
		const { token, claims } = this.keeper.session
		return token === null || claims !== claimsOf(identity)
	}

	/* rehearse - shows settings that nobody has saved yet. */
	private rehearse(settings: unknown): void {
		const session = preview(settings)
		if (!session) return
		this.isPreview = true
		this.dispatch({ type: 'session', session })
		this.show({ link: 'up', isLoaded: true })
	}
	private async start(): Promise<void> {
		if (this.isPreview || this.port === null || this.token !== null || this.isStarting || this.isLeaving) return
		clearTimeout(this.timers.start)
		this.isStarting = true
		const identity = this.identity, kept = this.keeper.session
		try {
			const given = sessionOf(await call('POST', '/session', null, {
				inbox: this.inbox, locale: document.documentElement.lang,
				...(kept.token !== null && { token: kept.token }), ...(identity !== null && { identity }),
				...(this.page !== null && { page_url: this.page }),
			}))
			this.isStarting = false
			if (!given) throw new TypeError('no session')
			if (identity === null && this.latest !== null && !given.visitor.signed_in) {
				this.identity = this.latest
				this.isStale = true
			}
			if (this.isStale) return this.startAgain()
			this.begin(given, kept.token, identity !== null ? claimsOf(identity) : kept.claims)
		} catch (error) {
			this.isStarting = false
			this.couldNotStart(error, identity)
		}
	}
	private startAgain(): void {
		this.isStale = false
		void this.start()
	}
	private begin(session: Session, former: string | null, claims: string | null): void {
		const isNew = session.token !== former
		this.failures = 0
		this.identity = null
		this.token = session.token
		this.keeper.session = { token: session.token, claims: session.visitor.signed_in ? claims : null }
		const before = this.state.visitor
		this.dispatch({ type: 'session', session })
		if (before !== null && before.id !== session.visitor.id) this.show({ view: 'home', isLoaded: false })
		for (const pending of this.keeper.unsent) this.dispatch({ type: 'written', pending })
		if (isNew && session.visitor.signed_in) this.tell({ event: { name: 'identified' } })
		if (this.ui.isOpen && this.ui.view === 'home' && session.conversation && session.conversation.status !== 'resolved')
			this.show({ view: 'thread' })
		this.transport.restart()
	}
	private couldNotStart(error: unknown, identity: string | null): void {
		this.isStale = false
		const status = error instanceof Refused ? error.status : 0
		if (status === 401 && identity !== null) {
			if (this.identity === identity) this.identity = null
			if (this.latest === identity) this.latest = null
			this.tell({ event: { name: 'error', detail: { code: 'bad_identity' } } })
			void this.start()
		} else if (status === 403 || status === 404) {
			this.show({ link: 'refused' })
		} else {
			this.show({ link: 'down' })
			this.timers.start = setTimeout(() => void this.start(), backoffMs(this.failures++, Math.random()))
		}
	}
	/* renew - another token: ours is not valid, or another tab or the shop changed who we are. */
	private renew(): void {
		this.transport.stop()
		this.inFlight = null
		if (this.isStarting) {
			this.isStale = true
			return
		}
		const kept = this.keeper.session.token
		if (kept === null && this.state.visitor?.signed_in) this.forget()
		this.token = null
		void this.start()
	}
	/* signOut - whoever is signed in; what somebody wrote anonymously is this browser's and stays. */
	private async signOut(): Promise<void> {
		const { token, claims } = this.keeper.session
		this.identity = this.latest = null
		if (claims !== null) {
			this.isLeaving = true
			this.isStale = this.isStarting
			this.transport.stop()
			this.keeper.clear()
			this.token = this.inFlight = null
			this.forget()
			await call('DELETE', '/session', token).catch(() => null)
			this.isLeaving = false
		}
		this.tell({ event: { name: 'signedout' } })
		if (this.ui.isOpen) void this.start()
	}
	private forget(): void {
		this.dispatch({ type: 'signed-out' })
		this.toldSeen = 0
		this.show({ view: 'home', isLoaded: false, hasSkipped: false })
	}

	// ---- live ----

	private up(): void {
		this.show({ link: 'up', isLoaded: true })
		this.inFlight = null
		this.flush()
		this.look()
		this.saySeen()
	}
	private down(): void {
		this.inFlight = null
		clearTimeout(this.timers.answer)
		this.dispatch({ type: 'typing-ended' })
		this.show({ link: 'down' })
	}
	private hear(live: Live): void {
		if (live.refused?.code === 'rate_limited') live = { retry: { id: live.refused.id, after_ms: OFTEN_MS } }
		const had = this.state.conversation !== null
		this.dispatch({ type: 'live', live })
		// a customer who has just signed in: their matter from elsewhere is found a moment later
		if (!had && this.ui.isOpen && this.ui.view === 'home' && this.state.conversation && !hasEnded(this.state)) this.show({ view: 'thread' })
		if (live.typing?.active) {
			clearTimeout(this.timers.typing)
			this.timers.typing = setTimeout(() => this.dispatch({ type: 'typing-ended' }), TYPING_MS)
		}
		const answered = live.accepted?.id ?? live.refused?.id ?? live.retry?.id
		if (live.retry) this.holdUntil = Date.now() + live.retry.after_ms
		if (answered !== undefined && answered === this.inFlight) {
			this.inFlight = null
			clearTimeout(this.timers.answer)
		}
		this.flush()
		this.look()
	}
	/* flush - one message at a time, the oldest first: so order holds whatever happens to the connection. */
	private flush(): void {
		const next = nextToSend(this.state)
		clearTimeout(this.timers.send)
		if (!next || this.inFlight !== null) return
		const hold = this.holdUntil - Date.now()
		if (hold > 0) {
			this.timers.send = setTimeout(() => this.flush(), hold)
			return
		}
		const message = { id: next.id, text: next.text, attachments: next.files.map((f) => f.id), page_url: next.page_url }
		this.inFlight = next.id
		if (!this.transport.say({ message })) {
			this.inFlight = null
			return
		}
		clearTimeout(this.timers.answer)
		this.timers.answer = setTimeout(() => this.transport.suspect(), ANSWER_MS)
	}
	private saySeen(): void {
		if (this.state.seen > this.toldSeen && this.transport.say({ seen: this.state.seen })) this.toldSeen = this.state.seen
	}

	private dispatch(event: Event): void {
		const before = this.state
		this.state = apply(before, event)
		if (this.state === before) return
		if (this.state.pending !== before.pending) this.keep(before)
		if (this.state.seen < before.seen) this.toldSeen = 0
		if (event.type === 'session') this.toldSeen = event.session.seen
		else this.saySeen()
		this.tellLoader()
		this.changed()
	}
	private keep(before: State): void {
		this.keeper.keepUnsent(this.state.pending)
		for (const { id } of before.pending)
			if (!this.state.pending.some((p) => p.id === id && p.state !== 'accepted')) this.keeper.forgetUnsent(id)
	}
	private tellLoader(): void {
		const { session, conversation, visitor } = this.state, count = unread(this.state)
		if (count !== this.toldUnread) this.tell({ unread: (this.toldUnread = count) })
		if (!session || !visitor) return
		const look = {
			accent: session.settings.accent, position: session.settings.position, known: visitor.signed_in,
			active: conversation !== null && !hasEnded(this.state),
		}
		const text = JSON.stringify(look)
		if (text !== this.toldLook) this.tell({ look })
		this.toldLook = text
	}
	private toldLook = ''
	private changed(): void {
		for (const listener of this.listeners) listener()
	}
}

/* claimsOf - who a signed token speaks of, its times left out. Not verified here: it only saves signing in the same customer again. */
export function claimsOf(identity: string): string {
	try {
		const part = identity.split('.')[1]?.replace(/-/g, '+').replace(/_/g, '/') ?? ''
		const bytes = Uint8Array.from(atob(part), (c) => c.charCodeAt(0))
		const { sub, name, email, email_verified } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
		return JSON.stringify([sub, name, email, email_verified])
	} catch {
		return identity
	}
}
