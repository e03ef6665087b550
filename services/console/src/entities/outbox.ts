// outbox.ts - replies and notes on their way: kept over a reload, sent once, shown until they stand in the timeline.
import { defineStore } from 'pinia'
import { ref, shallowReactive } from 'vue'
import { api, settled } from '@/api/client'
import { type Problem, problemOf } from '@/api/problem'
import type { Upload } from '@/api/types'
import { newId } from '@/api/uuid'
import { useConversations } from './conversations'
import { useSession } from './session'
import { load, save } from './store'
import { useThreads } from './threads'

export interface Outgoing {
	kind: 'reply' | 'note'
	text: string
	html?: string | null
	uploads?: readonly Upload[]
	mentions?: readonly string[]
	then?: 'resolve' | 'pending' | 'snooze' | null
	until?: string | null
	interaction_id?: string | null
}
export interface Pending extends Outgoing {
	/* Made here; the API takes it once, however often it is sent. */
	key: string
	conversation: string
	at: string
	state: 'sending' | 'failed'
	problem: Problem | null
}

export const useOutbox = defineStore('outbox', () => {
	const session = useSession()
	const threads = useThreads()
	const conversations = useConversations()
	const items = shallowReactive(new Map<string, Pending>())
	const isLoaded = ref(false)
	const busy = new Set<string>()
	const place = () => `outbox:${session.agent?.id ?? ''}`

	const keep = () => save(place(), [...items.values()].map(({ problem: _problem, ...rest }) => JSON.parse(JSON.stringify(rest)) as unknown))
	function put(pending: Pending): void {
		items.set(pending.key, pending)
		void keep()
	}
	async function post(key: string): Promise<void> {
		const one = items.get(key)
		if (!one || busy.has(key)) return
		busy.add(key)
		put({ ...one, state: 'sending', problem: null })
		try {
			const entry = await settled(api.POST('/conversations/{id}/messages', {
				params: { path: { id: one.conversation } },
				headers: { 'Idempotency-Key': key },
				body: {
					kind: one.kind, text: one.text, html: one.html ?? null, attachments: (one.uploads ?? []).map((file) => file.id),
					...(one.interaction_id ? { interaction_id: one.interaction_id } : {}),
					...(one.mentions?.length ? { mentions: [...one.mentions] } : {}),
					...(one.then ? { then: one.then, ...(one.until ? { until: one.until } : {}) } : {}),
				},
			}))
			threads.add(one.conversation, entry)
			items.delete(key)
			void keep()
			void conversations.fetch(one.conversation).catch(() => undefined)
		} catch (error) {
			put({ ...one, state: 'failed', problem: problemOf(error) })
		} finally {
			busy.delete(key)
		}
	}
	/* Returns: its key. It is on its way at once; what becomes of it is seen in of(). */
	function send(conversation: string, out: Outgoing): string {
		const key = newId()
		put({ ...out, key, conversation, at: new Date().toISOString(), state: 'sending', problem: null })
		void post(key)
		return key
	}
	/* Those of a conversation, in the order they were written. */
	const of = (conversation: string): Pending[] =>
		[...items.values()].filter((one) => one.conversation === conversation).sort((a, b) => (a.key < b.key ? -1 : 1))
	const retry = (key: string): Promise<void> => post(key)
	function discard(key: string): void {
		items.delete(key)
		void keep()
	}
	/* The connection is back: what failed for want of it goes out, in order. */
	async function resend(): Promise<void> {
		for (const one of [...items.values()].sort((a, b) => (a.key < b.key ? -1 : 1)))
			if (one.state === 'failed' && (!one.problem || one.problem.status === 0 || one.problem.status >= 500)) await post(one.key)
	}
	async function begin(): Promise<void> {
		const kept = (await load<Omit<Pending, 'problem'>[]>(place())) ?? []
		for (const one of kept) items.set(one.key, { ...one, state: 'failed', problem: null })
		isLoaded.value = true
		await resend()
	}
	function reset(): void {
		items.clear()
		isLoaded.value = false
	}
	return { items, of, send, retry, discard, resend, begin, reset, isLoaded }
})
