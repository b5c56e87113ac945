/** How a relay reaches the home of a log that it mirrors: by the same rules as the visits it carries. */
import { UnavailableError, type KeyBytes } from '../../protocol/wire/index.js'
import { dialGateway, visitTargets, type ChannelOptions, type GatewayChannel, type Host } from '../net/index.js'

/** Opens a channel to a home at one of its addresses. @throws as dialGateway; UnavailableError when no address may be dialed */
export type DialHome = (addrs: readonly string[], home: KeyBytes, options: ChannelOptions & { readonly signal: AbortSignal }) => Promise<GatewayChannel>

/** Dials over a relay's host. Addresses of private networks are left out unless `privateNetworks`. */
export function hostDial (host: Host, privateNetworks: boolean): DialHome {
  return async (addrs, home, options) => {
    const found = await Promise.allSettled(addrs.map(async text => await visitTargets(text, home, { privateNetworks })))
    const targets = found.flatMap(one => one.status === 'fulfilled' ? one.value.map(String) : [])
    if (targets.length === 0) throw new UnavailableError('none of the home\'s addresses may be dialed from here')
    return await dialGateway(host, targets, home, options)
  }
}
