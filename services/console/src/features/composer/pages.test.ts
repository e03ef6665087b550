import { expect, test } from 'vitest'
import { fromText, toText } from './document'
import { blank, draftOf, pagesOf } from './pages'

const file = { id: 'u', name: 'a.pdf', content_type: 'application/pdf', size: 1 }
const none = { reply: [], note: [] }

test('both pages come back, each as itself', () => {
	const draft = draftOf({ kind: 'note', reply: fromText('to the customer'), note: fromText('among us') }, { reply: [file], note: [] })
	expect(draft).toMatchObject({ kind: 'note', text: 'among us', uploads: [] })
	const pages = pagesOf(JSON.parse(JSON.stringify(draft)))
	expect([pages.kind, toText(pages.reply), toText(pages.note)]).toEqual(['note', 'to the customer', 'among us'])
})
test('an empty page never hides what is on the other', () => {
	expect(draftOf({ kind: 'reply', reply: blank(), note: fromText('among us') }, none)).toMatchObject({ kind: 'note', text: 'among us' })
	expect(draftOf({ kind: 'note', reply: blank(), note: blank() }, { reply: [file], note: [] })).toMatchObject({ kind: 'reply', uploads: [file] })
	expect(draftOf({ kind: 'reply', reply: blank(), note: blank() }, none)).toMatchObject({ kind: 'reply', text: '' })
})
test('text that was kept without form', () => {
	const pages = pagesOf({ kind: 'note', text: 'a\nb', uploads: [], mentions: [] })
	expect([toText(pages.note), toText(pages.reply)]).toEqual(['a\nb', ''])
	expect(toText(pagesOf({ kind: 'reply', text: 'x', doc: { reply: { type: 'doc' }, note: 5 }, uploads: [], mentions: [] }).reply)).toBe('x')
})
