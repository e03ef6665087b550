// build.mjs - tokens.json as CSS variables, on standard output.
import { readFileSync } from 'node:fs'

const tokens = JSON.parse(readFileSync(new URL('tokens.json', import.meta.url), 'utf8'))
const block = (selector, theme) => `${selector} {\n\tcolor-scheme: ${theme};\n${Object.entries(tokens[theme]).map(([k, v]) => `\t--${k}: ${v.toLowerCase()};\n`).join('')}}\n`
process.stdout.write(`/* Generated from common/web/tokens/tokens.json; do not edit. */\n${block(':root', 'light')}${block(":root[data-theme='dark']", 'dark')}`)
