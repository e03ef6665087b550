/* Entry.tsx - one row of the thread: a message, the knot where it changed its channel, a tick of the system. */
import type { ComponentChildren } from 'preact'
import { useShared } from '../App'
import type { Pending } from '../apply'
import type { Entry } from '../wire'
import { Attachment } from './Attachment'

export function MessageEntry({ entry, line }: { entry: Entry; line: string }) {
	const { store, w } = useShared()
	const isOurs = entry.direction !== 'in'
	const who = isOurs ? entry.author?.name ?? w.t('thread.us') : w.t('thread.you')
	const by = entry.channel !== 'chat' && (entry.channel === 'email' ? w.t('channel.email') : entry.channel)
	return (
		<li class={`entry ${isOurs ? 'ours' : 'yours'}`} data-line={line}>
			<article>
				<Body text={entry.text} />
				{entry.attachments.map((file) => <Attachment key={file.id} file={file} token={store.sessionToken} />)}
				<p class="meta"><bdi>{who}</bdi> · {by && `${by} · `}<time dateTime={entry.created_at}>{w.time(entry.created_at)}</time></p>
			</article>
		</li>
	)
}

export function PendingEntry({ pending, line }: { pending: Pending; line: string }) {
	const { store, w } = useShared()
	const why = pending.code === 'too_long' || pending.code === 'rate_limited' ? pending.code : 'unknown'
	const state = pending.state === 'accepted' ? 'thread.sent' : store.ui.link === 'up' ? 'thread.sending' : 'thread.waiting'
	return (
		<li class={`entry yours pending ${pending.state}`} data-line={line}>
			<article>
				<Body text={pending.text} />
				{pending.files.map((file) => <p key={file.id} class="file"><bdi>{file.name}</bdi></p>)}
				{pending.state === 'failed' ? (
					<p class="meta bad">
						<span aria-hidden="true">■</span> {w.t('thread.failed', { why: w.t(`why.${why}`) })}
						<button type="button" class="plain" onClick={() => store.again(pending.id)}>{w.t('thread.retry')}</button>
						<button type="button" class="plain" onClick={() => store.drop(pending.id)}>{w.t('thread.drop')}</button>
					</p>
				) : (
					<p class="meta">{w.t('thread.you')} · {w.t(state)}</p>
				)}
			</article>
		</li>
	)
}

export function SystemLine({ entry, line }: { entry: Entry; line: string }) {
	return <li class="system" data-line={line}><p dir="auto">{entry.text}</p></li>
}

/* MoveKnot - the old and the new line each bend half a ring and interlock. */
export function MoveKnot({ entry, from }: { entry: Entry; from: string }) {
	const { w } = useShared()
	const to = entry.move?.to ?? 'chat'
	const text = to === 'email' ? w.t('move.email') : to === 'chat' ? w.t('move.chat') : w.t('move.other', { channel: to })
	return (
		<li class="move" data-line={to}>
			<svg class="knot" viewBox="0 0 32 56" aria-hidden="true">
				<Strand line={from} d="M16 0v6c0 6 10 5 10 13v5a7 7 0 0 1-14 0" />
				<Strand line={to} d="M16 56v-6c0-6-10-5-10-13v-5a7 7 0 0 1 14 0" />
				<Strand line={from} d="M26 19v5a7 7 0 0 1-11 5.7" />
			</svg>
			<div>
				<p>{text} <span class="meta"><time dateTime={entry.created_at}>{w.time(entry.created_at)}</time></span></p>
				{entry.move?.reason === 'customer_left' && <p class="hint">{w.t('move.customer_left')}</p>}
			</div>
		</li>
	)
}
const Strand = ({ line, d }: { line: string; d: string }) => (
	<g data-line={line}><path class="halo" d={d} /><path class="strand" d={d} /><path class="core" d={d} /></g>
)

const LINK = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'»”])/
function Body({ text }: { text: string | null }) {
	if (!text) return null
	const parts: ComponentChildren[] = text.trim().split(LINK).map((part, i) =>
		i % 2 === 0 ? part : <a href={part} target="_blank" rel="noopener noreferrer nofollow">{part}</a>)
	return <p class="body" dir="auto">{parts}</p>
}
