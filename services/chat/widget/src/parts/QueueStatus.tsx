/* QueueStatus.tsx - why nothing happens right now: the place in the queue, nobody there, or no connection. */
import { useShared } from '../App'
import { hasEnded } from '../apply'

export function QueueStatus() {
	const { store, w } = useShared()
	const { queue, agent, open, session } = store.state
	const parts: string[] = []
	if (store.ui.link === 'down') parts.push(w.t('offline'))
	else if (session && !open && !agent) {
		parts.push(w.t('away.banner'), ...(session.opens_at ? [w.t('home.opens', { when: w.when(session.opens_at, new Date()) })] : []))
	} else if (queue && !hasEnded(store.state)) {
		if (queue.position !== null) parts.push(queue.position <= 1 ? w.t('queue.next') : w.t('queue.position', { n: queue.position }))
		if (queue.wait_s !== null && queue.wait_s > 0) parts.push(w.t('queue.wait', { time: w.span(queue.wait_s) }))
	}
	return <div class={`strip${store.ui.link === 'down' ? ' down' : ''}`} role="status">{parts.join(' · ')}</div>
}
