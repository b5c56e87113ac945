/** How a peer that is no home of this account is reached. Pure. */
import type { Way } from '../gateway/index.js'
import { isCircuit, isNear } from './own-addresses.js'

/** What decides it. */
export interface WaysInput {
  /** Whether the person lets this node dial others and be found: `--lan`. */
  readonly lan: boolean
  /** Whether there is a home relay to go through. */
  readonly hasRelay: boolean
  /** Where the peer was heard in the local network. */
  readonly heard: readonly string[]
  /** What its link, manifest or chat says. */
  readonly addrs: readonly string[]
}

/** Without the PeerId at its end, as a neighbour's address is heard. */
function bare (address: string): string { return isCircuit(address) ? address : address.replace(/\/p2p\/[^/]+$/u, '') }

/**
 * The ways in the order in which they are tried. Without `lan` there is one: the visit. With it, what is near or behind
 * a circuit is dialed straight, and a relay out in the world is still visited when there is a relay to go through.
 */
export function waysTo ({ lan, hasRelay, heard, addrs }: WaysInput): Way[] {
  if (!lan) return [{ how: 'visit', addrs }]
  const said = addrs.filter(address => !heard.includes(bare(address)))
  if (!hasRelay) return [{ how: 'direct', addrs: [...heard, ...said] }]
  const isHere = (address: string): boolean => isNear(address) || isCircuit(address)
  const near = [...heard, ...said.filter(isHere)]
  const far = said.filter(address => !isHere(address))
  return [
    ...near.length > 0 ? [{ how: 'direct' as const, addrs: near }] : [],
    ...far.length > 0 || near.length === 0 ? [{ how: 'visit' as const, addrs: far }] : []
  ]
}
