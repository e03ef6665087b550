// attachments.ts - the files of one sheet: admitted, on their way, there, or failed and tried again.
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { Problem, problemOf } from '@/api/problem'
import type { Upload } from '@/api/types'
import { upload, type Sending } from '@/api/upload'
import { newId } from '@/api/uuid'
import type { Limits } from '@/channels/registry'
import { admit, type Refused } from './limits'

export interface Attachment {
	readonly key: string
	readonly name: string
	readonly size: number
	readonly type: string
	readonly state: 'sending' | 'there' | 'failed'
	readonly part: number // of 1
	readonly id: string | null
	readonly upload: Upload | null
	readonly problem: Problem | null
}

const there = (one: Upload): Attachment => ({ key: one.id, name: one.name, size: one.size, type: one.content_type, state: 'there', part: 1, id: one.id, upload: one, problem: null })

export function useAttachments(limits: () => Limits, send: typeof upload = upload) {
	const items = shallowRef<readonly Attachment[]>([])
	const refused = ref<Refused[]>([])
	const sources = new Map<string, { file: File; sending: Sending | null }>()

	const change = (key: string, part: Partial<Attachment>) => (items.value = items.value.map((item) => (item.key === key ? { ...item, ...part } : item)))

	async function start(key: string): Promise<void> {
		const source = sources.get(key)
		if (!source) return
		change(key, { state: 'sending', part: 0, problem: null })
		const sending = send(source.file, (part) => change(key, { part }), key)
		source.sending = sending
		try {
			const got = await sending.done
			change(key, { state: 'there', part: 1, id: got.id, upload: got, name: got.name })
		} catch (error) {
			change(key, { state: 'failed', problem: problemOf(error) })
		}
	}
	function add(files: Iterable<File>): void {
		const { taken, refused: out } = admit(items.value.length, [...files], limits())
		refused.value = out
		for (const file of taken) {
			const key = newId()
			sources.set(key, { file, sending: null })
			items.value = [...items.value, { key, name: file.name, size: file.size, type: file.type, state: 'sending', part: 0, id: null, upload: null, problem: null }]
			void start(key)
		}
	}
	function remove(key: string): void {
		sources.get(key)?.sending?.stop()
		sources.delete(key)
		items.value = items.value.filter((item) => item.key !== key)
		refused.value = []
	}
	/* Takes what is there already, in place of everything. */
	function reset(uploads: readonly Upload[] = []): void {
		for (const { sending } of sources.values()) sending?.stop()
		sources.clear()
		refused.value = []
		items.value = uploads.map(there)
	}
	const uploads = computed(() => items.value.map((item) => item.upload).filter((one) => one !== null))
	onScopeDispose(() => reset())
	return { items, refused, uploads, add, remove, retry: start, reset }
}
