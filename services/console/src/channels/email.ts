// email.ts - mail: the one channel that carries form.
import { API_LIMITS, type ChannelKind } from './kind'

export const email: ChannelKind = {
	key: 'email',
	family: 'mail',
	icon: 'email',
	colour: 'var(--mail)',
	line: 'solid',
	addressed: true,
	html: true,
	limits: API_LIMITS,
}
