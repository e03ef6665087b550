// kit.ts - every component of the kit in its states on one plain page: ?theme=dark&lang=es&dir=rtl&density=compact
import { createApp } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { i18n, setLocale } from '../src/i18n'
import '../src/styles/tokens.css'
import '../src/styles/base.css'
import Kit from './Kit.vue'

const wish = new URLSearchParams(location.search)
const root = document.documentElement
root.dataset['theme'] = wish.get('theme') ?? 'light'
root.dataset['density'] = wish.get('density') ?? 'comfortable'
root.dir = wish.get('dir') ?? 'ltr'
const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:any*', component: Kit }] })
void setLocale(wish.get('lang') === 'es' ? 'es' : 'en').then(() => createApp(Kit).use(i18n).use(router).mount('#app'))
