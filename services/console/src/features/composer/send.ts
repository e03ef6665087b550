// send.ts - from what was written to what is sent, or why it cannot go yet. Pure.
import type { ChannelKind } from '@/channels/registry'
import { hasForm, isBlank, mentionsIn, toHtml, toText, type Node } from './document'
import { lengthOf } from './limits'

export interface Sheet {
	kind: 'reply' | 'note'
	document: Node
	files: readonly { state: 'sending' | 'there' | 'failed'; id: string | null }[]
	channel: ChannelKind // replies go over it
	reachable: boolean
}

export interface Letter {
	kind: 'reply' | 'note'
	text: string
	html: string | null
	uploads: string[]
	mentions: string[]
}

export type Obstacle = 'empty' | 'unreachable' | 'uploading' | 'upload_failed' | 'too_long'

/* Form goes along where the channel carries it and there is any; a note is read by colleagues in the console alone. */
export function htmlOf(sheet: Pick<Sheet, 'kind' | 'document' | 'channel'>): string | null {
	return sheet.kind === 'reply' && sheet.channel.html && hasForm(sheet.document) ? toHtml(sheet.document) : null
}

/* A message that is only files still needs words: the API and mail readers want some. */
export function obstacleOf(sheet: Sheet): Obstacle | null {
	if (isBlank(sheet.document)) return 'empty'
	if (sheet.kind === 'reply' && !sheet.reachable) return 'unreachable'
	if (sheet.files.some((file) => file.state === 'failed')) return 'upload_failed'
	if (sheet.files.some((file) => file.state === 'sending')) return 'uploading'
	if (lengthOf(toText(sheet.document), htmlOf(sheet) ?? '', sheet.channel.limits).level === 'over') return 'too_long'
	return null
}

export function letterOf(sheet: Sheet): Letter {
	return {
		kind: sheet.kind,
		text: toText(sheet.document),
		html: htmlOf(sheet),
		uploads: sheet.files.map((file) => file.id).filter((id) => id !== null),
		mentions: sheet.kind === 'note' ? mentionsIn(sheet.document).slice(0, 20) : [],
	}
}
