// addresses.ts - where a mail may fetch pictures from, and what its links may be. Pure.
import type { Letter } from '../letter'

export type Sources = Pick<Letter, 'inline' | 'proxy' | 'images'>

/* Content-IDs are written with and without brackets and percent signs. */
function contentId(address: string): string {
	const id = address.slice('cid:'.length)
	try {
		return decodeURIComponent(id).replace(/^<|>$/g, '')
	} catch {
		return id
	}
}

/* The address a picture is really loaded from, or null: none at all. */
export function pictureFrom(address: string, { inline, proxy, images }: Sources): string | null {
	const trimmed = address.trim()
	if (/^cid:/i.test(trimmed)) {
		const id = contentId(trimmed)
		return Object.hasOwn(inline, id) ? (inline[id] ?? null) : null
	}
	if (/^data:image\/(png|jpe?g|gif|webp);base64,[a-z0-9+/=\s]*$/i.test(trimmed)) return trimmed
	const remote = /^https?:\/\//i.test(trimmed) || trimmed.startsWith('//')
	return remote && images && proxy ? `${proxy}?url=${encodeURIComponent(trimmed)}` : null
}

/* Links lead out of the frame, to the web, a mail program or a telephone; null: nowhere. */
export function linkTo(address: string): string | null {
	const trimmed = address.trim()
	if (!/^(https?:\/\/|mailto:|tel:)/i.test(trimmed)) return null
	try {
		return new URL(trimmed).href
	} catch {
		return null
	}
}
