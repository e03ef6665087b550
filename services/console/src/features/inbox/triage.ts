// triage.ts - what one does to conversations, to one or to many: shown at once, said, and taken back for eight seconds.
import { useI18n } from 'vue-i18n'
import { problemOf, problemText } from '@/api/problem'
import type { Conversation, ConversationStatus } from '@/api/types'
import { useConversations } from '@/entities/conversations'
import { announce } from '@/shell/announce'
import { say, undoable } from '@/shell/undo'

export interface Assignee {
	readonly kind: 'agent' | 'team' | 'nobody'
	readonly id: string | null
	readonly name: string
}

type Change = (row: Conversation) => Promise<unknown>

export function useTriage() {
	const { t } = useI18n()
	const conversations = useConversations()

	const known = (ids: readonly string[]) => ids.map((id) => conversations.get(id)).filter((row) => row !== undefined)

	/* A few at a time: a hundred requests at once would only wait for each other. */
	async function each(rows: readonly Conversation[], change: Change): Promise<number> {
		let failed = 0
		const left = [...rows]
		const worker = async () => {
			for (let row = left.shift(); row; row = left.shift()) {
				try {
					await change(row)
				} catch (error) {
					failed++
					const text = problemText(t, problemOf(error))
					say(rows.length > 1 ? t('inbox.failedOne', { ref: row.ref, text }) : text)
				}
			}
		}
		await Promise.all(Array.from({ length: 4 }, worker))
		return failed
	}
	/* Says what was done, offers to take it back with `back`, which is given the rows as they were. */
	async function act(ids: readonly string[], text: string, change: Change, back?: Change): Promise<void> {
		const before = known(ids)
		if (!before.length) return
		const offer = () => (back ? undoable(text, () => each(before, back)) : announce(text))
		offer()
		await each(before, change)
	}

	const restore: Change = (row) => conversations.setStatus(row.id, row.status, row.snoozed_until ?? undefined)

	return {
		setStatus: (ids: readonly string[], status: ConversationStatus, until?: Date | null) =>
			act(ids, t(`inbox.done.${status}`, { n: ids.length }, ids.length), (row) => conversations.setStatus(row.id, status, until?.toISOString()), restore),
		assign: (ids: readonly string[], to: Assignee) =>
			act(
				ids,
				to.kind === 'nobody' ? t('inbox.done.unassigned', { n: ids.length }, ids.length) : t('inbox.done.assigned', { n: ids.length, name: to.name }, ids.length),
				(row) => conversations.assign(row.id, to.kind === 'team' ? { agent_id: null, team_id: to.id } : { agent_id: to.id }, to.name),
				(row) => conversations.assign(row.id, { agent_id: row.assignee?.id ?? null, team_id: row.team_id }, row.assignee?.name),
			),
		priority: (ids: readonly string[], priority: Conversation['priority']) =>
			act(
				ids,
				t('inbox.done.priority', { n: ids.length, priority: t(`common.priority.${priority}`) }, ids.length),
				(row) => conversations.triage(row.id, { priority }),
				(row) => conversations.triage(row.id, { priority: row.priority }),
			),
		tags: (ids: readonly string[], add: string[], remove: string[]) =>
			act(
				ids,
				t('inbox.done.tags', { n: ids.length }, ids.length),
				(row) => conversations.triage(row.id, { tags: { add, remove } }),
				(row) => {
					const tags = { add: remove.filter((tag) => row.tags.includes(tag)), remove: add.filter((tag) => !row.tags.includes(tag)) }
					return tags.add.length + tags.remove.length ? conversations.triage(row.id, { tags }) : Promise.resolve()
				},
			),
		follow: (id: string, on: boolean) => act([id], t(on ? 'inbox.done.followed' : 'inbox.done.unfollowed'), () => conversations.follow(id, on), (row) => conversations.follow(id, row.following)),
	}
}
