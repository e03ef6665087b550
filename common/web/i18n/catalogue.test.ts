import { expect, test } from 'vitest'
import { differences } from './catalogue'

test.each([
	['agree', { a: { b: 'x {n}' } }, { a: { b: '{n} y' } }, []],
	['a key is missing', { a: 'x', b: 'y' }, { a: 'x' }, ['missing: b']],
	['a key is unknown', { a: 'x' }, { a: 'x', c: 'z' }, ['unknown: c']],
	['a placeholder is missing', { a: '{n} of {m}' }, { a: '{n}' }, ['placeholders: a']],
	['a text is empty', { a: 'x' }, { a: ' ' }, ['empty: a']],
])('%s', (_name, source, other, expected) => expect(differences(source, other)).toEqual(expected))
