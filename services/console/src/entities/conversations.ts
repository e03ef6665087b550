// conversations.ts - every conversation known here, and what one does to them.
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { api, ok, Problem, settled } from '@/api/client'
import type { Channel, Conversation, ConversationStatus } from '@/api/types'

/* Rows that changed elsewhere are asked for together, a moment after the first. */
const GATHER = 40
/* More of them at once, and the lists are read again instead. */
const MANY = 12
/* What could not be read is asked for again. */
const AGAIN = 2000

/* isNewer: nobody has seen this version of it yet. */
type Listener = (row: Conversation, isNewer: boolean) => void
export interface Triage {
	priority?: Conversation['priority']
	tags?: { add?: string[]; remove?: string[] }
	subject?: string
}

export const useConversations = defineStore('conversations', () => {
	const rows = shallowReactive(new Map<string, Conversation>())
	const listeners = new Set<Listener>()
	const gone = new Set<(id: string) => void>()
	const flooded = new Set<() => void>()
	const stale = new Map<string, number>()
	let timer: ReturnType<typeof setTimeout> | undefined

	/* Takes the row unless a newer one is known; one of the same version wins, for the reader's own marks have none. */
	function put(row: Conversation): void {
		const old = rows.get(row.id)
		if (old && old.version > row.version) return
		rows.set(row.id, Object.freeze(row))
		for (const listener of listeners) listener(row, !old || old.version < row.version)
	}
	function patch(id: string, change: Partial<Conversation>): Conversation | undefined {
		const old = rows.get(id)
		if (old) put({ ...old, ...change })
		return old
	}
	function drop(id: string): void {
		rows.delete(id)
		for (const listener of gone) listener(id)
	}
	async function fetch(id: string): Promise<Conversation> {
		const row = await ok(api.GET('/conversations/{id}', { params: { path: { id } } }))
		put(row)
		return rows.get(row.id) ?? row
	}
	async function refresh(): Promise<void> {
		timer = undefined
		const wanted = [...stale].filter(([id, version]) => (rows.get(id)?.version ?? -1) < version)
		const isFlood = wanted.length > MANY
		// what no list brings is asked for later, some at a time
		const known = isFlood ? wanted.filter(([id]) => rows.has(id)) : wanted
		stale.clear()
		for (const [id, version] of known.slice(MANY)) stale.set(id, version)
		if (isFlood) for (const tell of flooded) tell()
		await Promise.all(known.slice(0, MANY).map(([id, version]) => fetch(id).catch((error: unknown) => {
			if (error instanceof Problem && error.status === 404) drop(id)
			else stale.set(id, Math.max(version, stale.get(id) ?? 0))
		})))
		if (stale.size > 0) timer ??= setTimeout(() => void refresh(), AGAIN)
	}
	/* Somebody says that it has this version. */
	function outdated(id: string, version: number): void {
		if ((rows.get(id)?.version ?? -1) >= version) return
		stale.set(id, Math.max(version, stale.get(id) ?? 0))
		timer ??= setTimeout(() => void refresh(), GATHER)
	}

	/* Shows the change at once, takes it back when it is refused. */
	async function optimistic(id: string, change: Partial<Conversation>, ask: () => Promise<Conversation>): Promise<void> {
		const old = patch(id, change)
		try {
			put(await ask())
		} catch (error) {
			if (old && rows.get(id)?.version === old.version) put({ ...old })
			throw error
		}
	}
	const at = (id: string) => ({ path: { id } })
	const setStatus = (id: string, status: ConversationStatus, until?: string) =>
		optimistic(id, { status, snoozed_until: until ?? null }, () =>
			settled(api.POST('/conversations/{id}/status', { params: at(id), body: { status, ...(until ? { until } : {}) } })))
	const assign = (id: string, to: { agent_id: string | null; team_id?: string | null }, name = '') =>
		optimistic(id, { assignee: to.agent_id ? { id: to.agent_id, name } : null, ...(to.team_id === undefined ? {} : { team_id: to.team_id }) }, () =>
			settled(api.POST('/conversations/{id}/assign', { params: at(id), body: to })))
	const triage = (id: string, body: Triage) => {
		const old = rows.get(id)
		const tags = [...(old?.tags ?? []).filter((tag) => !body.tags?.remove?.includes(tag)), ...(body.tags?.add ?? [])]
		return optimistic(id, { ...(body.priority ? { priority: body.priority } : {}), ...(body.subject ? { subject: body.subject } : {}), tags: [...new Set(tags)] }, () =>
			settled(api.POST('/conversations/{id}/triage', { params: at(id), body })))
	}
	/* Waits for the outcome: a move is not shown before it is made. */
	async function move(id: string, channel: Channel, contactPoint?: string): Promise<void> {
		await settled(api.POST('/conversations/{id}/interactions', { params: at(id), body: { channel, ...(contactPoint ? { contact_point_id: contactPoint } : {}) } }))
	}
	async function toInbox(id: string, inbox: string): Promise<void> {
		put(await settled(api.POST('/conversations/{id}/inbox', { params: at(id), body: { inbox_id: inbox } })))
	}
	async function markRead(id: string): Promise<void> {
		const row = rows.get(id)
		if (!row || row.unread === 0) return
		patch(id, { unread: 0 })
		await ok(api.PUT('/conversations/{id}/read', { params: at(id), body: { sequence: row.sequence } }))
	}
	async function follow(id: string, on: boolean): Promise<void> {
		const old = patch(id, { following: on })
		try {
			await ok(on ? api.PUT('/conversations/{id}/follow', { params: at(id) }) : api.DELETE('/conversations/{id}/follow', { params: at(id) }))
		} catch (error) {
			if (old) patch(id, { following: old.following })
			throw error
		}
	}
	const get = (id: string): Conversation | undefined => rows.get(id)
	const find = (idOrRef: string): Conversation | undefined =>
		rows.get(idOrRef) ?? [...rows.values()].find((row) => row.ref === idOrRef.toUpperCase())
	function reset(): void {
		clearTimeout(timer)
		timer = undefined
		stale.clear()
		rows.clear()
	}
	return { rows, get, find, put, patch, drop, fetch, outdated, setStatus, assign, triage, move, toInbox, markRead, follow, reset, listeners, gone, flooded }
})
