// rows.ts - what stands in the timeline: entries, days, the line through them, where the unread begins. Pure.
import type { Message } from '@/api/types'
import { channelOf } from '@/channels/registry'
import { segmentsOf, type Family, type LineEntry, type Segment } from './line'

export type EntrySegment = Extract<Segment, { type: 'entry' }>
export type MoveSegment = Extract<Segment, { type: 'move' }>

export type Row =
	| { readonly type: 'day'; readonly key: string; readonly at: string; readonly line: Family | null }
	| { readonly type: 'unread'; readonly key: string; readonly line: Family | null }
	| { readonly type: 'move'; readonly key: string; readonly segment: MoveSegment; readonly entry: Message }
	| { readonly type: 'entry'; readonly key: string; readonly segment: EntrySegment; readonly entry: Message; readonly place: number }

function lineEntry(entry: Message): LineEntry {
	return {
		key: entry.id,
		kind: entry.kind,
		direction: entry.direction,
		family: channelOf(entry.channel).family,
		move: entry.move && { from: channelOf(entry.move.from).family, to: channelOf(entry.move.to).family },
	}
}

/* The day in the reader's time zone, as a key. */
export function dayOf(at: string): string {
	const date = new Date(at)
	return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`
}

/* The first of the last `unread` entries that are not ours: above it stands where the news begin. */
export function firstUnread(entries: readonly Message[], unread: number): string | null {
	let left = unread
	for (let i = entries.length - 1; i >= 0 && left > 0; i--) {
		const entry = entries[i]
		if (entry?.direction === 'in' && --left === 0) return entry.id
	}
	return null
}

export interface Options {
	readonly hasOlder?: boolean
	readonly onward?: boolean // pending replies follow
	readonly unreadFrom?: string | null
}

export function rowsOf(entries: readonly Message[], { hasOlder = false, onward = false, unreadFrom = null }: Options = {}): Row[] {
	const byId = new Map(entries.map((entry) => [entry.id, entry]))
	const rows: Row[] = []
	let day = ''
	let place = 0
	for (const segment of segmentsOf(entries.map(lineEntry), hasOlder, onward)) {
		const entry = byId.get(segment.key.replace(/-move$/, ''))
		if (!entry) continue
		const line = segment.type === 'move' ? segment.from : segment.above
		if (dayOf(entry.created_at) !== day) {
			day = dayOf(entry.created_at)
			rows.push({ type: 'day', key: `day-${entry.id}`, at: entry.created_at, line })
		}
		if (entry.id === unreadFrom && segment.type === 'entry') rows.push({ type: 'unread', key: `unread-${entry.id}`, line })
		if (segment.type === 'move') rows.push({ type: 'move', key: segment.key, segment, entry })
		else rows.push({ type: 'entry', key: segment.key, segment, entry, place: ++place })
	}
	return rows
}

export type Piece = { readonly text: string; readonly href?: string }

const link = /\bhttps?:\/\/[^\s<>"']+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/giu

/* Plain text in pieces: addresses become links, everything else stays text. */
export function linked(text: string): Piece[] {
	const out: Piece[] = []
	let at = 0
	for (const found of text.matchAll(link)) {
		const tail = /[).,;:!?\]}]+$/.exec(found[0])?.[0] ?? ''
		const word = found[0].slice(0, found[0].length - tail.length)
		if (found.index > at) out.push({ text: text.slice(at, found.index) })
		out.push({ text: word, href: /^https?:/i.test(word) ? word : `mailto:${word}` })
		at = found.index + word.length
	}
	if (at < text.length) out.push({ text: text.slice(at) })
	return out
}
