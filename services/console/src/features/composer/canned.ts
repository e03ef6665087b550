// canned.ts - canned replies: which fit what was typed, in the channel's words, with their gaps filled. Pure.

export interface Canned {
	readonly id: string
	readonly shortcut: string
	readonly title: string
	readonly text: string
	readonly variants?: Readonly<Record<string, string | undefined>>
	readonly inbox_ids?: readonly string[]
}

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/* Those of this inbox that fit the query, the best first: by the beginning of the shortcut, of a word of the title, by anything. */
export function fitting<T extends Canned>(replies: readonly T[], query: string, inboxId: string, most = 8): T[] {
	const wanted = plain(query)
	const rank = ({ shortcut, title, text }: T) =>
		shortcut.startsWith(wanted) ? 0 : plain(title).split(/\s+/).some((word) => word.startsWith(wanted)) ? 1 : plain(`${shortcut} ${title}`).includes(wanted) ? 2 : wanted.length > 2 && plain(text).includes(wanted) ? 3 : 4
	return replies
		.filter(({ inbox_ids }) => !inbox_ids?.length || inbox_ids.includes(inboxId))
		.map((reply) => ({ reply, rank: rank(reply) }))
		.filter(({ rank: at }) => at < 4)
		.sort((a, b) => a.rank - b.rank || a.reply.shortcut.localeCompare(b.reply.shortcut))
		.slice(0, most)
		.map(({ reply }) => reply)
}

export const wordsFor = (reply: Canned, channel: string): string => reply.variants?.[channel] || reply.text

/* Fills {{customer.name}} and the like; a gap nobody knows, or with nothing to fill it, stays to be seen. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
	return text.replace(/\{\{\s*([a-z]+\.[a-z]+)\s*\}\}/g, (gap, name: string) => (Object.hasOwn(values, name) && values[name]) || gap)
}
/* The gaps that are left. */
export const gapsIn = (text: string): string[] => text.match(/\{\{\s*[a-z]+\.[a-z]+\s*\}\}/g) ?? []
