// form.test.ts - a draft, what is sent of it, and what happens when others were faster.
import { enableAutoUnmount, mount } from '@vue/test-utils'
import { afterEach, expect, test } from 'vitest'
import { defineComponent, nextTick, shallowRef } from 'vue'
import { Problem } from '@/api/problem'
import { i18n } from '@/i18n'
import { useForm, type Form } from './form'
import { hasUnsaved } from './unsaved'

enableAutoUnmount(afterEach)

interface Row {
	version: number
	name: string
	ids: string[]
	hours: { days: Record<string, string[]> } | null
}
type Draft = Omit<Row, 'version'>

function given(save: (sent: { changed: Partial<Draft>; version: number }) => Promise<unknown> = () => Promise.resolve()) {
	const row = shallowRef<Row>({ version: 3, name: 'Ana', ids: ['a'], hours: null })
	const sent: { changed: Partial<Draft>; version: number }[] = []
	let form!: Form<Draft>
	const wrapper = mount(defineComponent({
		setup() {
			form = useForm({
				row: () => row.value,
				draft: ({ name, ids, hours }) => ({ name, ids: [...ids], hours }),
				save: ({ changed, version }) => {
					sent.push({ changed, version })
					return save({ changed, version })
				},
			})
			return () => null
		},
	}), { global: { plugins: [i18n] } })
	return { row, sent, form, wrapper }
}

test('only what was changed is sent, on the version the draft stands on', async () => {
	const { form, sent, row } = given()
	expect(form.isDirty.value).toBe(false)
	form.draft.ids.push('b')
	expect([form.isDirty.value, row.value.ids]).toEqual([true, ['a']])
	await form.submit()
	expect(sent).toEqual([{ changed: { ids: ['a', 'b'] }, version: 3 }])
})
test('a part made of other parts of the draft is sent as it is', async () => {
	const { form, sent } = given()
	form.draft.hours = { days: { 1: ['09:00'] } }
	form.draft.hours = { ...form.draft.hours, days: { ...form.draft.hours.days, 2: ['10:00'] } }
	form.draft.hours = { ...form.draft.hours }
	await form.submit()
	expect([sent[0]?.changed, form.problem.value]).toEqual([{ hours: { days: { 1: ['09:00'], 2: ['10:00'] } } }, null])
})
test('a newer record fills a draft nobody touched, and not one somebody did', async () => {
	const { form, row } = given()
	row.value = { ...row.value, version: 4, name: 'Eva' }
	await nextTick()
	expect(form.draft.name).toBe('Eva')
	form.draft.name = 'Mine'
	row.value = { ...row.value, version: 5, name: 'Theirs' }
	await nextTick()
	expect([form.draft.name, form.isBehind.value]).toEqual(['Mine', true])
})
test('mine can be kept over theirs, or theirs taken', async () => {
	const { form, row, sent } = given()
	form.draft.name = 'Mine'
	row.value = { ...row.value, version: 4, name: 'Theirs' }
	await nextTick()
	form.keep()
	expect(form.isBehind.value).toBe(false)
	await form.submit()
	expect(sent).toEqual([{ changed: { name: 'Mine' }, version: 4 }])
	form.draft.name = 'Again'
	form.reset()
	expect([form.draft.name, form.isDirty.value]).toEqual(['Theirs', false])
})
test.each([
	[new Problem(422, 'invalid_field', 'too long', 'name'), 'name'],
	[new Problem(422, 'invalid_field', '', 'chat.name.en'), 'chat.name'],
	[new Problem(409, 'name_taken'), 'name'],
	[new Problem(403, 'wrong_password'), 'current'],
])('%s stands at its field and nowhere else', async (problem, field) => {
	const { form } = given(() => Promise.reject(problem))
	expect(form.error(field)).toBeUndefined()
	form.draft.name = 'x'
	await form.submit()
	expect(form.error(field)).toBeTruthy()
	expect(form.error('other')).toBeUndefined()
	expect([form.problem.value, form.isDirty.value]).toEqual([null, true])
})
test('a problem of no field of the form is shown beside it', async () => {
	const { form } = given(() => Promise.reject(new Problem(422, 'invalid_field', '', 'capacity')))
	form.error('name')
	form.draft.name = 'x'
	await form.submit()
	expect(form.problem.value?.field).toBe('capacity')
})
test('a form without a record begins anew when it is sent', async () => {
	let form!: Form<{ word: string }>
	mount(defineComponent({
		setup() {
			form = useForm({ row: () => ({}), draft: () => ({ word: '' }), save: () => Promise.resolve() })
			return () => null
		},
	}), { global: { plugins: [i18n] } })
	form.draft.word = 'x'
	await form.submit()
	expect([form.draft.word, form.isDirty.value, form.isSaved.value]).toEqual(['', false, true])
})
test('unsaved work is known as long as its form is there', () => {
	const { form, wrapper } = given()
	form.draft.name = 'x'
	expect(hasUnsaved.value).toBe(true)
	wrapper.unmount()
	expect(hasUnsaved.value).toBe(false)
})
