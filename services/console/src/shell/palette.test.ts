// palette.test.ts - what fits a text, best first.
import { expect, test } from 'vitest'
import { best, fit } from './palette'

test.each([
	['Resolve', 'res', 4],
	['Snooze until tomorrow', 'unt tom', 3],
	['Lucía Ferrer', 'lucia', 4],
	['Lucía Ferrer', 'ferr', 3],
	['Unassigned', 'sign', 2],
	['Resolve', 'xyz', 0],
	['Anything', '', 1],
	['What (now)?', '(now', 3],
])('%s for %j: %i', (label, wanted, score) => expect(fit(label, wanted)).toBe(score))

test('best first, then in their own order', () => {
	const offer = (label: string) => ({ key: label, label, run: () => undefined })
	const labels = (wanted: string, limit = 9) => best(['Go to mine', 'Assign to me', 'Mine', 'Me too'].map(offer), wanted, limit).map((one) => one.label)
	expect(labels('m')).toEqual(['Mine', 'Me too', 'Go to mine', 'Assign to me'])
	expect(labels('m', 1)).toEqual(['Mine'])
})
