// chat.ts - the widget on the company's own pages: plain text, as long as a visitor may write too.
import { API_LIMITS, type ChannelKind } from './kind'

export const chat: ChannelKind = {
	key: 'chat',
	family: 'chat',
	icon: 'chat',
	colour: 'var(--chat)',
	line: 'double',
	addressed: false,
	html: false,
	limits: { ...API_LIMITS, characters: 10_000 },
}
