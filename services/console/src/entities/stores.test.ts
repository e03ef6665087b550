// The stores against an API that answers when the test wants, and frames in any order: the screen ends at what is true.
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Conversation } from '@/api/types'
import { useConversations } from './conversations'
import { useLists } from './lists'
import { useOutbox } from './outbox'
import { useSession } from './session'
import { useThreads } from './threads'

const world = { conversations: new Map<string, Conversation>(), entries: new Map<string, { id: string; sequence: number; text: string }[]>(), posted: new Map<string, number>(), isDown: false }
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
const row = (id: string, version: number, more: Partial<Conversation> = {}): Conversation => ({
	id, ref: `${id}-REF`, subject: '', status: 'open', inbox_id: 'i', channel: 'email', channels: ['email'], customer: { id: 'u', name: 'Ana' }, assignee: null, team_id: null,
	priority: 'normal', tags: [], visitor: null, waiting_since: null, snoozed_until: null, version, sequence: 1, unread: 0, following: false,
	last_message: { id: 'm', preview: '', author: '', direction: 'in', created_at: `2026-01-01T00:00:${String(version).padStart(2, '0')}Z` },
	created_at: '2026-01-01T00:00:00Z', ...more,
} as Conversation)
const entry = (conversation: string, sequence: number) => ({
	id: `${conversation}${sequence}`, sequence, kind: 'message', direction: 'in', channel: 'email', interaction_id: 'x', author: { type: 'customer', id: null, name: '' },
	text: `text ${sequence}`, html: null, attachments: [], delivery: null, created_at: '2026-01-01T00:00:00Z',
})

async function answer(request: Request): Promise<Response> {
	if (world.isDown) throw new TypeError('network')
	const url = new URL(request.url)
	const [, id, what] = /\/conversations\/([^/]+)\/?(.*)$/.exec(url.pathname) ?? []
	if (!id) return json({ items: [...world.conversations.values()].filter((one) => one.status !== 'resolved').sort((a, b) => (a.last_message!.created_at < b.last_message!.created_at ? 1 : -1)), next: null, cursor: '1.0' })
	if (what === 'timeline') {
		const all = world.entries.get(id) ?? []
		const [after, before, limit] = ['after', 'before', 'limit'].map((name) => Number(url.searchParams.get(name)))
		const items = before ? all.filter((one) => one.sequence < before!).slice(-limit!) : all.filter((one) => one.sequence > after!).slice(0, limit)
		const last = items.at(-1)?.sequence ?? after!
		return json({ items, next: !before && all.some((one) => one.sequence > last) ? String(last) : null, cursor: '1.0' })
	}
	if (what === 'messages') {
		const key = request.headers.get('Idempotency-Key')!
		const all = world.entries.get(id)!
		if (!world.posted.has(key)) {
			world.posted.set(key, all.length + 1)
			all.push(entry(id, all.length + 1))
		}
		return json(all[world.posted.get(key)! - 1], 201)
	}
	if (what) return json({ items: [], cursor: '1.0' })
	const found = world.conversations.get(id)
	return found ? json(found) : json({ type: '', title: '', status: 404, code: 'not_found' }, 404)
}

beforeEach(() => {
	vi.useFakeTimers()
	vi.stubGlobal('fetch', (input: Request) => answer(input))
	setActivePinia(createPinia())
	world.conversations = new Map([['a', row('a', 1)], ['b', row('b', 2)]])
	world.entries = new Map([['a', Array.from({ length: 130 }, (_, i) => entry('a', i + 1))]])
	world.posted = new Map()
	world.isDown = false
	useSession().agent = { id: 'me', name: 'Me', presence: 'offline' } as never
})
const settle = () => vi.advanceTimersByTimeAsync(1500)

