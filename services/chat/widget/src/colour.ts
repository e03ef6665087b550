/* colour.ts - which ink can be read on the shop's colour. Pure. Source: WCAG 2.2, relative luminance. */

function luminance(hex: string): number {
	const part = (at: number): number => {
		const c = parseInt(hex.slice(at, at + 2), 16) / 255
		return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
	}
	return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}
export const contrast = (a: string, b: string): number => {
	const [x, y] = [luminance(a) + 0.05, luminance(b) + 0.05]
	return Math.max(x, y) / Math.min(x, y)
}
export const onAccent = (accent: string): string => (contrast(accent, '#ffffff') >= contrast(accent, '#1a1d2b') ? '#ffffff' : '#1a1d2b')
