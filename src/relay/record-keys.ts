/**
 * Where the services keep their records: a name, a zero byte, then parts of fixed length.
 * All names stand here, so that two services cannot take the same one.
 */
const NAMES = {
  /** When a device of a hosted account was here last. `account ‖ device` */
  deviceSeen: 'device-seen',
  /** What the relay holds of an account: since when it is hosted. `account` */
  account: 'account',
  /** The newest manifest or the tombstone of one. `account` */
  manifest: 'manifest',
  /** A published key package. `account ‖ use ‖ hash` */
  keyPackage: 'key-package',
  /** An admission token. `SHA-256(token)` */
  token: 'token',
  /** Somebody's right to append to an inbox. `log ‖ key` */
  grant: 'grant',
  /** A report to the operator. `time ‖ random` */
  report: 'report',
  /** A log that is taken down. `log` */
  takedown: 'takedown',
  /** A log that was here: its numbers must never start again. `log` */
  gone: 'gone',
  /** The copy this relay was restored from, and until when it was quiet. */
  restored: 'restored',
  /** A log of which more was seen than the restored relay holds. `log` */
  behind: 'behind',
  /** The last time that was signed. */
  time: 'time',
  /** A log of which bytes are gone that may still lie in the store's files. `log` */
  scrub: 'scrub',
  /** An erased entry, its number among the log's erasures, and the secret. `log ‖ seq` */
  erased: 'erased',
  /** What is kept of a mirrored log beside its copy. `log` */
  mirror: 'mirror',
  /** An account that wants a log mirrored. `account ‖ log` */
  mirrorFor: 'mirror-for',
  /** An address at which frames are kept for an account. `address` */
  keptAddress: 'kept-address',
  /** The same, by account. `account ‖ address` */
  keptFor: 'kept-for',
  /** A frame that waits for a device. `account ‖ address ‖ u64(number)` */
  keptFrame: 'kept-frame',
  /** An account of which frames are gone that may still lie in the store's files. `account` */
  scrubFrames: 'scrub-frames',
  /** An account that is being deleted: to be finished after a crash. `account` */
  deleting: 'deleting'
} as const

/** One of the services' kinds of record. */
export type RecordName = keyof typeof NAMES

const prefixes = new Map(Object.entries(NAMES).map(([name, text]) => [name, Buffer.from(`${text}\0`)]))

/** A record's key, or the prefix of several when parts are left out. */
export function recordKey (name: RecordName, ...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat([prefixes.get(name) ?? Buffer.from(`${name}\0`), ...parts]))
}

/** What follows the name in a record's key. */
export function recordKeyRest (name: RecordName, key: Uint8Array): Uint8Array {
  return key.subarray(NAMES[name].length + 1)
}