test('a row that changed elsewhere is read again, and an older one changes nothing', async () => {
	const conversations = useConversations()
	const list = useLists().open({})
	await settle()
	expect(list.ids.value).toEqual(['b', 'a'])
	world.conversations.set('a', row('a', 5))
	conversations.outdated('a', 5)
	await settle()
	expect(list.ids.value).toEqual(['a', 'b'])
	conversations.put(row('a', 3, { subject: 'old' }))
	expect(conversations.get('a')!.version).toBe(5)
})
test('rows keep their places while the list is held, and leave when they no longer belong', async () => {
	const conversations = useConversations()
	const list = useLists().open({})
	await settle()
	list.hold(true)
	conversations.put(row('a', 9))
	expect([list.ids.value, list.held.value]).toEqual([['b', 'a'], 1])
	list.applyHeld()
	expect([list.ids.value, list.held.value]).toEqual([['a', 'b'], 0])
	conversations.put(row('b', 9, { status: 'resolved' }))
	list.hold(false)
	expect(list.ids.value).toEqual(['a'])
})
test('what is out of sight is gone everywhere', async () => {
	const conversations = useConversations()
	const list = useLists().open({})
	await settle()
	world.conversations.delete('a')
	conversations.outdated('a', 7)
	await settle()
	expect([list.ids.value, conversations.get('a')]).toEqual([['b'], undefined])
})
test('a refused change is taken back', async () => {
	const conversations = useConversations()
	conversations.put(row('zz', 1)) // the API knows none of that name
	const asked = conversations.setStatus('zz', 'resolved')
	expect(conversations.get('zz')!.status).toBe('resolved')
	world.isDown = true
	await expect(asked).rejects.toThrow()
	expect(conversations.get('zz')!.status).toBe('open')
})
test('a timeline opens at its end, grows and goes back without gap or double', async () => {
	const threads = useThreads()
	const thread = threads.thread('a')
	await settle()
	expect(thread.entries.value.map((one) => one.sequence)).toEqual(Array.from({ length: 60 }, (_, i) => i + 71))
	for (let n = 131; n <= 260; n++) world.entries.get('a')!.push(entry('a', n))
	threads.grown('a')
	threads.grown('a')
	await Promise.all([thread.older(), settle()])
	await thread.older()
	expect(thread.entries.value.map((one) => one.sequence)).toEqual(Array.from({ length: 260 }, (_, i) => i + 1))
})
test('a frame that was faster than the answer it speaks of is not lost', async () => {
	const threads = useThreads()
	const thread = threads.thread('a')
	await settle()
	world.entries.get('a')!.push({ ...entry('a', 131), delivery: { state: 'queued', reason: null } } as never)
	threads.change('a', { messageId: 'a131', upTo: 0, state: 'sent', reason: null })
	threads.grown('a')
	await settle()
	expect(thread.entries.value.at(-1)!.delivery!.state).toBe('sent')
	threads.add('a', { ...thread.entries.value.at(-1)!, delivery: { state: 'queued', reason: null } })
	expect(thread.entries.value.at(-1)!.delivery!.state).toBe('sent')
})
test('after a gap in the stream the answer counts, not what was told before', async () => {
	const threads = useThreads()
	const thread = threads.thread('a')
	await settle()
	const entries = world.entries.get('a')!
	entries.push({ ...entry('a', 131), delivery: { state: 'queued', reason: null } } as never)
	threads.grown('a')
	await settle()
	threads.change('a', { messageId: 'a131', upTo: 0, state: 'failed', reason: 'full' })
	expect(thread.entries.value.at(-1)!.delivery!.state).toBe('failed')
	entries.splice(-1, 1, { ...entry('a', 131), delivery: { state: 'sent', reason: null } } as never) // tried again, unheard
	void threads.refreshAll(new Set(['a']))
	await settle()
	expect(thread.entries.value.at(-1)!.delivery!.state).toBe('sent')
})
test('a reply that met no network stays, and goes out once when it is back', async () => {
	const outbox = useOutbox()
	const thread = useThreads().thread('a')
	await settle()
	world.isDown = true
	const key = outbox.send('a', { kind: 'reply', text: 'hello' })
	await settle()
	expect(outbox.of('a')).toMatchObject([{ key, state: 'failed', problem: { code: 'offline' } }])
	world.isDown = false
	await Promise.all([outbox.resend(), outbox.retry(key), settle()])
	expect(outbox.of('a')).toEqual([])
	expect(world.posted.size).toBe(1)
	expect(thread.entries.value.at(-1)!.sequence).toBe(131)
})
