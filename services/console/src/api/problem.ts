// problem.ts - what went wrong, as the API says it and as people read it.
import { i18n } from '@/i18n'

/* An answer that is not what was asked for. status 0: none came (code "offline"). */
export class Problem extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		readonly detail: string = '',
		readonly field: string | undefined = undefined,
	) {
		super(`${status} ${code} ${detail}`.trim())
	}
}

export function problemOf(error: unknown): Problem {
	return error instanceof Problem ? error : new Problem(0, 'offline', error instanceof Error ? error.message : '')
}

/* A sentence in the reader's language; the API's own where there is none. t: vue-i18n's. */
export function problemText(t: (key: string) => string, problem: Problem): string {
	const key = `common.problem.${problem.code}`
	return i18n.global.te(key) ? t(key) : problem.detail || t('common.problem.unknown')
}

/* What the API adds, in its own language, where the sentence above does not say all; '' where it does. */
const general = new Set(['invalid_field', 'invalid_status', 'refused', 'internal', 'unavailable', 'no_reachable_channel'])
export function problemDetail(text: string, { code, detail }: Problem): string {
	return general.has(code) && detail !== text ? detail : ''
}
