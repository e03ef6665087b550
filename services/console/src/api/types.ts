// types.ts - rows as the API gives them, by short names.
import type { components, operations } from './schema'

type S = components['schemas']
export type Agent = S['Agent']
export type Colleague = S['Colleague']
export type Conversation = S['Conversation']
export type ConversationPage = S['ConversationPage']
export type ConversationStatus = S['ConversationStatus']
export type Channel = S['Channel']
export type Customer = S['Customer']
export type Inbox = S['Inbox']
export type Interaction = S['Interaction']
export type Message = S['Message']
export type Move = S['Move']
export type PresenceStatus = S['PresenceStatus']
export type ReachableChannel = S['ReachableChannel']
export type Role = S['Role']
export type Session = S['Session']
export type StreamEvent = S['StreamEvent']
export type Upload = S['Upload']
export type ProblemCode = S['Problem']['code']
/* What a list of conversations can be asked for. */
export type ListQuery = NonNullable<operations['listConversations']['parameters']['query']>
