/** What a device may do with a log, from the keys it has proved and the keys in force. Pure. */
import { ForbiddenError, MovedError, NotFoundError, peerIdText, sameBytes, type KeyBytes } from '../../protocol/wire/index.js'
import type { LogMeta } from './meta.js'

/** A key a device has proved to hold. */
export interface ProvenKey {
  readonly key: KeyBytes
  /** For a granted inbox key: when the grant ends, ms; 0 never. */
  readonly expires?: number
  /** For a read key that was replaced already when it was proved: the last entry it may read. */
  readonly through?: number
  /** For a right that was lent: when that ends, ms. */
  readonly until?: number
}

/** The keys a device has proved for one log: one per right. Never changed: what is proved after is in another one. */
export interface ProvenKeys { readonly append?: ProvenKey, readonly read?: ProvenKey, readonly mirror?: ProvenKey, readonly owner?: ProvenKey }

/** No key at all. */
export const NOTHING_PROVED: ProvenKeys = {}

/** What was proved then, without the rights of which nothing is proved now: they were taken back. */
export function stillProven (then: ProvenKeys, now: ProvenKeys): ProvenKeys {
  if (then === now) return then
  const { append, read, mirror, owner } = then
  return {
    ...append === undefined || now.append === undefined ? {} : { append },
    ...read === undefined || now.read === undefined ? {} : { read },
    ...mirror === undefined || now.mirror === undefined ? {} : { mirror },
    ...owner === undefined || now.owner === undefined ? {} : { owner }
  }
}

/** Whether the device may append: it holds the key in force, a grant (inbox), or none is needed (requests). */
export function mayAppend (meta: LogMeta, proven: ProvenKeys, now: number): boolean {
  if (meta.kind === 'requests') return true
  const held = proven.append
  if (held === undefined) return false
  if (meta.kind === 'inbox') return held.expires !== undefined && (held.expires === 0 || now < held.expires)
  return sameBytes(held.key, meta.append)
}

/** Whether the device holds the owner key in force. */
export function isOwner (meta: LogMeta, proven: ProvenKeys): boolean {
  return proven.owner !== undefined && sameBytes(proven.owner.key, meta.owner)
}

/** The last entry the device may read: Infinity with a key in force, a number with a replaced one, undefined when it may read nothing. */
function readableThrough (meta: LogMeta, proven: ProvenKeys): number | undefined {
  const { read, mirror } = proven
  if (isOwner(meta, proven)) return Infinity
  if (mirror !== undefined && meta.mirrors.some(key => sameBytes(key, mirror.key))) return Infinity
  if (read !== undefined && sameBytes(read.key, meta.read)) return Infinity
  const asMirror = mirror === undefined ? undefined : meta.oldMirrors.find(old => sameBytes(old.key, mirror.key))?.through
  const asReader = read === undefined ? undefined : meta.oldReads.find(old => sameBytes(old.key, read.key))?.through ?? read.through
  return asMirror === undefined || asReader === undefined ? asMirror ?? asReader : Math.max(asMirror, asReader)
}

/** Checks that a log is whole here. @throws NotFoundError while it is being brought here */
export function requireArrived (meta: LogMeta): void {
  if (meta.elsewhere?.at === 'coming') throw new NotFoundError('the log is being brought here by its owner, and is not served yet', { details: { coming: true } })
}

/** Checks that a log lives here. @throws MovedError with the new home's key, addresses and term */
export function requireHere ({ elsewhere }: LogMeta): void {
  if (elsewhere === null || elsewhere.at === 'coming') return
  const { home, addrs, term } = elsewhere
  throw new MovedError('the log lives at another home now: go there', { details: { home: peerIdText(home), addrs: [...addrs], term } })
}

/** Checks that a log is served. @throws NotFoundError while it is being brought here, ForbiddenError when the operator took it down */
export function requireUp (meta: LogMeta): void {
  requireArrived(meta)
  requireNotDown(meta)
}

/** Checks that a log was not taken down. @throws ForbiddenError with the operator's reason */
export function requireNotDown (meta: LogMeta): void {
  if (meta.down !== null) throw new ForbiddenError(`the log was taken down by the relay's operator: ${meta.down}`, { details: { takenDown: true, reason: meta.down } })
}

/** Like {@link readableThrough}. @throws ForbiddenError when it may read nothing, or the log is taken down */
export function requireRead (meta: LogMeta, proven: ProvenKeys): number {
  requireUp(meta)
  const through = readableThrough(meta, proven)
  if (through === undefined) throw new ForbiddenError('this device has proved no key that may read the log')
  return through
}

/** Checks that the device holds the owner key in force. @throws ForbiddenError when not, or when the log is taken down */
export function requireOwner (meta: LogMeta, proven: ProvenKeys): void {
  requireUp(meta)
  if (!isOwner(meta, proven)) throw new ForbiddenError('this device has not proved the log\'s owner key')
}
