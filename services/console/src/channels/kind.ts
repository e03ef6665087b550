// kind.ts - what the console knows of a channel: how it looks, and what fits through it.
import type { IconName } from '@/ui/icons'

export interface Limits {
	readonly characters: number // of a message's text, as people count
	readonly bytes: number // of its text, and of its HTML, in UTF-8
	readonly files: number
	readonly fileBytes: number // of each
}

export interface ChannelKind {
	readonly key: 'email' | 'chat' | 'other' // its name is the word channels.<key>
	readonly family: 'mail' | 'chat' | 'dm' | 'public' | 'sms' | 'voice'
	readonly icon: IconName
	readonly colour: string
	readonly line: 'solid' | 'double' | 'dash' | 'dash-dot' | 'dots' | 'wide'
	readonly addressed: boolean // its addresses are people's own, not made by Hilo
	readonly html: boolean // bold, lists and links get through
	readonly limits: Limits
}

/* What the API takes, whatever the channel. */
export const API_LIMITS: Limits = { characters: 262_144, bytes: 262_144, files: 20, fileBytes: 25 * 1024 * 1024 }
