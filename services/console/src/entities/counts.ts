// counts.ts - how many conversations stand behind each entry of the navigation.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { api, ok } from '@/api/client'
import type { Counts } from '@/api/types'

/* Read again so long after something changed, and at most so often. */
const SOON = 400
const OFTEN = 5000

/* The server counts the conversations of lists up to here, those of teams and inboxes up to there: so many, or more. */
const LIST_END = 1000
export const GROUP_END = 100
export const countText = (count: number, end = LIST_END) => (count >= end ? `${end - 1}+` : String(count))

export const useCounts = defineStore('counts', () => {
	const value = shallowRef<Counts | null>(null)
	let timer: ReturnType<typeof setTimeout> | undefined
	let readAt = 0
	let hasFailed = false

	async function load(): Promise<void> {
		readAt = Date.now()
		hasFailed = true
		value.value = await ok(api.GET('/counts'))
		hasFailed = false
	}
	/* A page nobody sees waits until somebody does. */
	function outdated(): void {
		timer ??= setTimeout(() => {
			timer = undefined
			if (document.hidden) document.addEventListener('visibilitychange', outdated, { once: true })
			else void load().catch(() => undefined)
		}, Math.max(SOON, readAt + OFTEN - Date.now()))
	}
	/* What could not be read, now that it may be possible. */
	const mend = () => hasFailed && outdated()
	function reset(): void {
		clearTimeout(timer)
		timer = undefined
		document.removeEventListener('visibilitychange', outdated)
		value.value = null
	}
	return { value, load, outdated, mend, reset }
})
