// pages.ts - which pages of settings there are, for whom, and where their code is.
import { defineAsyncComponent, type Component } from 'vue'
import type { IconName } from '@/ui/icons'

export type PageKey =
	| 'profile' | 'tokens' | 'canned-replies' | 'tags' | 'company' | 'inboxes' | 'agents' | 'teams' | 'health' | 'parked' | 'audit'
export interface Page {
	key: PageKey
	group: 'me' | 'work' | 'company' | 'system'
	icon: IconName
	needs: 'all' | 'lead' | 'admin'
	page: Component // without an id: the list
	record?: Component // with one, or "new"
}
const later = (load: () => Promise<{ default: Component }>) => defineAsyncComponent(load)

export const pages: readonly Page[] = [
	{ key: 'profile', group: 'me', icon: 'person', needs: 'all', page: later(() => import('./me/ProfilePage.vue')) },
	{ key: 'tokens', group: 'me', icon: 'key', needs: 'all', page: later(() => import('./me/TokensPage.vue')) },
	{
		key: 'canned-replies', group: 'work', icon: 'text', needs: 'all',
		page: later(() => import('./work/CannedRepliesPage.vue')), record: later(() => import('./work/CannedReplyPage.vue')),
	},
	{ key: 'tags', group: 'work', icon: 'tag', needs: 'lead', page: later(() => import('./work/TagsPage.vue')) },
	{ key: 'company', group: 'company', icon: 'company', needs: 'admin', page: later(() => import('./system/CompanyPage.vue')) },
	{
		key: 'inboxes', group: 'company', icon: 'inbox', needs: 'admin',
		page: later(() => import('./inboxes/InboxesPage.vue')), record: later(() => import('./inboxes/InboxPage.vue')),
	},
	{
		key: 'agents', group: 'company', icon: 'person', needs: 'admin',
		page: later(() => import('./agents/AgentsPage.vue')), record: later(() => import('./agents/AgentPage.vue')),
	},
	{
		key: 'teams', group: 'company', icon: 'people', needs: 'admin',
		page: later(() => import('./agents/TeamsPage.vue')), record: later(() => import('./agents/TeamPage.vue')),
	},
	{ key: 'health', group: 'system', icon: 'pulse', needs: 'lead', page: later(() => import('./system/HealthPage.vue')) },
	{ key: 'parked', group: 'system', icon: 'parked', needs: 'admin', page: later(() => import('./system/ParkedPage.vue')) },
	{ key: 'audit', group: 'system', icon: 'audit', needs: 'admin', page: later(() => import('./system/AuditPage.vue')) },
]

export function pagesFor(isLead: boolean, isAdmin: boolean): Page[] {
	return pages.filter((page) => page.needs === 'all' || isAdmin || (page.needs === 'lead' && isLead))
}
