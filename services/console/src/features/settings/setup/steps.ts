// steps.ts - the steps of the guide in their order, and where one goes on. Pure.
export const steps = ['company', 'inbox', 'agent', 'message'] as const
export type StepKey = (typeof steps)[number]
export type Done = Readonly<Record<StepKey, boolean>>

export function firstOpen(done: Done): StepKey | null {
	return steps.find((key) => !done[key]) ?? null
}
export function countDone(done: Done): number {
	return steps.filter((key) => done[key]).length
}
