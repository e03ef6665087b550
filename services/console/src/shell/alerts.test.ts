// alerts.test.ts - which events concern this agent.
import { expect, test } from 'vitest'
import type { StreamEvent } from '@/api/types'
import { alertOf } from './alerts'

const event = (type: string, data: Record<string, unknown>) =>
	({ id: 'e', type, conversation_id: 'c', inbox_id: 'i', version: 1, occurred_at: '', data }) as StreamEvent

test.each<[string, StreamEvent, string | null, string | null]>([
	['a customer in my own matter', event('message.attached', { author_type: 'customer' }), 'me', 'message'],
	['a customer in another’s', event('message.attached', { author_type: 'customer' }), 'other', null],
	['a colleague in mine', event('message.attached', { author_type: 'agent' }), 'me', null],
	['work that comes to me', event('conversation.assigned', { assignee_id: 'me', by_agent_id: null }), null, 'assigned'],
	['work I take myself', event('conversation.assigned', { assignee_id: 'me', by_agent_id: 'me' }), null, null],
	['work for another', event('conversation.assigned', { assignee_id: 'other' }), null, null],
	['a mention', event('agent.mentioned', { excerpt: 'look' }), null, 'mention'],
	['anything else', event('conversation.status_changed', {}), 'me', null],
])('%s', (_, given, assignee, kind) => expect(alertOf(given, 'me', assignee)?.kind ?? null).toBe(kind))
