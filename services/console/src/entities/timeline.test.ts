import { expect, test } from 'vitest'
import { delivered, type Entry, joined, reached } from './timeline'

const entry = (sequence: number, state: NonNullable<Entry['delivery']>['state'] | null = null): Entry => ({
	id: `m${sequence}`, sequence, kind: 'message', direction: state ? 'out' : 'in', channel: 'chat', interaction_id: 'i',
	author: { type: 'customer', id: null, name: '' }, text: '', html: null, attachments: [],
	delivery: state ? { state, reason: null } : null, created_at: '2026-01-01T00:00:00Z',
} as unknown as Entry)
const places = (entries: readonly Entry[]) => entries.map((one) => one.sequence)

test('pages meet without double, whichever came first', () => {
	const [low, high] = [[1, 2, 3].map((n) => entry(n)), [3, 4].map((n) => entry(n))]
	expect(places(joined(low, high))).toEqual([1, 2, 3, 4])
	expect(joined(high, low)).toEqual(joined(low, high))
	expect(joined(joined(low, high), high)).toEqual(joined(low, high))
})
test.each([
	[[], 0],
	[[5], 5],
	[[5, 6, 7], 7],
	[[1, 2, 4], 2],
])('%j reaches %i', (sequences, expected) => expect(reached(sequences.map((n) => entry(n)))).toBe(expected))

test('a fetch that was slow does not take back what a frame said', () => {
	const known = delivered([entry(1, 'queued')], { messageId: 'm1', upTo: 0, state: 'sent', reason: null })
	expect(joined(known, [entry(1, 'queued')])[0]!.delivery!.state).toBe('sent')
})
test.each([
	['queued', 'sent', 'sent'],
	['sent', 'queued', 'queued'], // tried again
	['read', 'sent', 'read'],
	['sent', 'failed', 'failed'],
	['failed', 'sent', 'sent'],
] as const)('%s, then %s: %s', (from, to, expected) =>
	expect(delivered([entry(1, from)], { messageId: 'm1', upTo: 0, state: to, reason: null })[0]!.delivery!.state).toBe(expected))
test('read marks all up to a place, but nothing that failed', () => {
	const all = [entry(1, 'sent'), entry(2, 'failed'), entry(3, 'sent'), entry(4, 'sent')]
	expect(delivered(all, { messageId: null, upTo: 3, state: 'read', reason: null }).map((one) => one.delivery?.state)).toEqual(['read', 'failed', 'read', 'sent'])
	expect(delivered(all, { messageId: 'other', upTo: 0, state: 'read', reason: null })).toBe(all)
})
