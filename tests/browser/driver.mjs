// driver.mjs - plays Playwright for a program that writes calls to its standard input, one JSON object a line, and reads the answers:
//   {"n":7,"on":2,"path":[["frameLocator","iframe"],["getByRole","button",{"name":"Send"}],["click"]]}
//   {"n":7,"value":…} or {"n":7,"error":"…"}; what can be called again comes back as {"handle":3}. Handle 0 is the browser.
// An argument {"$js":"(x) => …"} is that function.
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { chromium } from 'playwright-core'

const executablePath = fileURLToPath(new URL('chromium', import.meta.url))
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
const handles = [browser]

function revive(value) {
	if (Array.isArray(value)) return value.map(revive)
	if (value === null || typeof value !== 'object') return value
	if (typeof value.$js === 'string') return (0, eval)(`(${value.$js})`)
	return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, revive(member)]))
}

// What a page must not have: uncaught errors, and anything its Content-Security-Policy had to stop.
function watch(page) {
	const troubles = [], said = []
	page.on('pageerror', (error) => troubles.push(String(error.stack ?? error)))
	page.on('console', (message) => {
		if (message.type() === 'error' && /content security policy|refused to/i.test(message.text())) troubles.push(message.text())
		if (message.type() === 'error' || message.type() === 'warning') said.push(`${message.text()} ${message.location().url}`)
	})
	page.troubles = () => troubles
	page.said = () => said
	page.audit = (url) => audit(page, url)
	return page
}

// Every rule of axe over the one frame whose address holds this.
async function audit(page, url) {
	const frame = page.frames().find((candidate) => candidate.url().includes(url))
	if (!frame) throw new Error(`no frame of ${url}`)
	await frame.evaluate(axe.source)
	const found = await frame.evaluate('axe.run(document, { resultTypes: ["violations"] })')
	return found.violations.map((rule) => `${rule.id}: ${rule.help}: ${rule.nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`)
}

function give(result) {
	if (result === null || typeof result !== 'object' || typeof result.close !== 'function') return { value: result }
	if (!handles.includes(result)) handles.push(result.mainFrame ? watch(result) : result)
	return { value: { handle: handles.indexOf(result) } }
}

async function answer({ n, on, path }) {
	try {
		let target = handles[on]
		for (const [name, ...args] of path) target = typeof target[name] === 'function' ? target[name](...args.map(revive)) : target[name]
		process.stdout.write(JSON.stringify({ n, ...give(await target) }) + '\n')
	} catch (error) {
		process.stdout.write(JSON.stringify({ n, error: String(error.message ?? error) }) + '\n')
	}
}

for await (const line of createInterface({ input: process.stdin })) await answer(JSON.parse(line))
await browser.close()
