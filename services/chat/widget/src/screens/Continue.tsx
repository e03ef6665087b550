/* Continue.tsx - where answers go when the visitor has left. A typed address is a claim: nothing goes there until its link was used. */
import { useState } from 'preact/hooks'
import { useShared } from '../App'
import type { Key } from '../i18n/en'
import { Field, looksLikeEmail } from '../parts/Field'
import { Icon } from '../parts/Icon'

export function Continue() {
	const { store, w } = useShared()
	const { visitor } = store.state
	const [email, setEmail] = useState('')
	const [isChanging, setChanging] = useState(false)
	const [error, setError] = useState<Key | null>(null)
	const [isBusy, setBusy] = useState(false)
	const level = visitor?.email && !isChanging ? visitor.email_level : 'none'

	async function submit(e: Event): Promise<void> {
		e.preventDefault()
		if (!looksLikeEmail(email.trim())) return setError('error.email')
		setBusy(true)
		const why = await store.profile({ email: email.trim() }, w.locale)
		setBusy(false)
		setError(why)
		setChanging(false)
		if (!why) store.show({ notice: w.t('continue.claimed', { email: email.trim() }) })
	}
	async function check(): Promise<void> {
		await store.refresh()
		if (store.state.visitor?.email_level !== 'confirmed') setError('continue.not_yet')
	}
	return (
		<main class="form">
			<form noValidate onSubmit={(e) => void submit(e)}>
				<h2>{w.t('continue.title')}</h2>
				<p class="hint">{w.t('continue.why')}</p>
				{level === 'confirmed' && <p class="state ok"><span aria-hidden="true">●</span> {w.t('continue.confirmed', { email: visitor?.email ?? '' })}</p>}
				{level === 'claimed' && <p class="state near"><Icon name="mail" /> {w.t('continue.claimed', { email: visitor?.email ?? '' })}</p>}
				{level === 'none' && (
					<Field name="email" inputMode="email" label={w.t('prechat.email')} autocomplete="email" maxLength={254} dir="ltr" value={email} onText={setEmail}
						required error={error ? w.t(error) : null} />
				)}
				{level !== 'none' && error && <p class="error" role="alert">{w.t(error)}</p>}
				<div class="buttons">
					{level === 'none' && <button key="save" type="submit" class="primary" disabled={isBusy}>{w.t('continue.save')}</button>}
					{level === 'claimed' && <button key="check" type="button" class="primary" onClick={() => void check()}>{w.t('continue.check')}</button>}
					{level !== 'none' && <button key="change" type="button" class="plain" onClick={() => { setChanging(true); setError(null) }}>{w.t('continue.change')}</button>}
				</div>
			</form>
		</main>
	)
}
