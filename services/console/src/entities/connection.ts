// connection.ts - the stream, and what its frames do to the stores; everything begins and ends with it.
import { openStream, type Stream, type StreamState } from '@web/realtime/stream'
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { api, ok } from '@/api/client'
import type { ServerFrame, StreamEvent } from '@/api/types'
import { type Effect, effectsOf } from '@/realtime/effects'
import { useAgents, useCannedReplies, useInboxes, useTags, useTeams, useTokens, useViews } from './collections'
import { useConversations } from './conversations'
import { useCounts } from './counts'
import { useCustomers } from './customers'
import { useDrafts } from './drafts'
import { useLists } from './lists'
import { useOutbox } from './outbox'
import { usePreferences } from './preferences'
import { usePresence } from './presence'
import { useSession } from './session'
import { forget } from './store'
import { useThreads } from './threads'
import { useTyping } from './typing'

/* An idle stream still tells its cursor every 15 s. */
const SILENCE = 40_000
/* What could not be read is read again so often. */
const MEND_EVERY = 10_000

export const useConnection = defineStore('connection', () => {
	const session = useSession()
	const conversations = useConversations()
	const lists = useLists()
	const threads = useThreads()
	const outbox = useOutbox()
	const drafts = useDrafts()
	const customers = useCustomers()
	const counts = useCounts()
	const typing = useTyping()
	const preferences = usePreferences()
	const presence = usePresence()
	const collections = { agent: useAgents(), inbox: useInboxes(), team: useTeams(), tag: useTags(), canned_reply: useCannedReplies(), view: useViews(), token: useTokens() }

	const state = ref<StreamState>('connecting')
	const since = ref(Date.now())
	const watched = ref<readonly string[]>([])
	/* for those who want to be told themselves: sounds, notifications */
	const listeners = new Set<(event: StreamEvent) => void>()
	let stream: Stream | null = null
	let cursor = ''
	let timer: ReturnType<typeof setInterval> | undefined

	function run(effect: Effect): void {
		switch (effect.kind) {
			case 'conversation':
				conversations.outdated(effect.id, effect.version)
				counts.outdated()
				break
			case 'entries':
				threads.grown(effect.id)
				break
			case 'delivery':
				threads.change(effect.id, effect)
				break
			case 'visitor':
				if (conversations.get(effect.id)) conversations.patch(effect.id, { visitor: { present: effect.present } })
				void threads.reach(effect.id).catch(() => undefined)
				break
			case 'presence':
				collections.agent.heard.set(effect.agentId, effect.status)
				break
			case 'customer':
				customers.outdated(effect.id)
				if (effect.name !== null) customers.named(effect.id, effect.name)
				break
			case 'mention':
				counts.outdated()
				break
			case 'collection':
				if (effect.name === 'view') counts.outdated()
				if (effect.name in collections) collections[effect.name as keyof typeof collections].outdated()
				else if (effect.name === 'company') void company().catch(() => undefined)
		}
	}
	function onFrame(frame: ServerFrame): void {
		if ('cursor' in frame) cursor = frame.cursor
		if ('events' in frame) {
			for (const event of frame.events) for (const effect of effectsOf(event)) run(effect)
			// last: what they do with it keeps nothing from the screen
			for (const event of frame.events) for (const listener of listeners) listener(event)
		} else if ('left' in frame) {
			conversations.drop(frame.left)
			counts.outdated()
		} else if ('typing' in frame) typing.heard(frame.typing.conversation_id, frame.typing.author, frame.typing.active)
		else if ('viewers' in frame) typing.seen(frame.viewers.conversation_id, frame.viewers.viewers)
		else if ('resync' in frame) void resync()
	}
	/* Too much was missed: everything shown is read anew; what one has written stays. */
	async function resync(): Promise<void> {
		conversations.reset()
		await Promise.all([
			lists.refreshAll(), threads.refreshAll(new Set(watched.value)), counts.load(),
			...watched.value.map((id) => conversations.fetch(id)),
			...[...customers.rows.keys()].map((id) => customers.fetch(id)),
			...Object.values(collections).filter((one) => one.state !== 'none').map((one) => one.load()),
		]).catch(() => undefined)
	}
	/* The conversations on the screen: their typing, and their events whatever the scope. */
	function watching(ids: readonly string[]): void {
		watched.value = ids
		stream?.send({ watch: ids })
	}
	async function company(): Promise<void> {
		const { name, locale } = await ok(api.GET('/company'))
		// before it has a name nobody has chosen for it
		preferences.companyLocale = name && (locale === 'es' || locale === 'en') ? locale : null
	}
	function url(): string {
		const at = new URL('/api/v1/stream', location.href)
		at.protocol = at.protocol.replace('http', 'ws')
		if (cursor) at.searchParams.set('cursor', cursor)
		at.searchParams.set('scope', 'all')
		return at.href
	}
	function onState(next: StreamState): void {
		state.value = next
		since.value = Date.now()
		if (next !== 'live') return
		if (watched.value.length > 0) stream?.send({ watch: watched.value })
		mend()
	}
	function mend(): void {
		lists.mend()
		void threads.mend()
		customers.mend()
		counts.mend()
		for (const one of Object.values(collections)) if (one.state === 'error') void one.load()
		void outbox.resend()
	}
	async function begin(): Promise<void> {
		cursor = session.cursor
		stream = openStream({ url, onFrame: (frame) => onFrame(frame as ServerFrame), onState, silenceLimit: SILENCE, onRefused: () => void session.resume().catch(() => undefined) })
		typing.bind((frame) => stream?.send(frame) ?? false)
		timer = setInterval(() => state.value === 'live' && mend(), MEND_EVERY)
		presence.begin()
		void outbox.begin()
		await Promise.all([preferences.load(), company(), counts.load(), collections.agent.load(), collections.inbox.load(), collections.team.load(), collections.view.load(), collections.tag.load()]).catch(() => undefined)
	}
	function end(): void {
		clearInterval(timer)
		stream?.close()
		stream = null
		presence.end()
		for (const store of [conversations, lists, threads, outbox, drafts, customers, counts, typing, ...Object.values(collections)]) store.reset()
		watched.value = []
	}
	watch(() => session.state, (now, before) => {
		if (now === 'in') void begin()
		else if (before === 'in') {
			end()
			// what was signed out on purpose leaves nothing behind; an expired session finds its drafts again
			if (!session.hasExpired) void forget()
		}
	}, { immediate: true })
	return { state, since, watching, listeners, resync, reconnect: () => stream?.reconnect() }
})
export function useWatched() {
	const connection = useConnection()
	return { set: connection.watching }
}
