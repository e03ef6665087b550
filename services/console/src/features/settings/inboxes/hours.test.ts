// hours.test.ts - office hours: there and back, the next span, what is wrong.
import { expect, test } from 'vitest'
import { daysOf, faultOf, hoursOf, keptEnd, nextSpan, shownEnd, usual, type Span } from './hours'

test('closed days are left out and come back empty', () => {
	const hours = hoursOf('Europe/Madrid', usual())
	expect(Object.keys(hours.days)).toEqual(['1', '2', '3', '4', '5'])
	expect(daysOf(hours)).toEqual(usual())
	expect(daysOf(null)[1]).toEqual([])
})
test.each<[Span[], Span | null]>([
	[[], ['09:00', '18:00']],
	[[['09:00', '14:00']], ['15:00', '18:00']],
	[[['09:00', '22:00']], ['23:00', '24:00']],
	[[['09:00', '23:30']], null],
	[[['09:00', '24:00']], null],
])('after %j comes %j', (spans, next) => expect(nextSpan(spans)).toEqual(next))
test.each<[Span[], string | null]>([
	[[], null],
	[[['09:00', '14:00'], ['14:00', '18:00']], null],
	[[['09:00', '09:00']], 'order'],
	[[['18:00', '09:00']], 'order'],
	[[['09:00', '14:00'], ['13:59', '18:00']], 'overlap'],
	[[['00:00', '24:00']], null],
])('%j: %s', (spans, fault) => expect(faultOf(spans)).toBe(fault))
test('midnight as an end', () => {
	expect(shownEnd('24:00')).toBe('00:00')
	expect(keptEnd('00:00')).toBe('24:00')
	expect(keptEnd('18:30')).toBe('18:30')
})
