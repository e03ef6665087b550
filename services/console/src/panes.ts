// panes.ts - what the inbox shows beside its list; each loaded when first needed. Features meet here, not in each other.
import { defineAsyncComponent } from 'vue'

export const ThreadView = defineAsyncComponent(() => import('./features/thread/ThreadView.vue'))
export const Composer = defineAsyncComponent(() => import('./features/composer/Composer.vue'))
export const CustomerPanel = defineAsyncComponent(() => import('./features/customer/CustomerPanel.vue'))
