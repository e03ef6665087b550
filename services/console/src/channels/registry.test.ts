import { expect, test } from 'vitest'
import { channelOf } from './registry'

test('each channel is itself, and one nobody heard of is readable', () => {
	expect(channelOf('email')).toMatchObject({ key: 'email', html: true, line: 'solid' })
	expect(channelOf('chat')).toMatchObject({ key: 'chat', html: false, line: 'double' })
	expect(channelOf('constructor')).toMatchObject({ key: 'other', html: false })
})
test('no two channels look alike', () => {
	const kinds = ['email', 'chat'].map(channelOf)
	for (const trait of ['colour', 'line', 'icon'] as const) expect(new Set(kinds.map((kind) => kind[trait])).size).toBe(kinds.length)
})
test('no channel promises more than the API takes', () => {
	for (const { limits } of ['email', 'chat', 'other'].map(channelOf)) {
		expect(limits.characters).toBeLessThanOrEqual(262_144)
		expect(limits.files).toBeLessThanOrEqual(20)
	}
})
