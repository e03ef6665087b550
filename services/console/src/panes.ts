// panes.ts - what the inbox shows beside its list; each loaded when first needed. Features meet here, not in each other.
import { defineAsyncComponent } from 'vue'

const thread = () => import('./features/thread/ThreadView.vue')
const composer = () => import('./features/composer/Composer.vue')
const customer = () => import('./features/customer/CustomerPanel.vue')

export const ThreadView = defineAsyncComponent(thread)
export const Composer = defineAsyncComponent(composer)
export const CustomerPanel = defineAsyncComponent(customer)
/* For an address that names a conversation: they come beside the list, not after it. */
export const fetchPanes = () => Promise.all([thread(), composer(), import('./features/composer/ReplyEditor.vue'), customer()])
