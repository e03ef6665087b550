// registry.ts - the channels the console knows; one file each.
import { chat } from './chat'
import { email } from './email'
import { API_LIMITS, type ChannelKind } from './kind'

export type { ChannelKind, Limits } from './kind'

/* A channel newer than this page: readable, nothing assumed. */
const other: ChannelKind = { key: 'other', family: 'voice', icon: 'thread', colour: 'var(--n11)', line: 'dots', addressed: true, html: false, limits: API_LIMITS }

const kinds = new Map([email, chat].map((kind): [string, ChannelKind] => [kind.key, kind]))

export function channelOf(channel: string): ChannelKind {
	return kinds.get(channel) ?? other
}
