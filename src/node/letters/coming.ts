/**
 * Invitations into large groups: kept, durably, while the file with the group's tree and manifests is fetched. One that
 * cannot be had delays nobody else's letters, and is tried again.
 */
import { decodeRoster, invitationFromMap, invitationToMap, type ChatInvitation, type MediaFile, type Roster } from '../../protocol/message/index.js'
import {
  AbortedError, base32Text, BadInputError, cutText, LIMITS, logIdOf, openManifest, peerIdText, ProofError, QuotaError, sameBytes, sha256, shape, TooLargeError, toPetrelError, type CheckedManifest, type KeyBytes, type LogId, type PetrelError
} from '../../protocol/wire/index.js'
import { shortId, type NodeLog } from '../log.js'
import type { NodeFiles } from '../media/index.js'
import type { Vault } from '../records/index.js'
import { Kicked } from '../kicked.js'

/** What it works with. */
export interface ComingDeps {
  readonly vault: Vault
  readonly now: () => number
  readonly log: NodeLog
  /** Others' files. */
  readonly files: Pick<NodeFiles, 'read' | 'purge'>
  /** Joins the chat. @throws what the store says; a refusal is its own affair */
  readonly join: (invitation: ChatInvitation, sender: CheckedManifest, roster: Roster) => Promise<void>
}

interface Pending { name: string, invitation: ChatInvitation, sender: Uint8Array, since: number }

const RETRY_MS = { first: 1000, most: 10 * 60_000 } as const
const pendingShape = shape.struct({ v: shape.literal(1), invitation: (value: unknown) => invitationFromMap(value), sender: shape.bytes({ max: LIMITS.manifestBytes + 256 }), since: shape.uint() })

/** A group whose roster is awaited, from its vault data. @throws BadInputError */
export function decodeComing (name: string, data: unknown): Pending {
  const { invitation, sender, since } = pendingShape(data, 'coming')
  return { name, invitation, sender, since }
}

// By sender too: nobody takes away what another was sent, by a number that is higher.
const nameOf = (log: LogId, sender: KeyBytes): string => `coming/${base32Text(log)}/${peerIdText(sender)}`

/** See the file's head. */
export class Coming {
  readonly #deps: ComingDeps
  readonly #work: Kicked

  constructor (deps: ComingDeps) {
    this.#deps = deps
    this.#work = new Kicked({
      pass: async signal => await this.#pass(signal), retryMs: RETRY_MS,
      failed: error => { deps.log('info', 'chat.roster', { code: toPetrelError(error).code }) }
    })
  }

  /** Begins. */
  start (): void { this.#work.start() }

  /** Stops; what waits stays. */
  async stop (): Promise<void> { await this.#work.stop() }

  /** Keeps an invitation, durably; a later one of the same sender into the same chat takes its place. @throws QuotaError when too many wait */
  async keep (invitation: ChatInvitation, sender: CheckedManifest): Promise<void> {
    const { vault, now } = this.#deps
    const name = nameOf(logIdOf(invitation.genesis), sender.manifest.account)
    const all = this.#all()
    const before = all.find(one => one.name === name)
    if (before !== undefined && before.invitation.at.seq > invitation.at.seq) return
    if (before === undefined && all.length >= LIMITS.comingGroups) throw new QuotaError(`${LIMITS.comingGroups} groups wait to be joined already`)
    const isOfSender = ({ name: other }: Pending): boolean => other.endsWith(`/${peerIdText(sender.manifest.account)}`)
    if (before === undefined && all.filter(isOfSender).length >= LIMITS.comingOfOne) throw new QuotaError(`${LIMITS.comingOfOne} groups of one sender wait to be joined already`)
    await vault.write(name, { v: 1, invitation: invitationToMap(invitation), sender: sender.bytes, since: now() })
    this.kick()
  }

  /** Tries what waits, now. */
  kick (): void { this.#work.kick() }

  #all (): Pending[] { return [...this.#deps.vault.list('coming/')].map(([name, data]) => decodeComing(name, data)) }

  async #pass (signal: AbortSignal): Promise<boolean> {
    let isLeft = false
    for (const pending of this.#all()) isLeft = !await this.#try(pending, signal) || isLeft
    return isLeft
  }

  /** False when it is to be tried again. */
  async #try (pending: Pending, signal: AbortSignal): Promise<boolean> {
    const { log, now, join, files } = this.#deps
    const { invitation, sender, since } = pending
    const { roster } = invitation
    try {
      if (roster !== undefined) {
        await join(invitation, openManifest(sender), await this.#fetch(roster, signal))
        await files.purge(({ root }) => sameBytes(root, roster.root))
      }
      await this.#drop(pending)
      return true
    } catch (cause) {
      const error = toPetrelError(cause)
      if (signal.aborted) return false
      log('info', 'chat.roster', { chat: shortId(base32Text(logIdOf(invitation.genesis))), code: error.code, why: cutText(error.message, LIMITS.noteBytes) })
      // What does not hold will not when it is fetched again. The letter comes again, if its author has another.
      if (!isFinal(error) && since + LIMITS.letterPatienceMs >= now()) return false
      await this.#drop(pending).catch(() => undefined)
      return true
    }
  }

  async #fetch (file: MediaFile, signal: AbortSignal): Promise<Roster> {
    if (file.size > LIMITS.rosterBytes) throw new TooLargeError(`a roster of ${file.size} bytes is over the limit of ${LIMITS.rosterBytes}`)
    const bytes = new Uint8Array(file.size)
    let at = 0
    for await (const piece of this.#deps.files.read({ file, members: [] }, { start: 0, end: file.size }, signal)) {
      if (at + piece.length > bytes.length) throw new ProofError('the roster is larger than the invitation says')
      bytes.set(piece, at)
      at += piece.length
    }
    if (signal.aborted) throw new AbortedError('the node is stopping')
    if (at !== bytes.length || !sameBytes(sha256(bytes), file.sha256)) throw new ProofError('the roster is not the one that the invitation names')
    return decodeRoster(bytes)
  }

  /** Unless another took its place meanwhile. */
  async #drop ({ name, invitation: { at } }: Pending): Promise<void> {
    const { vault } = this.#deps
    const data = vault.get(name)
    if (data === undefined || decodeComing(name, data).invitation.at.seq !== at.seq) return
    await vault.kv.batch([vault.del(name)])
  }
}

function isFinal (error: PetrelError): boolean { return error instanceof ProofError || error instanceof BadInputError || error instanceof TooLargeError }
