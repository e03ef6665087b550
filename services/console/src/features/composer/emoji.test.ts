import { expect, test } from 'vitest'
import { groups, searched } from './emoji'

const all = groups.flatMap((group) => group.emoji)

test('each is one sign with a name in both languages, offered once', () => {
	expect(all.length).toBeGreaterThan(100)
	for (const { sign, en, es } of all) {
		expect([...new Intl.Segmenter().segment(sign)]).toHaveLength(1)
		expect(en && es).toBeTruthy()
	}
	for (const part of ['sign', 'en'] as const) expect(new Set(all.map((one) => one[part])).size).toBe(all.length)
})
test('found in either language, accents or not', () => {
	expect(searched('paquete').map((one) => one.sign)).toEqual(['📦'])
	expect(searched('camion').map((one) => one.sign)).toEqual(['🚚'])
	expect(searched('Parc').map((one) => one.sign)).toEqual(['📦'])
	expect(searched('xyz')).toEqual([])
	expect(searched('')).toHaveLength(all.length)
})
