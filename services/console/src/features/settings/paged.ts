// paged.ts - a list that comes in pages: the first at once, more when asked; begun anew when what it asks for changes.
import { ref, shallowRef } from 'vue'
import { problemOf, type Problem } from '@/api/problem'

export function usePaged<T>(read: (after: string | undefined) => Promise<{ items: T[]; next: string | null }>) {
	const rows = shallowRef<readonly T[]>([])
	const state = ref<'loading' | 'ready' | 'error'>('loading')
	const problem = shallowRef<Problem | null>(null)
	const next = ref<string | null>(null)
	const isBusy = ref(false)
	let round = 0

	async function take(after: string | undefined): Promise<void> {
		const mine = ++round
		isBusy.value = true
		try {
			const page = await read(after)
			if (mine !== round) return
			rows.value = after === undefined ? page.items : [...rows.value, ...page.items]
			next.value = page.next
			state.value = 'ready'
			problem.value = null
		} catch (error) {
			if (mine !== round) return
			problem.value = problemOf(error)
			state.value = 'error'
		} finally {
			if (mine === round) isBusy.value = false
		}
	}
	const reload = () => take(undefined)
	const more = () => (next.value === null ? Promise.resolve() : take(next.value))
	void reload()
	return { rows, state, problem, next, isBusy, reload, more }
}
