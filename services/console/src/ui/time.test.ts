// time.test.ts - lengths and moments as people read them.
import { expect, test } from 'vitest'
import { bytes, span, when } from './time'

test.each([
	[-5, '0s'], [59_999, '59s'], [60_000, '1m'], [3_599_000, '59m'], [3_600_000, '1h'], [7_500_000, '2h 5m'],
	[36_000_000 + 60_000, '10h'], [172_800_000, '2d'],
])('%i ms are %s', (ms, text) => expect(span(ms, 'en')).toBe(text))

test('a moment of today is a time, of last week a weekday, of long ago a date with its year', () => {
	const now = new Date(2026, 5, 17, 15, 0).getTime()
	expect(when(new Date(2026, 5, 17, 9, 5).getTime(), now, 'es')).toBe('09:05')
	expect(when(new Date(2026, 5, 15, 9, 5).getTime(), now, 'es')).toMatch(/^lun.* 09:05$/)
	expect(when(new Date(2026, 0, 3).getTime(), now, 'es')).toMatch(/^3 ene/)
	expect(when(new Date(2024, 0, 3).getTime(), now, 'es')).toMatch(/2024/)
	expect(when(new Date(2026, 5, 18, 9, 5).getTime(), now, 'es')).toMatch(/^18 jun/)
})

test.each([[0, '0 byte'], [999, '999 byte'], [14_200, '14 kB'], [1_500_000, '1.5 MB']])('%i bytes are %s', (n, text) =>
	expect(bytes(n, 'en')).toBe(text))
