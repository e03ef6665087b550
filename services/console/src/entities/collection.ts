// collection.ts - a small list of settings, whole in memory: read once, read again when somebody changes it.
import { computed, ref, shallowRef } from 'vue'
import { type Problem, problemOf } from '@/api/problem'

const AGAIN = 300

/* read: all rows. idOf: what a row goes by. */
export function collection<T>(read: () => Promise<readonly T[]>, idOf: (row: T) => string, nameOf: (row: T) => string) {
	const rows = shallowRef<readonly T[]>([])
	const state = ref<'none' | 'loading' | 'ready' | 'error'>('none')
	const problem = shallowRef<Problem | null>(null)
	let busy: Promise<void> | null = null
	let timer: ReturnType<typeof setTimeout> | undefined
	const byId = computed(() => new Map(rows.value.map((row) => [idOf(row), row])))

	/* Rows stay visible while they are read again. */
	function load(): Promise<void> {
		if (state.value === 'none') state.value = 'loading'
		busy ??= read()
			.then((got) => {
				rows.value = [...got].sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
				state.value = 'ready'
				problem.value = null
			})
			.catch((error: unknown) => {
				problem.value = problemOf(error)
				state.value = 'error'
			})
			.finally(() => (busy = null))
		return busy
	}
	const need = () => (state.value === 'none' ? load() : Promise.resolve())
	function outdated(): void {
		if (state.value === 'none') return
		timer ??= setTimeout(() => {
			timer = undefined
			void (busy ?? Promise.resolve()).then(load)
		}, AGAIN)
	}
	function reset(): void {
		clearTimeout(timer)
		timer = undefined
		rows.value = []
		state.value = 'none'
	}
	return { items: rows, state, problem, get: (id: string) => byId.value.get(id), load, need, outdated, reset }
}
