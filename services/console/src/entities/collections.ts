// collections.ts - the settings everybody works with, each a small list. Screens change them by the API and load() again; what
// others change comes by events.
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { api, ok } from '@/api/client'
import type { Agent, CannedReply, Colleague, Inbox, PresenceStatus, SavedView, Tag, Team, Token } from '@/api/types'
import { collection } from './collection'

const byId = (row: { id: string }) => row.id
const byName = (row: { name: string }) => row.name

export const useAgents = defineStore('agents', () => {
	const all = collection<Agent | Colleague>(async () => (await ok(api.GET('/agents'))).items, byId, byName)
	/* what frames said since they were read */
	const heard = shallowReactive(new Map<string, PresenceStatus>())
	const presenceOf = (id: string): PresenceStatus => heard.get(id) ?? all.get(id)?.presence ?? 'offline'
	async function load(): Promise<void> {
		heard.clear()
		await all.load()
	}
	return { ...all, load, heard, presenceOf }
})
export const useInboxes = defineStore('inboxes', () => collection<Inbox>(async () => (await ok(api.GET('/inboxes'))).items, byId, byName))
export const useTeams = defineStore('teams', () => collection<Team>(async () => (await ok(api.GET('/teams'))).items, byId, byName))
export const useTags = defineStore('tags', () => collection<Tag>(async () => (await ok(api.GET('/tags'))).items, byName, byName))
export const useCannedReplies = defineStore('canned', () =>
	collection<CannedReply>(async () => (await ok(api.GET('/canned-replies'))).items, byId, (row) => row.shortcut))
export const useTokens = defineStore('tokens', () => collection<Token>(async () => (await ok(api.GET('/tokens'))).items, byId, byName))
export const useViews = defineStore('views', () =>
	collection<SavedView>(async () => (await ok(api.GET('/views'))).items, byId, (row) => String(row.position).padStart(6, '0') + row.name))
