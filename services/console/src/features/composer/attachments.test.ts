import { expect, test } from 'vitest'
import { effectScope } from 'vue'
import { Problem } from '@/api/problem'
import type { Upload } from '@/api/types'
import { useAttachments } from './attachments'

const limits = { characters: 1, bytes: 1, files: 2, fileBytes: 10 }
const file = (name: string, size = 3) => new File(['x'.repeat(size)], name, { type: 'text/plain' })

/* A tray whose uploads are settled by the test. */
function tray() {
	const sent: { name: string; key: string; tell: (part: number) => void; resolve: (id: string) => void; reject: () => void; stopped: boolean }[] = []
	const scope = effectScope()
	const files = scope.run(() => useAttachments(() => limits, (one, progress, key = '') => {
		let resolve: (upload: Upload) => void = () => undefined
		let reject: (problem: Problem) => void = () => undefined
		const promise = new Promise<Upload>((yes, no) => ((resolve = yes), (reject = no)))
		const entry = {
			name: one.name, key, tell: progress, stopped: false,
			resolve: (id: string) => resolve({ id, name: one.name, content_type: one.type, size: one.size }),
			reject: () => reject(new Problem(507, 'insufficient_storage')),
		}
		sent.push(entry)
		return { done: promise, stop: () => (entry.stopped = true) }
	}))
	if (!files) throw new Error('no scope')
	return { files, sent, scope }
}
const settle = () => new Promise((done) => setTimeout(done))
const states = (files: ReturnType<typeof tray>['files']) => files.items.value.map(({ name, state, part }) => `${name} ${state} ${part}`)

test('files go up, tell how far they are, and are there', async () => {
	const { files, sent } = tray()
	files.add([file('a.txt'), file('b.txt'), file('c.txt')])
	expect(files.refused.value).toEqual([{ name: 'c.txt', reason: 'too_many' }])
	sent[0]?.tell(0.5)
	expect(states(files)).toEqual(['a.txt sending 0.5', 'b.txt sending 0'])
	sent[1]?.resolve('u2')
	sent[0]?.resolve('u1')
	await settle()
	expect(files.uploads.value.map((one) => one.id)).toEqual(['u1', 'u2'])
})
test('one that failed is tried again under the same key', async () => {
	const { files, sent } = tray()
	files.add([file('a.txt')])
	sent[0]?.reject()
	await settle()
	expect(files.items.value[0]).toMatchObject({ state: 'failed', problem: { code: 'insufficient_storage' } })
	void files.retry(files.items.value[0]?.key ?? '')
	expect(states(files)).toEqual(['a.txt sending 0'])
	expect(sent[1]?.key).toBe(sent[0]?.key)
	sent[1]?.resolve('u1')
	await settle()
	expect(states(files)).toEqual(['a.txt there 1'])
})
test('taking one away stops it, and so does the end', () => {
	const { files, sent, scope } = tray()
	files.add([file('a.txt'), file('b.txt')])
	files.remove(files.items.value[0]?.key ?? '')
	expect([sent[0]?.stopped, sent[1]?.stopped, states(files)]).toEqual([true, false, ['b.txt sending 0']])
	scope.stop()
	expect(sent[1]?.stopped).toBe(true)
})
test('what a draft kept is there', () => {
	const { files } = tray()
	files.reset([{ id: 'u9', name: 'kept.pdf', content_type: 'application/pdf', size: 5 }])
	expect(states(files)).toEqual(['kept.pdf there 1'])
	files.add([file('a.txt'), file('b.txt')])
	expect(files.items.value).toHaveLength(2)
})
