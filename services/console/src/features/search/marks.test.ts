// marks.test.ts - marks in found text, however they come.
import { expect, test } from 'vitest'
import { pieces } from './marks'

const drawn = (text: string, marks: number[][]) => pieces(text, marks).map((piece) => (piece.found ? `[${piece.text}]` : piece.text)).join('')

test.each([
	['olive oil', [[0, 5]], '[olive] oil'],
	['olive oil', [[6, 3], [0, 5]], '[olive] [oil]'],
	['🫒 oil', [[2, 3]], '🫒 [oil]'],
	['oil', [], 'oil'],
	['oil', [[1, 9]], 'oil'],
	['oil', [[0, 2], [1, 2]], '[oi]l'],
	['', [[0, 1]], ''],
])('%j with %j', (text, marks, want) => expect(drawn(text, marks)).toBe(want))
