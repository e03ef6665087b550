// router.ts - the console's places. Who is not signed in is asked to, and comes back to where they wanted to go.
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { useSession } from './entities/session'
import { fetchPanes } from './panes'

const HOME = '/inbox/mine'
export const router = createRouter({
	history: createWebHistory(),
	routes: [
		{ path: '/sign-in', name: 'sign-in', component: () => import('./features/sign-in/SignIn.vue'), meta: { open: true } },
		{ path: '/invitations/:token', name: 'invitation', component: () => import('./features/sign-in/Invitation.vue'), meta: { open: true } },
		{
			path: '/', component: () => import('./shell/Shell.vue'), children: [
				{ path: '', redirect: HOME },
				{ path: 'inbox/:list?/:conversation?', name: 'inbox', component: () => import('./features/inbox/InboxView.vue') },
				{ path: 'search', name: 'search', component: () => import('./features/search/SearchView.vue') },
				{ path: 'settings/:page?/:id?', name: 'settings', component: () => import('./features/settings/SettingsView.vue') },
				{ path: 'setup', name: 'setup', component: () => import('./features/settings/setup/SetupView.vue') },
				{ path: ':rest(.*)*', name: 'lost', component: () => import('./shell/ErrorPage.vue') },
			],
		},
	],
})

/* A place is fetched while it is found out who asks for it; who fails to get it here is told when it is shown. */
function fetchEarly(to: RouteLocationNormalized): void {
	const parts = to.matched.map(({ components }) => components?.['default'])
	const fetched = [...parts.filter((part) => typeof part === 'function').map((load) => (load as () => Promise<unknown>)()), ...(to.params['conversation'] ? [fetchPanes()] : [])]
	void Promise.allSettled(fetched)
}
router.beforeEach(async (to) => {
	const session = useSession()
	if (session.state === 'unknown') {
		const resumed = session.resume().catch(() => undefined)
		fetchEarly(to)
		await resumed
	}
	if (to.meta['open'] !== true && session.state === 'out') return { name: 'sign-in', query: to.fullPath === HOME ? {} : { to: to.fullPath } }
	if (to.name === 'sign-in' && session.state === 'in') return '/'
	return true
})
