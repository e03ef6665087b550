// draft.test.ts - only what was touched is sent, and origins are as browsers write them.
import { expect, test } from 'vitest'
import { changeOf, originFrom } from './draft'
import { relayOf } from './relay'

test('a relay that was not touched is not sent', () => {
	expect(changeOf({ name: 'Shop' })).toEqual({ name: 'Shop' })
	expect(changeOf({ relay: relayOf(true) })).toEqual({})
	expect(changeOf({ relay: relayOf(false) })).toEqual({ smtp_url: null })
})
test.each([
	['shop.example', 'https://shop.example'], ['https://Shop.Example/path?q', 'https://shop.example'], ['http://shop.example', null],
	['http://localhost:3000/', 'http://localhost:3000'], ['https://shop.example:443', 'https://shop.example'], ['not a page', null], ['', null],
])('%j is %j', (text, origin) => expect(originFrom(text)).toBe(origin))
