import { expect, test } from 'vitest'
import type { Conversation } from '@/api/types'
import { keyOf, matches } from './filters'
import { compare, placed } from './order'

const row = (id: string, minute: number, more: Partial<Conversation> = {}): Conversation => ({
	id, ref: 'AAAA-AAAA', subject: '', status: 'open', inbox_id: 'i1', channel: 'email', channels: ['email'], customer: { id: 'c1', name: 'Ana' }, assignee: null,
	team_id: null, priority: 'normal', tags: [], visitor: null, waiting_since: null, snoozed_until: null, version: 1, sequence: 1, unread: 0, following: false,
	last_message: { id: `m${id}`, preview: '', author: '', direction: 'in', created_at: `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000000Z` },
	created_at: '2026-01-01T00:00:00.000000Z', ...more,
})
const known = (...all: Conversation[]) => new Map(all.map((one) => [one.id, one]))
const a = row('a', 3), b = row('b', 2), c = row('c', 1)

test.each([
	['the latest comes first', ['a', 'b'], row('n', 9), false, ['n', 'a', 'b']],
	['between two', ['a', 'c'], b, false, ['a', 'b', 'c']],
	['at the end of all', ['a', 'b'], c, false, ['a', 'b', 'c']],
	['beyond what is loaded it waits for its page', ['a', 'b'], c, true, ['a', 'b']],
	['moved up', ['a', 'b', 'c'], row('c', 9), false, ['c', 'a', 'b']],
	['fallen out of what is loaded', ['a', 'b'], row('a', 0), true, ['b']],
	['into an empty list', [], a, true, ['a']],
])('%s', (_name, ids, one, hasMore, expected) =>
	expect(placed(ids, one, known(a, b, c, one), 'activity', hasMore)).toEqual(expected))

test('what does not move is the same array', () => {
	const ids = ['a', 'b', 'c']
	expect(placed(ids, b, known(a, b, c), 'activity', true)).toBe(ids)
})
test.each([
	['priority', row('x', 1, { priority: 'urgent' }), a, -1],
	['priority', row('x', 9), a, -1],
	['waiting', row('x', 9, { waiting_since: '2026-01-01T00:00:01Z' }), row('y', 1, { waiting_since: '2026-01-01T00:00:02Z' }), -1],
] as const)('by %s', (sort, one, other, sign) => {
	expect(Math.sign(compare(sort, one, other))).toBe(sign)
	expect(Math.sign(compare(sort, other, one))).toBe(-sign)
})
test.each([
	[{}, {}, true],
	[{}, { status: 'resolved' }, false],
	[{ status: 'resolved' }, { status: 'resolved' }, true],
	[{ view: 'mine' }, { assignee: { id: 'me', name: '' } }, true],
	[{ view: 'mine' }, {}, false],
	[{ view: 'unassigned' }, {}, true],
	[{ view: 'following' }, { following: true }, true],
	[{ view: 'mentions' }, {}, undefined],
	[{ q: 'x' }, {}, undefined],
	[{ q: 'x', inbox: 'i2' }, {}, false],
	[{ tag: 'vip' }, { tags: ['vip'] }, true],
	[{ sort: 'waiting' }, {}, false],
] as const)('%j judges %j as %s', (filters, more, expected) => expect(matches(row('a', 1, more as Partial<Conversation>), filters, 'me')).toBe(expected))

test('keys of filters do not depend on order or empty values', () =>
	expect(keyOf({ view: 'mine', tag: 'a', q: '' })).toBe(keyOf({ tag: 'a', view: 'mine' })))
