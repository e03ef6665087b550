import { expect, test } from 'vitest'
import { countText, GROUP_END } from './counts'

test.each([
	[0, undefined, '0'], [999, undefined, '999'], [1000, undefined, '999+'],
	[199, GROUP_END, '199'], [200, GROUP_END, '199+'],
])('%i, counted up to %s, is shown as %s', (count, end, shown) => expect(countText(count, end)).toBe(shown))
