// client.ts - the one way to the API: cookie and CSRF, idempotency keys, problems, and requests that take a while.
import createClient, { type Middleware } from 'openapi-fetch'
import { Problem, problemOf } from './problem'
import type { paths } from './schema'
import { newId } from './uuid'

export { Problem } from './problem'

const POLL = 500
const GIVE_UP = 60_000
const READ_LIMIT = 15_000
const WRITE_LIMIT = 30_000

let csrf = ''
let onSignedOut: () => void = () => undefined

export function setCsrf(token: string | null): void {
	csrf = token ?? ''
}
/* For what does not go through `api`. */
export const csrfToken = (): string => csrf
/* Called when the API no longer knows who we are. */
export function whenSignedOut(handler: () => void): void {
	onSignedOut = handler
}

const middleware: Middleware = {
	onRequest({ request }) {
		if (request.method === 'GET') return undefined
		if (csrf) request.headers.set('X-CSRF-Token', csrf)
		if (request.method === 'POST' && !request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', newId())
		return request
	},
	onResponse({ request, response }) {
		if (response.status === 401 && !(request.method === 'POST' && request.url.endsWith('/session'))) onSignedOut()
	},
}

/* A connection that died in silence would hold its call for a quarter of an hour. */
const timed = (request: Request) => fetch(request, { signal: AbortSignal.timeout(request.method === 'GET' ? READ_LIMIT : WRITE_LIMIT) })
export const api = createClient<paths>({ baseUrl: `${location.origin}/api/v1`, fetch: timed })
api.use(middleware)

interface Answer<T> {
	data?: T
	error?: unknown
	response: Response
}

function isProblem(value: unknown): value is { code: string; detail?: string; field?: string } {
	return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string'
}

/* The answer's body. Throws Problem for anything else. */
export async function ok<T>(answer: Promise<Answer<T>>): Promise<T> {
	let got: Answer<T>
	try {
		got = await answer
	} catch (error) {
		throw problemOf(error)
	}
	const { data, error, response } = got
	if (!response.ok) {
		if (isProblem(error)) throw new Problem(response.status, error.code, error.detail ?? '', error.field)
		throw new Problem(response.status, response.status >= 502 ? 'unavailable' : 'unknown')
	}
	return data as T // 204 has none: T is undefined then
}

interface Pending {
	request: { id: string; state: 'pending' }
}
function isPending(value: unknown): value is Pending {
	return typeof value === 'object' && value !== null && 'request' in value
}

/* The outcome of a request that another part decides: waits where the answer is "under way". Throws Problem, also when it is
 * refused later. */
export async function settled<T>(answer: Promise<Answer<T>>): Promise<Exclude<T, Pending>> {
	const first = await ok(answer)
	if (!isPending(first)) return first as Exclude<T, Pending>
	const until = Date.now() + GIVE_UP
	while (Date.now() < until) {
		await new Promise((done) => setTimeout(done, POLL))
		const { state, outcome } = await ok(api.GET('/requests/{id}', { params: { path: { id: first.request.id } } }))
		if (state === 'pending') continue
		if (state === 'done') return outcome as Exclude<T, Pending>
		if (isProblem(outcome)) throw new Problem(409, outcome.code, outcome.detail ?? '')
		throw new Problem(409, state === 'expired' ? 'expired' : 'refused')
	}
	throw new Problem(0, 'expired')
}
