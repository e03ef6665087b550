// drafts.ts - what an agent has begun to write: in this browser at once, with the server a moment later.
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { api, ok, Problem } from '@/api/client'
import type { Upload } from '@/api/types'
import { useSession } from './session'
import { load, save } from './store'

const SERVER_WAIT = 1000

export interface Draft {
	kind: 'reply' | 'note'
	text: string
	/* The editor's own document, as JSON. */
	doc?: unknown
	uploads: readonly Upload[]
	mentions: readonly string[]
}
export const noDraft: Draft = Object.freeze({ kind: 'reply', text: '', uploads: [], mentions: [] })

export const useDrafts = defineStore('drafts', () => {
	const session = useSession()
	const drafts = shallowReactive(new Map<string, Draft>())
	const asked = new Set<string>()
	const timers = new Map<string, ReturnType<typeof setTimeout>>()
	const place = (id: string) => `draft:${session.agent?.id ?? ''}:${id}`
	const isEmpty = (draft: Draft) => draft.text.trim() === '' && draft.uploads.length === 0

	async function tell(id: string): Promise<void> {
		timers.delete(id)
		const draft = drafts.get(id)
		const params = { path: { id } }
		try {
			if (!draft || isEmpty(draft)) await ok(api.DELETE('/conversations/{id}/draft', { params }))
			else await ok(api.PUT('/conversations/{id}/draft', { params, body: { kind: draft.kind, text: draft.text, upload_ids: draft.uploads.map((file) => file.id) } }))
		} catch {
			// this browser has it; the next keystroke tells the server again
		}
	}
	function set(id: string, draft: Draft): void {
		drafts.set(id, draft)
		void save(place(id), isEmpty(draft) ? undefined : JSON.parse(JSON.stringify(draft)))
		clearTimeout(timers.get(id))
		timers.set(id, setTimeout(() => void tell(id), SERVER_WAIT))
	}
	function clear(id: string): void {
		drafts.delete(id)
		void save(place(id), undefined)
		clearTimeout(timers.get(id))
		void tell(id)
	}
	/* This browser's, or else the one written elsewhere. */
	async function begin(id: string): Promise<Draft> {
		if (drafts.has(id) || asked.has(id)) return drafts.get(id) ?? noDraft
		asked.add(id)
		const kept = await load<Draft>(place(id))
		if (kept && !drafts.has(id)) drafts.set(id, kept)
		if (!drafts.has(id))
			try {
				const { kind, text } = await ok(api.GET('/conversations/{id}/draft', { params: { path: { id } } }))
				if (!drafts.has(id)) drafts.set(id, { kind, text, uploads: [], mentions: [] })
			} catch (error) {
				if (!(error instanceof Problem) || error.status !== 404) asked.delete(id)
			}
		return drafts.get(id) ?? noDraft
	}
	const of = (id: string): Draft => drafts.get(id) ?? noDraft
	function reset(): void {
		for (const timer of timers.values()) clearTimeout(timer)
		timers.clear()
		drafts.clear()
		asked.clear()
	}
	return { of, has: (id: string) => drafts.has(id), set, clear, begin, reset }
})
