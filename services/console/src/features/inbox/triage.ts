// triage.ts - what one does to conversations, to one or to many: shown at once, said, and taken back for eight seconds.
import { useI18n } from 'vue-i18n'
import { problemOf, problemText } from '@/api/problem'
import type { Conversation, ConversationStatus } from '@/api/types'
import { useConversations } from '@/entities/conversations'
import { announce } from '@/shell/announce'
import { progress, say, undoable } from '@/shell/undo'

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

	/* A few at a time: a hundred requests at once would only wait for each other. Returns: which were changed, and what became of the others. */
	async function each(rows: readonly Conversation[], change: Change, tell: (ready: number) => void = () => undefined) {
		const changed: Conversation[] = []
		const failed: { ref: string; text: string }[] = []
		const left = [...rows]
		const worker = async () => {
			for (let row = left.shift(); row; row = left.shift()) {
				try {
					await change(row)
					changed.push(row)
				} catch (error) {
					failed.push({ ref: row.ref, text: problemText(t, problemOf(error)) })
				}
				tell(changed.length + failed.length)
			}
		}
		await Promise.all(Array.from({ length: 4 }, worker))
		return { changed, failed }
	}
	async function takeBack(rows: readonly Conversation[], back: Change): Promise<void> {
		const [first, ...others] = (await each(rows, back)).failed
		if (first) say(rows.length > 1 ? t('inbox.bulk.failed', { n: others.length + 1, ...first }, others.length + 1) : first.text)
	}
	/* Says what was done to how many, offers to take it back with `back`, which is given the rows as they were. One is said at once;
	 * of many it is said how far it is, and at the end how many were refused. */
	async function act(ids: readonly string[], text: (n: number) => string, change: Change, back?: Change): Promise<void> {
		const rows = known(ids)
		const n = rows.length
		if (n === 0) return
		const offer = (some: readonly Conversation[], said: string) => (back ? undoable(said, () => takeBack(some, back)) : announce(said))
		if (n === 1) offer(rows, text(1))
		const { changed, failed } = await each(rows, change, (ready) => n > 1 && progress(t('inbox.bulk.progress', { ready, n })))
		const [first] = failed
		const refused = first && (n > 1 ? t('inbox.bulk.failed', { n: failed.length, ...first }, failed.length) : first.text)
		if (changed.length === 0) say(refused ?? '')
		else if (refused) offer(changed, `${text(changed.length)}. ${refused}`)
		else if (n > 1) offer(changed, text(n))
	}

	const restore: Change = (row) => conversations.setStatus(row.id, row.status, row.snoozed_until ?? undefined)

	return {
		setStatus: (ids: readonly string[], status: ConversationStatus, until?: Date | null) =>
			act(ids, (n) => t(`inbox.done.${status}`, { n }, n), (row) => conversations.setStatus(row.id, status, until?.toISOString()), restore),
		assign: (ids: readonly string[], to: Assignee) =>
			act(
				ids,
				(n) => (to.kind === 'nobody' ? t('inbox.done.unassigned', { n }, n) : t('inbox.done.assigned', { n, name: to.name }, n)),
				(row) => conversations.assign(row.id, to.kind === 'team' ? { agent_id: null, team_id: to.id } : { agent_id: to.id }, to.name),
				(row) => conversations.assign(row.id, { agent_id: row.assignee?.id ?? null, team_id: row.team_id }, row.assignee?.name),
			),
		priority: (ids: readonly string[], priority: Conversation['priority']) =>
			act(
				ids,
				(n) => t('inbox.done.priority', { n, priority: t(`common.priority.${priority}`) }, n),
				(row) => conversations.triage(row.id, { priority }),
				(row) => conversations.triage(row.id, { priority: row.priority }),
			),
		tags: (ids: readonly string[], add: string[], remove: string[]) =>
			act(
				ids,
				(n) => t('inbox.done.tags', { n }, n),
				(row) => conversations.triage(row.id, { tags: { add, remove } }),
				(row) => {
					const tags = { add: remove.filter((tag) => row.tags.includes(tag)), remove: add.filter((tag) => !row.tags.includes(tag)) }
					return tags.add.length + tags.remove.length ? conversations.triage(row.id, { tags }) : Promise.resolve()
				},
			),
		follow: (id: string, on: boolean) => act([id], () => t(on ? 'inbox.done.followed' : 'inbox.done.unfollowed'), () => conversations.follow(id, on), (row) => conversations.follow(id, row.following)),
	}
}
