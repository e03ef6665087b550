// session.ts - who is signed in.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api, ok, Problem, setCsrf, whenSignedOut } from '@/api/client'
import type { Agent } from '@/api/types'

export const useSession = defineStore('session', () => {
	const agent = shallowRef<Agent | null>(null)
	const state = ref<'unknown' | 'out' | 'in'>('unknown')
	const hasExpired = ref(false)
	/* The place in the log at which all that is known was read; where the stream begins. */
	const cursor = ref('')
	/* The origin from which is shown what customers sent. */
	const contentUrl = ref('')

	function leave(expired: boolean): void {
		hasExpired.value = expired && state.value === 'in'
		agent.value = null
		setCsrf(null)
		state.value = 'out'
	}
	whenSignedOut(() => leave(true))

	/* Asks the API who we are. Throws Problem when it cannot be reached. */
	async function resume(): Promise<void> {
		try {
			const session = await ok(api.GET('/session'))
			setCsrf(session.csrf)
			agent.value = session.agent
			cursor.value = session.cursor
			contentUrl.value = session.content_url
			state.value = 'in'
		} catch (error) {
			if (!(error instanceof Problem) || error.status !== 401) throw error
			leave(false)
		}
	}
	async function signIn(email: string, password: string): Promise<void> {
		setCsrf((await ok(api.POST('/session', { body: { email, password } }))).csrf)
		hasExpired.value = false
		await resume()
	}
	async function signOut(): Promise<void> {
		await ok(api.DELETE('/session'))
		leave(false)
	}
	const isAdmin = computed(() => agent.value?.role === 'administrator')
	const isLead = computed(() => isAdmin.value || agent.value?.role === 'supervisor')
	return { agent, state, hasExpired, cursor, contentUrl, isAdmin, isLead, resume, signIn, signOut, leave }
})
