import { expect, test } from 'vitest'
import type { ReachableChannel } from '@/api/types'
import { isMove, keyOf, routeOf } from './route'

const chat: ReachableChannel = { channel: 'chat', contact_point_id: 'c', address: null, reachable: true, reason: null }
const mail: ReachableChannel = { channel: 'email', contact_point_id: 'm', address: 'ana@a.example', reachable: true, reason: null }
const gone = (one: ReachableChannel): ReachableChannel => ({ ...one, reachable: false, reason: 'not_present' })

test('as the conversation runs, unless somebody picks another', () => {
	expect(routeOf([chat, mail], null)).toBe(chat)
	expect(routeOf([chat, mail], keyOf(mail))).toBe(mail)
	expect(routeOf([mail, chat], 'email other')).toBe(mail)
})
test('a customer who left is answered where they are to be had', () => {
	const channels = [gone(chat), mail]
	expect(routeOf(channels, null)).toBe(mail)
	expect(routeOf(channels, keyOf(chat))).toBe(mail)
	expect(isMove(channels, mail)).toBe(true)
})
test('nobody to be had: the reason of the own channel is shown', () => {
	const channels = [gone(chat), gone(mail)]
	expect(routeOf(channels, null)).toBe(channels[0])
	expect(routeOf([], null)).toBeUndefined()
	expect(isMove([], undefined)).toBe(false)
})
test('two addresses of one channel are two ways', () => {
	const other: ReachableChannel = { ...mail, contact_point_id: 'n', address: 'ana@b.example' }
	expect(routeOf([mail, other], keyOf(other))).toBe(other)
	expect(isMove([mail, other], other)).toBe(true)
})
