// vite.config.ts - two builds: the console (app) and, with --mode mail, the documents of the mail frame.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const api = process.env['HILO_API'] ?? 'http://127.0.0.1:8080'

/* Vue asks for a Trusted Types policy that lets any HTML through. The page's own policy allows none of that kind, and browsers log
   each refusal: it does not ask. */
const withoutPolicy: Plugin = {
	name: 'vue-without-policy',
	transform(code, id) {
		if (!id.includes('@vue/runtime-dom/dist/runtime-dom.esm-bundler')) return null
		const asks = 'typeof window !== "undefined" && window.trustedTypes'
		if (!code.includes(asks)) this.error('Vue asks elsewhere')
		return { code: code.replace(asks, 'false'), map: null }
	},
}

export default defineConfig(({ mode }) => ({
	root: mode === 'mail' ? at('src/mail/frame') : at('.'),
	base: mode === 'mail' ? '/mail/' : '/',
	publicDir: mode === 'mail' ? false : at('public'),
	// static parts would be inserted as HTML, which Trusted Types refuse
	plugins: [vue({ template: { compilerOptions: { hoistStatic: false } } }), withoutPolicy],
	resolve: { alias: { '@': at('src'), '@web': at('../../common/web') } },
	define: { __VUE_OPTIONS_API__: false, __VUE_I18N_LEGACY_API__: false, __VUE_I18N_FULL_INSTALL__: false, __INTLIFY_PROD_DEVTOOLS__: false },
	build: {
		outDir: at(mode === 'mail' ? 'built/mail' : 'built/app'), emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false },
		// what several places share comes in few files: a request each for every small part costs more than the parts
		rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'base', test: /node_modules[\\/](vue|@vue|vue-router|pinia|vue-i18n|@intlify|openapi-fetch)/ }, { name: 'ui', minShareCount: 3 }] } } },
	},
	server: { fs: { allow: [at('../..')] }, proxy: Object.fromEntries(['/api', '/chat', '/widget'].map((path) => [path, { target: api, ws: true, changeOrigin: false }])) },
	test: { environment: 'happy-dom', include: ['src/**/*.test.ts', '../../common/web/**/*.test.ts'], root: at('.') },
}))
