// The stores and their stream together: whatever ended it, the page ends at what is true.
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Conversation, ServerFrame, StreamEvent } from '@/api/types'
import { useAgents } from './collections'
import { useConnection } from './connection'
import { useConversations } from './conversations'
import { useLists } from './lists'
import { useSession } from './session'

class Socket {
	static all: Socket[] = []
	static readonly CONNECTING = 0
	static readonly OPEN = 1
	readyState = Socket.OPEN
	sent: unknown[] = []
	onopen: (() => void) | null = null
	onmessage: ((message: { data: string }) => void) | null = null
	onclose: ((close: { code: number }) => void) | null = null
	constructor(readonly url: string) {
		Socket.all.push(this)
	}
	send = (text: string) => void this.sent.push(JSON.parse(text))
	close = () => void (this.readyState = 3)
	say = (frame: Partial<ServerFrame>) => this.onmessage?.({ data: JSON.stringify(frame) })
}
const last = () => Socket.all.at(-1)!
const seconds = (n: number) => vi.advanceTimersByTimeAsync(n * 1000)

const row = (id: string, version: number, more: Partial<Conversation> = {}) => ({
	id, ref: id, status: 'open', inbox_id: 'i', customer: { id: 'u', name: 'Ana' }, assignee: null, priority: 'normal', tags: [], version, sequence: 1,
	unread: 0, last_message: null, created_at: `2026-01-01T00:00:0${id}Z`, ...more,
}) as Conversation
const news = (id: string, version: number) =>
	({ id: `e${id}${version}`, type: 'conversation.triaged', conversation_id: id, inbox_id: 'i', version, occurred_at: '', data: {} }) as unknown as StreamEvent
const world = new Map<string, Conversation>()
let isDown = false
let isIn = true
const calls: string[] = []
/* what a list answers waits here when set */
let gate: Promise<void> | null = null

async function answer(request: Request): Promise<Response> {
	const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
	const path = new URL(request.url).pathname.replace('/api/v1', '')
	calls.push(path)
	if (isDown) throw new TypeError('network')
	if (path === '/session') return isIn ? json({ csrf: 'x', cursor: 'c0', content_url: '', agent: { id: 'me', name: 'Me', presence: 'offline' } }) : json({ code: 'unauthenticated' }, 401)
	if (path === '/conversations') {
		const items = [...world.values()].filter((one) => one.status !== 'resolved').sort((a, b) => (a.id < b.id ? 1 : -1))
		await gate
		return json({ items, next: null, cursor: 'c0' })
	}
	const id = /^\/conversations\/(\w+)$/.exec(path)?.[1]
	if (id) return world.has(id) ? json(world.get(id)) : json({ code: 'not_found' }, 404)
	return json({ items: [] })
}
const count = (path: string) => calls.filter((one) => one === path).length

beforeEach(async () => {
	vi.useFakeTimers()
	vi.stubGlobal('WebSocket', Socket)
	vi.stubGlobal('fetch', (input: Request) => answer(input))
	setActivePinia(createPinia())
	Socket.all = []
	isDown = false
	isIn = true
	gate = null
	world.clear()
	for (const id of ['1', '2', '3']) world.set(id, row(id, 1))
	await useSession().resume()
	useConnection()
	await seconds(1)
	last().say({ cursor: 'c1' })
	calls.length = 0
})
afterEach(() => {
	useSession().leave(false)
	vi.unstubAllGlobals()
	vi.useRealTimers()
})

