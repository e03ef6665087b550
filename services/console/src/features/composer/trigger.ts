// trigger.ts - what is being looked for while typing: /canned replies and @colleagues. Pure.

export interface Trigger {
	sign: '/' | '@'
	query: string
	length: number // of sign and query, before the caret
}

/* before: the text of the paragraph up to the caret. A sign counts at its beginning or after a blank or bracket; a slash in a path or
 * date does not. Names have blanks, so a mention may run over one. */
export function triggerIn(before: string, signs: string): Trigger | null {
	const found = /(?:^|[\s([{«"'\ufffc])(?:(\/)([\p{L}\p{N}-]{0,40})|(@)([\p{L}\p{N}._'’-]{0,40}(?: [\p{L}\p{N}._'’-]{0,40})?))$/u.exec(before)
	const sign = found?.[1] ?? found?.[3]
	if ((sign !== '/' && sign !== '@') || !signs.includes(sign)) return null
	const query = found?.[2] ?? found?.[4] ?? ''
	return { sign, query, length: query.length + 1 }
}
