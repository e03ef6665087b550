// keymap.test.ts - from a key to its commands, by default and as a reader chose.
import { expect, test } from 'vitest'
import { commandIds, shapeOf } from './all'
import { parseCombo } from './combo'
import { commandsFor, keysIn } from './keymap'

const press = (key: string, mod = false) => ({ key, code: '', ctrlKey: mod, metaKey: false, altKey: false, shiftKey: false })

test('every default key is a combination, and none stands for two commands', () => {
	const keys = commandIds.flatMap((id) => shapeOf(id).keys)
	expect(new Set(keys).size).toBe(keys.length)
	for (const key of keys) expect(parseCombo(key), key).not.toBeNull()
})

test('what works in fields takes more than one key', () => {
	for (const id of commandIds.filter((id) => shapeOf(id).everywhere))
		for (const key of shapeOf(id).keys) expect(parseCombo(key)?.mod, id).toBe(true)
})

test('a key of one’s own replaces the default, wins over another command’s, and may be none', () => {
	const keymap = { 'conversation.resolve': 'j', 'conversation.snooze': null }
	expect(commandsFor(keymap, press('j'), false)).toEqual(['conversation.resolve', 'list.next'])
	expect(commandsFor(keymap, press('e'), false)).toEqual([])
	expect(keysIn(keymap, 'conversation.snooze')).toEqual([])
	expect(commandsFor({}, press('e'), false)).toEqual(['conversation.resolve'])
})

test('in a field single keys are text', () => {
	expect(commandsFor({}, press('j'), true)).toEqual([])
	expect(commandsFor({}, press('k', true), true)).toEqual(['app.palette'])
})
