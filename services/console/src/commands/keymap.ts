// keymap.ts - from a key to its command: the reader's own keys first, silent where people write.
import { onBeforeUnmount, onMounted } from 'vue'
import { usePreferences } from '@/entities/preferences'
import { commandIds, shapeOf, type CommandId } from './all'
import { ariaKeys, keyCaps, matches, parseCombo, type KeyLike } from './combo'
import { canRun, runCommand } from './registry'

export type Keymap = Readonly<Record<string, unknown>>

/* What the user chose (null = no key at all), else what the command comes with. Pure. */
export function keysIn(keymap: Keymap, id: CommandId): readonly string[] {
	const own = keymap[id]
	if (own === undefined) return shapeOf(id).keys
	return typeof own === 'string' && own ? [own] : []
}

/* The commands a key stands for, own choices before defaults, so that a chosen key wins over the one it collides with. Pure. */
export function commandsFor(keymap: Keymap, event: KeyLike, inField: boolean): CommandId[] {
	const hit = commandIds.filter((id) => {
		if (inField && !shapeOf(id).everywhere) return false
		return keysIn(keymap, id).some((text) => {
			const combo = parseCombo(text)
			return combo !== null && matches(combo, event)
		})
	})
	return hit.sort((a, b) => Number(typeof keymap[b] === 'string') - Number(typeof keymap[a] === 'string'))
}

const fields = 'input:not([type=checkbox],[type=radio],[type=button]), textarea, select, [contenteditable=true], [contenteditable=""]'

export const isField = (target: EventTarget | null) => target instanceof Element && target.closest(fields) !== null

/* An open dialog, menu or list box has the keyboard to itself. */
const isCovered = () => document.querySelector('[role=dialog], [role=alertdialog], [role=menu], [role=listbox][data-state=open]') !== null

export const isMac = /mac|iphone|ipad/i.test(globalThis.navigator?.platform ?? '')

export function useKeyCaps() {
	const preferences = usePreferences()
	const keysOf = (id: CommandId) => (preferences.value.shortcuts || shapeOf(id).everywhere ? keysIn(preferences.value.keymap, id) : [])
	const combosOf = (id: CommandId) => keysOf(id).map(parseCombo).filter((combo) => combo !== null)
	return {
		keysOf, // ['Mod+k']
		caps: (id: CommandId) => combosOf(id).map((combo) => keyCaps(combo, isMac)), // [['Ctrl', 'K']]
		hint: (id: CommandId) => combosOf(id).map((combo) => keyCaps(combo, isMac).join(isMac ? '' : '+'))[0], // 'Ctrl+K', of menus and tooltips
		aria: (id: CommandId) => combosOf(id).map(ariaKeys).join(' ') || undefined,
	}
}

/* Listens for the whole page; used once, by the shell. */
export function useKeymap(): void {
	const preferences = usePreferences()
	function onKey(event: KeyboardEvent) {
		if (event.defaultPrevented || event.isComposing || event.repeat && !['j', 'k'].includes(event.key)) return
		const quiet = isField(event.target) || !preferences.value.shortcuts
		const id = commandsFor(preferences.value.keymap, event, quiet).find(canRun)
		if (!id || (isCovered() && id !== 'app.palette')) return
		event.preventDefault()
		runCommand(id)
	}
	onMounted(() => document.addEventListener('keydown', onKey))
	onBeforeUnmount(() => document.removeEventListener('keydown', onKey))
}
