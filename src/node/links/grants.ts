/** The keys to the own inbox that links of groups need: for who asks by them, and for who answers what this account asked. */
import { signerFromSeed } from '../../protocol/wire/index.js'
import type { Met } from '../contacts/index.js'
import type { InboxGrant } from '../gateway/index.js'
import type { LinkBook } from './link-book.js'

/** See the file's head; those that count at a time. */
export function linkGrants (links: LinkBook, met: Met, now: number): InboxGrant[] {
  const own = links.links().filter(({ expiresAt }) => expiresAt === null || expiresAt > now).map(({ seed, expiresAt }) => ({ key: signerFromSeed(seed).key, expiresAt }))
  const answers = met.book.all().flatMap(({ ourGrant }) => ourGrant === null ? [] : [{ key: signerFromSeed(ourGrant).key, expiresAt: null }])
  return [...own, ...answers]
}
