// menu.test.ts - how entries become groups.
import { expect, test } from 'vitest'
import { groupsOf, type MenuItem } from './menu'

const item = (key: string): MenuItem => ({ key, label: key, run: () => undefined })
const shape = (...entries: Parameters<typeof groupsOf>[0]) => groupsOf(entries).map((g) => [g.group, g.items.map((i) => i.key).join('')])

test('loose items stand together, groups apart, empty groups are left out', () => {
	expect(shape(item('a'), item('b'), { group: 'G', items: [item('c')] }, item('d'), { group: 'H', items: [] }, item('e'))).toEqual([
		['', 'ab'], ['G', 'c'], ['', 'd'], ['', 'e']])
})
