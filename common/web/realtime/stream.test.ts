// The stream against a socket the test plays the server of: it is live when it hears, and comes back whatever ended it.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openStream, type Stream, type StreamState } from './stream'

class Socket {
	static all: Socket[] = []
	static readonly CONNECTING = 0
	static readonly OPEN = 1
	readyState = Socket.CONNECTING
	sent: string[] = []
	onopen: (() => void) | null = null
	onmessage: ((message: { data: string }) => void) | null = null
	onclose: ((close: { code: number }) => void) | null = null
	onerror: (() => void) | null = null
	constructor(readonly url: string) {
		Socket.all.push(this)
	}
	send = (text: string) => void this.sent.push(text)
	close = () => void (this.readyState = 3)
	open(): void {
		this.readyState = Socket.OPEN
		this.onopen?.()
	}
	say = (frame: unknown) => this.onmessage?.({ data: JSON.stringify(frame) })
	end(code: number): void {
		this.readyState = 3
		this.onclose?.({ code })
	}
}
const last = () => Socket.all.at(-1)!
const seconds = (n: number) => vi.advanceTimersByTime(n * 1000)

let stream: Stream
let cursor = 'c0'
let states: StreamState[] = []
let refusals = 0
const frames: unknown[] = []
beforeEach(() => {
	vi.useFakeTimers()
	vi.stubGlobal('WebSocket', Socket)
	Socket.all = []
	states = []
	refusals = 0
	frames.length = 0
	cursor = 'c0'
	stream = openStream({ url: () => `ws://api?cursor=${cursor}`, onFrame: (frame) => frames.push(frame), onState: (state) => states.push(state), onRefused: () => refusals++, silenceLimit: 40_000 })
})
afterEach(() => {
	stream.close()
	vi.restoreAllMocks()
	vi.unstubAllGlobals()
	vi.useRealTimers()
})

test('it is live once something was heard, not when the socket opens, and says so once', () => {
	last().open()
	expect(states).toEqual(['connecting'])
	last().say({ cursor: 'c1' })
	last().say({ cursor: 'c2' })
	expect(states).toEqual(['connecting', 'live'])
	expect(frames).toEqual([{ cursor: 'c1' }, { cursor: 'c2' }])
})
test.each([1006, 1008, 1012, 1013, 4401])('closed with %i it comes back, from its cursor', (code) => {
	last().open()
	last().say({ cursor: 'c1' })
	cursor = 'c1'
	last().end(code)
	expect(states.at(-1)).toBe('offline')
	seconds(1)
	expect(Socket.all.map((one) => one.url)).toEqual(['ws://api?cursor=c0', 'ws://api?cursor=c1'])
	last().open()
	last().say({ events: [] })
	expect(states.at(-1)).toBe('live')
	expect(refusals).toBe(code === 4401 ? 1 : 0)
})
test('refused before a word, time after time, it waits longer and never gives up until it is closed', () => {
	vi.spyOn(Math, 'random').mockReturnValue(0)
	for (const wait of [1, 2, 4, 8, 16, 30, 30]) {
		const refused = last()
		refused.open()
		refused.end(4401)
		seconds(wait - 0.1)
		expect(last()).toBe(refused)
		seconds(0.2)
		expect(last()).not.toBe(refused)
	}
	expect([refusals, states]).toEqual([7, ['connecting', 'offline']])
	stream.close()
	seconds(100)
	expect(Socket.all.length).toBe(8)
})
test('a connection that says nothing is dead, sooner while it is being made', () => {
	seconds(12)
	expect(Socket.all.length).toBe(2)
	last().open()
	last().say({})
	const heard = last()
	seconds(39)
	expect(last()).toBe(heard)
	seconds(4)
	expect(last()).not.toBe(heard)
	heard.say({ late: true })
	expect(frames).toEqual([{}])
})
