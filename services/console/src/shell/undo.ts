// undo.ts - one line at the bottom for eight seconds: what was done can be taken back there, what was refused is said there.
import { shallowRef } from 'vue'
import { announce } from './announce'

export interface Undoable {
	readonly text: string
	readonly undo: (() => unknown) | null
}

export const undoMs = 8000
export const lastDone = shallowRef<Undoable | null>(null)

let timer: ReturnType<typeof setTimeout> | undefined

export function undoable(text: string, undo: () => unknown): void {
	lastDone.value = { text, undo }
	announce(text)
	keepUndo(true)
}

/* What did not work, and needs no answer: the screen already shows how things stand. */
export function say(text: string): void {
	lastDone.value = { text, undo: null }
	announce(text, 'assertive')
	keepUndo(true)
}

/* How far something is that takes a while; stands until it is said what came of it, and is not spoken. */
export function progress(text: string): void {
	clearTimeout(timer)
	lastDone.value = { text, undo: null }
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
