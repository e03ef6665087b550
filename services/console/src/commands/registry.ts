// registry.ts - what every command does right now: bound by the components that can do it, for as long as they live.
import { onScopeDispose, shallowReactive } from 'vue'
import type { CommandId } from './all'

export interface Binding {
	run: () => unknown
	enabled?: () => boolean
}

const bound = shallowReactive(new Map<CommandId, readonly Binding[]>())

/* Binds commands to the calling component; where two bind one command, the later one has it until it goes. */
export function useCommands(bindings: Partial<Record<CommandId, Binding | (() => unknown)>>): void {
	const mine: [CommandId, Binding][] = []
	for (const id of Object.keys(bindings).filter((key): key is CommandId => key in bindings)) {
		const given = bindings[id]
		if (!given) continue
		const binding = typeof given === 'function' ? { run: given } : given
		mine.push([id, binding])
		bound.set(id, [...(bound.get(id) ?? []), binding])
	}
	onScopeDispose(() => {
		for (const [id, binding] of mine) {
			const rest = (bound.get(id) ?? []).filter((other) => other !== binding)
			if (rest.length) bound.set(id, rest)
			else bound.delete(id)
		}
	})
}

export function canRun(id: CommandId): boolean {
	const binding = bound.get(id)?.at(-1)
	return binding !== undefined && (binding.enabled?.() ?? true)
}

/* Returns whether there was anybody to do it. */
export function runCommand(id: CommandId): boolean {
	if (!canRun(id)) return false
	bound.get(id)?.at(-1)?.run()
	return true
}
