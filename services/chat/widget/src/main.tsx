/* main.tsx - the frame begins: it asks the page that embeds it for a port, and shows nothing before it has one. */
import { render } from 'preact'
import { App } from './App'
import { PORT, READY, type ToFrame } from './port'
import { Store } from './store'
import './theme.css'

const inbox = new URLSearchParams(location.search).get('inbox') ?? ''
const host = new URLSearchParams(location.hash.slice(1)).get('host') ?? ''

if (parent !== window && host !== '') {
	const store = new Store(inbox)
	render(<App store={store} />, document.getElementById('hilo') ?? document.body)
	addEventListener('message', (e: MessageEvent<Record<string, ToFrame> | null>) => {
		const first = e.origin === host && e.source === parent ? e.data?.[PORT] : undefined
		if (first && e.ports[0]) store.take(e.ports[0], first)
	})
	parent.postMessage(READY, host)
}
