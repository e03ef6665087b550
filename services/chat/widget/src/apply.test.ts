/* apply.test.ts - the reducer as tables: what each event does, and that neither order nor repetition matters. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { apply, channel, hasEnded, nextToSend, nothing, unread, type Event, type Pending, type State } from './apply'
import { entry, session } from './wire'

const said = (sequence: number, id: string, more: object = {}) => {
	const made = entry({ sequence, id, kind: 'message', direction: 'out', channel: 'chat', author: { type: 'agent', name: 'Ben' }, text: id, created_at: '2026-01-02T03:04:05Z', ...more })
	assert.ok(made)
	return made
}
const written = (id: string, state: Pending['state'] = 'waiting'): Event =>
	({ type: 'written', pending: { id, text: id, files: [], page_url: null, at: '2026-01-02T03:04:05Z', state, code: null } })
const live = (frame: Extract<Event, { type: 'live' }>['live']): Event => ({ type: 'live', live: frame })
const begun = (more: object = {}): Event => {
	const made = session({ token: 't', visitor: { id: 'v' }, conversation: { id: 'c', status: 'open', sequence: 3 }, seen: 0, settings: {}, open: true, ...more })
	assert.ok(made)
	return { type: 'session', session: made }
}
const run = (events: readonly Event[], from: State = nothing): State => events.reduce(apply, from)
const ids = (state: State): string[] => state.entries.map((e) => e.id)
const asMine = { direction: 'in', author: { type: 'customer', name: null }, client_id: 'k1' }

const log: Event[] = [
	begun(),
	written('k1'),
	live({ accepted: { id: 'k1', duplicate: false } }),
	live({ entries: [said(4, 'm4', asMine)], sequence: 4 }),
	live({ entries: [said(5, 'm5'), said(8, 'm8')], sequence: 9 }),
	live({ seen: 5 }),
	live({ entries: [said(10, 'v10', { kind: 'move', direction: null, move: { from: 'chat', to: 'email', reason: 'customer_left' } })] }),
]

function* permutations<T>(all: T[]): Generator<T[]> {
	if (all.length <= 1) yield all
	for (const [i, one] of all.entries()) for (const rest of permutations([...all.slice(0, i), ...all.slice(i + 1)])) yield [one, ...rest]
}

test('what was written gives way to the entry that came of it', () => {
	const state = run(log)
	assert.deepEqual(ids(state), ['m4', 'm5', 'm8', 'v10'])
	assert.deepEqual(state.pending, [])
	assert.equal(state.sequence, 10)
})
for (const i of log.keys()) {
	test(`event ${i}, delivered again at any later time, changes nothing`, () => {
		for (let k = i + 1; k <= log.length; k++)
			assert.deepEqual(run([...log.slice(0, k), log[i]!, ...log.slice(k)]), run(log))
	})
}
test('frames in any order lead to the same thread', () => {
	const [first, ...rest] = log
	for (const order of permutations(rest.filter((_, i) => i !== 1))) assert.deepEqual(run([first!, ...order]), run(log))
})
test('entries in any order stand by sequence, each once', () => {
	const frames = [3, 1, 4, 2].map((n) => live({ entries: [said(n, `m${n}`)] }))
	for (const order of permutations(frames)) assert.deepEqual(ids(run([begun(), ...order, ...order])), ['m1', 'm2', 'm3', 'm4'])
})

const rows: { name: string; events: Event[]; want: (state: State) => unknown; is: unknown }[] = [
	{ name: 'a refused message says why', events: [begun(), written('k1'), live({ refused: { id: 'k1', code: 'too_long', detail: null } })],
		want: (s) => s.pending.map((p) => [p.state, p.code]), is: [['failed', 'too_long']] },
	{ name: 'a failed one waits again after "try again"', events: [begun(), written('k1', 'failed'), { type: 'again', id: 'k1' }],
		want: (s) => nextToSend(s)?.id, is: 'k1' },
	{ name: 'a failed one can be removed', events: [begun(), written('k1', 'failed'), { type: 'dropped', id: 'k1' }], want: (s) => s.pending, is: [] },
	{ name: 'one that waits cannot', events: [begun(), written('k1'), { type: 'dropped', id: 'k1' }], want: (s) => s.pending.length, is: 1 },
	{ name: 'what is stored for good cannot fail', events: [written('k1'), live({ accepted: { id: 'k1', duplicate: false } }), live({ refused: { id: 'k1', code: 'x', detail: null } })],
		want: (s) => s.pending[0]?.state, is: 'accepted' },
	{ name: '"retry" leaves it waiting', events: [written('k1'), live({ retry: { id: 'k1', after_ms: 5 } })], want: (s) => nextToSend(s)?.id, is: 'k1' },
	{ name: 'the oldest goes first', events: [written('k1'), written('k2')], want: (s) => nextToSend(s)?.id, is: 'k1' },
	{ name: 'a failed one does not hold up the next', events: [written('k1', 'failed'), written('k2')], want: (s) => nextToSend(s)?.id, is: 'k2' },
	{ name: 'what is already an entry is not taken up again', events: [live({ entries: [said(4, 'm4', asMine)] }), written('k1')], want: (s) => s.pending, is: [] },
	{ name: 'answers above "seen" are unread', events: log, want: unread, is: 1 },
	{ name: 'one\'s own are not', events: [live({ entries: [said(4, 'm4', asMine)] })], want: unread, is: 0 },
	{ name: '"seen" never goes back', events: [begun({ seen: 7 }), live({ seen: 3 })], want: (s) => s.seen, is: 7 },
	{ name: 'the last move says the channel', events: log, want: channel, is: 'email' },
	{ name: 'without a move it is the chat', events: [begun()], want: channel, is: 'chat' },
	{ name: 'an answer ends its typing', events: [live({ typing: { name: 'Ben', active: true } }), live({ entries: [said(4, 'm4')] })], want: (s) => s.typing, is: null },
	{ name: 'typing without a name is somebody', events: [live({ typing: { name: null, active: true } })], want: (s) => s.typing, is: '' },
	{ name: 'another conversation begins empty', events: [...log, live({ conversation: { id: 'c2', ref: null, status: 'open', sequence: 1 } })],
		want: (s) => [s.entries, s.sequence, s.seen], is: [[], 0, 0] },
	{ name: 'the same conversation keeps its entries', events: [...log, live({ conversation: { id: 'c', ref: null, status: 'resolved', sequence: 10 } })],
		want: (s) => [s.entries.length, hasEnded(s)], is: [4, true] },
	{ name: 'a visitor who signs in keeps what was written', events: [...log, begun({ token: 't2', visitor: { id: 'v2', signed_in: true } })], want: (s) => s.entries.length, is: 4 },
	{ name: 'nothing of a signed-in visitor is shown to another one',
		events: [begun({ visitor: { id: 'v', signed_in: true } }), ...log.slice(1), begun({ token: 't2', visitor: { id: 'v2' }, conversation: null })],
		want: (s) => [s.entries, s.pending, s.conversation], is: [[], [], null] },
	{ name: 'nothing is left after signing out', events: [...log, { type: 'signed-out' }], want: (s) => s, is: nothing },
	{ name: 'a frame of "ready" counts as its members', events: [live({ ready: { open: false, queue: { position: 2, wait_s: 60 } } })],
		want: (s) => [s.open, s.queue?.position], is: [false, 2] },
	{ name: 'the queue ends with null', events: [live({ queue: { position: 2, wait_s: 60 } }), live({ queue: null })], want: (s) => s.queue, is: null },
	{ name: 'typing that ended is forgotten', events: [live({ typing: { name: 'Ben', active: true } }), { type: 'typing-ended' }], want: (s) => s.typing, is: null },
	{ name: 'a profile replaces the visitor', events: [begun(), { type: 'profile', visitor: { id: 'v', name: 'Ana', email: null, email_level: 'none', signed_in: false } }],
		want: (s) => s.visitor?.name, is: 'Ana' },
]
for (const { name, events, want, is } of rows) test(name, () => assert.deepEqual(want(run(events)), is))