test.each([1006, 1008, 4401])('closed with %i it goes on where it stopped, and what happened meanwhile shows', async (code) => {
	const list = useLists().open({})
	await seconds(1)
	useConnection().watching(['1'])
	last().onclose?.({ code })
	expect(useConnection().state).toBe('offline')
	world.set('1', row('1', 2, { status: 'resolved' }))
	world.set('2', row('2', 2, { priority: 'urgent' }))
	world.set('4', row('4', 1))
	await seconds(2)
	expect(new URL(last().url).searchParams.get('cursor')).toBe('c1')
	last().say({ cursor: 'c2', events: [news('1', 2), news('2', 2), news('4', 1)] })
	expect(last().sent).toEqual([{ watch: ['1'] }])
	await seconds(1)
	expect(list.ids.value).toEqual(['4', '3', '2'])
	expect(useConversations().get('2')!.priority).toBe('urgent')
})
test('whoever is signed out does not come back', async () => {
	isIn = false
	last().onclose?.({ code: 4401 })
	await seconds(60)
	expect([useSession().state, Socket.all.length]).toEqual(['out', 1])
})
test('what is open is said when it changes and on every new connection, not again and again', async () => {
	useConnection().watching(['1'])
	await seconds(60)
	expect(Socket.all.flatMap((one) => one.sent)).toEqual([{ watch: ['1'] }])
})
test('a customer who is called otherwise is so in all their conversations, and others are not read for it', async () => {
	useLists().open({})
	world.set('3', row('3', 1, { customer: { id: 'v', name: 'Eva' } }))
	await seconds(1)
	calls.length = 0
	for (const id of ['1', '2']) world.set(id, row(id, 1, { customer: { id: 'u', name: 'Ana Mar' } }))
	const told = { ...news('1', 0), type: 'customer.changed', conversation_id: null, data: { customer_id: 'u', name: 'Ana Mar' } } as unknown as StreamEvent
	last().say({ cursor: 'c2', events: [told, told] })
	await seconds(1)
	last().say({ cursor: 'c3', events: [told] })
	await seconds(1)
	expect(['1', '2', '3'].map((id) => useConversations().get(id)!.customer.name)).toEqual(['Ana Mar', 'Ana Mar', 'Eva'])
	expect([count('/conversations/1') > 0, count('/conversations/1') < 3, count('/conversations/3')]).toEqual([true, true, 0])
})
test('a listener that fails keeps nothing from the screen', async () => {
	const list = useLists().open({})
	await seconds(1)
	useConnection().listeners.add(() => {
		throw new Error('no sound')
	})
	world.set('4', row('4', 1))
	expect(() => last().say({ cursor: 'c2', events: [news('3', 1), news('4', 1)] })).toThrow('no sound')
	await seconds(1)
	expect(list.ids.value[0]).toBe('4')
})
test('a page that was on its way while rows changed does not undo them', async () => {
	const list = useLists().open({})
	await seconds(1)
	let free = () => undefined as void
	gate = new Promise((done) => (free = done))
	const refreshed = list.refresh()
	await seconds(0.1)
	world.set('1', row('1', 2, { status: 'resolved' }))
	world.set('4', row('4', 1))
	world.delete('2')
	last().say({ cursor: 'c2', events: [news('1', 2), news('4', 1), news('2', 2)] })
	await seconds(1)
	free()
	await refreshed
	expect(list.ids.value).toEqual(['4', '3'])
})
test('a list that only the server can judge is read again for news, and for news only', async () => {
	useLists().open({ view: 'mentions' })
	await seconds(30)
	useLists().open({ q: 'order' })
	await seconds(30)
	expect(count('/conversations')).toBe(2)
	world.set('3', row('3', 2))
	last().say({ cursor: 'c2', events: [news('3', 2)] })
	await seconds(30)
	expect(count('/conversations')).toBe(4)
})
test('much at once is read with the lists, and what no list brings after them', async () => {
	const ids = Array.from({ length: 30 }, (_, i) => `r${i}`)
	for (const id of ids) useConversations().put(row(id, 1, { status: 'resolved' }))
	const list = useLists().open({})
	await seconds(1)
	for (const id of ids) world.set(id, row(id, 2, { status: 'resolved' }))
	world.set('4', row('4', 1))
	last().say({ cursor: 'c2', events: [...ids.map((id) => news(id, 2)), news('4', 1)] })
	await seconds(10)
	expect(list.ids.value[0]).toBe('4')
	expect(ids.map((id) => useConversations().get(id)!.version)).toEqual(ids.map(() => 2))
})
test('what could not be read is read once the network is back', async () => {
	const list = useLists().open({})
	await seconds(1)
	isDown = true
	world.set('3', row('3', 2, { priority: 'high' }))
	last().say({ cursor: 'c2', events: [news('3', 2)] })
	void list.refresh()
	void useAgents().load()
	await seconds(5)
	expect(list.state.value).toBe('error')
	isDown = false
	calls.length = 0
	await seconds(12)
	expect([list.state.value, useConversations().get('3')!.priority]).toEqual(['ready', 'high'])
	expect([count('/counts'), useAgents().state]).toEqual([1, 'ready'])
})
