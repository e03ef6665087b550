// time.ts - lengths of time and moments in the reader's language. Pure, formatters kept.
const kept = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>()
function keep<F extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(key: string, make: () => F): F {
	let found = kept.get(key)
	if (!found) kept.set(key, (found = make()))
	return found as F // each key is made by one function only
}
function unit(locale: string, name: string, value: number): string {
	return keep(`${locale} ${name}`, () => new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'narrow' })).format(value)
}
function moment(locale: string, key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	return keep(`${locale} ${key}`, () => new Intl.DateTimeFormat(locale, options))
}

/* regional - the reader's own region of a language, for the order of a date and the hours of a clock. */
export function regional(locale: string): string {
	return navigator.languages.find((name) => name.split('-')[0] === locale) ?? locale
}

const MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000

/* span - how long, in at most two units: "12s", "4m", "2h 5m", "3d". */
export function span(ms: number, locale: string): string {
	const given = Math.max(0, ms)
	if (given < MINUTE) return unit(locale, 'second', Math.floor(given / 1000))
	if (given < HOUR) return unit(locale, 'minute', Math.floor(given / MINUTE))
	if (given >= 2 * DAY) return unit(locale, 'day', Math.floor(given / DAY))
	const minutes = Math.floor((given % HOUR) / MINUTE)
	const hours = unit(locale, 'hour', Math.floor(given / HOUR))
	return minutes && given < 10 * HOUR ? `${hours} ${unit(locale, 'minute', minutes)}` : hours
}

/* when - a moment as people say it: the time today, the weekday this week, else the date. */
export function when(at: number, now: number, locale: string): string {
	const date = new Date(at), today = new Date(now)
	const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / DAY)
	if (days === 0) return moment(locale, 'time', { hour: '2-digit', minute: '2-digit' }).format(date)
	if (days > 0 && days < 7) return moment(locale, 'weekday', { weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(date)
	if (date.getFullYear() === today.getFullYear()) return moment(locale, 'day', { day: 'numeric', month: 'short' }).format(date)
	return moment(locale, 'date', { day: 'numeric', month: 'short', year: 'numeric' }).format(date)
}

/* inFull - date and time to the second, for tooltips and records. */
export function inFull(at: number, locale: string): string {
	return moment(locale, 'full', { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at))
}

/* bytes - "14 kB" */
export function bytes(count: number, locale: string): string {
	const names = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
	let value = count, i = 0
	while (value >= 1000 && i < names.length - 1) {
		value /= 1000
		i++
	}
	const name = names[i] ?? 'byte'
	return keep(`${locale} size ${name}`, () => new Intl.NumberFormat(locale, { style: 'unit', unit: name, maximumFractionDigits: value < 10 && i ? 1 : 0 })).format(value)
}
