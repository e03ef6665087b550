// line.ts - the thread as a line: which stretch runs through each entry, and where it is knotted. Pure.

/* A line's look: by channel family, never by provider. */
export type Family = 'mail' | 'chat' | 'dm' | 'public' | 'sms' | 'voice'

/* What an entry is on the line. filled: the customer; open: we; passes: a note lies beside it. */
export type Knot = 'filled' | 'open' | 'passes' | 'tick' | 'call'

export interface LineEntry {
	readonly key: string
	readonly kind: 'message' | 'note' | 'call' | 'system'
	readonly direction: 'in' | 'out' | null
	readonly family: Family
	readonly provider?: string // two providers of one family are two lines
	readonly move?: { readonly from: Family; readonly to: Family; readonly state?: 'proposed' | 'accepted' | 'refused' } | undefined
}

export type Segment =
	| { readonly type: 'entry'; readonly key: string; readonly knot: Knot; readonly above: Family | null; readonly below: Family | null }
	| { readonly type: 'move'; readonly key: string; readonly from: Family; readonly to: Family; readonly state: 'proposed' | 'accepted' | 'refused'; readonly implied: boolean }

const knotOf = (entry: LineEntry): Knot =>
	entry.kind === 'note' ? 'passes' : entry.kind === 'call' ? 'call' : entry.kind === 'system' ? 'tick' : entry.direction === 'in' ? 'filled' : 'open'

/* Notes and system lines say nothing about the channel: the line goes by as it is. */
const carries = (entry: LineEntry) => entry.kind === 'message' || entry.kind === 'call'

const lineOf = (entry: LineEntry) => `${entry.family} ${entry.provider ?? ''}`

/* The whole line, top to bottom. continues: there are older entries above; onward: the line goes on below (to pending replies, or the composer).
 * Every change of line has its knot: where no move marks it, one is implied, named after the entry that follows. */
export function segmentsOf(entries: readonly LineEntry[], continues = false, onward = false): Segment[] {
	const out: Segment[] = []
	const first = entries.find((entry) => carries(entry) || entry.move)
	let family: Family | null = continues ? (first?.move?.from ?? first?.family ?? null) : null
	let line = ''
	for (const entry of entries) {
		if (entry.move) {
			const { from, to, state = 'accepted' } = entry.move
			out.push({ type: 'move', key: entry.key, from, to, state, implied: false })
			family = state === 'accepted' ? to : from
			line = ''
			continue
		}
		if (carries(entry)) {
			const changed = family !== null && (family !== entry.family || (line !== '' && line !== lineOf(entry)))
			if (changed && family) out.push({ type: 'move', key: `${entry.key}-move`, from: family, to: entry.family, state: 'accepted', implied: true })
			out.push({ type: 'entry', key: entry.key, knot: knotOf(entry), above: family && entry.family, below: entry.family })
			family = entry.family
			line = lineOf(entry)
		} else out.push({ type: 'entry', key: entry.key, knot: knotOf(entry), above: family, below: family })
	}
	return onward ? out : closed(out)
}

/* The line ends at the last entry that is on it; notes after that lie beside nothing. */
function closed(segments: Segment[]): Segment[] {
	let last = segments.length - 1
	for (; last >= 0; last--) {
		const segment = segments[last]
		if (!segment || segment.type === 'move' || segment.knot !== 'passes') break
	}
	return segments.map((segment, i) => {
		if (segment.type === 'move' || i < last) return segment
		return i === last ? { ...segment, below: null } : { ...segment, above: null, below: null }
	})
}
