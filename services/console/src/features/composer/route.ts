// route.ts - over which channel a reply goes: as picked, else as the conversation runs, else where the customer is to be had. Pure.
import type { ReachableChannel } from '@/api/types'

export const keyOf = ({ channel, contact_point_id }: Pick<ReachableChannel, 'channel' | 'contact_point_id'>) => `${channel} ${contact_point_id ?? ''}`

/* channels: as the API lists them, the one the conversation runs on first. */
export function routeOf(channels: readonly ReachableChannel[], picked: string | null): ReachableChannel | undefined {
	const chosen = channels.find((one) => keyOf(one) === picked)
	const [own] = channels
	return chosen?.reachable ? chosen : own?.reachable ? own : (channels.find((one) => one.reachable) ?? own)
}

/* Whether going there moves the conversation. */
export const isMove = (channels: readonly ReachableChannel[], to: ReachableChannel | undefined) => to !== undefined && channels[0] !== undefined && keyOf(to) !== keyOf(channels[0])
