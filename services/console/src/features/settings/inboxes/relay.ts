// relay.ts - a way out for mail, as people know it and as the API wants it. Pure.

export interface Relay {
	use: 'default' | 'kept' | 'own' // kept: its own one, which nobody can read any more
	host: string
	port: number | null
	security: 'tls' | 'starttls'
	user: string
	password: string
}

export function relayOf(hasOwn: boolean): Relay {
	return { use: hasOwn ? 'kept' : 'default', host: '', port: null, security: 'starttls', user: '', password: '' }
}

/* What is sent: undefined leaves it as it is, null goes back to the installation's. */
export function relayUrl(relay: Relay): string | null | undefined {
	if (relay.use === 'kept') return undefined
	if (relay.use === 'default') return null
	const part = encodeURIComponent
	const who = relay.user ? `${part(relay.user)}${relay.password ? `:${part(relay.password)}` : ''}@` : ''
	const host = relay.host.trim().includes(':') ? `[${relay.host.trim()}]` : relay.host.trim()
	return `${relay.security === 'tls' ? 'smtps' : 'smtp'}://${who}${host}:${relay.port ?? usualPort(relay.security)}`
}
export function usualPort(security: Relay['security']): number {
	return security === 'tls' ? 465 : 587
}
