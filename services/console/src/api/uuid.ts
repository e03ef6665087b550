// uuid.ts - ids made here: UUIDv7, so that they sort by time.

export function newId(now = Date.now()): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16))
	for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 256 ** (5 - i)) & 255
	bytes[6] = (bytes[6]! & 15) | 112
	bytes[8] = (bytes[8]! & 63) | 128
	const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
