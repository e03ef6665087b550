// selection.ts - moving through a list by id, never by index; which rows are checked; the row one reads stays. Pure.

/* The id `by` steps from `current`; from nothing to the first or last. Stays at the ends. */
export function stepFrom(ids: readonly string[], current: string | null, by: number): string | null {
	const at = current === null ? -1 : ids.indexOf(current)
	if (at < 0) return (by > 0 ? ids[0] : ids.at(-1)) ?? null
	return ids[Math.max(0, Math.min(ids.length - 1, at + by))] ?? null
}

/* Where to go when `current` leaves: its next neighbour, else the one before. */
export function neighbourOf(ids: readonly string[], current: string): string | null {
	const at = ids.indexOf(current)
	return at < 0 ? (ids[0] ?? null) : (ids[at + 1] ?? ids[at - 1] ?? null)
}

/* The row one reads keeps its place, though it no longer belongs to the list. */
export function withSticky(ids: readonly string[], sticky: string | null, before: readonly string[]): readonly string[] {
	if (sticky === null || ids.includes(sticky)) return ids
	const was = before.indexOf(sticky)
	return was < 0 ? ids : ids.toSpliced(Math.min(was, ids.length), 0, sticky)
}

export function toggled(checked: ReadonlySet<string>, id: string): ReadonlySet<string> {
	const next = new Set(checked)
	if (!next.delete(id)) next.add(id)
	return next
}

/* Shift and click: everything from the last checked row to this one, in the order shown. */
export function ranged(ids: readonly string[], checked: ReadonlySet<string>, anchor: string | null, id: string): ReadonlySet<string> {
	const from = anchor === null ? -1 : ids.indexOf(anchor)
	const to = ids.indexOf(id)
	if (from < 0 || to < 0) return toggled(checked, id)
	return new Set([...checked, ...ids.slice(Math.min(from, to), Math.max(from, to) + 1)])
}

/* What is no longer in the list cannot be acted upon. */
export function kept(ids: readonly string[], checked: ReadonlySet<string>): ReadonlySet<string> {
	const shown = new Set(ids)
	const rest = [...checked].filter((id) => shown.has(id))
	return rest.length === checked.size ? checked : new Set(rest)
}
