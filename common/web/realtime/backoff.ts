// backoff.ts - how long to wait before the next attempt. Pure.

/* attempt: 0 for the first. random: 0 to 1. Milliseconds, 1 s doubling to 30 s, each up to half shorter, so that clients do not
 * come back in step. */
export function backoff(attempt: number, random: number): number {
	return Math.min(1000 * 2 ** Math.min(attempt, 10), 30_000) * (1 - random / 2)
}
