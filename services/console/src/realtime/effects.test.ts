import { expect, test } from 'vitest'
import type { StreamEvent } from '@/api/types'
import { effectsOf } from './effects'

const event = (type: string, data: Record<string, unknown> = {}, more: Partial<StreamEvent> = {}): StreamEvent =>
	({ id: 'e', type, conversation_id: 'c1', inbox_id: 'i1', version: 7, occurred_at: '2026-01-01T00:00:00Z', data, ...more }) as StreamEvent
const row = { kind: 'conversation', id: 'c1', version: 7 }

test.each([
	['conversation.opened', {}, [row]],
	['conversation.assigned', { assignee_id: 'a' }, [row]],
	['conversation.triaged', {}, [row]],
	['a.type_of_tomorrow', {}, [row]],
	['message.attached', { sequence: 3 }, [{ kind: 'entries', id: 'c1' }, row]],
	['conversation.moved', {}, [{ kind: 'entries', id: 'c1' }, row]],
	['message.sent', { message_id: 'm' }, [{ kind: 'delivery', id: 'c1', messageId: 'm', upTo: 0, state: 'sent', reason: null }]],
	['message.failed', { message_id: 'm', reason: '550' }, [{ kind: 'delivery', id: 'c1', messageId: 'm', upTo: 0, state: 'failed', reason: '550' }]],
	['message.failed', { message_id: 'm', reason: 'x', unknown: true }, [{ kind: 'delivery', id: 'c1', messageId: 'm', upTo: 0, state: 'unknown', reason: 'x' }]],
	['message.retried', { message_id: 'm' }, [{ kind: 'delivery', id: 'c1', messageId: 'm', upTo: 0, state: 'queued', reason: null }]],
	['message.read', { sequence: 4 }, [{ kind: 'delivery', id: 'c1', messageId: null, upTo: 4, state: 'read', reason: null }]],
	['visitor.presence_changed', { present: true }, [{ kind: 'visitor', id: 'c1', present: true }]],
	['presence.changed', { agent_id: 'a', presence: 'busy' }, [{ kind: 'presence', agentId: 'a', status: 'busy' }]],
	['presence.changed', { agent_id: 'a', presence: 'asleep' }, []],
	['agent.updated', {}, [{ kind: 'collection', name: 'agent' }]],
	['configuration.changed', { kind: 'team' }, [{ kind: 'collection', name: 'team' }]],
	['customer.note_changed', { customer_id: 'u', note_id: 'n', removed: false }, [{ kind: 'customer', id: 'u', name: null }]],
	['customer.changed', { customer_id: 'u', name: 'Ana', attributes: [] }, [{ kind: 'customer', id: 'u', name: 'Ana' }]],
	['customer.changed_elsewhere', { customer_id: 'u', name: 'Ana' }, [{ kind: 'customer', id: 'u', name: 'Ana' }]],
	['customer.merged', { customer_id: 'u', merged_id: null }, [{ kind: 'customer', id: 'u', name: null }]],
])('%s with %j', (type, data, expected) => expect(effectsOf(event(type, data))).toEqual(expected))

test('an event of no conversation that is not known means nothing', () =>
	expect(effectsOf(event('a.type_of_tomorrow', {}, { conversation_id: null }))).toEqual([]))
