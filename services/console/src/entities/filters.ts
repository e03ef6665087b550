// filters.ts - what a list of conversations is asked for, and which rows the browser can judge by itself. Pure.
import type { Conversation, ListQuery } from '@/api/types'

export type Filters = Omit<ListQuery, 'limit' | 'after'>

/* The same filters, the same text, whatever the order of their keys. */
export function keyOf(filters: Filters): string {
	const kept = Object.entries(filters).filter(([, value]) => value !== undefined && value !== '')
	return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/* Whether the row belongs in the list; undefined: only the server knows. */
export function matches(row: Conversation, filters: Filters, me: string): boolean | undefined {
	const { view = 'all', status, inbox, team, tag, priority, channel, assignee, customer, q, sort } = filters
	if (status ? row.status !== status : row.status === 'resolved') return false
	if (view === 'mine' && row.assignee?.id !== me) return false
	if (view === 'unassigned' && row.assignee) return false
	if (view === 'following' && !row.following) return false
	if (inbox && row.inbox_id !== inbox) return false
	if (team && row.team_id !== team) return false
	if (tag && !row.tags.includes(tag)) return false
	if (priority && row.priority !== priority) return false
	if (channel && row.channel !== channel) return false
	if (assignee && row.assignee?.id !== assignee) return false
	if (customer && row.customer.id !== customer) return false
	if (sort === 'waiting' && !row.waiting_since) return false
	return q || view === 'mentions' ? undefined : true
}
