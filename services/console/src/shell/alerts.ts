// alerts.ts - what deserves a sound or a desktop notification: news in one's own matters, mentions, new work. Both only if wanted.
import { onScopeDispose } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import type { StreamEvent } from '@/api/types'
import { useConnection } from '@/entities/connection'
import { useConversations } from '@/entities/conversations'
import { usePreferences } from '@/entities/preferences'
import { useSession } from '@/entities/session'

export type Alert = { readonly kind: 'message' | 'assigned' | 'mention'; readonly conversation: string; readonly name: string; readonly text: string }

const text = (value: unknown) => (typeof value === 'string' ? value : '')

/* Pure: what an event means to this agent. */
export function alertOf(event: StreamEvent, me: string): Alert | null {
	const { type, data } = event
	const conversation = event.conversation_id
	if (!conversation) return null
	const alert = (kind: Alert['kind'], name: unknown, words: unknown): Alert => ({ kind, conversation, name: text(name), text: text(words) })
	switch (type as string) {
		case 'message.attached':
			return data['author_type'] === 'customer' && event.assignee_id === me ? alert('message', data['author_name'], data['preview']) : null
		case 'conversation.assigned':
			return data['assignee_id'] === me && data['by_agent_id'] !== me ? alert('assigned', '', '') : null
		case 'agent.mentioned':
			return alert('mention', data['by_agent_name'], data['excerpt'])
		default:
			return null
	}
}

/* Two soft tones, made here: there is no file to load. */
export function chime(context: AudioContext = new AudioContext()): void {
	const start = context.currentTime
	for (const [i, frequency] of [660, 880].entries()) {
		const tone = context.createOscillator()
		const loudness = context.createGain()
		const at = start + i * 0.12
		tone.frequency.value = frequency
		loudness.gain.setValueAtTime(0, at)
		loudness.gain.linearRampToValueAtTime(0.12, at + 0.02)
		loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.3)
		tone.connect(loudness).connect(context.destination)
		tone.start(at)
		tone.stop(at + 0.32)
	}
	setTimeout(() => void context.close(), 1000)
}

const quietMs = 2000

export function useAlerts(): void {
	const { t } = useI18n()
	const router = useRouter()
	const session = useSession()
	const connection = useConnection()
	const conversations = useConversations()
	const preferences = usePreferences()
	let soundedAt = 0

	/* Settings and search show no conversations, so the row may have to be read: for words the event has not. */
	async function notify(alert: Alert) {
		const { conversation } = alert
		const row = alert.name && alert.text ? undefined : (conversations.get(conversation) ?? (await conversations.fetch(conversation).catch(() => undefined)))
		const name = alert.name || row?.customer.name || ''
		const shown = new Notification(t(`shell.alert.${alert.kind}`, { name }), { body: alert.text || row?.subject || '', tag: conversation, icon: '/hilo.svg' })
		shown.onclick = () => {
			window.focus()
			void router.push(`/inbox/mine/${conversation}`)
			shown.close()
		}
	}
	function onEvent(event: StreamEvent) {
		const { sound, notifications } = preferences.value
		const alert = sound || notifications ? alertOf(event, session.agent?.id ?? '') : null
		const isLooking = document.visibilityState === 'visible' && document.hasFocus()
		const isOpen = isLooking && alert && router.currentRoute.value.params['conversation'] === alert.conversation
		if (!alert || isOpen) return
		if (sound && Date.now() - soundedAt > quietMs) {
			soundedAt = Date.now()
			chime()
		}
		if (notifications && !isLooking && 'Notification' in window && Notification.permission === 'granted') void notify(alert)
	}
	connection.listeners.add(onEvent)
	onScopeDispose(() => connection.listeners.delete(onEvent))
}
