// alerts.test.ts - which events concern this agent, and what is read for it.
import { createPinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { StreamEvent } from '@/api/types'
import { useConnection } from '@/entities/connection'
import { usePreferences } from '@/entities/preferences'
import { useSession } from '@/entities/session'
import { i18n } from '@/i18n'
import { alertOf, useAlerts } from './alerts'

const event = (type: string, data: Record<string, unknown>, assignee: string | null = null) =>
	({ id: 'e', type, conversation_id: 'c', inbox_id: 'i', assignee_id: assignee, version: 1, occurred_at: '', data }) as StreamEvent

test.each<[string, StreamEvent, string | null]>([
	['a customer in my own matter', event('message.attached', { author_type: 'customer' }, 'me'), 'message'],
	['a customer in another’s', event('message.attached', { author_type: 'customer' }, 'other'), null],
	['a customer in nobody’s', event('message.attached', { author_type: 'customer' }), null],
	['a colleague in mine', event('message.attached', { author_type: 'agent' }, 'me'), null],
	['work that comes to me', event('conversation.assigned', { assignee_id: 'me', by_agent_id: null }, 'me'), 'assigned'],
	['work I take myself', event('conversation.assigned', { assignee_id: 'me', by_agent_id: 'me' }, 'me'), null],
	['work for another', event('conversation.assigned', { assignee_id: 'other' }, 'other'), null],
	['a mention', event('agent.mentioned', { excerpt: 'look' }), 'mention'],
	['anything else', event('conversation.status_changed', {}, 'me'), null],
])('%s', (_, given, kind) => expect(alertOf(given, 'me')?.kind ?? null).toBe(kind))

test('a conversation is read for words that its event has not, and for no other', async () => {
	const asked: string[] = [], shown: unknown[] = []
	vi.stubGlobal('matchMedia', () => new EventTarget())
	vi.stubGlobal('fetch', ({ url }: Request) => {
		asked.push(new URL(url).pathname)
		return Promise.resolve(new Response(JSON.stringify({ id: 'c', version: 1, subject: 'A loose screw', customer: { id: 'u', name: 'Vera' } }), { headers: { 'Content-Type': 'application/json' } }))
	})
	vi.stubGlobal('Notification', class {
		static permission = 'granted'
		constructor(title: string, { body }: { body: string }) {
			shown.push([title, body])
		}
	})
	vi.spyOn(document, 'hasFocus').mockReturnValue(false)
	const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: { render: () => null } }] })
	const app = createApp({ setup: () => (useAlerts(), () => null) }).use(createPinia()).use(i18n).use(router)
	app.runWithContext(() => (useSession().agent = { id: 'me', name: 'Me' } as never, usePreferences().value.notifications = true))
	app.mount(document.createElement('div'))
	const tell = (...events: StreamEvent[]) => events.forEach((one) => useConnection().listeners.forEach((listener) => listener(one)))
	const words = { author_type: 'customer', author_name: 'Vera', preview: 'It is two screws.' }
	tell(event('message.attached', words, 'other'), event('message.attached', words), event('message.attached', words, 'me'))
	await vi.waitFor(() => expect(shown).toEqual([[i18n.global.t('shell.alert.message', { name: 'Vera' }), 'It is two screws.']]))
	expect(asked).toEqual([])
	tell(event('conversation.assigned', { assignee_id: 'me' }, 'me'))
	await vi.waitFor(() => expect(shown[1]).toEqual([i18n.global.t('shell.alert.assigned', { name: 'Vera' }), 'A loose screw']))
	expect(asked).toEqual(['/api/v1/conversations/c'])
	app.unmount()
})
