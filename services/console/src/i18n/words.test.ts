// Every key in every language, with the same placeholders; and tokens.css is what tokens.json says.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { differences } from '@web/i18n/catalogue'
import { expect, test } from 'vitest'
import en from './messages.en'
import es from './messages.es'

const at = (path: string) => resolve(import.meta.dirname, '../..', path)

test('Spanish has what English has', () => expect(differences(en, es)).toEqual([]))
test('the style sheet of tokens is generated', () =>
	expect(readFileSync(at('src/styles/tokens.css'), 'utf8')).toBe(execFileSync('node', [at('../../common/web/tokens/build.mjs')], { encoding: 'utf8' })))
