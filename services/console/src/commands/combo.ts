// combo.ts - one key combination: parsed, matched against an event, told in words. Pure.

export interface Combo {
	readonly mod: boolean // Ctrl, or Cmd on a Mac
	readonly alt: boolean
	readonly shift: boolean
	readonly key: string // as event.key says it; letters in lower case
}

export type KeyLike = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

const isLetter = (key: string) => /^\p{L}$/u.test(key)
const isSign = (key: string) => [...key].length === 1 && !isLetter(key) && key !== ' '

/* 'Mod+Shift+Enter', 'j', '?', '+': null when it names no key. */
export function parseCombo(text: string): Combo | null {
	const cut = text.endsWith('+') ? text.length - 1 : text.lastIndexOf('+') + 1
	const key = text.slice(cut)
	const held = text.slice(0, cut).split('+').filter(Boolean)
	if (!key || held.some((name) => !['Mod', 'Alt', 'Shift'].includes(name))) return null
	return {
		mod: held.includes('Mod'),
		alt: held.includes('Alt'),
		shift: held.includes('Shift'),
		key: isLetter(key) ? key.toLowerCase() : key,
	}
}

/* The Latin key at the same place, for layouts that write none: Cyrillic о on KeyJ is j. */
function latin(event: KeyLike): string {
	const key = event.key
	if (!isLetter(key) || /\p{Script=Latin}/u.test(key)) return key
	return /^Key([A-Z])$/.exec(event.code)?.[1]?.toLowerCase() ?? key
}

/* Shift counts with letters and named keys only: ? is Shift+' on one keyboard and Shift+, on another. */
export function matches(combo: Combo, event: KeyLike): boolean {
	const typed = latin(event)
	const key = isLetter(typed) ? typed.toLowerCase() : typed
	const mod = event.ctrlKey || event.metaKey
	const altGraph = isSign(key) && event.ctrlKey && event.altKey // how some layouts reach @ or #
	if (key !== combo.key) return false
	if (!isSign(key) && event.shiftKey !== combo.shift) return false
	return altGraph ? !combo.mod && !combo.alt : mod === combo.mod && event.altKey === combo.alt
}

/* What an event would be as a combination; null for a modifier alone. */
export function comboOf(event: KeyLike): string | null {
	if (['Control', 'Meta', 'Alt', 'Shift', 'AltGraph', 'Dead', 'Process', 'Unidentified'].includes(event.key)) return null
	const typed = latin(event)
	const key = isLetter(typed) ? typed.toLowerCase() : typed
	const held = [
		(event.ctrlKey || event.metaKey) && 'Mod+',
		event.altKey && 'Alt+',
		event.shiftKey && !isSign(key) && 'Shift+',
	]
	return held.filter(Boolean).join('') + key
}

const shown: Record<string, string> = {
	ArrowUp: '↑',
	ArrowDown: '↓',
	ArrowLeft: '←',
	ArrowRight: '→',
	Escape: 'Esc',
	Enter: '⏎',
	' ': '␣',
}

/* As it stands on a key cap: ['Ctrl', 'K']. */
export function keyCaps(combo: Combo, mac: boolean): string[] {
	const caps = [
		combo.mod && (mac ? '⌘' : 'Ctrl'),
		combo.alt && (mac ? '⌥' : 'Alt'),
		combo.shift && (mac ? '⇧' : 'Shift'),
		shown[combo.key] ?? (isLetter(combo.key) ? combo.key.toUpperCase() : combo.key),
	]
	return caps.filter((cap) => typeof cap === 'string')
}

/* The value of aria-keyshortcuts. */
export function ariaKeys(combo: Combo): string {
	const key = combo.key === ' ' ? 'Space' : combo.key === '+' ? 'plus' : combo.key
	const held = (mod: string) => [mod, combo.alt && 'Alt', combo.shift && 'Shift', key].filter(Boolean).join('+')
	return combo.mod ? `${held('Control')} ${held('Meta')}` : held('')
}
