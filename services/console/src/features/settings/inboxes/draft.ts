// draft.ts - what of an inbox is edited, and the change that comes of it. Pure.
import type { Inbox } from '@/api/types'
import type { Chat, ChatSettings, InboxChange } from '../types'
import { relayOf, relayUrl, type Relay } from './relay'

export interface ChatDraft {
	origins: string[]
	mail_inbox_id: string | null
	settings: ChatSettings
}
export interface InboxDraft {
	name: string
	team_id: string | null
	skills: string[]
	active: boolean
	relay: Relay
	chat: ChatDraft | null
}

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T // rows are frozen: a draft is a copy of its own
const chatDraft = ({ origins, mail_inbox_id, settings }: Chat): ChatDraft => plain({ origins, mail_inbox_id, settings })

export function draftOf(inbox: Inbox): InboxDraft {
	const { name, team_id, skills, active, has_smtp_url, chat } = inbox
	return { name, team_id, skills: [...skills], active, relay: relayOf(has_smtp_url), chat: chat ? chatDraft(chat) : null }
}
export function changeOf({ relay, chat, ...rest }: Partial<InboxDraft>): InboxChange {
	const change: InboxChange = { ...rest }
	const url = relay && relayUrl(relay)
	if (url !== undefined) change.smtp_url = url
	if (chat) change.chat = chat
	return change
}
/* As browsers write an origin: https://shop.example; null for what is none. */
export function originFrom(text: string): string | null {
	try {
		const url = new URL(/^https?:\/\//.test(text) ? text : `https://${text}`)
		const isLocal = url.hostname === 'localhost' || url.hostname === '127.0.0.1'
		return url.protocol === 'https:' || isLocal ? url.origin : null
	} catch {
		return null
	}
}
