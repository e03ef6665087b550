// hours.ts - office hours by weekday: 1 is Monday, a day without spans is closed, 24:00 is the end of a day. Pure.
import type { Hours } from '../types'

export type Span = [string, string]
export const weekdays = ['1', '2', '3', '4', '5', '6', '7'] as const
export type Weekday = (typeof weekdays)[number]
export type Days = Record<Weekday, Span[]>

export function daysOf(hours: Hours | null | undefined): Days {
	const spans = (day: Weekday): Span[] => (hours?.days[day] ?? []).flatMap(([from, until]) => (from !== undefined && until !== undefined ? [[from, until]] : []))
	return { 1: spans('1'), 2: spans('2'), 3: spans('3'), 4: spans('4'), 5: spans('5'), 6: spans('6'), 7: spans('7') }
}
export function hoursOf(timeZone: string, days: Days): Hours {
	const open = weekdays.filter((day) => days[day].length > 0)
	return { time_zone: timeZone, days: Object.fromEntries(open.map((day) => [day, days[day]])) }
}
export function usual(): Days {
	const day = (): Span[] => [['09:00', '18:00']]
	return { 1: day(), 2: day(), 3: day(), 4: day(), 5: day(), 6: [], 7: [] }
}

/* The next span of a day: after a break of an hour, as long as there is room; null when the day is full. */
export function nextSpan(spans: readonly Span[]): Span | null {
	const last = spans.at(-1)
	if (!last) return ['09:00', '18:00']
	const from = minutes(last[1]) + 60
	return from < 24 * 60 && spans.length < 10 ? [text(from), text(Math.min(from + 180, 24 * 60))] : null
}
/* What is wrong with a day, in the API's own terms: in order and apart. */
export function faultOf(spans: readonly Span[]): 'order' | 'overlap' | null {
	let last = -1
	for (const [from, until] of spans) {
		if (minutes(until) <= minutes(from)) return 'order'
		if (minutes(from) < last) return 'overlap'
		last = minutes(until)
	}
	return null
}
/* Clocks of browsers know no 24:00: as an end, midnight is that. */
export const shownEnd = (until: string): string => (until === '24:00' ? '00:00' : until)
export const keptEnd = (shown: string): string => (shown === '00:00' ? '24:00' : shown)

function minutes(time: string): number {
	const [hour = '0', minute = '0'] = time.split(':')
	return Number(hour) * 60 + Number(minute)
}
function text(of: number): string {
	return `${String(Math.floor(of / 60)).padStart(2, '0')}:${String(of % 60).padStart(2, '0')}`
}
