/* uuid.ts - UUIDv7 (RFC 9562): time in front, chance behind. Pure: both come as parameters. */
export function uuid7(nowMs: number, random: Uint8Array): string {
	const bytes = new Uint8Array(16)
	bytes.set(random.subarray(0, 10), 6)
	for (let i = 5, t = nowMs; i >= 0; i--, t = Math.floor(t / 256)) bytes[i] = t % 256
	bytes[6] = (bytes[6]! & 0x0f) | 0x70
	bytes[8] = (bytes[8]! & 0x3f) | 0x80
	const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
export const newId = (): string => uuid7(Date.now(), crypto.getRandomValues(new Uint8Array(10)))
