// selection.test.ts - steps, neighbours, checked ranges and the sticky row.
import { expect, test } from 'vitest'
import { kept, neighbourOf, ranged, stepFrom, toggled, withSticky } from './selection'

const ids = ['a', 'b', 'c', 'd']

test.each([
	[null, 1, 'a'],
	[null, -1, 'd'],
	['b', 1, 'c'],
	['b', -1, 'a'],
	['d', 1, 'd'],
	['a', -1, 'a'],
	['c', 10, 'd'],
	['gone', 1, 'a'],
] as const)('from %s by %i is %s', (current, by, want) => expect(stepFrom(ids, current, by)).toBe(want))

test('nothing to step to in an empty list', () => expect(stepFrom([], 'a', 1)).toBeNull())

test.each([['a', 'b'], ['d', 'c'], ['gone', 'a']])('when %s leaves, %s is next', (current, want) =>
	expect(neighbourOf(ids, current)).toBe(want))
test('the last one leaves nothing', () => expect(neighbourOf(['a'], 'a')).toBeNull())

test('the row one reads keeps its place', () => {
	expect(withSticky(['a', 'c', 'd'], 'b', ids)).toEqual(ids)
	expect(withSticky(['x', 'a', 'c', 'd'], 'b', ids)).toEqual(['x', 'b', 'a', 'c', 'd'])
	expect(withSticky([], 'd', ids)).toEqual(['d'])
	expect(withSticky(ids, 'b', [])).toBe(ids)
	expect(withSticky(ids, 'never', [])).toBe(ids)
})

test('checking', () => {
	const one = toggled(new Set(), 'b')
	expect([...one]).toEqual(['b'])
	expect([...toggled(one, 'b')]).toEqual([])
	expect([...ranged(ids, one, 'b', 'd')]).toEqual(['b', 'c', 'd'])
	expect([...ranged(ids, one, 'd', 'b')].sort()).toEqual(['b', 'c', 'd'])
	expect([...ranged(ids, one, null, 'd')]).toEqual(['b', 'd'])
	expect([...kept(['a', 'b'], new Set(['b', 'd']))]).toEqual(['b'])
	expect(kept(ids, one)).toBe(one)
})
