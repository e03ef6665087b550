// lists.ts - from the address to a list: its name, its filters, and back. Pure.
import type { Filters } from '@/entities/filters'

export const fixedLists = ['mine', 'unassigned', 'all', 'mentions', 'following'] as const
export type FixedList = (typeof fixedLists)[number]

export type ListName =
	| { readonly kind: 'fixed'; readonly name: FixedList }
	| { readonly kind: 'view' | 'team' | 'inbox' | 'tag'; readonly name: string }

const isFixed = (name: string): name is FixedList => fixedLists.some((one) => one === name)

/* 'mine', 'view-<id>', 'tag-<name>'; what is unknown is one's own. */
export function listOf(param: string): ListName {
	if (isFixed(param)) return { kind: 'fixed', name: param }
	const found = /^(view|team|inbox|tag)-(.+)$/.exec(param)
	const [, kind, name] = found ?? []
	if ((kind === 'view' || kind === 'team' || kind === 'inbox' || kind === 'tag') && name) return { kind, name }
	return { kind: 'fixed', name: 'mine' }
}

export const paramOf = (list: ListName): string => (list.kind === 'fixed' ? list.name : `${list.kind}-${list.name}`)

/* The filters one sets by hand, as they stand in the address. */
export const handSet = ['status', 'channel', 'priority', 'assignee', 'inbox', 'team', 'tag', 'customer', 'sort', 'q'] as const
export type HandSet = (typeof handSet)[number]

const choices: Partial<Record<HandSet, readonly string[]>> = {
	status: ['open', 'pending', 'snoozed', 'resolved'],
	channel: ['email', 'chat', 'social', 'sms', 'voice'],
	priority: ['low', 'normal', 'high', 'urgent'],
	sort: ['activity', 'waiting', 'priority'],
}

type Query = Readonly<Record<string, unknown>>

export function queryFilters(query: Query): Partial<Record<HandSet, string>> {
	const out: Partial<Record<HandSet, string>> = {}
	for (const key of handSet) {
		const value = query[key]
		if (typeof value === 'string' && value && (choices[key]?.includes(value) ?? value.length <= 200)) out[key] = value
	}
	return out
}

/* What the list shows: its own filters, then those set by hand. saved: of the view, once it is known. */
export function filtersOf(list: ListName, query: Query, saved?: Filters): Filters {
	const own: Filters = list.kind === 'fixed' ? { view: list.name } : list.kind === 'view' ? (saved ?? {}) : { [list.kind]: list.name }
	return { ...own, ...queryFilters(query) } as Filters // each value was checked against the API's words
}
