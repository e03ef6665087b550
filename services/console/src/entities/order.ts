// order.ts - where a row stands in a list, as the server sorts it. Pure.
import type { Conversation } from '@/api/types'
import type { Filters } from './filters'

const URGENCY = { urgent: 3, high: 2, normal: 1, low: 0 } as const
const activity = (row: Conversation) => row.last_message?.created_at ?? row.created_at
/* later first; times compare as text, ids break ties */
const latest = (a: Conversation, b: Conversation) => {
	const [x, y] = [activity(a) + a.id, activity(b) + b.id]
	return x < y ? 1 : x > y ? -1 : 0
}

/* Negative: a stands before b. */
export function compare(sort: Filters['sort'], a: Conversation, b: Conversation): number {
	if (sort === 'priority') return URGENCY[b.priority] - URGENCY[a.priority] || latest(a, b)
	if (sort !== 'waiting') return latest(a, b)
	const [x, y] = [(a.waiting_since ?? '~') + a.id, (b.waiting_since ?? '~') + b.id]
	return x < y ? -1 : x > y ? 1 : 0
}

/* The list with the row at its place; the same array when nothing moves. rows: those known, by id. hasMore: the list goes on
 * beyond what is loaded, so a row that would stand last is left to the next page. */
export function placed(
	ids: readonly string[], row: Conversation, rows: ReadonlyMap<string, Conversation>, sort: Filters['sort'], hasMore: boolean,
): readonly string[] {
	const rest = ids.filter((id) => id !== row.id)
	let at = rest.findIndex((id) => {
		const other = rows.get(id)
		return other !== undefined && compare(sort, row, other) < 0
	})
	if (at < 0) {
		if (hasMore && rest.length > 0) return rest.length === ids.length ? ids : rest
		at = rest.length
	}
	return ids[at] === row.id && rest.length !== ids.length ? ids : rest.toSpliced(at, 0, row.id)
}
