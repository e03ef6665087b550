// mend.test.ts - each finding leads to the place where it is set.
import { expect, test } from 'vitest'
import type { InboxTest } from '../types'
import { mendOf } from './mend'

type Step = InboxTest['steps'][number]
const good = (...steps: Step['step'][]): Step[] => steps.map((step) => ({ step, ok: true, code: 'ok', detail: '' }))
const bad = (step: Step['step'], code: Step['code']): Step => ({ step, ok: false, code, detail: '' })

test.each([
	['general', [...good('address'), bad('receive', 'inactive')]],
	['health', [...good('address'), bad('receive', 'not_listening')]],
	['general', [bad('address', 'missing')]],
	['mail', [...good('address', 'receive', 'secret', 'resolve'), bad('connect', 'refused')]],
	['mail', [...good('address', 'receive'), bad('secret', 'cannot_open')]],
	['install', [...good('address', 'receive', 'secret'), bad('origins', 'missing'), ...good('mail_inbox')]],
	['install', [...good('address', 'receive'), bad('secret', 'cannot_open'), ...good('origins', 'mail_inbox')]],
	[null, good('address', 'receive', 'secret', 'origins', 'mail_inbox')],
] as const)('%s', (place, steps) => expect(mendOf({ steps: [...steps] })).toBe(place))
