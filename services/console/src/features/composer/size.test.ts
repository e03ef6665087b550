import { expect, test } from 'vitest'
import { sizeOf } from './size'

test.each([
	[0, '0 bytes'],
	[1, '1 byte'],
	[999, '999 bytes'],
	[1000, '1 kB'],
	[512_000, '500 kB'],
	[1_363_149, '1.3 MB'],
	[25 * 1024 * 1024, '25 MB'],
	[3 * 1024 ** 4, '3,072 GB'],
])('%i', (bytes, text) => expect(sizeOf(bytes, 'en')).toBe(text))
test('in Spanish', () => expect(sizeOf(1_363_149, 'es')).toBe('1,3 MB'))
