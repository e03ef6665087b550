// sheet.ts - what is being written to one conversation: its two pages, their files, and the draft that is kept of them.
import { computed, ref, shallowReactive, watch } from 'vue'
import { channelOf } from '@/channels/registry'
import { useDrafts } from '@/entities/drafts'
import { useThread } from '@/entities/threads'
import { useAttachments } from './attachments'
import type { Node } from './document'
import { blank, draftOf, pagesOf, type Kind } from './pages'
import { isMove, routeOf } from './route'
import { letterOf, obstacleOf, type Sheet } from './send'

/* For the life of a component that shows one conversation. fallback: the channel, until it is known which reach the customer. */
export function useSheet(id: string, fallback: () => string) {
	const drafts = useDrafts()
	const thread = useThread(id)
	const kind = ref<Kind>('reply')
	const pages = shallowReactive<Record<Kind, Node>>({ reply: blank(), note: blank() })
	const picked = ref<string | null>(null)
	const edition = ref(0) // rises when pages are put in place from outside the editor
	const isLoaded = ref(false)

	const to = computed(() => routeOf(thread.channels.value, picked.value))
	const channel = computed(() => channelOf(to.value?.channel ?? fallback()))
	const trays = { reply: useAttachments(() => channel.value.limits), note: useAttachments(() => channel.value.limits) }
	const tray = computed(() => trays[kind.value])
	const sheet = computed((): Sheet => ({ kind: kind.value, document: pages[kind.value], files: tray.value.items.value, channel: channel.value, reachable: to.value?.reachable ?? true }))

	async function begin(): Promise<void> {
		const draft = await drafts.begin(id)
		const kept = pagesOf(draft)
		Object.assign(pages, { reply: kept.reply, note: kept.note })
		kind.value = kept.kind
		trays[draft.kind].reset(draft.uploads)
		edition.value++
		isLoaded.value = true
	}
	function clear(): void {
		pages[kind.value] = blank()
		tray.value.reset()
		edition.value++
		picked.value = null
	}
	watch([kind, () => pages.reply, () => pages.note, trays.reply.uploads, trays.note.uploads], () => {
		if (isLoaded.value) drafts.set(id, draftOf({ kind: kind.value, ...pages }, { reply: trays.reply.uploads.value, note: trays.note.uploads.value }))
	})
	return {
		kind, pages, picked, edition, isLoaded, to, channel, channels: thread.channels, tray, sheet, begin, clear,
		obstacle: computed(() => obstacleOf(sheet.value)),
		moves: computed(() => kind.value === 'reply' && isMove(thread.channels.value, to.value)),
		letter: () => ({ ...letterOf(sheet.value), uploads: tray.value.uploads.value }),
	}
}
