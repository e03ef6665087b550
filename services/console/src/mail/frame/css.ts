// css.ts - a mail's own styles without a way out: every address in them is one of ours, or the declaration goes.
// The browser parses and writes them, so that escapes and comments are gone before anything is looked at.

export type Resolve = (address: string) => string | null

const ADDRESS = /url\("((?:[^"\\]|\\.)*)"\)/g
const unescape = (text: string) => text.replace(/\\([0-9a-f]{1,6}) ?|\\(.)/gi, (_, hex: string | undefined, sign: string | undefined) => (hex ? String.fromCodePoint(Math.min(parseInt(hex, 16), 0x10ffff)) : (sign ?? '')))

/* A value with its addresses replaced, or null when one of them is not to be had. */
function valueWith(value: string, resolve: Resolve): string | null {
	let refused = false
	const replaced = value.replace(ADDRESS, (_, address: string) => {
		const to = resolve(unescape(address))
		refused ||= to === null
		return `url("${(to ?? '').replace(/["\\\n]/g, encodeURIComponent)}")`
	})
	return refused ? null : replaced
}

/* What could still fetch something once the addresses are dealt with: functions the browser left unparsed. */
const UNPARSED = /var\(|env\(|attr\(|image-set|(?:^|[^-\w])(?:src|image|element|cross-fade|paint)\(/i

export function cleanDeclarations(style: CSSStyleDeclaration, resolve: Resolve): void {
	for (const name of [...style]) {
		const value = style.getPropertyValue(name)
		const kept = name.startsWith('--') || UNPARSED.test(value) || (name === 'position' && /fixed|sticky/.test(value)) ? null : valueWith(value, resolve)
		if (kept === null) style.removeProperty(name)
		else if (kept !== value) style.setProperty(name, kept, style.getPropertyPriority(name))
	}
	if (UNPARSED.test(style.cssText)) style.cssText = ''
}

function ruleText(rule: CSSRule, resolve: Resolve): string {
	if (rule instanceof CSSStyleRule) {
		while (rule.cssRules?.length) rule.deleteRule(0) // mails do not nest
		cleanDeclarations(rule.style, resolve)
		return rule.style.length ? rule.cssText : ''
	}
	if (rule instanceof CSSMediaRule) return `@media ${rule.conditionText} {${rulesText(rule.cssRules, resolve)}}`
	return '' // fonts, imports, animations, layers
}
const rulesText = (rules: CSSRuleList, resolve: Resolve): string => [...rules].map((rule) => ruleText(rule, resolve)).join('\n')

export function cleanSheet(text: string, resolve: Resolve): string {
	const sheet = new CSSStyleSheet() // does not import
	sheet.replaceSync(text)
	return rulesText(sheet.cssRules, resolve)
}
