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

/**
 * The ways in the order in which they are tried. Without `lan` there is one: the visit. With it, what is near or behind
 * a circuit is dialed straight, and a relay out in the world is still visited when there is a relay to go through.
 */
export function waysTo ({ lan, hasRelay, heard, addrs }: WaysInput): Way[] {
  if (!lan) return [{ how: 'visit', addrs }]
  if (!hasRelay) return [{ how: 'direct', addrs: [...new Set([...heard, ...addrs])] }]
  const near = [...new Set([...heard, ...addrs.filter(address => isNear(address) || isCircuit(address))])]
  const far = addrs.filter(address => !near.includes(address))
  return [
    ...near.length > 0 ? [{ how: 'direct' as const, addrs: near }] : [],
    ...far.length > 0 || near.length === 0 ? [{ how: 'visit' as const, addrs: far }] : []
  ]
}
