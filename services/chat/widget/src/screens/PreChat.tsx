/* PreChat.tsx - what the shop wants to know before the first message; outside office hours, where the answer shall go. */
import { useRef, useState } from 'preact/hooks'
import { useShared } from '../App'
import type { Key } from '../i18n/en'
import { Field, looksLikeEmail } from '../parts/Field'

export function PreChat() {
	const { store, w } = useShared()
	const { session, visitor, open } = store.state
	const [name, setName] = useState(visitor?.name ?? '')
	const [email, setEmail] = useState(visitor?.email ?? '')
	const [errors, setErrors] = useState<{ name?: Key; email?: Key; form?: Key }>({})
	const [isBusy, setBusy] = useState(false)
	const form = useRef<HTMLFormElement>(null)
	if (!session) return <main class="form" />
	const prechat = session.settings.prechat
	const needs = { name: prechat.name, email: open ? prechat.email : 'required' as const }
	const maySkip = needs.name !== 'required' && needs.email !== 'required'

	async function submit(e: Event): Promise<void> {
		e.preventDefault()
		const found: typeof errors = {}
		if (needs.name === 'required' && !name.trim()) found.name = 'error.name'
		if (email.trim() ? !looksLikeEmail(email.trim()) : needs.email === 'required') found.email = 'error.email'
		setErrors(found)
		const wrong = found.name ? 'name' : found.email ? 'email' : null
		if (wrong) return form.current?.querySelector<HTMLElement>(`[name=${wrong}]`)?.focus()
		const change = { ...(name.trim() && { name: name.trim() }), ...(email.trim() && email.trim() !== visitor?.email && { email: email.trim() }) }
		setBusy(true)
		const why = Object.keys(change).length ? await store.profile(change, w.locale) : null
		setBusy(false)
		if (why) setErrors(why === 'error.email' ? { email: why } : { form: why })
		else go()
	}
	const go = (): void => store.show({ view: 'thread', hasSkipped: true })
	return (
		<main class="form">
			<form ref={form} noValidate onSubmit={(e) => void submit(e)}>
				<h2>{open ? w.t('prechat.title') : w.t('home.away')}</h2>
				<p class="hint">
					{w.t(open ? 'prechat.why' : 'prechat.away')}
					{!open && session.opens_at && ` ${w.t('home.opens', { when: w.when(session.opens_at, new Date()) })}.`}
				</p>
				{needs.name !== 'off' && (
					<Field name="name" label={w.t('prechat.name')} hint={needs.name === 'optional' ? w.t('prechat.optional') : null} autocomplete="name" dir="auto"
						maxLength={200} value={name} onText={setName} required={needs.name === 'required'} error={errors.name ? w.t(errors.name) : null} />
				)}
				{needs.email !== 'off' && (
					<Field name="email" inputMode="email" label={w.t('prechat.email')} hint={needs.email === 'optional' ? w.t('prechat.optional') : null} autocomplete="email"
						maxLength={254} dir="ltr" value={email} onText={setEmail} required={needs.email === 'required'} error={errors.email ? w.t(errors.email) : null} />
				)}
				{errors.form && <p class="error" role="alert">{w.t(errors.form)}</p>}
				<div class="buttons">
					<button type="submit" class="primary" disabled={isBusy}>{w.t('prechat.go')}</button>
					{maySkip && <button type="button" class="plain" onClick={go}>{w.t('prechat.skip')}</button>}
				</div>
			</form>
		</main>
	)
}
