import { expect, test } from 'vitest'
import { triggerIn } from './trigger'

test.each([
	['/', '/@', '/', ''],
	['/ref', '/@', '/', 'ref'],
	['Hello /refund-late', '/@', '/', 'refund-late'],
	['(/a', '/@', '/', 'a'],
	['@', '/@', '@', ''],
	['ask @Ana', '/@', '@', 'Ana'],
	['ask @Ana Gi', '/@', '@', 'Ana Gi'],
	['¿@Íñ', '/@', null, ''],
	['ask @Íñ', '/@', '@', 'Íñ'],
	['\ufffc@Ben', '/@', '@', 'Ben'],
	['and/or', '/@', null, ''],
	['1/2', '/@', null, ''],
	['a@b', '/@', null, ''],
	['/ref then', '/@', null, ''],
	['@Ana Gil Ruiz', '/@', null, ''],
	['@Ana', '/', null, ''],
	['/x', '', null, ''],
	['https://', '/@', null, ''],
])('%j with %j', (before, signs, sign, query) => {
	const found = triggerIn(before, signs)
	expect(found?.sign ?? null).toBe(sign)
	expect(found?.query ?? '').toBe(query)
	if (found) expect(before.endsWith(found.sign + found.query) && found.length === found.query.length + 1).toBe(true)
})
