// rows.test.ts - days, unread marks and links of a timeline.
import { expect, test } from 'vitest'
import type { Message } from '@/api/types'
import { firstUnread, linked, rowsOf } from './rows'

const message = (id: string, change: Partial<Message> = {}): Message => ({
	id,
	sequence: 1,
	kind: 'message',
	direction: 'in',
	channel: 'email',
	interaction_id: 'i1',
	author: { type: 'customer', id: 'c1', name: 'Ana' },
	text: 'Hola',
	html: null,
	attachments: [],
	delivery: null,
	created_at: '2026-11-20T10:00:00',
	...change,
})

test('a day stands above its first entry, and the line goes by it', () => {
	const rows = rowsOf([message('a'), message('b', { created_at: '2026-11-20T23:00:00' }), message('c', { created_at: '2026-11-21T00:10:00' })])
	expect(rows.map((row) => row.key)).toEqual(['day-a', 'a', 'b', 'day-c', 'c'])
	expect(rows.map((row) => ('line' in row ? row.line : ''))).toEqual([null, '', '', 'mail', ''])
})

test('a move is a row of its own, and entries alone are counted', () => {
	const move = message('m', { kind: 'system', direction: null, channel: 'email', move: { from: 'chat', to: 'email', reason: 'agent' } })
	const rows = rowsOf([message('a', { channel: 'chat' }), move, message('b')])
	expect(rows.map((row) => row.type)).toEqual(['day', 'entry', 'move', 'entry'])
	expect(rows.flatMap((row) => (row.type === 'entry' ? [row.place] : []))).toEqual([1, 2])
})

test('the unread begin above the oldest of them', () => {
	const entries = [message('a'), message('b', { direction: 'out' }), message('c'), message('d', { kind: 'note', direction: null }), message('e')]
	expect(firstUnread(entries, 2)).toBe('c')
	expect(firstUnread(entries, 0)).toBeNull()
	expect(firstUnread(entries, 9)).toBeNull()
	expect(rowsOf(entries, { unreadFrom: 'c' }).map((row) => row.type)).toEqual(['day', 'entry', 'entry', 'unread', 'entry', 'entry', 'entry'])
})

test.each([
	['see https://shop.example/a?b=c.', ['see ', 'https://shop.example/a?b=c|https://shop.example/a?b=c', '.']],
	['(http://a.example/x)', ['(', 'http://a.example/x|http://a.example/x', ')']],
	['write to ana@shop.example, please', ['write to ', 'ana@shop.example|mailto:ana@shop.example', ', please']],
	['javascript:alert(1)', ['javascript:alert(1)']],
	['nothing', ['nothing']],
	['', []],
])('%j has its links', (text, want) =>
	expect(linked(text).map((piece) => (piece.href ? `${piece.text}|${piece.href}` : piece.text))).toEqual(want))
