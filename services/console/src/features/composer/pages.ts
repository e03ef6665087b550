// pages.ts - the reply and the note one has begun, kept apart: what is for colleagues never lands in front of a customer. Pure.
import type { Upload } from '@/api/types'
import type { Draft } from '@/entities/drafts'
import { documentOf, fromText, isBlank, mentionsIn, toText, type Node } from './document'

export type Kind = 'reply' | 'note'
export interface Pages {
	kind: Kind
	reply: Node
	note: Node
}

export const blank = (): Node => fromText('')

export function pagesOf(draft: Draft): Pages {
	const kept = typeof draft.doc === 'object' && draft.doc !== null ? draft.doc : {}
	const page = (kind: Kind) => (draft.kind === kind ? (documentOf(kind in kept ? Reflect.get(kept, kind) : null) ?? fromText(draft.text)) : (documentOf(kind in kept ? Reflect.get(kept, kind) : null) ?? blank()))
	return { kind: draft.kind, reply: page('reply'), note: page('note') }
}

/* Named after the page one is on, unless only the other one has something. */
export function draftOf(pages: Pages, uploads: Readonly<Record<Kind, readonly Upload[]>>): Draft {
	const other: Kind = pages.kind === 'reply' ? 'note' : 'reply'
	const isEmpty = (kind: Kind) => isBlank(pages[kind]) && !uploads[kind].length
	const kind = isEmpty(pages.kind) && !isEmpty(other) ? other : pages.kind
	return { kind, text: toText(pages[kind]), doc: { reply: pages.reply, note: pages.note }, uploads: uploads[kind], mentions: mentionsIn(pages.note) }
}
