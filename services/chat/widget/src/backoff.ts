/* backoff.ts - how long to wait before the next try: 1 s doubling to 30 s, the upper half by chance. Pure. */
export const backoffMs = (failures: number, chance: number): number => {
	const ceiling = Math.min(30_000, 1000 * 2 ** Math.max(0, failures))
	return Math.round(ceiling / 2 + (ceiling / 2) * chance)
}
