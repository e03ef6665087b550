/* small.test.ts - ids, back-off, colours and what comes over the network, as tables. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { backoffMs } from './backoff'
import { contrast, onAccent } from './colour'
import { uuid7 } from './uuid'
import { entry, live, problem, session, upload } from './wire'

test('a UUIDv7 carries its time, version and variant', () => {
	// RFC 9562, appendix A.6: 2022-02-22T19:22:22Z
	assert.equal(uuid7(0x017f22e279b0, new Uint8Array([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f])), '017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
	assert.equal(uuid7(0, new Uint8Array(10).fill(255)), '00000000-0000-7fff-bfff-ffffffffffff')
})
test('later ids sort after earlier ones', () => {
	const none = new Uint8Array(10), all = new Uint8Array(10).fill(255)
	assert.ok(uuid7(1_700_000_000_000, all) < uuid7(1_700_000_000_001, none))
})
for (const [failures, chance, ms] of [[0, 0, 500], [0, 1, 1000], [1, 1, 2000], [4, 1, 16_000], [5, 1, 30_000], [50, 1, 30_000], [50, 0, 15_000]] as const)
	test(`after ${failures} failures and chance ${chance}: ${ms} ms`, () => assert.equal(backoffMs(failures, chance), ms))
for (const [accent, ink] of [['#004D4F', '#ffffff'], ['#f0b02e', '#1a1d2b'], ['#ffffff', '#1a1d2b'], ['#000000', '#ffffff'], ['#808080', '#1a1d2b']] as const)
	test(`${ink} is read on ${accent}`, () => {
		assert.equal(onAccent(accent), ink)
		assert.ok(contrast(accent, ink) >= 4.1)
	})

const nothingUseful = [null, undefined, 1, 'x', [], {}, { id: 1 }, { sequence: 'x' }]
for (const given of nothingUseful) {
	test(`${JSON.stringify(given)} is no entry, session or upload, and an empty frame`, () => {
		assert.equal(entry(given), null)
		assert.equal(session(given), null)
		assert.equal(upload(given), null)
		assert.deepEqual(Object.keys(live(given)).filter((key) => key !== 'sequence'), [])
		assert.equal(problem(given), 'unknown')
	})
}
test('an entry of unknown kind or channel is shown as what it is', () => {
	const made = entry({ sequence: 1, id: 'a', kind: 'hologram', channel: 'pigeon', direction: 'sideways', attachments: 'none', created_at: 7 })
	assert.deepEqual([made?.kind, made?.channel, made?.direction, made?.attachments, made?.created_at], ['message', 'pigeon', null, [], ''])
})
test('an accent that is no colour is left out', () => {
	const made = session({ token: 't', settings: { accent: 'red;background:url(x)', prechat: { name: 'always' }, greeting: { en: 'Hi', es: 7 } } })
	assert.equal(made?.settings.accent, null)
	assert.deepEqual(made?.settings.prechat, { name: 'off', email: 'off' })
	assert.deepEqual(made?.settings.greeting, { en: 'Hi' })
})
test('null and absent are different in a frame', () => {
	assert.deepEqual(live({ queue: null, agent: null }), { queue: null, agent: null })
	assert.deepEqual(live({ later: true }), {})
})
