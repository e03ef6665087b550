// build.mjs - the widget's files: node build.mjs build OUT (loader.js, widget.js, widget.css) or node build.mjs tests OUT.
import { build } from 'esbuild'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const [what, out] = process.argv.slice(2)
if (!['build', 'tests'].includes(what) || !out) {
	console.error('Usage: node build.mjs build|tests OUT')
	process.exit(64)
}

const common = {
	absWorkingDir: here,
	outdir: out,
	bundle: true,
	target: ['es2021', 'chrome92', 'firefox90', 'safari15'],
	jsx: 'automatic',
	jsxImportSource: 'preact',
	charset: 'utf8',
	legalComments: 'none',
	logLevel: 'warning',
}

if (what === 'build') {
	await build({
		...common,
		entryPoints: { loader: 'loader/loader.ts', widget: 'src/main.tsx' },
		format: 'iife',
		minify: true,
	})
} else {
	const tests = ['src', 'src/i18n'].flatMap((folder) =>
		readdirSync(join(here, folder)).filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`))
	await build({
		...common,
		entryPoints: tests,
		outbase: here,
		outExtension: { '.js': '.mjs' },
		platform: 'node',
		target: 'node18',
		format: 'esm',
	})
}
