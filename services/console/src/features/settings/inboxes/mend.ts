// mend.ts - where that is set which a test of an inbox found wrong. Pure.
import type { InboxTest } from '../types'

export type Mend = 'general' | 'mail' | 'install' | 'health'

export function mendOf({ steps }: Pick<InboxTest, 'steps'>): Mend | null {
	const failed = steps.find((step) => !step.ok)
	if (!failed) return null
	if (failed.step === 'address') return 'general'
	if (failed.step === 'receive') return failed.code === 'inactive' ? 'general' : 'health'
	return steps.some(({ step }) => step === 'origins') ? 'install' : 'mail' // chats are asked for their pages, mails for their relay
}
