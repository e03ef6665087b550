// palette.ts - what the palette offers for a text: commands, places, people, conversations. Ranking is pure; the rest asks the stores.
import { computed, ref, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { api, ok } from '@/api/client'
import type { PresenceStatus } from '@/api/types'
import { channelOf } from '@/channels/registry'
import { commandIds, shapeOf } from '@/commands/all'
import { useKeyCaps } from '@/commands/keymap'
import { canRun, runCommand } from '@/commands/registry'
import { useAgents, useInboxes, useTeams, useViews } from '@/entities/collections'
import { useConversations } from '@/entities/conversations'
import { useSession } from '@/entities/session'
import { pagesFor } from '@/features/settings/pages'
import { fold } from '@/ui/fold'
import type { IconName } from '@/ui/icons'

export interface Offer {
	readonly key: string
	readonly label: string
	readonly hint?: string
	readonly icon?: IconName
	readonly family?: string
	readonly presence?: PresenceStatus
	readonly caps?: readonly string[]
	readonly run: () => unknown
}
export interface OfferGroup {
	readonly key: 'commands' | 'conversations' | 'people' | 'places'
	readonly offers: readonly Offer[]
}

/* How well a label fits: 0 not at all; whole beginnings before words' beginnings before the rest. */
export function fit(label: string, wanted: string): number {
	const text = fold(label)
	const query = fold(wanted.trim())
	if (!query) return 1
	if (text.startsWith(query)) return 4
	const words = query.split(/\s+/)
	if (words.every((word) => new RegExp(`(^|[^\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'u').test(text))) return 3
	return words.every((word) => text.includes(word)) ? 2 : 0
}

export function best(offers: readonly Offer[], wanted: string, limit: number): Offer[] {
	return offers
		.map((offer, place) => ({ offer, place, score: fit(`${offer.label} ${offer.hint ?? ''}`, wanted) }))
		.filter(({ score }) => score > 0)
		.sort((a, b) => b.score - a.score || a.place - b.place)
		.slice(0, limit)
		.map(({ offer }) => offer)
}

const searchAfter = 150

export function usePalette(query: Ref<string>, isOpen: Ref<boolean>) {
	const { t } = useI18n()
	const router = useRouter()
	const session = useSession()
	const conversations = useConversations()
	const [agents, views, teams, inboxes] = [useAgents(), useViews(), useTeams(), useInboxes()]
	const { caps } = useKeyCaps()
	const found = ref<readonly string[]>([])
	const people = ref<readonly Offer[]>([])
	let timer: ReturnType<typeof setTimeout> | undefined
	let asked = 0

	watch([query, isOpen], ([text, open]) => {
		clearTimeout(timer)
		const mine = ++asked
		const q = text.trim()
		if (!open || q.length < 2) {
			found.value = []
			people.value = []
			return
		}
		timer = setTimeout(async () => {
			const [some, customers] = await Promise.all([
				ok(api.GET('/search', { params: { query: { q, in: 'conversations', limit: 6 } } })).catch(() => null),
				ok(api.GET('/search', { params: { query: { q, in: 'customers', limit: 5 } } })).catch(() => null),
			])
			if (mine !== asked) return
			const rows = some?.items.flatMap((item) => item.conversation ?? []) ?? []
			for (const row of rows) conversations.put(row)
			found.value = rows.map((row) => row.id)
			people.value = customers?.items.flatMap(({ customer }) => (customer
				? [{ key: `customer-${customer.id}`, label: customer.name || (customer.addresses[0] ?? ''), hint: customer.name ? customer.addresses[0] : undefined, icon: 'person' as const, run: () => router.push(`/inbox/all?customer=${customer.id}`) }]
				: [])) ?? []
		}, searchAfter)
	})

	const commandOffers = computed((): Offer[] => commandIds
		.filter((id) => !shapeOf(id).unlisted && canRun(id))
		.map((id) => ({ key: id, label: t(`shell.commands.${id}`), caps: caps(id)[0], run: () => runCommand(id) })))
	const placeOffers = computed((): Offer[] => [
		...views.items.map((one) => ({ key: `view-${one.id}`, label: one.name, icon: 'bookmark' as const, run: () => router.push(`/inbox/view-${one.id}`) })),
		...teams.items.map((one) => ({ key: `team-${one.id}`, label: one.name, icon: 'people' as const, run: () => router.push(`/inbox/team-${one.id}`) })),
		...inboxes.items.map((one) => ({ key: `inbox-${one.id}`, label: one.name, hint: one.address, icon: channelOf(one.channel).icon, family: channelOf(one.channel).family, run: () => router.push(`/inbox/inbox-${one.id}`) })),
		...pagesFor(session.isLead, session.isAdmin).map((page) => ({ key: page.key, label: t(`settings.pages.${page.key}`), icon: page.icon, run: () => router.push(`/settings/${page.key}`) })),
	])
	const colleagueOffers = computed((): Offer[] => agents.items.filter((one) => one.active)
		.map((one) => ({ key: `agent-${one.id}`, label: one.name, presence: agents.presenceOf(one.id), run: () => router.push(`/inbox/all?assignee=${one.id}`) })))
	const conversationOffers = computed((): Offer[] => found.value.flatMap((id) => {
		const row = conversations.get(id)
		if (!row) return []
		const kind = channelOf(row.channel)
		return [{ key: id, label: row.subject || row.customer.name, hint: `${row.subject ? row.customer.name : ''} ${row.ref}`.trim(), icon: kind.icon, family: kind.family, run: () => router.push(`/inbox/all/${id}`) }]
	}))

	const groups = computed((): OfferGroup[] => {
		const text = query.value
		const short = !text.trim()
		const all: OfferGroup[] = [
			{ key: 'commands', offers: best(commandOffers.value, text, short ? 40 : 8) },
			{ key: 'conversations', offers: conversationOffers.value },
			{ key: 'people', offers: short ? [] : [...best(colleagueOffers.value, text, 5), ...people.value] },
			{ key: 'places', offers: short ? [] : best(placeOffers.value, text, 6) },
		]
		return all.filter((group) => group.offers.length)
	})
	return { groups }
}
