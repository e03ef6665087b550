// preferences.test.ts - whose language counts: one's own choice, the browser's, the company's.
import { createPinia, setActivePinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { i18n } from '@/i18n'

vi.stubGlobal('matchMedia', () => new EventTarget())
const { usePreferences } = await import('./preferences')

test.each([
	['es', ['en-GB'], 'en', 'es'],
	[null, ['de-DE', 'es-MX', 'en'], 'en', 'es'],
	[null, ['en-US'], 'es', 'en'],
	[null, ['de', 'eo'], 'es', 'es'],
	[null, ['de'], null, 'en'],
] as const)('who chose %s, with a browser of %j in a company of %s reads %s', async (own, languages, company, shown) => {
	vi.spyOn(navigator, 'languages', 'get').mockReturnValue(languages)
	setActivePinia(createPinia())
	const preferences = usePreferences()
	preferences.value.locale = own
	preferences.companyLocale = company
	preferences.show()
	await vi.waitFor(() => expect(i18n.global.locale.value).toBe(shown))
	expect(document.documentElement.lang).toBe(shown)
})
