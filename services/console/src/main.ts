// main.ts - the console begins: its stores, words and places.
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, setLocale, usualLocale } from './i18n'
import { router } from './router'
import './styles/tokens.css'
import './styles/base.css'
import './styles/lines.css'

void setLocale(usualLocale()).then(() => createApp(App).use(createPinia()).use(i18n).use(router).mount('#app'))
