import { expect, test } from 'vitest'
import { backoff } from './backoff'

test.each([
	[0, 0, 1000],
	[1, 0, 2000],
	[4, 0, 16_000],
	[5, 0, 30_000],
	[99, 0, 30_000],
	[0, 1, 500],
	[99, 1, 15_000],
])('attempt %i with %f waits %i ms', (attempt, random, ms) => expect(backoff(attempt, random)).toBe(ms))
