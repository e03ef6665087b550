// announce.ts - what a screen reader says: one polite voice, bundled, and one assertive.
import { ref } from 'vue'

export const polite = ref('')
export const assertive = ref('')

const bundleMs = 700
let waiting: string[] = []
let timer: ReturnType<typeof setTimeout> | undefined

function speak() {
	polite.value = waiting.join(' ')
	waiting = []
	timer = setTimeout(hush, 4000)
}

/* an emptied region makes the same words news again */
function hush() {
	polite.value = ''
	assertive.value = ''
	timer = undefined
}

export function announce(text: string, how: 'polite' | 'assertive' = 'polite'): void {
	if (how === 'assertive') {
		assertive.value = text
		timer ??= setTimeout(hush, 4000)
		return
	}
	if (!waiting.includes(text)) waiting.push(text)
	if (waiting.length === 1) {
		clearTimeout(timer)
		timer = setTimeout(speak, bundleMs)
	}
}
