/* apply.ts - one event, one change: the same for live frames, polls, the session's answer and what the visitor just wrote.
 * Pure: no clock, network or DOM. Idempotent and independent of order: entries are kept by sequence, a waiting message gives way
 * to the entry that carries its id, whichever of "accepted" and the entry comes first. */
import type { Agent, Conversation, Entry, Live, Queue, Session, Upload, Visitor } from './wire'

/* What the visitor wrote and the server has not shown us as an entry yet. */
export interface Pending {
	id: string // UUIDv7 made here: row key and idempotency key
	text: string
	files: readonly Upload[]
	page_url: string | null
	at: string
	state: 'waiting' | 'accepted' | 'failed'
	code: string | null // why it failed
}
export interface State {
	session: Session | null
	visitor: Visitor | null
	conversation: Conversation | null
	entries: readonly Entry[] // by sequence
	pending: readonly Pending[] // in the order they were written
	sequence: number // how far we know the log, entries we may not see included
	seen: number
	queue: Queue | null
	agent: Agent | null
	open: boolean
	typing: string | null // the agent's name, '' if not known; null: nobody types
}
export type Event =
	| { type: 'session'; session: Session }
	| { type: 'live'; live: Live }
	| { type: 'profile'; visitor: Visitor }
	| { type: 'written'; pending: Pending }
	| { type: 'again'; id: string } // the visitor retries a failed one
	| { type: 'dropped'; id: string } // … or gives it up
	| { type: 'typing-ended' }
	| { type: 'signed-out' }

export const nothing: State = {
	session: null, visitor: null, conversation: null, entries: [], pending: [], sequence: 0, seen: 0, queue: null, agent: null,
	open: true, typing: null,
}

export function apply(state: State, event: Event): State {
	switch (event.type) {
		case 'session': return begin(state, event.session)
		case 'live': return frame(state, event.live)
		case 'profile': return { ...state, visitor: event.visitor }
		case 'written':
			return isKnown(state, event.pending.id) ? state : { ...state, pending: [...state.pending, event.pending] }
		case 'again': return mark(state, event.id, 'waiting', null)
		case 'dropped': return { ...state, pending: state.pending.filter((p) => p.id !== event.id || p.state !== 'failed') }
		case 'typing-ended': return state.typing === null ? state : { ...state, typing: null }
		case 'signed-out': return nothing
	}
}

function begin(state: State, s: Session): State {
	// somebody else's token: nothing of the former visitor may stay on the screen
	const kept = state.visitor === null || state.visitor.id === s.visitor.id || !state.visitor.signed_in ? state : nothing
	return turn({ ...kept, session: s, visitor: s.visitor, seen: Math.max(kept.seen, s.seen), queue: s.queue, agent: s.agent, open: s.open },
		s.conversation)
}

/* turn - the conversation is now this one: entries of another one go, its sequence begins anew. */
function turn(state: State, c: Conversation | null): State {
	const old = state.conversation
	if (c === null || old === null || c.id === old.id) return { ...state, conversation: c ?? old }
	return { ...state, conversation: c, entries: [], sequence: 0, seen: 0, typing: null }
}

function frame(state: State, f: Live): State {
	if (f.ready) state = frame(state, f.ready)
	if (f.conversation !== undefined) state = turn(state, f.conversation)
	if (f.entries) state = f.entries.reduce(place, state)
	if (f.sequence !== undefined) state = { ...state, sequence: Math.max(state.sequence, f.sequence) }
	if (f.seen !== undefined) state = { ...state, seen: Math.max(state.seen, f.seen) }
	if (f.queue !== undefined) state = { ...state, queue: f.queue }
	if (f.agent !== undefined) state = { ...state, agent: f.agent }
	if (f.open !== undefined) state = { ...state, open: f.open }
	if (f.typing) state = { ...state, typing: f.typing.active ? f.typing.name ?? '' : null }
	if (f.accepted) state = mark(state, f.accepted.id, 'accepted', null)
	if (f.refused) state = mark(state, f.refused.id, 'failed', f.refused.code)
	return state
}

/* place - an entry at its sequence; the pending one it came from leaves. */
function place(state: State, e: Entry): State {
	const pending = e.client_id === null ? state.pending : state.pending.filter((p) => p.id !== e.client_id)
	const typing = e.direction === 'out' ? null : state.typing
	const sequence = Math.max(state.sequence, e.sequence)
	const at = state.entries.findIndex((known) => known.sequence >= e.sequence)
	if (at >= 0 && state.entries[at]?.sequence === e.sequence) return { ...state, pending, sequence }
	const entries = at < 0 ? [...state.entries, e] : [...state.entries.slice(0, at), e, ...state.entries.slice(at)]
	return { ...state, entries, pending, typing, sequence }
}

function mark(state: State, id: string, to: Pending['state'], code: string | null): State {
	if (!state.pending.some((p) => p.id === id && p.state !== to)) return state
	// what is stored for good cannot fail any more
	return { ...state, pending: state.pending.map((p) => (p.id === id && p.state !== 'accepted' ? { ...p, state: to, code } : p)) }
}

const isKnown = (state: State, id: string): boolean =>
	state.pending.some((p) => p.id === id) || state.entries.some((e) => e.client_id === id)

/* unread - answers the visitor has not seen. */
export const unread = (state: State): number =>
	state.entries.filter((e) => e.kind === 'message' && e.direction === 'out' && e.sequence > state.seen).length

/* nextToSend - the oldest that waits: the next one leaves when it is accepted or refused, so that order holds. */
export const nextToSend = (state: State): Pending | null => state.pending.find((p) => p.state === 'waiting') ?? null

/* channel - where the conversation goes on now: what its last move says. */
export function channel(state: State): string {
	for (let i = state.entries.length - 1; i >= 0; i--) {
		const e = state.entries[i]
		if (e?.kind === 'move' && e.move) return e.move.to
	}
	return 'chat'
}
export const hasEnded = (state: State): boolean => state.conversation?.status === 'resolved'
