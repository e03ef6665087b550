// snooze.ts - until when a conversation can sleep, in the reader's own day. Pure.

export type SnoozeKey = 'hour1' | 'hours3' | 'hours6' | 'hours12' | 'tomorrow' | 'week' | 'reply'

export interface SnoozeChoice {
	readonly key: SnoozeKey
	readonly until: Date | null // null: until the customer writes
}

const hour = 3_600_000
const morning = 9

function morningAfter(now: Date, days: number): Date {
	return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, morning)
}

/* Next week is its Monday: on a Monday the one after. */
export function snoozeChoices(now: Date): SnoozeChoice[] {
	const after = (hours: number) => new Date(now.getTime() + hours * hour)
	return [
		{ key: 'hour1', until: after(1) },
		{ key: 'hours3', until: after(3) },
		{ key: 'hours6', until: after(6) },
		{ key: 'hours12', until: after(12) },
		{ key: 'tomorrow', until: morningAfter(now, 1) },
		{ key: 'week', until: morningAfter(now, 8 - (now.getDay() || 7)) },
		{ key: 'reply', until: null },
	]
}

/* What <input type="datetime-local"> speaks. */
export function localInput(at: Date): string {
	const two = (n: number) => String(n).padStart(2, '0')
	return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

/* null: no time, or one that has passed. */
export function fromLocalInput(text: string, now: Date): Date | null {
	const at = new Date(text)
	return Number.isNaN(at.getTime()) || at <= now ? null : at
}
