// wide.ts - whether a media query holds, as a ref that lives with its component.
import { onScopeDispose, ref, type Ref } from 'vue'

export function useMedia(query: string): Ref<boolean> {
	const media = matchMedia(query)
	const holds = ref(media.matches)
	const changed = () => (holds.value = media.matches)
	media.addEventListener('change', changed)
	onScopeDispose(() => media.removeEventListener('change', changed))
	return holds
}
