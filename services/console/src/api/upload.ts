// upload.ts - a file on its way to the API; by XMLHttpRequest, which alone tells how far it is.
import { csrfToken, Problem } from './client'
import type { Upload } from './types'
import { newId } from './uuid'

function isUpload(value: unknown): value is Upload {
	return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
}
function problemFrom(status: number, body: unknown): Problem {
	if (typeof body !== 'object' || body === null || !('code' in body) || typeof body.code !== 'string') return new Problem(status, status ? 'unavailable' : 'offline')
	return new Problem(status, body.code, 'detail' in body && typeof body.detail === 'string' ? body.detail : '')
}

export interface Sending {
	done: Promise<Upload> // rejects with Problem; never settles once it was stopped
	stop: () => void
}

/* progress: of 1. The same key makes a repeated try one file. */
export function upload(file: File, progress: (part: number) => void, key = newId()): Sending {
	const request = new XMLHttpRequest()
	const done = new Promise<Upload>((resolve, reject) => {
		request.open('POST', `/api/v1/uploads?name=${encodeURIComponent(file.name)}`)
		request.responseType = 'json'
		request.setRequestHeader('Idempotency-Key', key)
		request.setRequestHeader('X-CSRF-Token', csrfToken())
		request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
		request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0)
		request.onload = () => {
			const body: unknown = request.response
			if (request.status === 201 && isUpload(body)) resolve(body)
			else reject(problemFrom(request.status, body))
		}
		request.onerror = () => reject(new Problem(0, 'offline'))
		request.send(file)
	})
	return { done, stop: () => request.abort() }
}
