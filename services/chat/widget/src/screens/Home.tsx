/* Home.tsx - the greeting, when to expect an answer, and the conversation there is. */
import { useShared } from '../App'
import { hasEnded, unread } from '../apply'
import { Icon } from '../parts/Icon'

export function Home() {
	const { store, w } = useShared()
	const { session, conversation, entries, open, visitor, pending } = store.state
	if (!session) return <main class="home" aria-busy="true"><p class="message">{store.ui.link === 'down' ? w.t('offline') : ''}</p></main>

	const ended = hasEnded(store.state), count = unread(store.state)
	const last = [...entries].reverse().find((e) => e.kind === 'message')
	const line = pending[pending.length - 1]?.text ?? last?.text ?? last?.attachments[0]?.name ?? w.t('home.none')
	const start = open ? w.t('home.start') : w.t('home.leave')
	return (
		<main class="home">
			<section class="knotted ours">
				<h2 dir="auto">{w.pick(session.settings.greeting) ?? w.t('greeting')}</h2>
				{open && session.reply_time_s !== null && <p class="hint">{w.t('home.reply', { time: w.span(session.reply_time_s) })}</p>}
				{!open && (
					<p class="hint">
						{w.t('home.away')}{session.opens_at && ` · ${w.t('home.opens', { when: w.when(session.opens_at, new Date()) })}`}
						<br />{w.t('home.away.how')}
					</p>
				)}
			</section>
			{conversation && (
				<section class="knotted yours">
					<button type="button" class="card" onClick={() => store.enter()}>
						<span class="meta">
							{w.t(ended ? 'home.past' : 'home.open')}{conversation.ref && <> · <code>{conversation.ref}</code></>}
						</span>
						<span class="line" dir="auto">{line}</span>
						{count > 0 && <span class="count">{w.plural('thread.new', count)}</span>}
						{ended && <span class="hint">{w.t('status.resolved')}</span>}
					</button>
				</section>
			)}
			<section class="knotted last">
				<button type="button" class="primary" onClick={() => store.enter()}>
					<span>{conversation && !ended ? w.t('home.continue') : start}</span><Icon name="send" />
				</button>
				{visitor?.signed_in && visitor.name && <p class="hint"><bdi>{w.t('signed.in', { name: visitor.name })}</bdi></p>}
			</section>
		</main>
	)
}
