/* App.tsx - which screen is shown, in which language and look. */
import { createContext } from 'preact'
import { useContext, useEffect, useLayoutEffect, useReducer, useState } from 'preact/hooks'
import { onAccent } from './colour'
import { words, type Words } from './i18n'
import { Header } from './parts/Header'
import type { Options } from './port'
import { Continue } from './screens/Continue'
import { Home } from './screens/Home'
import { PreChat } from './screens/PreChat'
import { Thread } from './screens/Thread'
import type { Store } from './store'

export const Shared = createContext<{ store: Store; w: Words }>(null!)
export const useShared = (): { store: Store; w: Words } => useContext(Shared)

const SCREENS = { home: Home, prechat: PreChat, thread: Thread, continue: Continue }

export function App({ store }: { store: Store }) {
	const [, redraw] = useReducer((n: number) => n + 1, 0)
	const [options, setOptions] = useState<Options>({})
	useLayoutEffect(() => store.subscribe(() => redraw(undefined)), [store])
	useLayoutEffect(() => store.onOptions((given) => setOptions((old) => ({ ...old, ...given }))), [store])

	const w = words([options.locale, ...navigator.languages], options.dir)
	const accent = store.state.session?.settings.accent ?? null
	const theme = options.theme === 'dark' || options.theme === 'light' ? options.theme : 'auto'
	useLayoutEffect(() => {
		const root = document.documentElement
		root.lang = w.locale
		root.dir = w.dir
		root.dataset.theme = theme
		document.title = w.t('title')
		if (accent === null) return
		root.style.setProperty('--accent', accent)
		root.style.setProperty('--on-accent', onAccent(accent))
	}, [w.locale, w.dir, theme, accent])
	useEffect(() => {
		const onKey = (e: KeyboardEvent): void => {
			if (e.key === 'Escape' && !e.defaultPrevented && !e.isComposing) store.close()
		}
		addEventListener('keydown', onKey)
		return () => removeEventListener('keydown', onKey)
	}, [store])

	const { view, link, notice } = store.ui
	const Screen = SCREENS[view]
	return (
		<Shared.Provider value={{ store, w }}>
			<Header />
			{link === 'refused' ? <main><p class="message">{w.t('refused')}</p></main> : <Screen key={view} />}
			<div class="visually-hidden" role="status">{notice}</div>
		</Shared.Provider>
	)
}
