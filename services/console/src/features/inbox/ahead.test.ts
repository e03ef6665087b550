import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { ref } from 'vue'
import { useAhead } from './ahead'

const asked = new Set<string>()
beforeEach(() => {
	vi.useFakeTimers()
	asked.clear()
	vi.stubGlobal('fetch', (request: Request) => {
		asked.add(/conversations\/([^/]+)/.exec(request.url)?.[1] ?? '')
		return Promise.resolve(new Response(JSON.stringify({ items: [], next: null }), { headers: { 'Content-Type': 'application/json' } }))
	})
	setActivePinia(createPinia())
})
const settle = () => vi.advanceTimersByTimeAsync(500)

test('neighbours of the open one and the row one points at are read ahead, once; rows one passes are not', async () => {
	const selected = ref<string | null>(null)
	let linger = (_id: string) => {}
	const page = mount({ setup: () => ((linger = useAhead(() => ['a', 'b', 'c', 'd', 'e', 'f'], () => selected.value)), () => null) })
	selected.value = 'b'
	await settle()
	expect([...asked].sort()).toEqual(['a', 'b', 'c'])
	linger('d')
	linger('f')
	await settle()
	expect(asked.has('d')).toBe(false)
	expect(asked.has('f')).toBe(true)
	asked.clear()
	selected.value = 'c'
	await settle()
	expect([...asked]).toEqual(['d'])
	linger('e')
	page.unmount()
	await settle()
	expect(asked.has('e')).toBe(false)
})
