// unsaved.ts - which forms hold what is not saved: asked before a page is left.
import { computed, onScopeDispose, shallowReactive, watch, type Ref } from 'vue'

const dirty = shallowReactive(new Set<symbol>())
export const hasUnsaved = computed(() => dirty.size > 0)

export function watchUnsaved(isDirty: Ref<boolean>): void {
	const me = Symbol()
	watch(isDirty, (on) => (on ? dirty.add(me) : dirty.delete(me)), { immediate: true, flush: 'sync' })
	onScopeDispose(() => dirty.delete(me))
}
export function forgetUnsaved(): void {
	dirty.clear()
}
