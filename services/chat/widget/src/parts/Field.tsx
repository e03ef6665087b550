/* Field.tsx - a labelled line of text with its error beside it. */
interface Props {
	name: string
	inputMode?: 'text' | 'email'
	dir: 'auto' | 'ltr'
	autocomplete: 'name' | 'email'
	maxLength: number
	value: string
	required?: boolean
	label: string
	hint?: string | null
	error?: string | null
	onText: (text: string) => void
}

export function Field({ label, hint, error, onText, name, inputMode = 'text', required = false, ...input }: Props) {
	const id = `field-${name}`
	return (
		<div class="field">
			<label for={id}>{label}{hint && <span class="hint"> ({hint})</span>}</label>
			<input type="text" {...input} id={id} name={name} inputMode={inputMode} required={required} aria-invalid={error ? true : undefined} aria-describedby={error ? `${id}-error` : undefined}
				onInput={(e) => onText(e.currentTarget.value)} />
			{error && <p class="error" id={`${id}-error`}>{error}</p>}
		</div>
	)
}
/* looksLikeEmail - the server decides; this only catches slips. */
export const looksLikeEmail = (text: string): boolean => /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text)
