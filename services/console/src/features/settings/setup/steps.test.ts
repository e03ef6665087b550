// steps.test.ts - where the guide goes on.
import { expect, test } from 'vitest'
import { countDone, firstOpen } from './steps'

const done = { company: true, inbox: true, agent: true, message: true }
test('it goes on at the first step that is not done, whatever is done after it', () => {
	expect(firstOpen({ ...done, inbox: false })).toBe('inbox')
	expect(firstOpen(done)).toBe(null)
	expect(countDone({ ...done, company: false, message: false })).toBe(2)
})
