// lists.test.ts - addresses and the lists they mean.
import { expect, test } from 'vitest'
import { filtersOf, listOf, paramOf, queryFilters } from './lists'

test.each(['mine', 'unassigned', 'all', 'mentions', 'following', 'view-7', 'team-t1', 'inbox-i1', 'tag-vip client'])('%s is its own name', (param) =>
	expect(paramOf(listOf(param))).toBe(param))

test.each(['', 'nothing', 'view-', 'robot-1'])('%j is one’s own list', (param) => expect(paramOf(listOf(param))).toBe('mine'))

test('the address adds to what a list shows, and only what the API knows', () => {
	expect(filtersOf(listOf('mine'), { status: 'pending', sort: 'waiting' })).toEqual({ view: 'mine', status: 'pending', sort: 'waiting' })
	expect(filtersOf(listOf('inbox-i1'), {})).toEqual({ inbox: 'i1' })
	expect(filtersOf(listOf('view-7'), { priority: 'urgent' }, { view: 'unassigned', priority: 'low', tag: 'vip' })).toEqual({
		view: 'unassigned',
		priority: 'urgent',
		tag: 'vip',
	})
	expect(queryFilters({ status: 'lost', sort: ['waiting'], channel: 'chat', evil: 'x', q: '' })).toEqual({ channel: 'chat' })
})
