// presence.ts - whether one takes work: chosen at the avatar, away after five idle minutes, back by itself.
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { api, ok } from '@/api/client'
import type { PresenceStatus } from '@/api/types'
import { useAgents } from './collections'
import { usePreferences } from './preferences'
import { useSession } from './session'

const IDLE = 5 * 60_000
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const

export const usePresence = defineStore('presence', () => {
	const session = useSession()
	const agents = useAgents()
	const preferences = usePreferences()
	const mine = computed<PresenceStatus>(() => (session.agent ? (agents.heard.get(session.agent.id) ?? agents.get(session.agent.id)?.presence ?? session.agent.presence) : 'offline'))
	let timer: ReturnType<typeof setInterval> | undefined
	let active = Date.now()
	let wentAway = false

	async function tell(status: PresenceStatus): Promise<void> {
		const me = session.agent?.id
		if (!me) return
		const old = mine.value
		agents.heard.set(me, status)
		try {
			await ok(api.PUT('/presence', { body: { status } }))
		} catch (error) {
			agents.heard.set(me, old)
			throw error
		}
	}
	function set(status: PresenceStatus): Promise<void> {
		wentAway = false
		return tell(status)
	}
	function sign(): void {
		active = Date.now()
		if (!wentAway) return
		wentAway = false
		void tell('available').catch(() => undefined)
	}
	function begin(): void {
		for (const name of SIGNS) addEventListener(name, sign, { passive: true })
		timer = setInterval(() => {
			if (!preferences.value.auto_away || mine.value !== 'available' || Date.now() - active < IDLE) return
			wentAway = true
			void tell('away').catch(() => (wentAway = false))
		}, 10_000)
	}
	function end(): void {
		clearInterval(timer)
		for (const name of SIGNS) removeEventListener(name, sign)
	}
	return { mine, set, of: agents.presenceOf, begin, end }
})
