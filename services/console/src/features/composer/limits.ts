// limits.ts - what fits through a channel, said before it is sent. Pure.
import type { Limits } from '@/channels/registry'

export interface Length {
	used: number
	limit: number
	unit: 'characters' | 'kilobytes'
	level: 'free' | 'near' | 'over' // near: from 80 %
}

const encoder = new TextEncoder()
const bytesOf = (text: string) => encoder.encode(text).length
/* As the channels count: an emoji is one. */
const charactersOf = (text: string) => {
	let count = 0
	for (const _ of text) count++
	return count
}

/* The tighter of the two limits; html: what is sent with the text, '' for none. */
export function lengthOf(text: string, html: string, limits: Limits): Length {
	// the cheap bound first: nothing short can come near
	if (text.length * 3 < limits.bytes * 0.8 && html.length * 3 < limits.bytes * 0.8 && text.length < limits.characters * 0.8) return { used: text.length, limit: limits.characters, unit: 'characters', level: 'free' }
	const characters = charactersOf(text)
	const bytes = Math.max(bytesOf(text), bytesOf(html))
	const byBytes = bytes / limits.bytes > characters / limits.characters
	const ratio = Math.max(bytes / limits.bytes, characters / limits.characters)
	const level = ratio > 1 ? 'over' : ratio >= 0.8 ? 'near' : 'free'
	return byBytes ? { used: Math.ceil(bytes / 1024), limit: Math.floor(limits.bytes / 1024), unit: 'kilobytes', level } : { used: characters, limit: limits.characters, unit: 'characters', level }
}

export interface Refused {
	name: string
	reason: 'empty' | 'too_big' | 'too_many'
}

/* Which of the files go into the tray, and why others do not. */
export function admit<T extends { name: string; size: number }>(present: number, files: readonly T[], limits: Limits): { taken: T[]; refused: Refused[] } {
	const taken: T[] = []
	const refused: Refused[] = []
	for (const file of files) {
		const reason = !file.size ? 'empty' : file.size > limits.fileBytes ? 'too_big' : present + taken.length >= limits.files ? 'too_many' : null
		if (reason) refused.push({ name: file.name, reason })
		else taken.push(file)
	}
	return { taken, refused }
}
