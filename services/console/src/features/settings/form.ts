// form.ts - the one way a record is edited: a draft of it, what is wrong with each field, and what to do when others were faster.
import { computed, onScopeDispose, reactive, ref, shallowRef, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { problemDetail, problemOf, problemText, type Problem } from '@/api/problem'
import { watchUnsaved } from './unsaved'

const SAVED_MS = 4000

export interface Form<D extends object> {
	draft: D
	isDirty: Ref<boolean>
	isBusy: Ref<boolean>
	isSaved: Ref<boolean> // a moment ago
	isBehind: Ref<boolean> // somebody saved another version meanwhile
	problem: Ref<Problem | null> // one that belongs to no field of this form
	error(field: string): string | undefined
	submit(): Promise<void>
	reset(): void // to the record as it is now
	keep(): void // mine, over what the others saved
}
interface Options<R extends { version?: number }, D extends object> {
	row: () => R | undefined
	draft: (row: R) => D
	/* version: what the draft stands on, for If-Match. changed: only what differs from the record. */
	save: (given: { draft: D; changed: Partial<D>; version: number }) => Promise<unknown>
	/* reads the record again after a conflict */
	reload?: () => Promise<unknown>
}

/* Refusals that name no field: where they belong. */
const homes: Record<string, string> = { wrong_password: 'current', email_taken: 'email', address_taken: 'address', shortcut_taken: 'shortcut', name_taken: 'name' }

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
const copy = <D extends object>(value: D): D => JSON.parse(JSON.stringify(value)) as D // drafts are plain, but parts of them may be proxies

export function useForm<R extends { version?: number }, D extends object>(options: Options<R, D>): Form<D> {
	const { t } = useI18n()
	const first = options.row()
	const draft = reactive(first ? copy(options.draft(first)) : {}) as D
	const base = shallowRef(first ? options.draft(first) : ({} as D))
	const version = ref(first?.version ?? 0)
	const isBusy = ref(false), isSaved = ref(false)
	const failure = shallowRef<Problem | null>(null)
	const asked = new Set<string>() // fields that show their errors themselves
	let timer: ReturnType<typeof setTimeout> | undefined
	onScopeDispose(() => clearTimeout(timer))

	const isDirty = computed(() => !same(draft, base.value))
	const isBehind = computed(() => isDirty.value && !isBusy.value && (options.row()?.version ?? version.value) > version.value)
	watchUnsaved(isDirty)
	watch(options.row, (row) => {
		if (row && (!isDirty.value || version.value === 0) && !isBusy.value) reset()
	})

	function reset(): void {
		const row = options.row()
		if (!row) return
		base.value = options.draft(row)
		Object.assign(draft, copy(base.value))
		version.value = row.version ?? 0
		failure.value = null
	}
	function keep(): void {
		version.value = options.row()?.version ?? version.value
		failure.value = null
	}
	function changed(): Partial<D> {
		const keys = Object.keys(draft) as (keyof D)[]
		return Object.fromEntries(keys.filter((key) => !same(draft[key], base.value[key])).map((key) => [key, copy(draft)[key]])) as Partial<D>
	}
	async function submit(): Promise<void> {
		if (isBusy.value) return
		isBusy.value = true
		failure.value = null
		try {
			const given = copy(draft)
			await options.save({ draft: given, changed: changed(), version: version.value })
			base.value = given
			isSaved.value = true
			clearTimeout(timer)
			timer = setTimeout(() => (isSaved.value = false), SAVED_MS)
			isBusy.value = false
			const row = options.row()
			// a record is read again after it is saved; a form without one begins anew
			if (!isDirty.value && row && (row.version === undefined || row.version > version.value)) reset()
		} catch (thrown) {
			failure.value = problemOf(thrown)
			if (failure.value.code === 'stale_version') await options.reload?.()
		} finally {
			isBusy.value = false
		}
	}
	function fieldOf(wrong: Problem | null): string | undefined {
		return wrong ? (wrong.field ?? homes[wrong.code]) : undefined
	}
	function isOf(field: string): boolean {
		const wrong = fieldOf(failure.value)
		return wrong !== undefined && `.${wrong}.`.includes(`.${field}.`)
	}
	function error(field: string): string | undefined {
		asked.add(field)
		const wrong = failure.value
		if (!wrong || !isOf(field)) return undefined
		const text = problemText(t, wrong)
		const detail = problemDetail(text, wrong)
		return detail ? t('settings.form.because', { text, detail }) : text
	}
	const problem = computed(() => {
		const wrong = failure.value
		if (!wrong || (wrong.code === 'stale_version' && isBehind.value) || [...asked].some(isOf)) return null
		return wrong
	})
	return { draft, isDirty, isBusy, isSaved, isBehind, problem, error, submit, reset, keep }
}
