// store.ts - what this browser keeps for its agent over a reload: unsent replies and drafts. Falls back to nothing where storage is
// forbidden.
import { clear, createStore, del, get, set, type UseStore } from 'idb-keyval'

let store: UseStore | undefined
const mine = (): UseStore => (store ??= createStore('hilo', 'unsent'))

export async function load<T>(key: string): Promise<T | undefined> {
	try {
		return await get<T>(key, mine())
	} catch {
		return undefined
	}
}
export async function save(key: string, value: unknown): Promise<void> {
	try {
		await (value === undefined ? del(key, mine()) : set(key, value, mine()))
	} catch {
		// a private window may forbid it: what is written lives as long as the page
	}
}
export async function forget(): Promise<void> {
	try {
		await clear(mine())
	} catch {
		// as above
	}
}
