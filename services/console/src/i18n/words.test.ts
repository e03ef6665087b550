// Every key in every language, with the same placeholders and readable; and tokens.css is what tokens.json says.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { differences, flat } from '@web/i18n/catalogue'
import { expect, test } from 'vitest'
import { createI18n } from 'vue-i18n'
import type { Words } from '.'
import en from './messages.en'
import es from './messages.es'

const at = (path: string) => resolve(import.meta.dirname, '../..', path)

test('Spanish has what English has', () => expect(differences(en, es)).toEqual([]))
test.each<[string, Words]>([['English', en], ['Spanish', es]])('each text of %s can be read', (_name, words) => {
	const i18n = createI18n({ legacy: false, locale: 'en', messages: { en: words }, missingWarn: false })
	const { t } = i18n.global
	const unread = [...flat(words).keys()].filter((key) => {
		try {
			return t(key, 1) === key
		} catch {
			return true
		}
	})
	expect(unread).toEqual([])
})
test('the style sheet of tokens is generated', () =>
	expect(readFileSync(at('src/styles/tokens.css'), 'utf8')).toBe(execFileSync('node', [at('../../common/web/tokens/build.mjs')], { encoding: 'utf8' })))
