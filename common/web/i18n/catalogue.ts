// catalogue.ts - two languages' words held against each other: keys, placeholders, empty texts. Pure.

export type Catalogue = { readonly [key: string]: string | Catalogue }

export function flat(words: Catalogue, before = ''): Map<string, string> {
	const all = new Map<string, string>()
	for (const [key, value] of Object.entries(words))
		if (typeof value === 'string') all.set(before + key, value)
		else for (const [k, v] of flat(value, `${before}${key}.`)) all.set(k, v)
	return all
}

/* "{name}" once each, sorted; a plural names them in every form. */
export function placeholders(text: string): string {
	return [...new Set(text.match(/\{[^{}']+\}/g) ?? [])].sort().join(' ')
}

/* What is wrong, a line each; none: the two agree. */
export function differences(source: Catalogue, other: Catalogue): string[] {
	const [a, b] = [flat(source), flat(other)]
	const wrong = [...a.keys()].filter((key) => !b.has(key)).map((key) => `missing: ${key}`)
	for (const [key, text] of b) {
		const mine = a.get(key)
		if (mine === undefined) wrong.push(`unknown: ${key}`)
		else if (placeholders(mine) !== placeholders(text)) wrong.push(`placeholders: ${key}`)
		else if ((mine.trim() === '') !== (text.trim() === '')) wrong.push(`empty: ${key}`)
	}
	return wrong
}
