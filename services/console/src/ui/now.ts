// now.ts - one tick a second for everything that counts; it stands still while nobody looks.
import { onScopeDispose, readonly, ref, type Ref } from 'vue'

const now = ref(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

function tick(): void {
	now.value = Date.now()
}

/* useNow - the current time in ms, for Clock and Timestamp. */
export function useNow(): Readonly<Ref<number>> {
	if (users++ === 0) {
		tick()
		timer = setInterval(tick, 1000)
	}
	onScopeDispose(() => {
		if (--users === 0) clearInterval(timer)
	})
	return readonly(now)
}
