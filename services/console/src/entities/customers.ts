// customers.ts - the people whose matters are open, with their addresses, other conversations and notes.
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { api, ok, settled } from '@/api/client'
import type { Customer } from '@/api/types'
import { useConversations } from './conversations'

const AGAIN = 250

export const useCustomers = defineStore('customers', () => {
	const rows = shallowReactive(new Map<string, Customer>())
	const timers = new Map<string, ReturnType<typeof setTimeout>>()
	const failed = new Set<string>()
	const conversations = useConversations()

	async function fetch(id: string): Promise<Customer> {
		const row = await ok(api.GET('/customers/{id}', { params: { path: { id } } }))
		rows.set(id, Object.freeze(row))
		return row
	}
	/* Reads it again if it is shown. */
	function outdated(id: string): void {
		if (!rows.has(id) || timers.has(id)) return
		timers.set(id, setTimeout(() => {
			timers.delete(id)
			void fetch(id).catch(() => failed.add(id))
		}, AGAIN))
	}
	/* Those that could not be read, now that it may be possible. */
	function mend(): void {
		for (const id of failed) outdated(id)
		failed.clear()
	}
	/* They are called so: conversations that say otherwise are read again. */
	function named(id: string, name: string): void {
		for (const row of [...conversations.rows.values()]) if (row.customer.id === id && row.customer.name !== name) void conversations.fetch(row.id).catch(() => undefined)
	}
	async function change(id: string, body: { name?: string; attributes?: Record<string, string | null> }): Promise<void> {
		const row = await settled(api.PATCH('/customers/{id}', { params: { path: { id } }, body }))
		rows.set(id, Object.freeze(row))
		named(id, row.name)
	}
	async function addNote(id: string, text: string): Promise<void> {
		await ok(api.POST('/customers/{id}/notes', { params: { path: { id } }, body: { text } }))
		await fetch(id)
	}
	async function removeNote(id: string, note: string): Promise<void> {
		await ok(api.DELETE('/customers/{id}/notes/{note_id}', { params: { path: { id, note_id: note } } }))
		await fetch(id)
	}
	conversations.listeners.add((row) => outdated(row.customer.id))
	return { rows, get: (id: string) => rows.get(id), fetch, outdated, mend, named, change, addNote, removeNote, reset: () => rows.clear() }
})
