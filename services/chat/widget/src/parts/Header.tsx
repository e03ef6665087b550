/* Header.tsx - where one is, the way back, what else can be done, and out. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { useShared } from '../App'
import { hasEnded } from '../apply'
import { isTouch } from './touch'
import { Icon } from './Icon'

export function Header() {
	const { store, w } = useShared()
	const { view } = store.ui
	const { session, agent, conversation } = store.state
	const title = session ? w.pick(session.settings.title) ?? w.t('title') : w.t('title')
	const heading = useRef<HTMLHeadingElement>(null)
	useEffect(() => {
		if (store.ui.isOpen && (view !== 'thread' || isTouch())) heading.current?.focus()
	}, [view, store.ui.isOpen])
	return (
		<header class="header">
			{view !== 'home' && (
				<button type="button" class="tool" aria-label={w.t('back')} onClick={() => store.show({ view: view === 'continue' ? 'thread' : 'home' })}>
					<Icon name="back" />
				</button>
			)}
			<div class="heading">
				<h1 ref={heading} tabIndex={-1}><bdi>{title}</bdi></h1>
				{view === 'thread' && agent?.name && !hasEnded(store.state) && <p>{w.t('agent.with', { name: agent.name })}</p>}
			</div>
			{view === 'thread' && conversation && <More />}
			<button type="button" class="tool" aria-label={w.t('close')} onClick={() => store.close()}><Icon name="close" /></button>
		</header>
	)
}

/* More - a disclosure, not a menu: its buttons are reached with Tab like any others. */
function More() {
	const { store, w } = useShared()
	const [isOpen, setOpen] = useState(false)
	const [isAsking, setAsking] = useState(false)
	const box = useRef<HTMLDivElement>(null)
	const button = useRef<HTMLButtonElement>(null)
	const shut = (): void => {
		setOpen(false)
		setAsking(false)
	}
	useEffect(() => {
		if (!isOpen) return
		const outside = (e: Event): void => {
			if (!box.current?.contains(e.target as Node)) shut()
		}
		document.addEventListener('pointerdown', outside)
		document.addEventListener('focusin', outside)
		return () => {
			document.removeEventListener('pointerdown', outside)
			document.removeEventListener('focusin', outside)
		}
	}, [isOpen])
	useEffect(() => {
		if (isOpen) box.current?.querySelector<HTMLElement>('.menu button')?.focus()
	}, [isOpen, isAsking])

	async function transcript(): Promise<void> {
		const { visitor } = store.state
		shut()
		if (visitor?.email_level !== 'confirmed') return store.show({ view: 'continue', notice: w.t('transcript.need') })
		const went = await store.transcript()
		store.show({ notice: went ? w.t('transcript.sent', { email: visitor.email ?? '' }) : w.t('error.rate') })
		button.current?.focus()
	}
	return (
		<div class="more" ref={box} onKeyDown={(e) => {
			if (e.key !== 'Escape' || !isOpen) return
			e.preventDefault()
			shut()
			button.current?.focus()
		}}>
			<button type="button" class="tool" ref={button} aria-label={w.t('menu')} aria-expanded={isOpen} onClick={() => (isOpen ? shut() : setOpen(true))}>
				<Icon name="more" />
			</button>
			{isOpen && !isAsking && (
				<div class="menu">
					<button type="button" onClick={() => store.show({ view: 'continue' })}>{w.t('continue.menu')}</button>
					<button type="button" onClick={() => void transcript()}>{w.t('transcript.menu')}</button>
					{!hasEnded(store.state) && <button type="button" onClick={() => setAsking(true)}>{w.t('end.menu')}</button>}
				</div>
			)}
			{isOpen && isAsking && (
				<div class="menu" role="group" aria-label={w.t('end.ask')}>
					<p>{w.t('end.ask')}</p>
					<button type="button" onClick={() => { shut(); button.current?.focus() }}>{w.t('end.no')}</button>
					<button type="button" class="grave" onClick={() => { store.end(); shut(); button.current?.focus() }}>{w.t('end.yes')}</button>
				</div>
			)}
		</div>
	)
}
