// snooze.test.ts - the times a conversation can sleep until.
import { expect, test } from 'vitest'
import { fromLocalInput, localInput, snoozeChoices } from './snooze'

const at = (text: string) => new Date(text)
const until = (now: string, key: string) => snoozeChoices(at(now)).find((choice) => choice.key === key)?.until

test.each([
	['2026-11-22T14:30:00', 'hour1', '2026-11-22T15:30:00'],
	['2026-11-22T23:30:00', 'hours3', '2026-11-23T02:30:00'],
	['2026-11-22T14:30:00', 'tomorrow', '2026-11-23T09:00:00'],
	['2026-12-31T23:59:00', 'tomorrow', '2027-01-01T09:00:00'],
	['2026-11-22T14:30:00', 'week', '2026-11-23T09:00:00'], // a Sunday
	['2026-11-23T08:00:00', 'week', '2026-11-30T09:00:00'], // a Monday
	['2026-11-28T08:00:00', 'week', '2026-11-30T09:00:00'], // a Saturday
])('at %s, %s is %s', (now, key, want) => expect(until(now, key)).toEqual(at(want)))

test('until the customer writes has no time', () => expect(until('2026-11-22T14:30:00', 'reply')).toBeNull())

test('a time of the form is in the reader’s day, and lies ahead', () => {
	const now = at('2026-11-22T14:30:00')
	expect(localInput(now)).toBe('2026-11-22T14:30')
	expect(fromLocalInput('2026-11-22T15:00', now)).toEqual(at('2026-11-22T15:00:00'))
	expect(fromLocalInput('2026-11-22T14:30', now)).toBeNull()
	expect(fromLocalInput('', now)).toBeNull()
})
