// Every pair of colours that may meet, in both themes.
import { expect, test } from 'vitest'
import { contrast } from './contrast'
import tokens from './tokens.json'

type Theme = Record<string, string>
const themes: Record<string, Theme> = { light: tokens.light, dark: tokens.dark }
const pairs: [number, string, string][] = [
	...[tokens.pairs.text, tokens.pairs.edges].flatMap(({ least, inks, grounds }) =>
		inks.flatMap((ink) => grounds.map((ground): [number, string, string] => [least, ink, ground]))),
	...tokens.pairs.tinted.each.map(([ink, ground]): [number, string, string] => [tokens.pairs.tinted.least, ink!, ground!]),
]

for (const [name, theme] of Object.entries(themes))
	test.each(pairs)(`${name}: at least %d for %s on %s`, (least, ink, ground) =>
		expect(contrast(theme[ink]!, theme[ground]!)).toBeGreaterThanOrEqual(least))

test('black on white is 21', () => expect(contrast('#000000', '#ffffff')).toBeCloseTo(21))
