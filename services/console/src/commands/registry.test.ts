// registry.test.ts - commands follow the life of what binds them.
import { effectScope } from 'vue'
import { expect, test } from 'vitest'
import { canRun, runCommand, useCommands } from './registry'

test('a command can be run while somebody binds it; the later one has it', () => {
	const done: string[] = []
	const outer = effectScope()
	const inner = effectScope()
	expect(runCommand('list.next')).toBe(false)
	outer.run(() => useCommands({ 'list.next': () => done.push('outer') }))
	inner.run(() => useCommands({ 'list.next': () => done.push('inner') }))
	expect(runCommand('list.next')).toBe(true)
	inner.stop()
	runCommand('list.next')
	outer.stop()
	expect(canRun('list.next')).toBe(false)
	expect(done).toEqual(['inner', 'outer'])
})

test('what is not possible now is not run', () => {
	let possible = false
	const scope = effectScope()
	scope.run(() => useCommands({ 'conversation.resolve': { run: () => (possible = false), enabled: () => possible } }))
	expect(runCommand('conversation.resolve')).toBe(false)
	possible = true
	expect(runCommand('conversation.resolve')).toBe(true)
	scope.stop()
})
