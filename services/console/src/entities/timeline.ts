// timeline.ts - a stretch of a conversation's entries without gaps: pages, growth and deliveries put together. Pure.
import type { Message } from '@/api/types'

export type Entry = Message
export type DeliveryState = NonNullable<Entry['delivery']>['state']

const RANK: Record<DeliveryState, number> = { queued: 0, sending: 1, sent: 2, delivered: 3, read: 4, failed: 2, unknown: 2 }

/* Both stretches as one, by place; a later reading of an entry wins, but its delivery never goes back from what is known. */
export function joined(old: readonly Entry[], fetched: readonly Entry[]): readonly Entry[] {
	const all = new Map(old.map((entry) => [entry.sequence, entry]))
	for (const entry of fetched) {
		const known = all.get(entry.sequence)
		all.set(entry.sequence, known ? { ...entry, delivery: later(known.delivery, entry.delivery) } : entry)
	}
	return [...all.values()].sort((a, b) => a.sequence - b.sequence)
}

function later(a: Entry['delivery'], b: Entry['delivery']): Entry['delivery'] {
	return a && b && RANK[a.state] > RANK[b.state] ? a : b
}

/* The highest place up to which nothing is missing, from the first entry on; 0 for none. */
export function reached(entries: readonly Entry[]): number {
	let last = entries[0]?.sequence ?? 0
	for (const entry of entries.slice(1)) {
		if (entry.sequence !== last + 1) break
		last = entry.sequence
	}
	return last
}

export interface DeliveryChange {
	messageId: string | null
	/* without messageId: all entries up to this place that were sent */
	upTo: number
	state: DeliveryState
	reason: string | null
}
/* The same array when nothing changes. */
export function delivered(entries: readonly Entry[], change: DeliveryChange): readonly Entry[] {
	let isChanged = false
	const result = entries.map((entry) => {
		if (!entry.delivery) return entry
		const isMeant = change.messageId ? entry.id === change.messageId : entry.channel === 'chat' && entry.sequence <= change.upTo && entry.delivery.state !== 'failed'
		const goesOn = change.state === 'queued' || RANK[change.state] >= RANK[entry.delivery.state]
		if (!isMeant || !goesOn || (entry.delivery.state === change.state && entry.delivery.reason === change.reason)) return entry
		isChanged = true
		return { ...entry, delivery: { ...entry.delivery, state: change.state, reason: change.reason } }
	})
	return isChanged ? result : entries
}
