// announce.test.ts - bundled, once each, and silent again.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { announce, assertive, polite } from './announce'

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
	vi.advanceTimersByTime(10_000)
	vi.useRealTimers()
})

test('polite news is bundled, each said once, then forgotten', () => {
	announce('Ana wrote.')
	announce('Ana wrote.')
	announce('Two are waiting.')
	expect(polite.value).toBe('')
	vi.advanceTimersByTime(800)
	expect(polite.value).toBe('Ana wrote. Two are waiting.')
	vi.advanceTimersByTime(5000)
	expect(polite.value).toBe('')
	announce('Ana wrote.')
	vi.advanceTimersByTime(800)
	expect(polite.value).toBe('Ana wrote.')
})

test('what is urgent is said at once', () => {
	announce('No connection.', 'assertive')
	expect(assertive.value).toBe('No connection.')
})
