// The list as it is drawn: only what is in sight, in its place, kept still under pointer and focus, and honest when there is nothing.
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, type Pinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import type { Conversation } from '@/api/types'
import { useConversations } from '@/entities/conversations'
import { useLists } from '@/entities/lists'
import { useSession } from '@/entities/session'
import { i18n } from '@/i18n'
import ConversationList from './ConversationList.vue'

const SIGHT = 640 // ten rows
/* first: how many rows the API looks through in vain before the first that fits */
const world = { rows: [] as Conversation[], isDown: false, first: 0, asked: [] as string[] }
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
const row = (n: number, more: Partial<Conversation> = {}): Conversation => ({
	id: `c${n}`, ref: `R${n}`, subject: `Subject ${n}`, status: 'open', inbox_id: 'i', channel: 'email', channels: ['email'], customer: { id: 'u', name: `Ana ${n}` },
	assignee: null, team_id: null, priority: 'normal', tags: [], visitor: null, waiting_since: null, snoozed_until: null, version: 1, sequence: 1, unread: 0, following: false,
	last_message: { id: `m${n}`, preview: `words ${n}`, author: '', direction: 'in', created_at: at(1000 - n) }, created_at: at(0), ...more,
} as Conversation)

function answer(request: Request): Promise<Response> {
	if (world.isDown) return Promise.resolve(json({ type: '', title: '', status: 503, code: 'unavailable' }, 503))
	const query = new URL(request.url).searchParams
	const from = Number(query.get('after') ?? 0), until = from + Number(query.get('limit'))
	world.asked.push(String(from))
	if (from < world.first) return Promise.resolve(json({ items: [], next: String(Math.min(world.first, from + 100)), cursor: '1.0' }))
	return Promise.resolve(json({ items: world.rows.slice(from, until), next: until < world.rows.length ? String(until) : null, cursor: '1.0' }))
}

vi.setConfig({ testTimeout: 30_000 }) // drawing is slow on a busy machine
let pinia: Pinia
let shown: VueWrapper | null = null
beforeEach(() => {
	vi.stubGlobal('fetch', (input: Request) => answer(input))
	vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(SIGHT)
	vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(320)
	vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(SIGHT)
	HTMLElement.prototype.scrollTo = function (how?: unknown) {
		if (typeof how === 'object' && how && 'top' in how) this.scrollTop = Number(how.top)
		this.dispatchEvent(new Event('scroll'))
	}
	pinia = createPinia()
	setActivePinia(pinia)
	useSession().agent = { id: 'me', name: 'Me', presence: 'available' } as never
	world.rows = Array.from({ length: 120 }, (_, n) => row(n))
	world.isDown = false
	world.first = 0
	world.asked = []
})
afterEach(() => {
	shown?.unmount()
	vi.restoreAllMocks()
})

async function open(more: { filtered?: boolean } = {}) {
	const list = useLists().open({ view: 'all' })
	const checked = { ids: new Set<string>() as ReadonlySet<string> }
	const wrapper = mount(ConversationList, {
		attachTo: document.body,
		global: { plugins: [pinia, i18n] },
		props: {
			list, label: 'All', selected: null, filtered: false, emptyText: 'It fills by itself.', checked: checked.ids, ...more,
			'onUpdate:checked': (ids: ReadonlySet<string>) => {
				checked.ids = ids
				void wrapper.setProps({ checked: ids })
			},
		},
	})
	shown = wrapper
	await flushPromises()
	await nextTick()
	const grid = () => wrapper.find('[role=grid]')
	const texts = () => wrapper.findAll('[role=row]').sort((a, b) => index(a.element) - index(b.element)).map((one) => one.find('.name').text())
	return { wrapper, list, checked, grid, texts, press: (key: string, how = {}) => grid().trigger('keydown', { key, ...how }) }
}
const index = (element: Element) => Number(element.getAttribute('aria-rowindex'))

test('of many rows those in sight are there, and those just beside', async () => {
	const { wrapper, grid, texts } = await open()
	expect(grid().attributes('aria-rowcount')).toBe('50')
	expect(texts().slice(0, 3)).toEqual(['Ana 0', 'Ana 1', 'Ana 2'])
	expect(texts().length).toBeGreaterThanOrEqual(SIGHT / 64)
	expect(texts().length).toBeLessThanOrEqual(SIGHT / 64 + 9)
	grid().element.scrollTop = 25 * 64
	await grid().trigger('scroll')
	await nextTick()
	expect(texts()).toContain('Ana 30')
	expect(texts()).not.toContain('Ana 5')
	expect(wrapper.findAll('[role=row]').length).toBeLessThan(30)
})

