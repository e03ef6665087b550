// combo.test.ts - every rule of key combinations, one row each.
import { expect, test } from 'vitest'
import { ariaKeys, comboOf, keyCaps, matches, parseCombo, type KeyLike } from './combo'

const press = (key: string, held = '', code = ''): KeyLike => ({
	key,
	code,
	ctrlKey: held.includes('c'),
	metaKey: held.includes('m'),
	altKey: held.includes('a'),
	shiftKey: held.includes('s'),
})
const does = (text: string, event: KeyLike) => {
	const combo = parseCombo(text)
	return combo !== null && matches(combo, event)
}

test.each([
	['j', press('j'), true],
	['j', press('J'), true], // Caps Lock
	['j', press('J', 's'), false],
	['Shift+j', press('J', 's'), true],
	['j', press('j', 'c'), false],
	['?', press('?', 's'), true],
	['?', press('?'), true],
	['/', press('/', 's'), true], // Shift+7 in Spanish
	['#', press('#', 'ca'), true], // AltGr
	['Mod+k', press('k', 'c'), true],
	['Mod+k', press('k', 'm'), true],
	['Mod+k', press('k'), false],
	['Mod+k', press('k', 'cs'), false],
	['Mod+Enter', press('Enter', 'c'), true],
	['Mod+Shift+Enter', press('Enter', 'cs'), true],
	['Mod+Enter', press('Enter', 'cs'), false],
	['j', press('о', '', 'KeyJ'), true], // Cyrillic layout
	['ñ', press('ñ', '', 'Semicolon'), true],
	['Alt+1', press('1', 'a'), true],
	['+', press('+', 's'), true],
	['Mod++', press('+', 'c'), true],
])('%s and %o: %s', (text, event, want) => expect(does(text, event)).toBe(want))

test.each(['', 'Hyper+j', 'Mod+'])('%j is no combination but a plus', (text) =>
	expect(parseCombo(text)?.key ?? null).toBe(text === 'Mod+' ? '+' : null))

test.each([
	[press('J', 's'), 'Shift+j'],
	[press('?', 's'), '?'],
	[press('Enter', 'c'), 'Mod+Enter'],
	[press('Shift', 's'), null],
	[press('о', '', 'KeyJ'), 'j'],
])('%o is written %s', (event, want) => expect(comboOf(event)).toBe(want))

test('what was pressed matches what is written of it', () => {
	for (const event of [press('J', 's'), press('?', 's'), press('Enter', 'c'), press('k', 'm'), press('+', 'cs')])
		expect(does(comboOf(event) ?? '', event)).toBe(true)
})

test('key caps and the words of assistive technology', () => {
	const combo = parseCombo('Mod+Shift+k')
	expect(combo && keyCaps(combo, false)).toEqual(['Ctrl', 'Shift', 'K'])
	expect(combo && keyCaps(combo, true)).toEqual(['⌘', '⇧', 'K'])
	expect(combo && ariaKeys(combo)).toBe('Control+Shift+k Meta+Shift+k')
})
