/**
 * Opens the messages of consecutive entries in one epoch: of each device's run only the newest has its signature checked,
 * since each message names the one before it. Costs an unsealing and a hash each. DESIGN section 4, Runs. No I/O.
 */
import { openMessage as unseal } from '../../protocol/crypto/index.js'
import { openMessage as openSigned, type Message } from '../../protocol/message/index.js'
import { bytesName, ENTRY_KIND, PetrelError, ProofError, sameBytes, type Digest, type KeyBytes, type LogId, type VerifiedEntry } from '../../protocol/wire/index.js'

/** A message that its device wrote for this place; whether that device may is another question. */
export interface OpenedMessage { readonly message: Message, readonly device: KeyBytes, /** As it was signed. */ readonly bytes: Uint8Array }

/** The place of messages, and the key that opens them. */
export interface RunPlace { readonly log: LogId, readonly epoch: number, readonly content: Uint8Array }

/** Opens one message. `isNamed`: whether a later one of a device names it; `before`: what it probably names itself. @throws DecryptError, BadInputError, ProofError */
export function openAt ({ leaf }: Pick<VerifiedEntry, 'leaf'>, payload: Uint8Array, { log, epoch, content }: RunPlace, isNamed?: (device: KeyBytes) => boolean, before?: Digest): OpenedMessage {
  const opened = openSigned(unseal(content, payload, { log, epoch, id: leaf.id }), isNamed, { id: leaf.id, prevOwn: before })
  const { message } = opened
  if (!sameBytes(message.chat, log) || message.epoch !== epoch || !sameBytes(message.id, leaf.id)) throw new ProofError('the message was written for another place')
  return opened
}

/** What consecutive entries of one epoch say, by their numbers: the message, or why it does not open. */
export type OpenedRun = ReadonlyMap<number, OpenedMessage | PetrelError>

/** A message of a device that a later one of that device names. */
interface Named { readonly entry: Digest, readonly device: KeyBytes, readonly devSeq: number }

/** Opens all of them that are messages. `isOwn`: of those that this device has sealed itself, by the hash of what it sealed, no signature is checked. */
export function openRun (entries: readonly VerifiedEntry[], place: RunPlace, isOwn: (entry: VerifiedEntry) => boolean = () => false): OpenedRun {
  const opened = new Map<number, OpenedMessage | PetrelError>()
  const names = new Names()
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i]
    if (entry?.payload == null || entry.leaf.kind !== ENTRY_KIND.data) continue
    const result = attempt(entry, entry.payload, place, names.of(entry.leaf.entry), isOwn, entries[i - 1]?.leaf.entry)
    opened.set(entry.leaf.seq, result)
    if (!(result instanceof PetrelError) && result.message.prevOwn !== null) names.add({ entry: result.message.prevOwn, device: result.device, devSeq: result.message.devSeq - 1 })
  }
  return opened
}

/** What was named; of two names for an entry the later one counts. While one device says several things one after the other only the newest is looked at. */
class Names {
  readonly #all: Named[] = []
  /** Those before the newest, as far as they were looked through: a text is made for each. */
  readonly #before = new Map<string, Named>()
  #looked = 0

  /** Who named an entry, and as which of its messages. */
  of (entry: Digest): Named | undefined {
    const newest = this.#all.at(-1)
    if (newest === undefined || sameBytes(newest.entry, entry)) return newest
    for (; this.#looked < this.#all.length; this.#looked++) {
      const named = this.#all[this.#looked]
      if (named !== undefined) this.#before.set(bytesName(named.entry), named)
    }
    return this.#before.get(bytesName(entry))
  }

  add (named: Named): void { this.#all.push(named) }
}

function attempt (entry: VerifiedEntry, payload: Uint8Array, place: RunPlace, by: Named | undefined, isOwn: (entry: VerifiedEntry) => boolean, before?: Digest): OpenedMessage | PetrelError {
  try {
    const found = openAt(entry, payload, place, device => isOwn(entry) || (by !== undefined && sameBytes(by.device, device)), before)
    // Named as another one of its device's messages: then it is what its signature says, or nothing.
    return by === undefined || !sameBytes(by.device, found.device) || by.devSeq === found.message.devSeq ? found : openAt(entry, payload, place)
  } catch (error) {
    if (error instanceof PetrelError) return error
    throw error
  }
}
