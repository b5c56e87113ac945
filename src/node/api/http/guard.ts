/** What keeps web pages out of the local API's HTTP. Pure. */
import { ForbiddenError } from '../../../protocol/api/index.js'
import type { Gate } from '../gate.js'

/** The headers that decide, as Node gives them. */
export interface GuardedHeaders {
  readonly host?: string | undefined
  readonly ':authority'?: string | string[] | undefined
  readonly origin?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
}

/**
 * Refuses what a web page sent. A browser puts Origin (and Sec-Fetch-Site, also where Origin is left out)
 * on what a page asks for, and no page can take them off; a page behind a name of its own that resolves
 * to loopback (DNS rebinding) carries that name as Host.
 *
 * @throws ForbiddenError
 */
export function refuseWebPages (headers: GuardedHeaders, gate: Pick<Gate, 'hosts'>): void {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) {
    throw new ForbiddenError('web pages may not use the local API: requests with an Origin or Sec-Fetch-Site header are refused')
  }
  const authority = headers[':authority'] ?? headers.host
  if (gate.hosts !== null && (typeof authority !== 'string' || !gate.hosts.has(authority.toLowerCase()))) {
    throw new ForbiddenError(`the Host header must be one of ${[...gate.hosts].join(', ')}`)
  }
}

/** The token of an Authorization header, or null. RFC 6750 section 2.1. */
export function bearerToken (authorization: string | undefined): string | null {
  const match = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization ?? '')
  return match?.[1] ?? null
}
