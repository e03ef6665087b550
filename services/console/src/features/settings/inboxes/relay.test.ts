// relay.test.ts - what people type becomes one URL that reads back the same.
import { expect, test } from 'vitest'
import { relayOf, relayUrl, type Relay } from './relay'

const own: Relay = { use: 'own', host: 'mail.example', port: null, security: 'starttls', user: '', password: '' }

test.each([
	[relayOf(true), undefined],
	[relayOf(false), null],
	[own, 'smtp://mail.example:587'],
	[{ ...own, security: 'tls' as const }, 'smtps://mail.example:465'],
	[{ ...own, port: 2525, user: 'us@er' }, 'smtp://us%40er@mail.example:2525'],
	[{ ...own, host: ' ::1 ', user: 'u', password: 'p:/@ ü' }, 'smtp://u:p%3A%2F%40%20%C3%BC@[::1]:587'],
])('%o', (relay, url) => expect(relayUrl(relay)).toBe(url))

test('any password survives', () => {
	for (const password of ['a b', '%41', '#?&', "'\"<>", 'ñandú€']) {
		const url = new URL(String(relayUrl({ ...own, user: 'u', password })).replace('smtp:', 'https:'))
		expect(decodeURIComponent(url.password)).toBe(password)
	}
})