test('near the end the next page is read, once', async () => {
	const { grid } = await open()
	const asked = vi.spyOn(globalThis, 'fetch')
	grid().element.scrollTop = 38 * 64
	await grid().trigger('scroll')
	await grid().trigger('scroll')
	await flushPromises()
	expect(grid().attributes('aria-rowcount')).toBe('100')
	expect(asked).toHaveBeenCalledTimes(1)
})

test('the keyboard goes through the rows, opens one, and checks a span', async () => {
	const { wrapper, checked, grid, press } = await open()
	await press('ArrowDown')
	await press('ArrowDown')
	expect(wrapper.find('[role=row].active .name').text()).toBe('Ana 1')
	expect(grid().attributes('aria-activedescendant')).toBe(wrapper.find('[role=row].active').attributes('id'))
	await press('Enter')
	expect(wrapper.emitted('choose')).toEqual([['c1']])
	await press(' ')
	for (let i = 0; i < 3; i++) await press('ArrowDown')
	await press(' ', { shiftKey: true })
	expect([...checked.ids]).toEqual(['c1', 'c2', 'c3', 'c4'])
	expect(wrapper.findAll('input:checked').length).toBe(4)
})

test('a row that changes is drawn anew in its place, and the others are left alone', async () => {
	const { wrapper, texts } = await open()
	const other = wrapper.findAll('[role=row]').find((one) => one.text().includes('Ana 4'))!.element
	useConversations().put(row(3, { version: 2, customer: { id: 'u', name: 'Bea' }, unread: 2 }))
	await nextTick()
	expect(texts().slice(2, 5)).toEqual(['Ana 2', 'Bea', 'Ana 4'])
	expect(wrapper.findAll('[role=row]').find((one) => one.text().includes('Ana 4'))!.element).toBe(other)
})

test('rows stay where they are while the pointer is over them, and move when it has left', async () => {
	const { wrapper, grid, texts } = await open()
	const newest = { ...row(7).last_message!, created_at: at(2000) }
	await grid().trigger('pointerenter')
	useConversations().put(row(7, { version: 2, last_message: newest }))
	useConversations().put(row(2, { version: 2, status: 'resolved' }))
	await nextTick()
	expect(texts().slice(0, 3)).toEqual(['Ana 0', 'Ana 1', 'Ana 2'])
	expect(wrapper.find('.held').text()).toContain('2')
	await grid().trigger('pointerleave')
	await nextTick()
	expect(texts().slice(0, 4)).toEqual(['Ana 7', 'Ana 0', 'Ana 1', 'Ana 3'])
	expect(wrapper.find('.held').exists()).toBe(false)
})

test('what waits is shown on demand, though the pointer stays', async () => {
	const { wrapper, grid, texts } = await open()
	await grid().trigger('pointerenter')
	useConversations().put(row(9, { version: 2, last_message: { ...row(9).last_message!, created_at: at(2000) } }))
	await nextTick()
	await wrapper.find('.held').trigger('click')
	expect(texts()[0]).toBe('Ana 9')
})

test('what left the list is no longer checked', async () => {
	const { checked, press } = await open()
	await press('ArrowDown')
	await press(' ')
	expect([...checked.ids]).toEqual(['c0'])
	useConversations().put(row(0, { version: 2, status: 'resolved' }))
	await nextTick()
	expect([...checked.ids]).toEqual([])
})

test('a list with nothing in it says what fills it; a narrowed one offers the way back', async () => {
	world.rows = []
	const { wrapper } = await open()
	expect(wrapper.text()).toContain('It fills by itself.')
	await wrapper.setProps({ filtered: true })
	await wrapper.find('.empty button').trigger('click')
	expect(wrapper.emitted('clear')).toHaveLength(1)
})

test('what few rows fit is looked for further back, some pages at a time and each once', async () => {
	world.first = 800
	world.rows = Array.from({ length: 805 }, (_, n) => row(n))
	const { wrapper, texts } = await open()
	const asked = world.asked.length
	expect(asked).toBeLessThan(8)
	expect(new Set(world.asked).size).toBe(asked)
	await wrapper.find('.further button').trigger('click')
	await flushPromises()
	await nextTick()
	expect(texts()).toEqual(['Ana 800', 'Ana 801', 'Ana 802', 'Ana 803', 'Ana 804'])
	expect(wrapper.find('.further').exists()).toBe(false)
})

test('a list that cannot be read says why, and is read again on demand', async () => {
	world.isDown = true
	const { wrapper, texts } = await open()
	const note = wrapper.find('[role=alert]')
	expect(note.exists()).toBe(true)
	world.isDown = false
	await note.find('button').trigger('click')
	await flushPromises()
	await nextTick()
	expect(wrapper.find('[role=alert]').exists()).toBe(false)
	expect(texts()[0]).toBe('Ana 0')
})
