// undo.ts - what was done can be taken back for eight seconds, instead of being asked about before.
import { shallowRef } from 'vue'
import { announce } from './announce'

export interface Undoable {
	readonly text: string
	readonly undo: () => unknown
}

export const undoMs = 8000
export const lastDone = shallowRef<Undoable | null>(null)

let timer: ReturnType<typeof setTimeout> | undefined

export function undoable(text: string, undo: () => unknown): void {
	lastDone.value = { text, undo }
	announce(text)
	keepUndo(true)
}

/* The time does not run while pointer or focus are on the offer. */
export function keepUndo(running: boolean): void {
	clearTimeout(timer)
	if (running && lastDone.value) timer = setTimeout(forgetUndo, undoMs)
}

export function forgetUndo(): void {
	clearTimeout(timer)
	lastDone.value = null
}
