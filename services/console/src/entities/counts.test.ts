import { createPinia, setActivePinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { countText, GROUP_END, useCounts } from './counts'

test.each([
	[0, undefined, '0'], [999, undefined, '999'], [1000, undefined, '999+'],
	[99, GROUP_END, '99'], [100, GROUP_END, '99+'],
])('%i, counted up to %s, is shown as %s', (count, end, shown) => expect(countText(count, end)).toBe(shown))

test('much that happens is counted once, and not while nobody looks', async () => {
	vi.useFakeTimers()
	let asked = 0
	vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ mine: ++asked }), { headers: { 'Content-Type': 'application/json' } })))
	const isHidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(false)
	setActivePinia(createPinia())
	const counts = useCounts()
	for (let n = 0; n < 5; n++) counts.outdated()
	await vi.advanceTimersByTimeAsync(1000)
	expect([asked, counts.value?.mine]).toEqual([1, 1])
	isHidden.mockReturnValue(true)
	for (let n = 0; n < 5; n++) {
		counts.outdated()
		await vi.advanceTimersByTimeAsync(5000)
	}
	expect(asked).toBe(1)
	isHidden.mockReturnValue(false)
	document.dispatchEvent(new Event('visibilitychange'))
	await vi.advanceTimersByTimeAsync(5000)
	expect([asked, counts.value?.mine]).toEqual([2, 2])
	vi.useRealTimers()
})
