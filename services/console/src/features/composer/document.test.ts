import { expect, test } from 'vitest'
import { documentOf, fromText, hasForm, isBlank, mentionsIn, toHtml, toText, type Node } from './document'

const text = (value: string, ...marks: { type: string; attrs?: Record<string, unknown> }[]): Node => ({ type: 'text', text: value, ...(marks.length ? { marks } : {}) })
const p = (...content: Node[]): Node => ({ type: 'paragraph', content })
const li = (...content: Node[]): Node => ({ type: 'listItem', content })
const doc = (...content: Node[]): Node => ({ type: 'doc', content })
const link = (href: string) => ({ type: 'link', attrs: { href } })

const rich = doc(
	p(text('Hello '), text('Ana', { type: 'bold' }), text(',')),
	{ type: 'paragraph' },
	{ type: 'bulletList', content: [li(p(text('one'))), li(p(text('two')), { type: 'orderedList', attrs: { start: 3 }, content: [li(p(text('deep')))] })] },
	{ type: 'blockquote', content: [p(text('you wrote')), p(text('this'))] },
	p(text('see here', link('https://shop.example/a?b=1&c="2"')), { type: 'hardBreak' }, text('bye')),
)

test('as text', () => {
	expect(toText(rich)).toBe('Hello Ana,\n\n- one\n- two\n  3. deep\n> you wrote\n> this\nsee here (https://shop.example/a?b=1&c="2")\nbye')
})
test('as HTML', () => {
	expect(toHtml(rich)).toBe(
		'<div>Hello <strong>Ana</strong>,</div><div><br></div><ul><li><div>one</div></li><li><div>two</div><ol start="3"><li><div>deep</div></li></ol></li></ul>' +
		'<blockquote><div>you wrote</div><div>this</div></blockquote><div><a href="https://shop.example/a?b=1&amp;c=&quot;2&quot;">see here</a><br>bye</div>')
})
test('what people type is text in HTML too, and only links that lead somewhere are links', () => {
	expect(toHtml(doc(p(text('<img src=x onerror=alert(1)> & "it\'s"'))))).toBe('<div>&lt;img src=x onerror=alert(1)&gt; &amp; &quot;it&#39;s&quot;</div>')
	for (const href of ['javascript:alert(1)', 'data:text/html,x', ' javascript:x', '//evil.example', 'vbscript:x']) expect(toHtml(doc(p(text('x', link(href)))))).toBe('<div>x</div>')
	expect(toHtml(doc({ type: 'script', content: [text('x')] }))).toBe('<div>x</div>')
})
test.each(['', 'one', 'one\ntwo', 'one\n\n\ntwo', '  kept  in  line', '- not a list', '🙂 ñ'])('text goes in and out as it is: %j', (value) => {
	expect(toText(fromText(value))).toBe(value.trimEnd())
})
test('lines of other systems, and blank ends', () => {
	expect(toText(fromText('a\r\nb\r\n\r\n'))).toBe('a\nb')
	expect(toText(fromText('\n\n  a'))).toBe('  a')
})
test('form is what plain text would lose', () => {
	expect(hasForm(rich)).toBe(true)
	expect(hasForm(fromText('a\n\nb'))).toBe(false)
	expect(hasForm(doc(p(text('https://a.example', link('https://a.example')))))).toBe(false)
	expect(hasForm(doc(p(text('here', link('https://a.example')))))).toBe(true)
})
test('mentions', () => {
	const ben = { type: 'mention', attrs: { id: 'b', label: 'Ben Roth' } }
	const note = doc(p(text('ask '), ben, text(' and '), ben, { type: 'mention', attrs: { id: 'a', label: 'Ana' } }))
	expect(mentionsIn(note)).toEqual(['b', 'a'])
	expect(toText(note)).toBe('ask @Ben Roth and @Ben Roth@Ana')
})
test('blank', () => {
	expect(isBlank(doc(p()))).toBe(true)
	expect(isBlank(fromText(' \n\u00a0'))).toBe(true)
	expect(isBlank(fromText('.'))).toBe(false)
})
test('a kept document is looked at before it is taken', () => {
	expect(documentOf(rich)).toBe(rich)
	for (const bad of [null, 1, 'doc', {}, { type: 'doc' }, { type: 'doc', content: [] }, { type: 'doc', content: 'x' }, { type: 'doc', content: [null] }, { type: 'doc', content: [{ text: 1 }] }]) expect(documentOf(bad)).toBeNull()
})
