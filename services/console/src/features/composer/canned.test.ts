import { expect, test } from 'vitest'
import { filled, fitting, gapsIn, wordsFor } from './canned'

const reply = (shortcut: string, title: string, text = '', inbox_ids: string[] = []) => ({ id: shortcut, shortcut, title, text, inbox_ids, variants: {} })
const all = [reply('bye', 'Good bye'), reply('late', 'Parcel is late', 'We are sorry for the delay'), reply('refund', 'Money back'), reply('shop', 'Only the shop', '', ['i2']), reply('dev', 'Devolución')]
const keys = (query: string, inbox = 'i1') => fitting(all, query, inbox).map((one) => one.shortcut)

test('by shortcut, title, then words; only those of the inbox', () => {
	expect(keys('')).toEqual(['bye', 'dev', 'late', 'refund'])
	expect(keys('', 'i2')).toContain('shop')
	expect(keys('la')).toEqual(['late'])
	expect(keys('b')).toEqual(['bye', 'refund'])
	expect(keys('devolucion')).toEqual(['dev'])
	expect(keys('sorry')).toEqual(['late'])
	expect(keys('xyz')).toEqual([])
})
test('at most as many as a menu holds', () => expect(fitting(Array.from({ length: 30 }, (_, i) => reply(`r${i}`, 'x')), 'r', 'i')).toHaveLength(8))
test('the channel’s own words, else the common ones', () => {
	const both = { ...reply('a', 'A', 'common'), variants: { chat: 'short', email: '' } }
	expect([wordsFor(both, 'chat'), wordsFor(both, 'email'), wordsFor(both, 'sms')]).toEqual(['short', 'common', 'common'])
})
test('gaps', () => {
	const values = { 'customer.name': 'Ana $& {{agent.name}}', 'agent.name': 'Ben', 'conversation.ref': '' }
	expect(filled('Hi {{customer.name}}, {{ agent.name }}', values)).toBe('Hi Ana $& {{agent.name}}, Ben')
	expect(filled('{{conversation.ref}} {{order.id}} {{constructor.name}} {{x}}', values)).toBe('{{conversation.ref}} {{order.id}} {{constructor.name}} {{x}}')
	expect(gapsIn('a {{order.id}} b {{x}}')).toEqual(['{{order.id}}'])
})
