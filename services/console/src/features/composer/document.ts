// document.ts - what the editor holds, as text, as HTML and back. Pure; the editor itself never sees HTML.

export interface Node {
	type?: string
	text?: string
	attrs?: Record<string, unknown>
	marks?: { type: string; attrs?: Record<string, unknown> }[]
	content?: Node[]
}

const attribute = (node: { attrs?: Record<string, unknown> }, name: string) => {
	const value = node.attrs?.[name]
	return typeof value === 'string' ? value : ''
}
const linkOf = (node: Node) => node.marks?.find((mark) => mark.type === 'link')
const children = (node: Node) => node.content ?? []

/* Lines become paragraphs. */
export function fromText(text: string): Node {
	const lines = text.replaceAll('\r\n', '\n').split('\n')
	return { type: 'doc', content: lines.map((line) => ({ type: 'paragraph', ...(line ? { content: [{ type: 'text', text: line }] } : {}) })) }
}

function inlineText(node: Node): string {
	if (node.type === 'hardBreak') return '\n'
	if (node.type === 'mention') return `@${attribute(node, 'label')}`
	if (node.type !== 'text') return children(node).map(inlineText).join('')
	const text = node.text ?? ''
	const link = linkOf(node)
	const href = link ? attribute(link, 'href') : ''
	return href && href !== text && href !== `mailto:${text}` ? `${text} (${href})` : text
}

const indent = (text: string, first: string, rest: string) => first + text.replaceAll('\n', `\n${rest}`)

function blockText(node: Node): string {
	switch (node.type) {
		case 'blockquote':
			return indent(blocksText(node), '> ', '> ')
		case 'bulletList':
			return children(node).map((item) => indent(blocksText(item), '- ', '  ')).join('\n')
		case 'orderedList': {
			const start = typeof node.attrs?.['start'] === 'number' ? node.attrs['start'] : 1
			return children(node).map((item, i) => indent(blocksText(item), `${start + i}. `, '   ')).join('\n')
		}
		default:
			return inlineText(node)
	}
}
const blocksText = (node: Node) => children(node).map(blockText).join('\n')

/* The text as a reader without form gets it; blank lines at either end are dropped. */
export function toText(doc: Node): string {
	return blocksText(doc).replace(/^\s*\n/, '').trimEnd()
}

const escape = (text: string) =>
	text.replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? '&#39;')

const MARKS = new Map([['bold', 'strong'], ['italic', 'em'], ['code', 'code']])
export const isSafeLink = (href: string) => /^(https?:\/\/|mailto:|tel:)/i.test(href)

function inlineHtml(node: Node): string {
	if (node.type === 'hardBreak') return '<br>'
	if (node.type === 'mention') return escape(inlineText(node))
	if (node.type !== 'text') return children(node).map(inlineHtml).join('')
	let html = escape(node.text ?? '')
	for (const { type } of node.marks ?? []) {
		const tag = MARKS.get(type)
		if (tag) html = `<${tag}>${html}</${tag}>`
	}
	const link = linkOf(node)
	const href = link ? attribute(link, 'href') : ''
	return isSafeLink(href) ? `<a href="${escape(href)}">${html}</a>` : html
}

function blockHtml(node: Node): string {
	const inside = () => children(node).map(blockHtml).join('')
	switch (node.type) {
		case 'blockquote':
			return `<blockquote>${inside()}</blockquote>`
		case 'bulletList':
			return `<ul>${inside()}</ul>`
		case 'orderedList': {
			const start = node.attrs?.['start']
			return `<ol${typeof start === 'number' && start !== 1 ? ` start="${start}"` : ''}>${inside()}</ol>`
		}
		case 'listItem':
			return `<li>${inside()}</li>`
		default:
			return `<div>${inlineHtml(node) || '<br>'}</div>`
	}
}

export const toHtml = (doc: Node): string => children(doc).map(blockHtml).join('')

/* Whether anything would be lost as plain text. */
export function hasForm(node: Node): boolean {
	const form = ['bulletList', 'orderedList', 'blockquote'].includes(node.type ?? '') || (node.marks ?? []).some((mark) => mark.type !== 'link' || attribute(mark, 'href') !== node.text)
	return form || children(node).some(hasForm)
}

/* The colleagues a note names, each once. */
export function mentionsIn(doc: Node): string[] {
	const found = new Set<string>()
	const walk = (node: Node) => {
		if (node.type === 'mention') found.add(attribute(node, 'id'))
		children(node).forEach(walk)
	}
	walk(doc)
	found.delete('')
	return [...found]
}

export const isBlank = (doc: Node) => toText(doc).trim() === ''

function isNode(value: unknown): value is Node {
	if (typeof value !== 'object' || value === null) return false
	const { content, text, marks }: { content?: unknown; text?: unknown; marks?: unknown } = value
	return (content === undefined || (Array.isArray(content) && content.every(isNode))) && (text === undefined || typeof text === 'string') && (marks === undefined || Array.isArray(marks))
}
/* A kept document, or null when it is none. */
export const documentOf = (value: unknown): Node | null => (isNode(value) && value.type === 'doc' && value.content?.length ? value : null)
