// router.ts - the console's places. Who is not signed in is asked to, and comes back to where they wanted to go.
import { createRouter, createWebHistory } from 'vue-router'
import { useSession } from './entities/session'

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

router.beforeEach(async (to) => {
	const session = useSession()
	if (session.state === 'unknown') await session.resume().catch(() => undefined)
	if (to.meta['open'] !== true && session.state === 'out') return { name: 'sign-in', query: to.fullPath === HOME ? {} : { to: to.fullPath } }
	if (to.name === 'sign-in' && session.state === 'in') return '/'
	return true
})
