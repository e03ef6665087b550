// HoursDay.test.ts - a time that is half written keeps the form, and the day says so.
import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { i18n } from '@/i18n'
import HoursDay from './HoursDay.vue'

test('a time the browser does not accept is said in words of ours, until it is written on', async () => {
	const day = mount(HoursDay, { props: { day: 1, spans: [['09:00', '17:00']], fault: null }, global: { plugins: [i18n] } })
	const refused = new Event('invalid', { cancelable: true })
	expect(day.find('[role=alert]').exists()).toBe(false)
	day.get('input').element.dispatchEvent(refused)
	await day.vm.$nextTick()
	expect([refused.defaultPrevented, day.get('[role=alert]').text()]).toEqual([true, `■ ${i18n.global.t('ui.fault.value')}`])
	await day.get('input').setValue('10:00')
	expect([day.find('[role=alert]').exists(), day.emitted('change')]).toEqual([false, [[[['10:00', '17:00']]]]])
})
