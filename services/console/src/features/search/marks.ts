// marks.ts - found text in pieces: marks come as [start, length] in code points, the rest stays text. Pure.
import type { SearchItem } from '@/api/types'

/* What is found, with marks as they come from the API. */
export type Hit = Omit<SearchItem, 'message'> & { message?: Omit<NonNullable<SearchItem['message']>, 'marks'> & { marks: readonly (readonly number[])[] } }

export interface Piece {
	readonly text: string
	readonly found: boolean
}

export function pieces(text: string, marks: readonly (readonly number[])[]): Piece[] {
	const points = [...text]
	const out: Piece[] = []
	let at = 0
	const cut = (to: number, found: boolean) => {
		if (to > at) out.push({ text: points.slice(at, to).join(''), found })
		at = Math.max(at, to)
	}
	for (const [from = 0, length = 0] of [...marks].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))) {
		const to = from + length
		if (!(from >= at && to > from && to <= points.length)) continue
		cut(from, false)
		cut(to, true)
	}
	cut(points.length, false)
	return out
}
