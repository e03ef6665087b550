/* index.ts - texts and formats of one language. Pure but for Intl. */
import { en, type Key } from './en'
import { es } from './es'

export interface Words {
	locale: string
	dir: 'ltr' | 'rtl'
	t(key: Key, fill?: Record<string, string | number>): string
	plural(key: 'thread.new', n: number): string
	time(iso: string): string
	day(iso: string, now: Date): string
	when(iso: string, now: Date): string // "on Monday at 09:00", as short as it is clear
	span(seconds: number): string // "3 minutes"
	size(bytes: number): string
	percent(part: number): string
	pick(texts: Record<string, string>): string | null // the administrator's text in this language, else in English, else any
}

const RTL = /^(ar|dv|fa|he|ps|sd|ug|ur|yi)\b/
const catalogues: Record<string, Record<Key, string>> = { en, es }

const isLocale = (tag: string): boolean => {
	try {
		return Intl.getCanonicalLocales(tag).length === 1
	} catch {
		return false
	}
}

export function words(wanted: readonly (string | undefined)[], dir?: string): Words {
	const tags = wanted.filter((tag): tag is string => tag !== undefined && isLocale(tag))
	const first = tags[0] ?? 'en'
	const locale = tags.find((tag) => catalogues[tag.slice(0, 2).toLowerCase()]) ?? 'en'
	const texts = catalogues[locale.slice(0, 2).toLowerCase()] ?? en
	const rules = new Intl.PluralRules(locale)
	const t: Words['t'] = (key, fill = {}) => texts[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(fill[name] ?? whole))
	const clock = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' })
	const days = (iso: string, now: Date): number => Math.round((midnight(now) - midnight(new Date(iso))) / 86_400_000)
	return {
		locale, t,
		dir: dir === 'rtl' || dir === 'ltr' ? dir : RTL.test(first) ? 'rtl' : 'ltr',
		plural: (key, n) => t(`${key}.${rules.select(n) === 'one' ? 'one' : 'other'}`, { n }),
		time: (iso) => clock.format(new Date(iso)),
		day(iso, now) {
			const ago = days(iso, now)
			if (ago === 0 || ago === 1) return t(ago === 0 ? 'thread.today' : 'thread.yesterday')
			const far = Math.abs(ago) > 300
			return new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', ...(far && { year: 'numeric' }) }).format(new Date(iso))
		},
		when(iso, now) {
			const ahead = -days(iso, now)
			if (ahead === 0) return clock.format(new Date(iso))
			return new Intl.DateTimeFormat(locale, { weekday: 'long', hour: 'numeric', minute: '2-digit', ...(ahead > 6 && { day: 'numeric', month: 'long' }) })
				.format(new Date(iso))
		},
		span(seconds) {
			const minutes = Math.max(1, Math.round(seconds / 60)), hours = Math.round(minutes / 60)
			const [n, unit] = minutes < 60 ? [minutes, 'minute'] : hours < 24 ? [hours, 'hour'] : [Math.round(hours / 24), 'day']
			return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(n)
		},
		size(bytes) {
			const [n, unit] = bytes < 1000 ? [bytes, 'byte'] : bytes < 1e6 ? [bytes / 1e3, 'kilobyte'] : [bytes / 1e6, 'megabyte']
			return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: n < 10 ? 1 : 0 }).format(n)
		},
		percent: (part) => new Intl.NumberFormat(locale, { style: 'percent' }).format(part),
		pick: (given) => given[locale] ?? given[locale.slice(0, 2)] ?? given.en ?? Object.values(given)[0] ?? null,
	}
}

const midnight = (d: Date): number => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime()
