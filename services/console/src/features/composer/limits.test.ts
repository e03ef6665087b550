import { expect, test } from 'vitest'
import { admit, lengthOf } from './limits'

const limits = { characters: 100, bytes: 300, files: 3, fileBytes: 1000 }

test.each([
	['', 'free', 0],
	['a'.repeat(79), 'free', 79],
	['a'.repeat(80), 'near', 80],
	['a'.repeat(100), 'near', 100],
	['a'.repeat(101), 'over', 101],
	['🙂'.repeat(74), 'near', 1], // 296 of 300 bytes, but 74 characters
	['🙂'.repeat(76), 'over', 1],
	['ñ'.repeat(100), 'near', 100],
])('%j…', (text, level, used) => {
	const { level: got, used: count, unit } = lengthOf(text, '', limits)
	expect(got).toBe(level)
	expect(count).toBe(used)
	expect(unit).toBe(used === 1 ? 'kilobytes' : 'characters')
})
test('the HTML counts too', () => {
	expect(lengthOf('short', 'x'.repeat(301), limits)).toMatchObject({ level: 'over', unit: 'kilobytes' })
	expect(lengthOf('short', 'x'.repeat(50), limits)).toMatchObject({ level: 'free' })
})
test('the cheap bound never hides a limit', () => {
	for (const sign of ['a', 'ñ', '€', '🙂'])
		for (let n = 0; n <= 110; n++) {
			const text = sign.repeat(n)
			const ratio = Math.max(n / limits.characters, new TextEncoder().encode(text).length / limits.bytes)
			expect(lengthOf(text, '', limits).level).toBe(ratio > 1 ? 'over' : ratio >= 0.8 ? 'near' : 'free')
		}
})
test('files: as many as fit, and a reason for each other', () => {
	const file = (name: string, size: number) => ({ name, size })
	const { taken, refused } = admit(1, [file('a', 10), file('b', 0), file('c', 1001), file('d', 1000), file('e', 1)], limits)
	expect(taken.map((one) => one.name)).toEqual(['a', 'd'])
	expect(refused).toEqual([{ name: 'b', reason: 'empty' }, { name: 'c', reason: 'too_big' }, { name: 'e', reason: 'too_many' }])
})
