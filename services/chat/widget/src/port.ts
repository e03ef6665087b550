/* port.ts - what loader and frame say to each other over their MessagePort, and the two messages that hand it over. */

export interface Options {
	locale?: string
	theme?: string // auto, light, dark
	dir?: string // ltr, rtl
}
export interface ToFrame {
	open?: boolean
	page?: string
	options?: Options
	identify?: string // the shop's signed token
	signout?: boolean
	preview?: unknown // settings to show, as a session has them: none is begun, nothing is sent
}
/* What the loader keeps at the shop's own origin, so that the launcher looks right before there is a frame. */
export interface Look {
	accent: string | null
	position: 'start' | 'end'
	active: boolean // a conversation is open: answers may come
	known: boolean // somebody is signed in
}
export interface ToLoader {
	close?: boolean
	unread?: number
	look?: Look
	event?: { name: string; detail?: unknown }
}
export const READY = 'hilo:ready' // frame → page: hand me the port
export const PORT = 'hilo:port' // page → frame: here it is
