// preferences.ts - how one's own console looks and behaves: with the server, and its looks also in this browser for the first paint.
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { api, ok } from '@/api/client'
import type { Preferences } from '@/api/types'
import { browserLocale, setLocale } from '@/i18n'

export type Choice = Omit<Preferences, 'cursor'>
const usual: Choice = {
	locale: null, theme: 'auto', density: 'comfortable', shortcuts: true, keymap: {}, sound: false, notifications: false,
	auto_away: true, guide_dismissed: false,
}
const dark = matchMedia('(prefers-color-scheme: dark)')

export const usePreferences = defineStore('preferences', () => {
	const value = ref<Choice>({ ...usual })
	/* the company's language, where one has not chosen and the browser asks for none that there is */
	const companyLocale = ref<'en' | 'es' | null>(null)

	function show(): void {
		const { theme, density, locale } = value.value
		const root = document.documentElement
		root.dataset['theme'] = theme === 'dark' || (theme === 'auto' && dark.matches) ? 'dark' : 'light'
		root.dataset['density'] = density
		void setLocale(locale ?? browserLocale() ?? companyLocale.value ?? 'en')
		try {
			localStorage.setItem('hilo.look', JSON.stringify({ theme, density, locale, company: companyLocale.value }))
		} catch {
			// a private window may forbid it: the choice lives with the server
		}
	}
	async function load(): Promise<void> {
		const { cursor: _cursor, ...rest } = await ok(api.GET('/preferences'))
		value.value = { ...usual, ...rest }
		show()
	}
	/* Shown at once, then stored. Throws Problem, and shows what was. */
	async function set(change: Partial<Choice>): Promise<void> {
		const old = value.value
		value.value = { ...old, ...change }
		show()
		try {
			await ok(api.PUT('/preferences', { body: value.value }))
		} catch (error) {
			value.value = old
			show()
			throw error
		}
	}
	watch(companyLocale, show)
	dark.addEventListener('change', show)
	return { value, companyLocale, load, set, show }
})
