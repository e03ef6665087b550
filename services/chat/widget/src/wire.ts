/* wire.ts - the shapes of docs/chat-protocol.md, and the one place where what came over the network becomes typed. */

export interface Attachment {
	id: string
	name: string
	content_type: string
	size: number
	url: string
}
export interface Entry {
	sequence: number
	id: string
	client_id: string | null
	kind: 'message' | 'move' | 'system'
	direction: 'in' | 'out' | null
	channel: string
	author: { type: string; name: string | null } | null
	text: string | null
	attachments: Attachment[]
	move: { from: string; to: string; reason: string | null } | null
	created_at: string
}
export interface Conversation {
	id: string
	ref: string | null
	status: string
	sequence: number
}
export interface Queue {
	position: number | null
	wait_s: number | null
}
export interface Agent {
	name: string | null
}
export type Need = 'off' | 'optional' | 'required'
export interface Settings {
	greeting: Record<string, string>
	title: Record<string, string>
	accent: string | null
	prechat: { name: Need; email: Need }
	position: 'start' | 'end'
	attachments: boolean
}
export interface Visitor {
	id: string
	name: string | null
	email: string | null
	email_level: 'none' | 'claimed' | 'confirmed'
	signed_in: boolean
}
export interface Session {
	token: string
	visitor: Visitor
	conversation: Conversation | null
	seen: number
	settings: Settings
	open: boolean
	opens_at: string | null
	reply_time_s: number | null
	queue: Queue | null
	agent: Agent | null
}
/* What changed; a member that is absent did not. */
export interface Live {
	entries?: Entry[]
	sequence?: number
	conversation?: Conversation | null
	queue?: Queue | null
	agent?: Agent | null
	open?: boolean
	seen?: number
	typing?: { name: string | null; active: boolean }
	accepted?: { id: string; duplicate: boolean }
	refused?: { id: string; code: string; detail: string | null }
	retry?: { id: string; after_ms: number }
	ready?: Live
}
export interface Outgoing {
	id: string
	text: string
	attachments: string[]
	page_url: string | null
}

type Bag = Record<string, unknown>
const isBag = (v: unknown): v is Bag => typeof v === 'object' && v !== null && !Array.isArray(v)
const bag = (v: unknown): Bag => (isBag(v) ? v : {})
const text = (v: unknown): string | null => (typeof v === 'string' && v !== '' ? v : null)
const number = (v: unknown): number | null => (typeof v === 'number' && Number.isFinite(v) ? v : null)
const words = (v: unknown): Record<string, string> =>
	Object.fromEntries(Object.entries(bag(v)).filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
const need = (v: unknown): Need => (v === 'required' || v === 'optional' ? v : 'off')

function attachment(v: unknown): Attachment {
	const a = bag(v)
	return {
		id: text(a.id) ?? '', name: text(a.name) ?? '', content_type: text(a.content_type) ?? '', size: number(a.size) ?? 0,
		url: text(a.url) ?? '',
	}
}

export function entry(v: unknown): Entry | null {
	const e = bag(v)
	const id = text(e.id), sequence = number(e.sequence)
	if (id === null || sequence === null) return null
	const author = isBag(e.author) ? { type: text(e.author.type) ?? '', name: text(e.author.name) } : null
	const move = isBag(e.move) ? { from: text(e.move.from) ?? '', to: text(e.move.to) ?? '', reason: text(e.move.reason) } : null
	return {
		sequence, id, author, move,
		client_id: text(e.client_id),
		kind: e.kind === 'move' || e.kind === 'system' ? e.kind : 'message',
		direction: e.direction === 'in' || e.direction === 'out' ? e.direction : null,
		channel: text(e.channel) ?? 'chat',
		text: text(e.text),
		attachments: Array.isArray(e.attachments) ? e.attachments.map(attachment) : [],
		created_at: text(e.created_at) ?? '',
	}
}

function conversation(v: unknown): Conversation | null {
	const c = bag(v), id = text(c.id)
	return id === null ? null : { id, ref: text(c.ref), status: text(c.status) ?? 'open', sequence: number(c.sequence) ?? 0 }
}
const queue = (v: unknown): Queue | null =>
	isBag(v) ? { position: number(v.position), wait_s: number(v.wait_s) } : null
const agent = (v: unknown): Agent | null => (isBag(v) ? { name: text(v.name) } : null)

export function visitor(v: unknown): Visitor {
	const a = bag(v)
	const level = a.email_level
	return {
		id: text(a.id) ?? '', name: text(a.name), email: text(a.email),
		email_level: level === 'claimed' || level === 'confirmed' ? level : 'none', signed_in: a.signed_in === true,
	}
}

function settings(v: unknown): Settings {
	const s = bag(v), prechat = bag(s.prechat), accent = text(s.accent)
	return {
		greeting: words(s.greeting), title: words(s.title),
		accent: accent !== null && /^#[0-9a-f]{6}$/i.test(accent) ? accent : null,
		prechat: { name: need(prechat.name), email: need(prechat.email) },
		position: s.position === 'start' ? 'start' : 'end',
		attachments: s.attachments !== false,
	}
}

export function session(v: unknown): Session | null {
	const s = bag(v), token = text(s.token)
	if (token === null) return null
	return {
		token, visitor: visitor(s.visitor), conversation: conversation(s.conversation), seen: number(s.seen) ?? 0,
		settings: settings(s.settings), open: s.open !== false, opens_at: text(s.opens_at),
		reply_time_s: number(s.reply_time_s), queue: queue(s.queue), agent: agent(s.agent),
	}
}

/* preview - settings that are being tried, as the session of somebody who has just come. */
export function preview(v: unknown): Session | null {
	return isBag(v) ? session({ token: 'preview', ...v }) : null
}

/* live - a frame of the socket or an answer of the poll. Returns: {} for what means nothing to this version. */
export function live(v: unknown): Live {
	const f = bag(v), out: Live = {}
	if (Array.isArray(f.entries)) out.entries = f.entries.map(entry).filter((e): e is Entry => e !== null)
	const sequence = number(f.sequence), seen = number(f.seen)
	if (sequence !== null) out.sequence = sequence
	if (seen !== null) out.seen = seen
	if ('conversation' in f) out.conversation = conversation(f.conversation)
	if ('queue' in f) out.queue = queue(f.queue)
	if ('agent' in f) out.agent = agent(f.agent)
	if (typeof f.open === 'boolean') out.open = f.open
	if (isBag(f.typing)) out.typing = { name: text(f.typing.name), active: f.typing.active === true }
	if (isBag(f.accepted)) out.accepted = { id: text(f.accepted.id) ?? '', duplicate: f.accepted.duplicate === true }
	if (isBag(f.refused)) out.refused = { id: text(f.refused.id) ?? '', code: text(f.refused.code) ?? '', detail: text(f.refused.detail) }
	if (isBag(f.retry)) out.retry = { id: text(f.retry.id) ?? '', after_ms: number(f.retry.after_ms) ?? 1000 }
	if (isBag(f.ready)) out.ready = live(f.ready)
	return out
}

export interface Upload {
	id: string
	name: string
	content_type: string
	size: number
}
export function upload(v: unknown): Upload | null {
	const a = attachment(v)
	return a.id === '' ? null : { id: a.id, name: a.name, content_type: a.content_type, size: a.size }
}
/* problem - the code of an application/problem+json body. */
export const problem = (v: unknown): string => text(bag(v).code) ?? 'unknown'
