// field.ts - what a field tells the control inside it: its id, what describes it, whether it is wrong.
import { computed, inject, useId, type ComputedRef, type InjectionKey } from 'vue'

interface FieldContext {
	id: string
	describedBy: ComputedRef<string | undefined>
	isInvalid: ComputedRef<boolean>
	isRequired: ComputedRef<boolean>
}
export const fieldKey: InjectionKey<FieldContext> = Symbol('field')

/* The browser takes blanks for a value. */
export const NOT_BLANK = '.*\\S.*'

/* useField - attributes for the control; outside a field it has an id of its own and must be labelled by its user. */
export function useField(): ComputedRef<Record<string, string | boolean | undefined>> {
	const field = inject(fieldKey, null)
	const own = useId()
	return computed(() => ({
		id: field?.id ?? own,
		'aria-describedby': field?.describedBy.value,
		'aria-invalid': field?.isInvalid.value || undefined,
		required: field?.isRequired.value || undefined,
	}))
}

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement
export type Fault = 'missing' | 'email' | 'value'

export function isControl(target: EventTarget | null): target is Control {
	return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}
/* faultOf - what the browser finds wrong, for words of our own: its bubbles speak its language, not the reader's. */
export function faultOf({ type, value, validity }: Control): Fault {
	if (validity.valueMissing || (validity.patternMismatch && !value.trim())) return 'missing'
	return validity.typeMismatch && type === 'email' ? 'email' : 'value'
}
/* isFirstFault - where the browser would go. */
export const isFirstFault = (control: Control): boolean => [...(control.form?.elements ?? [])].find((one) => isControl(one) && !one.validity.valid) === control
