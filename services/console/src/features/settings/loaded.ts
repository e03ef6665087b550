// loaded.ts - one answer of the API that a page shows: read when it opens, again when asked or every so often while looked at.
import { onScopeDispose, ref, shallowRef, type Ref } from 'vue'
import { problemOf, type Problem } from '@/api/problem'

export interface Loaded<T> {
	data: Ref<T | undefined>
	state: Ref<'loading' | 'ready' | 'error'>
	problem: Ref<Problem | null>
	reload(): Promise<void>
}

export function useLoaded<T>(read: () => Promise<T>, everyMs = 0): Loaded<T> {
	const data = shallowRef<T>()
	const state = ref<'loading' | 'ready' | 'error'>('loading')
	const problem = shallowRef<Problem | null>(null)
	let round = 0

	async function reload(): Promise<void> {
		const mine = ++round
		try {
			const got = await read()
			if (mine !== round) return // asked again meanwhile
			data.value = got
			state.value = 'ready'
			problem.value = null
		} catch (error) {
			if (mine !== round) return
			problem.value = problemOf(error)
			state.value = 'error'
		}
	}
	void reload()
	if (everyMs > 0) {
		const timer = setInterval(() => document.hidden || void reload(), everyMs)
		onScopeDispose(() => clearInterval(timer))
	}
	return { data, state, problem, reload }
}
