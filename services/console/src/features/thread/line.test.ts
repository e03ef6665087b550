// line.test.ts - the thread's line: one stretch a channel, one knot a change.
import { expect, test } from 'vitest'
import { segmentsOf, type Family, type LineEntry, type Segment } from './line'

let n = 0
const message = (family: Family, direction: 'in' | 'out' = 'in', provider?: string): LineEntry => ({
	key: `k${n++}`,
	kind: 'message',
	direction,
	family,
	...(provider ? { provider } : {}),
})
const note = (): LineEntry => ({ key: `k${n++}`, kind: 'note', direction: null, family: 'mail' })
const system = (): LineEntry => ({ key: `k${n++}`, kind: 'system', direction: null, family: 'mail' })
const move = (from: Family, to: Family, state?: 'proposed' | 'accepted' | 'refused'): LineEntry => ({
	key: `k${n++}`,
	kind: 'system',
	direction: null,
	family: to,
	move: { from, to, ...(state ? { state } : {}) },
})

/* 'mail>filled>mail' for an entry, 'mail~chat' for a knot, 'mail~?chat' where it is implied */
const drawn = (segments: Segment[]) =>
	segments.map((s) => (s.type === 'move' ? `${s.from}~${s.implied ? '?' : ''}${s.to}${s.state === 'accepted' ? '' : ` ${s.state}`}` : `${s.above ?? ''}>${s.knot}>${s.below ?? ''}`))

test.each<[string, LineEntry[], string[]]>([
	['nothing is no line', [], []],
	['one message is a knot without a line', [message('mail')], ['>filled>']],
	['question and answer', [message('mail'), message('mail', 'out')], ['>filled>mail', 'mail>open>']],
	['the line passes by a note', [message('mail'), note(), message('mail', 'out')], ['>filled>mail', 'mail>passes>mail', 'mail>open>']],
	['a note at the end hangs on nothing', [message('mail'), note(), note()], ['>filled>', '>passes>', '>passes>']],
	['a note at the beginning too', [note(), message('mail')], ['>passes>', '>filled>']],
	['a move changes the line', [message('chat'), move('chat', 'mail'), message('mail', 'out')], ['>filled>chat', 'chat~mail', 'mail>open>']],
	['a note after a move lies beside the new line', [message('chat'), move('chat', 'mail'), note(), message('mail')],
		['>filled>chat', 'chat~mail', 'mail>passes>mail', 'mail>filled>']],
	['a change that nothing marks is knotted all the same', [message('chat'), message('mail')], ['>filled>chat', 'chat~?mail', 'mail>filled>']],
	['two providers of one family are two lines', [message('dm', 'in', 'telegram'), message('dm', 'in', 'instagram')], ['>filled>dm', 'dm~?dm', 'dm>filled>']],
	['a refused move: the old line goes straight on', [message('chat'), move('chat', 'voice', 'refused'), message('chat')],
		['>filled>chat', 'chat~voice refused', 'chat>filled>']],
	['a proposed move leaves the line as it is', [message('chat'), move('chat', 'voice', 'proposed'), message('chat', 'out')],
		['>filled>chat', 'chat~voice proposed', 'chat>open>']],
	['a system line is a tick on it', [message('mail'), system()], ['>filled>mail', 'mail>tick>']],
])('%s', (_, entries, want) => expect(drawn(segmentsOf(entries))).toEqual(want))

test('the line comes from above where older entries are', () => {
	expect(drawn(segmentsOf([message('mail')], true))).toEqual(['mail>filled>'])
	expect(drawn(segmentsOf([note(), move('chat', 'mail'), message('mail')], true))).toEqual(['chat>passes>chat', 'chat~mail', 'mail>filled>'])
})

test('it goes on below to what is pending', () =>
	expect(drawn(segmentsOf([message('mail'), note()], false, true))).toEqual(['>filled>mail', 'mail>passes>mail']))

test('the line never breaks: what leaves one segment enters the next', () => {
	const families: Family[] = ['mail', 'chat', 'dm', 'sms']
	let seed = 7
	const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below
	for (let round = 0; round < 200; round++) {
		let at: Family = 'mail'
		const entries = Array.from({ length: 12 }, () => {
			const pick = random(5)
			if (pick === 0) return note()
			if (pick === 1) {
				const from = at
				at = families[random(4)] ?? 'mail'
				return move(from, at)
			}
			if (pick === 2) at = families[random(4)] ?? 'mail'
			return message(at, random(2) ? 'in' : 'out')
		})
		const segments = segmentsOf(entries, true, true)
		const ends = segments.map((s) => (s.type === 'move' ? [s.from, s.to] : [s.above, s.below]))
		for (let i = 1; i < ends.length; i++) expect(ends[i]?.[0]).toBe(ends[i - 1]?.[1])
		expect(segments.filter((s) => s.type === 'entry')).toHaveLength(entries.filter((e) => !e.move).length)
	}
})
