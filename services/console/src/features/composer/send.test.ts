import { expect, test } from 'vitest'
import { channelOf } from '@/channels/registry'
import { fromText, type Node } from './document'
import { letterOf, obstacleOf, type Sheet } from './send'

const bold: Node = { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'yes', marks: [{ type: 'bold' }] }] }] }
const sheet = (more: Partial<Sheet> = {}): Sheet => ({ kind: 'reply', document: fromText('Hello'), files: [], channel: channelOf('email'), reachable: true, ...more })

test.each<[string, Partial<Sheet>, ReturnType<typeof obstacleOf>]>([
	['all is well', {}, null],
	['nothing written', { document: fromText(' \n ') }, 'empty'],
	['only a file', { document: fromText(''), files: [{ state: 'there', id: 'u1' }] }, 'empty'],
	['nobody there', { reachable: false }, 'unreachable'],
	['a note reaches colleagues always', { kind: 'note', reachable: false }, null],
	['a file on its way', { files: [{ state: 'sending', id: null }] }, 'uploading'],
	['a file that failed', { files: [{ state: 'sending', id: null }, { state: 'failed', id: null }] }, 'upload_failed'],
	['too long for a chat', { document: fromText('a'.repeat(10_001)), channel: channelOf('chat') }, 'too_long'],
	['not for a mail', { document: fromText('a'.repeat(10_001)) }, null],
	['too long as HTML', { document: { type: 'doc', content: [...(bold.content ?? []), ...(fromText('<'.repeat(70_000)).content ?? [])] } }, 'too_long'],
])('%s', (_, more, obstacle) => expect(obstacleOf(sheet(more))).toBe(obstacle))

test('form goes where it is carried, and only where there is any', () => {
	expect(letterOf(sheet()).html).toBeNull()
	expect(letterOf(sheet({ document: bold })).html).toBe('<div><strong>yes</strong></div>')
	expect(letterOf(sheet({ document: bold, channel: channelOf('chat') })).html).toBeNull()
	expect(letterOf(sheet({ document: bold, kind: 'note' })).html).toBeNull()
})
test('files that are there go along; mentions with notes only', () => {
	const ben: Node = { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'mention', attrs: { id: 'b', label: 'Ben' } }] }] }
	expect(letterOf(sheet({ kind: 'note', document: ben, files: [{ state: 'there', id: 'u1' }] }))).toEqual({ kind: 'note', text: '@Ben', html: null, uploads: ['u1'], mentions: ['b'] })
	expect(letterOf(sheet({ document: ben })).mentions).toEqual([])
})
