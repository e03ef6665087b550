// threads.ts - the timelines of conversations that are, or were just, open.
import { defineStore } from 'pinia'
import { computed, ref, type Ref, shallowRef, type ShallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { api, ok } from '@/api/client'
import { type Problem, problemOf } from '@/api/problem'
import type { Interaction, Move, ReachableChannel } from '@/api/types'
import { useConversations } from './conversations'
import { delivered, type DeliveryChange, type Entry, joined, reached } from './timeline'

const PAGE = 60
const KEPT = 30
/* What was told of deliveries while an entry may still be on its way from the API. */
const TOLD = 30
/* More than any conversation has: asks for the latest. */
const END = '999999999999'

export interface Thread {
	entries: ShallowRef<readonly Entry[]>
	interactions: ShallowRef<readonly Interaction[]>
	moves: ShallowRef<readonly Move[]>
	channels: ShallowRef<readonly ReachableChannel[]>
	state: Ref<'loading' | 'ready' | 'error'>
	problem: ShallowRef<Problem | null>
}
interface Kept extends Thread {
	take: (fetched: readonly Entry[]) => void
	tell: (delivery: DeliveryChange) => void
	/* What follows the last entry, and how it is reached now. */
	grow: () => Promise<void>
	older: () => Promise<void>
	begin: () => Promise<void>
}

export const useThreads = defineStore('threads', () => {
	const conversations = useConversations()
	const open = new Map<string, Kept>()

	function make(id: string): Kept {
		const entries = shallowRef<readonly Entry[]>([])
		const interactions = shallowRef<readonly Interaction[]>([])
		const moves = shallowRef<readonly Move[]>([])
		const channels = shallowRef<readonly ReachableChannel[]>([])
		const state = ref<'loading' | 'ready' | 'error'>('loading')
		const problem = shallowRef<Problem | null>(null)
		let busy: Promise<void> | null = null
		let again = false
		const path = { path: { id } }

		const told: DeliveryChange[] = []
		/* An answer may have been read before what the stream has told of it: told again, in order, it ends where the stream did. */
		const take = (fetched: readonly Entry[]): void => {
			entries.value = told.reduce(delivered, joined(entries.value, fetched.map((one) => Object.freeze(one))))
		}
		const tell = (delivery: DeliveryChange): void => {
			told.splice(0, told.length - TOLD + 1)
			told.push(delivery)
			entries.value = delivered(entries.value, delivery)
		}
		const timeline = (query: { before?: string; after?: string }) => ok(api.GET('/conversations/{id}/timeline', { params: { ...path, query: { ...query, limit: PAGE } } }))
		async function aside(): Promise<void> {
			const [all, moved, reachable] = await Promise.all([
				ok(api.GET('/conversations/{id}/interactions', { params: path })),
				ok(api.GET('/conversations/{id}/moves', { params: path })),
				ok(api.GET('/conversations/{id}/channels', { params: path })),
			])
			interactions.value = all.items
			moves.value = moved.items
			channels.value = reachable.items
		}
		const guarded = async (work: () => Promise<void>) => {
			try {
				await work()
				state.value = 'ready'
				problem.value = null
			} catch (error) {
				problem.value = problemOf(error)
				state.value = 'error'
			}
		}
		/* What can be read is shown before it is known how it can be answered. */
		const begin = () => guarded(async () => {
			told.length = 0 // the answer knows of these; after a gap in the stream, of more than they do
			await Promise.all([
				timeline({ before: END }).then((page) => {
					take(page.items)
					state.value = 'ready'
				}),
				aside(),
			])
		})
		/* Called again while it runs, it runs once more: nothing that came meanwhile is missed. */
		function grow(): Promise<void> {
			again = true
			busy ??= guarded(async () => {
				while (again) {
					again = false
					for (let next: string | null = String(reached(entries.value)); next !== null;) {
						const page: { items: Entry[]; next: string | null } = await timeline({ after: next })
						take(page.items)
						next = page.next
					}
					await aside()
				}
			}).finally(() => (busy = null))
			return busy
		}
		const older = () => guarded(async () => {
			const first = entries.value[0]?.sequence ?? 1
			if (first > 1) take((await timeline({ before: String(first) })).items)
		})
		void begin()
		return { entries, interactions, moves, channels, state, problem, take, tell, grow, older, begin }
	}

	function thread(id: string): Kept {
		const found = open.get(id) ?? make(id)
		open.delete(id)
		open.set(id, found)
		for (const old of open.keys()) {
			if (open.size <= KEPT) break
			open.delete(old)
		}
		return found
	}
	function grown(id: string): void {
		void open.get(id)?.grow()
	}
	function change(id: string, delivery: DeliveryChange): void {
		open.get(id)?.tell(delivery)
	}
	/* An entry the API has just answered with. */
	function add(id: string, entry: Entry): void {
		const found = open.get(id)
		if (!found) return
		if (entry.sequence === reached(found.entries.value) + 1) found.take([entry])
		else void found.grow()
	}
	/* What the visitor's coming and going changes. */
	async function reach(id: string): Promise<void> {
		const found = open.get(id)
		if (found) found.channels.value = (await ok(api.GET('/conversations/{id}/channels', { params: { path: { id } } }))).items
	}
	function drop(id: string): void {
		open.delete(id)
	}
	/* Those that could not be read, now that it may be possible. */
	async function mend(): Promise<void> {
		await Promise.all([...open.values()].filter((one) => one.state.value === 'error').map(async (one) => {
			await one.begin()
			await one.grow()
		}))
	}
	/* Everything open, as it is now. */
	async function refreshAll(shown: ReadonlySet<string>): Promise<void> {
		for (const id of [...open.keys()]) if (!shown.has(id)) open.delete(id)
		await Promise.all([...open.values()].map(async (one) => {
			await one.begin()
			await one.grow()
		}))
	}
	function reset(): void {
		open.clear()
	}
	conversations.gone.add(drop)
	return { thread, grown, change, add, reach, mend, refreshAll, reset }
})

/* The timeline of one conversation, for a component: follows its id. */
export function useThread(id: MaybeRefOrGetter<string>) {
	const threads = useThreads()
	const current = shallowRef(threads.thread(toValue(id)))
	watch(() => toValue(id), (next) => (current.value = threads.thread(next)))
	return {
		entries: computed(() => current.value.entries.value),
		interactions: computed(() => current.value.interactions.value),
		moves: computed(() => current.value.moves.value),
		channels: computed(() => current.value.channels.value),
		state: computed(() => current.value.state.value),
		problem: computed(() => current.value.problem.value),
		hasOlder: computed(() => (current.value.entries.value[0]?.sequence ?? 1) > 1),
		older: () => current.value.older(),
		retry: () => current.value.begin(),
	}
}
