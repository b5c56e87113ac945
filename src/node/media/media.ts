/** The files of one node: added, brought to the relays, used by messages, let go of. */
import type { MediaDraft } from '../../protocol/api/index.js'
import { decodeBody, encodeBody, type Body, type Holder, type MediaFile, type TextBody } from '../../protocol/message/index.js'
import { AbortedError, ENTRY_ID_LENGTH, InternalError, LIMITS, PetrelError, type EntryId, type LogId } from '../../protocol/wire/index.js'
import { Turns, type KeyValueOp } from '../../store/index.js'
import { filesOf, type Brought, type ChatFiles } from '../chats/index.js'
import type { NodeLog } from '../log.js'
import type { RecordKeys, Vault } from '../records/index.js'
import type { UpdateLog } from '../updates/index.js'
import { addFile, type Added, type Look } from './add.js'
import { bringFiles } from './bring.js'
import { composeFiles, type Composed } from './compose.js'
import { FileTable } from './file-table.js'
import type { MediaHome } from './home.js'
import type { Ending, Keeper } from './keeper.js'
import { mediaSecret } from './media-secret.js'
import { releasesChatFile } from './release-steps.js'
import { Releases } from './releases.js'
import { sweepDrafts } from './sweep.js'
import { Transfers } from './transfers.js'
import type { Shelf, UploadTiming } from './upload-types.js'
import { Uploader } from './uploader.js'

/** What the files of a node are kept with. */
export interface MediaParts {
  readonly vault: Vault
  readonly keys: RecordKeys
  readonly updates: UpdateLog
  readonly keeper: Keeper
  readonly look: Look
  /** The home relays of this account, the one to bring files to first. */
  readonly homes: () => readonly MediaHome[]
  readonly now: () => number
  readonly log: NodeLog
  readonly timing?: Partial<UploadTiming> | undefined
  readonly shelf: Shelf
}

// Drafts are kept for days: looking a few times a day is often enough.
const SWEEP_MS = 6 * 3_600_000

/** See the file's head. */
export class Media implements ChatFiles {
  readonly table: FileTable
  readonly transfers = new Transfers()
  readonly uploader: Uploader
  readonly #releases: Releases
  readonly #parts: MediaParts
  readonly #turns = new Turns()
  #sweep: NodeJS.Timeout | undefined
  #unwatch: Array<() => void> = []

  constructor (parts: MediaParts) {
    this.#parts = parts
    const { vault, keys, keeper, homes, updates, log, timing, shelf } = parts
    this.table = new FileTable(vault.kv, keys)
    this.uploader = new Uploader({ table: this.table, keeper, transfers: this.transfers, updates, homes, turns: this.#turns, log, timing, shelf })
    this.#releases = new Releases({ table: this.table, turns: this.#turns, log, release: releasesChatFile({ table: this.table, keeper, shelf, homes, turns: this.#turns, log, onReleased: () => { this.uploader.kick() } }) })
  }

  /** Begins to bring what waits, and to let go of what is over. Call it again when the homes change. */
  start (): void {
    this.uploader.start()
    this.#releases.start()
    for (const unwatch of this.#unwatch) unwatch()
    this.#unwatch = this.#parts.homes().map(home => home.onConnected(() => { this.#releases.kick() }))
    if (this.#sweep !== undefined) return
    this.#sweep = setInterval(() => { this.#sweepSoon() }, SWEEP_MS).unref()
    this.#sweepSoon()
  }

  /** Ends what is under way; it goes on at the next start. */
  async stop (): Promise<void> {
    clearInterval(this.#sweep)
    for (const unwatch of this.#unwatch.splice(0)) unwatch()
    await Promise.all([this.uploader.stop(), this.#releases.stop(), this.#parts.look.close()])
  }

  /** Adds a file. @throws as addFile */
  async add (wanted: MediaDraft, bytes: AsyncIterable<Uint8Array>, options: Ending = {}): Promise<Added> {
    const { keeper, look, now, vault } = this.#parts
    return await addFile({ table: this.table, keeper, turns: this.#turns, secret: async () => await mediaSecret(vault), look, now }, wanted, bytes, options)
  }

  /** A message with files that were added. @throws as composeFiles */
  async compose (ids: readonly string[], said: TextBody): Promise<Composed> {
    const holders = this.#parts.homes().map(({ peer, addrs }): Holder => ({ peer, addrs: [...addrs].slice(0, LIMITS.addressesPerRelay) }))
    return await composeFiles({ table: this.table, holders, spent: ({ draft }) => [this.table.putDraft({ ...draft, usedAt: this.#parts.now(), sent: true })], smaller: this.#parts.look.smaller }, ids, said)
  }

  bring (encoded: Uint8Array, settled: (outcome: Brought) => void): () => void { return bringFiles(this.uploader, encoded, settled) }

  async keep (bytes: Uint8Array): Promise<MediaFile> {
    const { file: { root, key, size, sha256 } } = await this.add({ size: bytes.length, as: 'file' }, once(bytes))
    return { root, key, size, sha256, at: [] }
  }

  posted (log: LogId, file: MediaFile): KeyValueOp[] { return [...this.used(log, letterId(file), fileBody(file)), this.table.delDraft({ root: file.root, n: 1 })] }

  /** The changes that note that no letter uses it any more; call {@link letGo} once they are durable. */
  unposted (log: LogId, file: MediaFile): KeyValueOp[] { return this.unused(log, letterId(file), fileBody(file)) }

  /** Brings a file to a home relay. @returns it with where others find it @throws why it cannot be brought; AbortedError by signal */
  async brought (file: MediaFile, signal: AbortSignal): Promise<MediaFile> {
    const { promise, resolve, reject } = Promise.withResolvers<MediaFile>()
    const end = this.bring(encodeBody(fileBody(file)), outcome => {
      const body = 'error' in outcome ? undefined : decodeBody(outcome.body)
      if (body?.kind === 'media') resolve(body.file)
      else reject('error' in outcome ? outcome.error : new InternalError('a file was brought as something else'))
    })
    const abort = (): void => { reject(new AbortedError('bringing the file was ended', { cause: signal.reason })) }
    signal.addEventListener('abort', abort, { once: true })
    try {
      if (signal.aborted) abort()
      return await promise
    } finally {
      signal.removeEventListener('abort', abort)
      end()
    }
  }

  used (log: LogId, id: EntryId, body: Body): KeyValueOp[] { return filesOf(body).map(({ root }) => this.table.use(root, log, id)) }

  unused (log: LogId, id: EntryId, body: Body): KeyValueOp[] { return filesOf(body).flatMap(({ root }) => [this.table.unuse(root, log, id), this.table.release(root)]) }

  letGo (): void { this.#releases.kick() }

  #sweepSoon (): void {
    const { now, log } = this.#parts
    sweepDrafts(this.table, now()).then(found => { if (found > 0) this.#releases.kick() }, (error: unknown) => {
      log('info', 'media.sweep', { code: error instanceof PetrelError ? error.code : InternalError.code })
    })
  }
}

/** What stands for the message of a file that only letters name. */
function fileBody (file: MediaFile): Body { return { kind: 'media', as: 'file', file } }
function letterId ({ sha256 }: MediaFile): EntryId { return sha256.subarray(0, ENTRY_ID_LENGTH) }

// One piece, as a stream of them.
async function * once (bytes: Uint8Array): AsyncGenerator<Uint8Array> { yield await Promise.resolve(bytes) }
