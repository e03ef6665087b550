/* Thread.tsx - the conversation as one line, newest below, and the place to write. */
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useShared } from '../App'
import { hasEnded } from '../apply'
import { Composer } from '../parts/Composer'
import { Icon } from '../parts/Icon'
import { MessageEntry, MoveKnot, PendingEntry, SystemLine } from '../parts/Entry'
import { QueueStatus } from '../parts/QueueStatus'

const NEAR_PX = 60

export function Thread() {
	const { store, w } = useShared()
	const { entries, pending, typing, conversation, sequence, session } = store.state
	const scroller = useRef<HTMLDivElement>(null)
	const content = useRef<HTMLDivElement>(null)
	const isAtEnd = useRef(true)
	const [missed, setMissed] = useState(0)
	const known = useRef(entries.length)
	const isLoading = conversation !== null && entries.length === 0 && pending.length === 0 && sequence < conversation.sequence

	const toEnd = (): void => {
		const box = scroller.current
		if (box) box.scrollTop = box.scrollHeight
		isAtEnd.current = true
		setMissed(0)
	}
	// the view follows the end only if it was at the end; one's own message always
	useLayoutEffect(() => {
		const fresh = entries.length - known.current
		known.current = entries.length
		if (isAtEnd.current) toEnd()
		else if (fresh > 0) setMissed((n) => n + fresh)
	}, [entries.length, typing])
	useLayoutEffect(toEnd, [pending.length])
	useEffect(() => store.look(), [])
	useEffect(() => {
		const resized = new ResizeObserver(() => isAtEnd.current && toEnd())
		// the content grows, too, when a picture has come
		for (const { current } of [scroller, content]) if (current) resized.observe(current)
		return () => resized.disconnect()
	}, [])
	const onScroll = (): void => {
		const box = scroller.current
		if (!box) return
		isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX
		if (isAtEnd.current && missed) setMissed(0)
	}

	const rows: ComponentChildren[] = []
	const now = new Date()
	let day = '', line = entries.find((e) => e.kind === 'message')?.channel ?? 'chat'
	for (const e of entries) {
		const label = e.created_at ? w.day(e.created_at, now) : day
		if (label !== day) rows.push(<li key={`day-${e.id}`} class="day" data-line={line}><time dateTime={e.created_at.slice(0, 10)}>{(day = label)}</time></li>)
		if (e.kind === 'move' && e.move) {
			rows.push(<MoveKnot key={e.id} entry={e} from={line} />)
			line = e.move.to
		} else if (e.kind === 'system') {
			rows.push(<SystemLine key={e.id} entry={e} line={line} />)
		} else {
			rows.push(<MessageEntry key={e.client_id ?? e.id} entry={e} line={(line = e.channel)} />)
		}
	}
	for (const p of pending) rows.push(<PendingEntry key={p.id} pending={p} line={line} />)

	return (
		<main class="thread">
			<QueueStatus />
			<div class="log" ref={scroller} onScroll={onScroll} role="log" aria-label={w.t('thread.label')} aria-busy={isLoading} tabIndex={0}>
				<div ref={content}>
					{rows.length > 0 && <ol>{rows}</ol>}
					{rows.length === 0 && (
						<div class="knotted ours">
							<p dir="auto">{isLoading ? w.t('thread.loading') : (session && w.pick(session.settings.greeting)) ?? w.t('thread.empty')}</p>
						</div>
					)}
				</div>
			</div>
			<div class="below">
				{missed > 0 && (
					<button type="button" class="missed" onClick={toEnd}>{w.plural('thread.new', missed)} <Icon name="down" /></button>
				)}
				<p class="typing" role="status">
					{typing !== null && <><span class="dots" aria-hidden="true"><i /><i /><i /></span>{typing ? w.t('thread.typing', { name: typing }) : w.t('thread.typing.some')}</>}
				</p>
			</div>
			{hasEnded(store.state) && <Ended />}
			<Composer />
		</main>
	)
}

function Ended() {
	const { store, w } = useShared()
	const { visitor } = store.state
	const [isSent, setSent] = useState(false)
	async function transcript(): Promise<void> {
		if (visitor?.email_level !== 'confirmed') return store.show({ view: 'continue', notice: w.t('transcript.need') })
		const went = await store.transcript()
		setSent(went)
		store.show({ notice: went ? w.t('transcript.sent', { email: visitor.email ?? '' }) : w.t('error.rate') })
	}
	return (
		<div class="ended">
			<p>{isSent ? w.t('transcript.sent', { email: visitor?.email ?? '' }) : w.t('end.done')}</p>
			{!isSent && <button type="button" class="plain" onClick={() => void transcript()}>{w.t('transcript.menu')}</button>}
		</div>
	)
}
