// menu.ts - the records a menu is made of.
import type { IconName } from './icons'

export interface MenuItem {
	key: string
	label: string
	icon?: IconName
	combo?: string
	danger?: boolean
	disabled?: boolean
	reason?: string // why it cannot be done; read out with the item
	checked?: boolean // one of a choice, or a thing that is on
	run: () => void
}
export interface MenuGroup {
	group: string // its heading; '' for a line alone
	items: readonly MenuItem[]
}
export type MenuEntry = MenuItem | MenuGroup

/* groupsOf - loose items together, groups apart. */
export function groupsOf(entries: readonly MenuEntry[]): MenuGroup[] {
	const groups: { group: string; items: MenuItem[]; isLoose: boolean }[] = []
	for (const entry of entries) {
		const last = groups.at(-1)
		if ('items' in entry) groups.push({ group: entry.group, items: [...entry.items], isLoose: false })
		else if (last?.isLoose) last.items.push(entry)
		else groups.push({ group: '', items: [entry], isLoose: true })
	}
	return groups.filter((g) => g.items.length > 0)
}
