// preference.ts - one preference as a model: shown at once, taken back with the reason if it could not be kept.
import { computed, shallowRef, type WritableComputedRef } from 'vue'
import { problemOf, type Problem } from '@/api/problem'
import { usePreferences, type Choice } from '@/entities/preferences'

export function usePreference() {
	const preferences = usePreferences()
	const problem = shallowRef<Problem | null>(null)
	async function set(change: Partial<Choice>): Promise<void> {
		problem.value = null
		try {
			await preferences.set(change)
		} catch (error) {
			problem.value = problemOf(error)
		}
	}
	function of<K extends keyof Choice>(key: K): WritableComputedRef<Choice[K]> {
		return computed({ get: () => preferences.value[key], set: (value) => void set({ [key]: value }) })
	}
	return { problem, set, of }
}
