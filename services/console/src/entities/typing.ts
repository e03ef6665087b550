// typing.ts - who writes, and who else looks: signals that may be lost and forget themselves.
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'

const TYPING_LIVES = 6000
const VIEWING_LIVES = 15_000
/* One's own typing is told again this often while it goes on. */
const TELL_EVERY = 3000

export interface Typist {
	id: string
	name: string
	type: 'agent' | 'customer'
}
export interface Viewer {
	agent_id: string
	name: string
	state: 'viewing' | 'typing'
}

export const useTyping = defineStore('typing', () => {
	const typists = shallowReactive(new Map<string, readonly Typist[]>())
	const viewers = shallowReactive(new Map<string, readonly Viewer[]>())
	const timers = new Map<string, ReturnType<typeof setTimeout>>()
	let send: (frame: unknown) => boolean = () => false
	let told = { conversation: '', at: 0 }

	function expire(key: string, after: number, forget: () => void): void {
		clearTimeout(timers.get(key))
		timers.set(key, setTimeout(() => {
			timers.delete(key)
			forget()
		}, after))
	}
	function heard(conversation: string, who: Typist, active: boolean): void {
		const others = (typists.get(conversation) ?? []).filter((one) => one.id !== who.id)
		typists.set(conversation, active ? [...others, who] : others)
		if (active) expire(`t${conversation}${who.id}`, TYPING_LIVES, () => heard(conversation, who, false))
	}
	function seen(conversation: string, all: readonly Viewer[]): void {
		viewers.set(conversation, all)
		expire(`v${conversation}`, VIEWING_LIVES, () => viewers.delete(conversation))
	}
	/* One types there now, or stopped. */
	function tell(conversation: string, active: boolean): void {
		const now = Date.now()
		if (active && told.conversation === conversation && now - told.at < TELL_EVERY) return
		if (!active && told.conversation !== conversation) return
		told = active ? { conversation, at: now } : { conversation: '', at: 0 }
		send({ typing: { conversation_id: conversation, active } })
	}
	return {
		of: (conversation: string): readonly Typist[] => typists.get(conversation) ?? [],
		viewersOf: (conversation: string): readonly Viewer[] => viewers.get(conversation) ?? [],
		heard, seen, tell,
		bind: (how: (frame: unknown) => boolean) => (send = how),
		reset: () => {
			typists.clear()
			viewers.clear()
		},
	}
})
/* The other half by its own name. */
export function useViewers() {
	const typing = useTyping()
	return { of: typing.viewersOf }
}
