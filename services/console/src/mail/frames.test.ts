import { expect, test } from 'vitest'
import { heightIn, keepHeight, knownHeight } from './frames'

test.each([
	[{ height: 12.2 }, 13],
	[{ height: 0 }, 0],
	[{ height: 1e9 }, 30_000],
	[{ height: -1 }, null],
	[{ height: NaN }, null],
	[{ height: Infinity }, null],
	[{ height: '12' }, null],
	[{ html: '<b>' }, null],
	[null, null],
	['height', null],
])('%j', (data, height) => expect(heightIn(data)).toBe(height))

test('the heights of the last 500 mails are kept', () => {
	for (let i = 0; i < 600; i++) keepHeight(`m${i}`, i)
	expect([knownHeight('m0'), knownHeight('m99'), knownHeight('m100'), knownHeight('m599')]).toEqual([undefined, undefined, 100, 599])
})
