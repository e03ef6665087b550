// schema.ts - what a reply can be made of, for the editor.
import { Extension, Node } from '@tiptap/core'
import { Blockquote } from '@tiptap/extension-blockquote'
import { Bold } from '@tiptap/extension-bold'
import { Code } from '@tiptap/extension-code'
import { Document } from '@tiptap/extension-document'
import { HardBreak } from '@tiptap/extension-hard-break'
import { Italic } from '@tiptap/extension-italic'
import { Link } from '@tiptap/extension-link'
import { BulletList, ListItem, OrderedList } from '@tiptap/extension-list'
import { Paragraph } from '@tiptap/extension-paragraph'
import { Text } from '@tiptap/extension-text'
import { Placeholder, UndoRedo } from '@tiptap/extensions'
import { Slice } from '@tiptap/pm/model'
import { Plugin } from '@tiptap/pm/state'
import { fromText, isSafeLink, toText } from './document'

/* A colleague named in a note: one piece, gone with one key. */
const Mention = Node.create({
	name: 'mention',
	group: 'inline',
	inline: true,
	atom: true,
	selectable: false,
	addAttributes: () => ({ id: { default: '' }, label: { default: '' } }),
	parseHTML: () => [],
	renderHTML: ({ node }) => ['span', { class: 'mention' }, `@${String(node.attrs['label'])}`],
	renderText: ({ node }) => `@${String(node.attrs['label'])}`,
})

/* Text is pasted and copied line by line, as it is sent. */
const Lines = Extension.create({
	name: 'lines',
	addProseMirrorPlugins() {
		const { schema } = this.editor
		return [
			new Plugin({
				props: {
					clipboardTextParser: (text) => Slice.maxOpen(schema.nodeFromJSON(fromText(text)).content),
					clipboardTextSerializer: (slice) => toText({ type: 'doc', content: slice.content.toJSON() ?? [] }),
				},
			}),
		]
	},
})

export function extensionsFor(placeholder: () => string) {
	return [
		Document,
		Paragraph,
		Text,
		Bold,
		Italic,
		Code,
		Blockquote,
		BulletList,
		OrderedList,
		ListItem,
		Mention,
		Lines,
		UndoRedo,
		// Ctrl+Enter sends
		HardBreak.extend({ addKeyboardShortcuts: () => ({ 'Shift-Enter': ({ editor }) => editor.commands.setHardBreak() }) }),
		Link.configure({ openOnClick: false, defaultProtocol: 'https', isAllowedUri: (href) => isSafeLink(href), HTMLAttributes: { rel: 'noopener noreferrer nofollow' } }),
		Placeholder.configure({ placeholder }),
	]
}
