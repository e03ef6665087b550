// index.ts - the reader's language: English is the source of keys, others are loaded when wanted.
import { nextTick } from 'vue'
import { createI18n } from 'vue-i18n'
import en from './messages.en'

export type Words = typeof en
export type Locale = 'en' | 'es'
export const locales: readonly Locale[] = ['en', 'es']

declare module 'vue-i18n' {
	// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merged into vue-i18n's own
	export interface DefineLocaleMessage extends Words {}
}

export const i18n = createI18n<[Words], Locale, false>({
	legacy: false,
	locale: 'en',
	fallbackLocale: 'en',
	messages: { en } as Record<Locale, Words>,
})

export function usualLocale(): Locale {
	return document.documentElement.lang === 'es' ? 'es' : 'en'
}

/* The first of the browser's languages that the console has. */
export function browserLocale(): Locale | null {
	for (const name of navigator.languages) {
		const known = locales.find((one) => one === name.toLowerCase().split('-')[0])
		if (known) return known
	}
	return null
}

export async function setLocale(locale: Locale): Promise<void> {
	if (!i18n.global.availableLocales.includes(locale))
		i18n.global.setLocaleMessage(locale, (await import('./messages.es')).default)
	i18n.global.locale.value = locale
	document.documentElement.lang = locale
	await nextTick()
}
