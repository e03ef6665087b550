import { expect, test } from 'vitest'
import { linkTo, pictureFrom } from './addresses'

const sources = { inline: { 'logo@shop': 'https://content.example/content/1' }, proxy: 'https://content.example/images/m/1/s', images: true }

test.each([
	['cid:logo@shop', 'https://content.example/content/1'],
	['CID:%3Clogo%40shop%3E', 'https://content.example/content/1'],
	['cid:other', null],
	['cid:constructor', null],
	['cid:%', null],
	['https://evil.example/a.png?x=1&y=2', 'https://content.example/images/m/1/s?url=https%3A%2F%2Fevil.example%2Fa.png%3Fx%3D1%26y%3D2'],
	[' //evil.example/a ', 'https://content.example/images/m/1/s?url=%2F%2Fevil.example%2Fa'],
	['data:image/png;base64,iVBOR/+=', 'data:image/png;base64,iVBOR/+='],
	['data:image/svg+xml;base64,PHN2Zz4=', null],
	['data:text/html;base64,PHN2Zz4=', null],
	['javascript:alert(1)', null],
	['/mail/frame.js', null],
	['file:///etc/passwd', null],
	['', null],
])('a picture from %j', (address, from) => expect(pictureFrom(address, sources)).toBe(from))

test('nothing remote unless it was asked for and can be had', () => {
	expect(pictureFrom('https://evil.example/a', { ...sources, images: false })).toBeNull()
	expect(pictureFrom('https://evil.example/a', { ...sources, proxy: null })).toBeNull()
	expect(pictureFrom('cid:logo@shop', { ...sources, images: false })).toBe('https://content.example/content/1')
})
test.each([
	['https://shop.example/a b', 'https://shop.example/a%20b'],
	[' HTTP://shop.example', 'http://shop.example/'],
	['mailto:a@b.example', 'mailto:a@b.example'],
	['tel:+34911', 'tel:+34911'],
	['javascript:alert(1)', null],
	['java\nscript:alert(1)', null],
	['data:text/html,x', null],
	['//evil.example', null],
	['#top', null],
	['/mail/', null],
	['https://', null],
	['blob:https://x', null],
])('a link to %j', (address, to) => expect(linkTo(address)).toBe(to))
