/* kept.ts - what this browser remembers of one inbox, in the frame's own storage. Where storage is shut, for this page only. */
import type { Pending } from './apply'

export interface Kept {
	token: string | null
	claims: string | null // whom the token was signed in as, so that the same customer is not signed in again on each page
}

export class Keeper {
	private readonly shadow = new Map<string, string>()
	constructor(private readonly inbox: string) {}

	get session(): Kept {
		const kept = this.json('session') as Partial<Kept> | null
		return { token: kept?.token ?? null, claims: kept?.claims ?? null }
	}
	set session(kept: Kept) {
		this.put('session', kept.token === null ? null : JSON.stringify(kept))
	}
	/* A row each: several tabs write at the same time. */
	get unsent(): Pending[] {
		return this.names('unsent:').map((name) => this.json(name) as Pending | null).filter((p): p is Pending => p !== null)
			.sort((a, b) => (a.id < b.id ? -1 : 1))
	}
	keepUnsent(pending: readonly Pending[]): void {
		const now = new Map(pending.filter((p) => p.state !== 'accepted').map((p) => [`unsent:${p.id}`, JSON.stringify(p)]))
		for (const [name, text] of now) if (this.get(name) !== text) this.put(name, text)
	}
	forgetUnsent(id: string): void {
		this.put(`unsent:${id}`, null)
	}
	get draft(): string {
		return this.get('draft') ?? ''
	}
	set draft(text: string) {
		this.put('draft', text || null)
	}
	clear(): void {
		for (const name of this.names('')) this.put(name, null)
	}
	/* onSession - another tab signed in or out. */
	onSession(changed: () => void): void {
		addEventListener('storage', (e) => {
			if (e.key === this.key('session')) changed()
		})
	}

	private key(name: string): string {
		return `hilo:${this.inbox}:${name}`
	}
	private json(name: string): unknown {
		try {
			return JSON.parse(this.get(name) ?? 'null')
		} catch {
			return null
		}
	}
	private get(name: string): string | null {
		try {
			return localStorage.getItem(this.key(name)) ?? this.shadow.get(name) ?? null
		} catch {
			return this.shadow.get(name) ?? null
		}
	}
	private put(name: string, text: string | null): void {
		this.shadow.delete(name)
		try {
			if (text === null) localStorage.removeItem(this.key(name))
			else localStorage.setItem(this.key(name), text)
		} catch {
			if (text !== null) this.shadow.set(name, text)
		}
	}
	private names(begin: string): string[] {
		const found = new Set([...this.shadow.keys()].filter((name) => name.startsWith(begin)))
		try {
			for (let i = 0; i < localStorage.length; i++) {
				const key = localStorage.key(i)
				if (key?.startsWith(this.key(begin))) found.add(key.slice(this.key('').length))
			}
		} catch { /* shut */ }
		return [...found]
	}
}
