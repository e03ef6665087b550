// lists.ts - lists of conversations as they are shown: a window of ids each, kept in order while rows change.
import { defineStore } from 'pinia'
import { ref, type Ref, shallowRef, type ShallowRef } from 'vue'
import { api, ok } from '@/api/client'
import { type Problem, problemOf } from '@/api/problem'
import type { Conversation } from '@/api/types'
import { useConversations } from './conversations'
import { type Filters, keyOf, matches } from './filters'
import { placed } from './order'
import { useSession } from './session'

const PAGE = 50
const LISTS = 8
/* Of a list that few rows fit the API looks through some thousands at once and may find none: so many looks, then people decide. */
const LOOKS = 5
/* A list that only the server can judge is read again this often at most. */
const REREAD = 1000

export interface List {
	filters: Filters
	ids: ShallowRef<readonly string[]>
	state: Ref<'loading' | 'ready' | 'error'>
	problem: ShallowRef<Problem | null>
	hasMore: Ref<boolean>
	/* It was looked for more, and given up before the end: there may be some further back. */
	isSparse: Ref<boolean>
	/* The next page; does nothing while one is on its way. */
	more: () => Promise<void>
	/* All that is loaded, anew; rows stay visible meanwhile. */
	refresh: () => Promise<void>
	/* While held, rows stay where they are; held counts what waits. */
	hold: (on: boolean) => void
	held: Ref<number>
	applyHeld: () => void
}
interface Kept extends List {
	take: (row: Conversation, isNewer: boolean) => void
	lose: (id: string) => void
	soon: () => void
	stop: () => void
}

export const useLists = defineStore('lists', () => {
	const conversations = useConversations()
	const session = useSession()
	const open = new Map<string, Kept>()

	function make(filters: Filters): Kept {
		const ids = shallowRef<readonly string[]>([])
		const state = ref<'loading' | 'ready' | 'error'>('loading')
		const problem = shallowRef<Problem | null>(null)
		const next = ref<string | null>(null)
		const hasMore = ref(false)
		const isSparse = ref(false)
		const held = ref(0)
		const waiting = new Map<string, Conversation | null>()
		let isHeld = false
		let busy: Promise<void> | null = null
		/* rows that changed (true) or went while a page was on its way: it may be older than that */
		const meanwhile = new Map<string, boolean>()
		let isFilling = false
		let timer: ReturnType<typeof setTimeout> | undefined
		let readAt = 0

		const page = async (limit: number, after?: string) => {
			const got = await ok(api.GET('/conversations', { params: { query: { ...filters, limit, ...(after ? { after } : {}) } } }))
			isFilling = true
			for (const row of got.items) conversations.put(row)
			isFilling = false
			next.value = got.next
			hasMore.value = got.next !== null
			return got.items.map((row) => row.id)
		}
		const find = async (wanted: number, after?: string) => {
			const all = await page(Math.min(100, wanted), after)
			for (let looks = 1; next.value && all.length < wanted && looks < LOOKS + wanted / 100; looks++)
				all.push(...await page(Math.min(100, wanted - all.length), next.value))
			isSparse.value = next.value !== null && all.length < wanted
			return all
		}
		function settle(): void {
			for (const [id, isThere] of [...meanwhile]) {
				const row = conversations.get(id)
				if (row && isThere) take(row, false)
				else conversations.drop(id)
			}
		}
		const guarded = (work: () => Promise<void>): Promise<void> => {
			if (busy) return busy
			meanwhile.clear()
			busy = work()
				.then(() => {
					state.value = 'ready'
					problem.value = null
					settle()
				})
				.catch((error: unknown) => {
					problem.value = problemOf(error)
					state.value = 'error'
				})
				.finally(() => (busy = null))
			return busy
		}
		const refresh = () => guarded(async () => {
			readAt = Date.now()
			const all = await find(Math.max(PAGE, Math.ceil(ids.value.length / PAGE) * PAGE))
			waiting.clear()
			held.value = 0
			ids.value = [...new Set(all)]
		})
		const more = () => (next.value === null ? Promise.resolve() : guarded(async () => {
			const got = await find(PAGE, next.value ?? undefined)
			ids.value = [...new Set([...ids.value, ...got])]
		}))
		function soon(): void {
			timer ??= setTimeout(() => {
				timer = undefined
				void (busy ?? Promise.resolve()).then(refresh)
			}, Math.max(0, readAt + REREAD - Date.now()))
		}
		function put(row: Conversation | null, id: string): void {
			const now = row && placed(ids.value, row, conversations.rows, filters.sort, hasMore.value)
			const then = now ?? ids.value.filter((one) => one !== id)
			if (then === ids.value || (!now && then.length === ids.value.length)) return
			if (!isHeld) {
				ids.value = then
				return
			}
			waiting.set(id, row)
			held.value = waiting.size
		}
		function take(row: Conversation, isNewer: boolean): void {
			if (isFilling) return
			const fits = matches(row, filters, session.agent?.id ?? '')
			if (fits !== undefined) {
				if (busy) meanwhile.set(row.id, true)
				put(fits ? row : null, row.id)
			} else if (isNewer) soon()
		}
		function applyHeld(): void {
			const all = [...waiting]
			const was = isHeld
			waiting.clear()
			held.value = 0
			isHeld = false
			for (const [id, row] of all) put(row && (conversations.get(id) ?? row), id)
			isHeld = was
		}
		function hold(on: boolean): void {
			isHeld = on
			if (!on) applyHeld()
		}
		const lose = (id: string) => {
			if (busy) meanwhile.set(id, false)
			waiting.delete(id)
			held.value = waiting.size
			if (ids.value.includes(id)) ids.value = ids.value.filter((one) => one !== id)
		}
		void refresh()
		return { filters, ids, state, problem, hasMore, isSparse, more, refresh, hold, held, applyHeld, take, lose, soon, stop: () => clearTimeout(timer) }
	}

	conversations.listeners.add((row, isNewer) => {
		for (const list of open.values()) list.take(row, isNewer)
	})
	conversations.gone.add((id) => {
		for (const list of open.values()) list.lose(id)
	})
	conversations.flooded.add(() => {
		for (const list of open.values()) list.soon()
	})

	/* The list of these filters; the same one while it is among the last used. */
	function list(filters: Filters): List {
		const key = keyOf(filters)
		const found = open.get(key) ?? make(filters)
		open.delete(key)
		open.set(key, found)
		for (const [old, one] of open) {
			if (open.size <= LISTS) break
			one.stop()
			open.delete(old)
		}
		return found
	}
	function refreshAll(): Promise<unknown> {
		return Promise.all([...open.values()].map((one) => one.refresh()))
	}
	/* Those that could not be read, now that it may be possible. */
	function mend(): void {
		for (const one of open.values()) if (one.state.value === 'error') one.soon()
	}
	function reset(): void {
		for (const one of open.values()) one.stop()
		open.clear()
	}
	return { open: list, mend, refreshAll, reset }
})
