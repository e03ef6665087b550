/* i18n.test.ts - both languages are complete, and formats read as people write them. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { words } from '.'
import { en, type Key } from './en'
import { es } from './es'

const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()
test('the same keys, the same placeholders, nothing empty', () => {
	assert.deepEqual(Object.keys(es), Object.keys(en))
	for (const key of Object.keys(en) as Key[]) {
		assert.deepEqual(holes(es[key]), holes(en[key]), key)
		assert.ok(en[key].trim() && es[key].trim(), key)
	}
})
for (const [wanted, locale, dir] of [
	[['es-MX', 'en'], 'es-MX', 'ltr'], [['fr', 'es'], 'es', 'ltr'], [['fr'], 'en', 'ltr'], [[], 'en', 'ltr'], [['ar', 'en'], 'en', 'rtl'], [['he-IL'], 'en', 'rtl'],
	[['not a tag!', 'es'], 'es', 'ltr'], [[undefined, 'es'], 'es', 'ltr'],
] as const)
	test(`${JSON.stringify(wanted)} is read in ${locale}, ${dir}`, () => {
		const w = words(wanted)
		assert.deepEqual([w.locale, w.dir], [locale, dir])
	})
test('a direction that is asked for wins', () => assert.equal(words(['en'], 'rtl').dir, 'rtl'))
test('times, spans and sizes', () => {
	const english = words(['en-GB']), spanish = words(['es'])
	const now = new Date(2026, 0, 15, 12)
	assert.equal(english.day(new Date(2026, 0, 15, 1).toISOString(), now), 'Today')
	assert.equal(spanish.day(new Date(2026, 0, 14, 23).toISOString(), now), 'Ayer')
	assert.match(spanish.day(new Date(2026, 0, 12).toISOString(), now), /^lunes, 12 de enero$/)
	assert.match(english.when(new Date(2026, 0, 15, 17, 30).toISOString(), now), /^17:30$/)
	assert.match(english.when(new Date(2026, 0, 19, 9).toISOString(), now), /^Monday.*09:00$/)
	assert.deepEqual([20, 180, 7200, 200_000].map((s) => english.span(s)), ['1 minute', '3 minutes', '2 hours', '2 days'])
	assert.equal(spanish.span(180), '3 minutos')
	assert.equal(english.plural('thread.new', 1), '1 new message')
	assert.equal(spanish.plural('thread.new', 2), '2 mensajes nuevos')
	assert.match(english.size(1_234_567), /^1\.2\sMB$/)
})
test('an administrator\'s text: this language, else English, else any', () => {
	const spanish = words(['es-AR'])
	assert.equal(spanish.pick({ en: 'Hi', es: 'Hola' }), 'Hola')
	assert.equal(spanish.pick({ en: 'Hi' }), 'Hi')
	assert.equal(spanish.pick({ fr: 'Salut' }), 'Salut')
	assert.equal(spanish.pick({}), null)
})
