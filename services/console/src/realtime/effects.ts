// effects.ts - what an event of the stream means for what is on the screen. Pure: no clock, network or Vue.
//
// Events say what changed; rows come from the API alone and are replaced only by newer versions. So frames may come twice, late
// or in a replay, and overlap with what was fetched: the screen ends at what a fresh page would show.
import type { PresenceStatus, StreamEvent } from '@/api/types'

export type Delivery = 'queued' | 'sent' | 'failed' | 'unknown' | 'read'
export type Effect =
	/* the row is older than this version, and may be new to some list */
	| { kind: 'conversation'; id: string; version: number }
	/* its timeline has grown */
	| { kind: 'entries'; id: string }
	/* these entries fare otherwise now */
	| { kind: 'delivery'; id: string; messageId: string | null; upTo: number; state: Delivery; reason: string | null }
	| { kind: 'visitor'; id: string; present: boolean }
	| { kind: 'presence'; agentId: string; status: PresenceStatus }
	/* name: what they are called now, where the event says it */
	| { kind: 'customer'; id: string; name: string | null }
	/* a collection of settings changed */
	| { kind: 'collection'; name: string }
	| { kind: 'mention'; conversationId: string }

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
const PRESENCES: readonly string[] = ['available', 'busy', 'away', 'offline'] satisfies PresenceStatus[]
const isPresence = (value: unknown): value is PresenceStatus => typeof value === 'string' && PRESENCES.includes(value)

function stateOf(type: string, data: Record<string, unknown>): Delivery {
	if (type === 'message.failed') return data['unknown'] === true ? 'unknown' : 'failed'
	return type === 'message.retried' ? 'queued' : 'sent'
}

export function effectsOf(event: StreamEvent): Effect[] {
	const { type, conversation_id: id, version } = event
	const data: Record<string, unknown> = event.data
	switch (type as string) {
		case 'presence.changed': {
			const agentId = text(data['agent_id'])
			return agentId && isPresence(data['presence']) ? [{ kind: 'presence', agentId, status: data['presence'] }] : []
		}
		case 'agent.updated':
			return [{ kind: 'collection', name: 'agent' }]
		case 'inbox.updated':
			return [{ kind: 'collection', name: 'inbox' }]
		case 'configuration.changed':
			return [{ kind: 'collection', name: text(data['kind']) ?? '' }]
		case 'agent.mentioned':
			return id ? [{ kind: 'mention', conversationId: id }] : []
		case 'customer.merged':
		case 'customer.changed':
		case 'customer.changed_elsewhere':
		case 'customer.note_changed': {
			const ids = [text(data['customer_id']), text(data['merged_id']), text(data['previous_customer_id'])]
			return ids.filter((one) => one !== null).map((one) => ({ kind: 'customer' as const, id: one, name: text(data['name']) }))
		}
	}
	if (!id) return []
	const row: Effect = { kind: 'conversation', id, version: version ?? 0 }
	switch (type as string) {
		case 'message.attached':
		case 'conversation.moved':
			return [{ kind: 'entries', id }, row]
		case 'message.sent':
		case 'message.failed':
		case 'message.retried':
			return [{ kind: 'delivery', id, messageId: text(data['message_id']), upTo: 0, state: stateOf(type, data), reason: text(data['reason']) }]
		case 'message.read':
			return [{ kind: 'delivery', id, messageId: null, upTo: number(data['sequence']), state: 'read', reason: null }]
		case 'visitor.presence_changed':
			return [{ kind: 'visitor', id, present: data['present'] === true }]
		default:
			return [row]
	}
}
