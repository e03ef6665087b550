// now.ts - one clock for the whole page; only Clock and Timestamp read it.
import { ref, type Ref } from 'vue'

const now = ref(Date.now())
let timer: ReturnType<typeof setInterval> | undefined

/* Milliseconds, to the second. */
export function useNow(): Ref<number> {
	timer ??= setInterval(() => (now.value = Date.now()), 1000)
	return now
}
