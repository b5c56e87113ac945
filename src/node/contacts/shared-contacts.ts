/** Contacts as several devices of the account change them: what one did shows on the others, and two changes at once become one. */
import { compareManifests, openManifest, peerIdText, sameBytes, type KeyBytes } from '../../protocol/wire/index.js'
import type { Vault } from '../records/index.js'
import { shownName } from './contact-book.js'
import { decodeContact, encodeContact, type ContactRecord } from './contact-record.js'

/**
 * Takes changes of other devices.
 *
 * @param onBlocked - called when one was blocked or let back in
 * @param onManifest - called when there is another manifest of one
 */
export function shareContacts (vault: Vault, onBlocked: (account: KeyBytes) => void, onManifest: (account: KeyBytes) => void): void {
  for (const prefix of ['contact/', 'met/']) vault.mergeWith(prefix, mergedData)
  vault.onChange('contact/', ({ data, before }) => {
    if (data === undefined) return undefined
    const [now, was] = [decodeContact(data), before === undefined ? undefined : decodeContact(before)]
    const change = was === undefined ? 'added' : now.alarm !== null && now.alarm !== was.alarm ? 'alarm' : 'changed'
    return {
      events: [{ type: 'contact', account: peerIdText(now.account), name: shownName(now), change }],
      after: () => {
        if (now.blocked !== (was?.blocked ?? false)) onBlocked(now.account)
        if (was !== undefined && !sameBytes(now.manifest, was.manifest)) onManifest(now.account)
      }
    }
  })
}

function mergedData (_name: string, mine: unknown, theirs: unknown): unknown {
  if (mine === undefined || theirs === undefined) return mine
  return encodeContact(mergedContact(decodeContact(mine), decodeContact(theirs)))
}

/**
 * One contact of two: what the person said last here stays, of manifests and introductions the newer ones, and of keys to
 * the own inbox the one that all devices know already.
 *
 * @internal
 */
function mergedContact (mine: ContactRecord, theirs: ContactRecord): ContactRecord {
  const [own, other] = [openManifest(mine.manifest), openManifest(theirs.manifest)]
  const isBehind = compareManifests(own, other) === 'newer'
  // What the account key has settled by a higher generation is no alarm any more.
  const since = other.manifest.generation - own.manifest.generation
  const heard = theirs.heardAt > mine.heardAt ? theirs : mine
  return {
    ...mine,
    ...isBehind ? { manifest: theirs.manifest, addrs: theirs.addrs } : {},
    alarm: since > 0 ? theirs.alarm : since < 0 ? mine.alarm : mine.alarm ?? theirs.alarm,
    selfName: heard.selfName ?? mine.selfName ?? theirs.selfName,
    theirGrant: heard.theirGrant ?? mine.theirGrant ?? theirs.theirGrant,
    heardAt: heard.heardAt,
    addedAt: Math.min(mine.addedAt, theirs.addedAt),
    ourGrant: theirs.ourGrant ?? mine.ourGrant
  }
}
