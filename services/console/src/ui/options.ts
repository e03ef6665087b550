// options.ts - what lists of choices, tabs and columns are made of.
import type { IconName } from './icons'

export interface SelectOption<V> {
	value: V
	label: string
	disabled?: boolean
}
export interface Choice {
	value: string
	label: string
	hint?: string
}
export interface Tab<K> {
	key: K
	label: string
	icon?: IconName
	count?: number
	combo?: string
}
export interface Column {
	key: string
	label: string
	align?: 'end'
	hidden?: boolean // its heading is for screen readers only
	wide?: boolean // takes the room that is left
}
