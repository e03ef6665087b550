// ahead.ts - conversations that are likely to be opened next are read ahead: the neighbours of the open one, and the row one points at.
import { onBeforeUnmount, watch } from 'vue'
import { useThreads } from '@/entities/threads'
import { stepFrom } from './selection'

/* What was just opened comes first. */
const REST = 80
/* Pointers cross many rows. */
const LINGER = 50

export function useAhead(ids: () => readonly string[], selected: () => string | null) {
	const threads = useThreads()
	let timer: ReturnType<typeof setTimeout> | undefined
	/* the open one last: it stays longest of those that are kept */
	function soon(wanted: () => readonly (string | null)[], wait: number): void {
		clearTimeout(timer)
		timer = setTimeout(() => [...wanted(), selected()].forEach((id) => id && threads.thread(id)), wait)
	}
	watch(selected, (id) => id && soon(() => [stepFrom(ids(), id, -1), stepFrom(ids(), id, 1)], REST), { immediate: true })
	onBeforeUnmount(() => clearTimeout(timer))
	return (id: string) => soon(() => [id], LINGER)
}
