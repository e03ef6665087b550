// types.ts - rows of the API that only settings know.
import type { components } from '@/api/schema'

type S = components['schemas']
export type AuditEntry = S['AuditEntry']
export type Chat = S['Chat']
export type ChatSettings = S['ChatSettings']
export type Hours = NonNullable<ChatSettings['hours']>
export type Health = S['Health']
export type InboxChange = S['InboxChange']
export type InboxTest = S['InboxTest']
export type Parked = S['Parked']
