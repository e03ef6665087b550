/* api.ts - the calls of docs/chat-protocol.md; the frame stands at the same origin. */
import { problem, upload, type Upload } from './wire'

export class Refused extends Error {
	constructor(readonly status: number, readonly body: unknown) {
		super(String(status))
	}
	get code(): string {
		return problem(this.body)
	}
}
const BASE = '/chat/v1'
const bearer = (token: string | null): Record<string, string> => (token ? { Authorization: `Bearer ${token}` } : {})

const LATE_MS = 15_000 // a network that swallows everything says nothing at all

/* call - stop: the caller's way to give it up. Returns: the body, null if there is none. Throws: Refused for an answer that says no,
 * another error without one. */
export async function call(method: string, path: string, token: string | null, body?: unknown, stop = new AbortController(), waitMs = 0): Promise<unknown> {
	const headers = { ...bearer(token), ...(body !== undefined && { 'Content-Type': 'application/json' }) }
	const late = setTimeout(() => stop.abort(), waitMs + LATE_MS)
	try {
		const answer = await fetch(BASE + path, {
			method, headers, credentials: 'omit', cache: 'no-store', signal: stop.signal, ...(body !== undefined && { body: JSON.stringify(body) }),
		})
		const given: unknown = await answer.json().catch(() => null)
		if (!answer.ok) throw new Refused(answer.status, given)
		return given
	} finally {
		clearTimeout(late)
	}
}

/* send - a file's bytes. XMLHttpRequest, because fetch does not say how far it is. */
export function send(file: File, token: string, onPart: (part: number) => void): Promise<Upload> {
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest()
		request.open('POST', `${BASE}/uploads`)
		request.responseType = 'json'
		request.setRequestHeader('Authorization', `Bearer ${token}`)
		request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
		request.setRequestHeader('X-File-Name', encodeURIComponent(file.name))
		request.upload.onprogress = (e) => onPart(e.lengthComputable ? e.loaded / e.total : 0)
		request.onerror = () => reject(new TypeError('network'))
		request.onload = () => {
			const made = request.status === 201 ? upload(request.response) : null
			if (made) resolve(made)
			else reject(new Refused(request.status, request.response))
		}
		request.send(file)
	})
}

export const socketUrl = (): string => `${location.origin.replace(/^http/, 'ws')}${BASE}/socket`

/* fileUrl - an attachment's address; nothing but the token opens it. */
export function fileUrl(url: string, token: string): string {
	const at = new URL(url, location.origin)
	if (!at.searchParams.has('token')) at.searchParams.set('token', token)
	return at.href
}
