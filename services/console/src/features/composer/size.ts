// size.ts - sizes of files as people read them. Pure.

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte']

export function sizeOf(bytes: number, locale: string): string {
	let value = bytes
	let unit = 0
	for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1024
	return new Intl.NumberFormat(locale, { style: 'unit', unit: UNITS[unit] ?? 'byte', unitDisplay: unit ? 'short' : 'long', maximumFractionDigits: unit > 1 && value < 10 ? 1 : 0 }).format(value)
}
