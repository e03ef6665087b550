// skills.ts - skills are words people make up; what is in use already is offered first.
import type { Choice } from '@/ui/options'

export function skillFrom(text: string): string | null {
	const skill = text.trim().toLocaleLowerCase().replace(/\s+/g, ' ').slice(0, 40)
	return skill || null
}
export function skillsOf(...lists: readonly (readonly object[])[]): Choice[] {
	const all = new Set<string>()
	for (const row of lists.flat()) if ('skills' in row && Array.isArray(row.skills)) for (const skill of row.skills) all.add(String(skill))
	return [...all].sort((a, b) => a.localeCompare(b)).map((value) => ({ value, label: value }))
}
