// quote.ts - what a mail repeats of earlier ones is folded, so that what is new stands alone.

/* How mail programs mark what they quote. */
const QUOTES = '.gmail_quote_container, .gmail_quote, .moz-cite-prefix, blockquote[type=cite], #user-content-divRplyFwdMsg, #user-content-appendonsend, .yahoo_quoted, .protonmail_quote'
const LONG = 400 // characters of a quote in the middle of an answer

const MARK = 'hilo-quote-begins'
/* The HTML with a mark where the quote begins; its end must be the quote. */
export function marked(html: string, quote: string | null): string {
	if (!quote || !html.endsWith(quote)) return html
	return `${html.slice(0, html.length - quote.length)}<wbr class="${MARK}">${quote}`
}

const shows = (node: Node): boolean => (node.textContent?.trim() ?? '') !== '' || (node instanceof Element && (node.matches('img[src]') || node.querySelector('img[src]') !== null))

/* Everything after a node within the root, level by level. */
function after(node: Node, root: Node): ChildNode[] {
	const found: ChildNode[] = []
	for (let at: Node | null = node; at && at !== root; at = at.parentNode) for (let next = at.nextSibling; next; next = next.nextSibling) found.push(next)
	return found
}
function showsBefore(node: Node, root: Node): boolean {
	for (let at: Node | null = node; at && at !== root; at = at.parentNode)
		for (let previous = at.previousSibling; previous; previous = previous.previousSibling) if (!(previous instanceof HTMLStyleElement) && shows(previous)) return true
	return false
}

export interface Fold {
	at: ChildNode // the first of the quote
	nodes: ChildNode[]
}

/* What is folded: from the mark on, or what mail programs marked, to the end; long quotes between answers one by one. Nothing when
 * nothing else would be left to read. */
export function foldsIn(root: HTMLElement): Fold[] {
	const mark = root.querySelector(`wbr.${MARK}`)
	if (mark) {
		const nodes = after(mark, root)
		return nodes.some(shows) && showsBefore(mark, root) ? [{ at: mark, nodes }] : []
	}
	const quotes = [...root.querySelectorAll<HTMLElement>(QUOTES)].filter((quote) => !quote.parentElement?.closest(QUOTES))
	const folds: Fold[] = []
	for (const quote of quotes) {
		if (!showsBefore(quote, root)) continue
		const rest = after(quote, root)
		const own = quote.matches('.moz-cite-prefix, #user-content-divRplyFwdMsg, #user-content-appendonsend') // these head the quote, and lie beside it
		if (own || !rest.some(shows)) return [...folds, { at: quote, nodes: [quote, ...rest] }]
		if (quote.textContent.length > LONG) folds.push({ at: quote, nodes: [quote] })
	}
	return folds
}

const LOOKS = { all: 'revert', display: 'inline-block', margin: '8px 0', padding: '2px 8px', border: '1px solid var(--hilo-line)', 'border-radius': '4px', background: 'transparent', color: 'inherit', font: '400 12px/18px system-ui, sans-serif', cursor: 'pointer', 'min-block-size': '24px', visibility: 'visible', opacity: '1', position: 'static' }

/* Puts a button before the quote and hides it. The mail's own styles cannot hide or imitate the button: its looks outweigh them. */
export function fold({ at, nodes }: Fold, words: { showQuote: string; hideQuote: string }, opened: boolean, toggled: (opened: boolean) => void): void {
	const parts = nodes.map((node) => {
		if (node instanceof HTMLElement) return node
		const span = document.createElement('span')
		node.replaceWith(span)
		span.append(node)
		return span
	})
	const button = document.createElement('button')
	button.type = 'button'
	for (const [name, value] of Object.entries(LOOKS)) button.style.setProperty(name, value, 'important')
	const show = (open: boolean) => {
		button.textContent = open ? words.hideQuote : words.showQuote
		button.setAttribute('aria-expanded', String(open))
		for (const part of parts) part.toggleAttribute('data-hilo-folded', !open)
	}
	button.addEventListener('click', () => {
		const open = button.getAttribute('aria-expanded') === 'false'
		show(open)
		toggled(open)
	})
	const place = parts.find((part) => part === at) ?? at
	place.before(button)
	show(opened)
}
