// sizes.mjs - what browsers load, gzipped, held against what it may be. Usage: node sizes.mjs BUILT
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const built = process.argv[2]
const size = (file) => gzipSync(readFileSync(file)).length
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} kB`
const page = (folder) => readFileSync(join(built, folder, 'index.html'), 'utf8')
const named = (folder, base) => [...page(folder).matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map(([, path]) => join(built, folder, path.slice(base.length)))

/* static imports of the entry come with it */
function withImports(files, folder) {
	const all = new Set(files)
	for (const file of all)
		for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) all.add(join(built, folder, 'assets', path))
	return [...all]
}
const sum = (files) => files.reduce((total, file) => total + size(file), 0)
const results = [
	['first load', sum(withImports(named('app', '/'), 'app')), 180 * 1024],
	['mail frame', sum(withImports(named('mail', '/mail/'), 'mail')), 20 * 1024],
]
const first = new Set(withImports(named('app', '/'), 'app'))
for (const name of readdirSync(join(built, 'app/assets')))
	if (name.endsWith('.js') && !first.has(join(built, 'app/assets', name)))
		results.push([name, size(join(built, 'app/assets', name)), (/Editor/.test(name) ? 150 : 60) * 1024])

let tooMuch = 0
for (const [name, is, may] of results.sort((a, b) => b[1] - a[1])) {
	if (is > may) tooMuch++
	if (is > may || may !== 60 * 1024) process.stdout.write(`${is > may ? 'TOO MUCH' : 'ok'}: ${name} ${kilobytes(is)} of ${kilobytes(may)}\n`)
}
process.exit(tooMuch ? 1 : 0)
