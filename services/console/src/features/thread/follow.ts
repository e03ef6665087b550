// follow.ts - a scrolled timeline: it follows the end only if it was at the end, and stays put when older entries come in above.
import { nextTick, onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'

const near = 48

export function useFollow(scroller: Readonly<Ref<HTMLElement | null>>, content: Readonly<Ref<HTMLElement | null>>) {
	const atEnd = ref(true)
	let observer: ResizeObserver | undefined

	function measure() {
		const box = scroller.value
		if (box) atEnd.value = box.scrollHeight - box.scrollTop - box.clientHeight < near
	}
	function toEnd() {
		const box = scroller.value
		if (box) box.scrollTop = box.scrollHeight
		atEnd.value = true
	}
	/* what stands at the top of the view stays there while `change` adds above it */
	async function holding(change: () => Promise<unknown>) {
		const box = scroller.value
		const mark = box && [...box.querySelectorAll('[data-row]')].find((row) => row.getBoundingClientRect().bottom > box.getBoundingClientRect().top)
		const before = mark?.getBoundingClientRect().top ?? 0
		await change()
		await nextTick()
		if (box && mark?.isConnected) box.scrollTop += mark.getBoundingClientRect().top - before
	}
	function grown() {
		if (atEnd.value) toEnd()
		else measure()
	}
	onMounted(() => {
		observer = new ResizeObserver(grown)
		watch([scroller, content], (boxes) => {
			observer?.disconnect()
			for (const box of boxes) if (box) observer?.observe(box)
		}, { immediate: true })
	})
	onBeforeUnmount(() => observer?.disconnect())
	return { atEnd, measure, toEnd, holding }
}
