/**
 * Files of secret chats. Each is sealed under a random key of its own and brought to the home relays for a time; once a
 * line has taken it, that line alone has its key, and it goes with the line. What is known of them lies in records of
 * their own, which are in no backup, and how they come and go stands in no update.
 */
import type { MediaDraft, MediaState } from '../../protocol/api/index.js'
import { mediaLayout } from '../../protocol/crypto/index.js'
import { encodeBody, type AlbumBody, type Body, type Holder, type MediaBody, type MediaFile, type TextBody } from '../../protocol/message/index.js'
import { BadInputError, InternalError, LIMITS, NotFoundError, PetrelError, type Cid, type EntryId, type LogId } from '../../protocol/wire/index.js'
import { Turns, type KeyValueOp, type KeyValueStore } from '../../store/index.js'
import { filesOf, type Brought } from '../chats/index.js'
import type { NodeLog } from '../log.js'
import { nameBytes, type RecordKeys } from '../records/index.js'
import { Serial } from '../serial.js'
import { addFile, type Added, type Look } from './add.js'
import { bringFiles } from './bring.js'
import { composeFiles } from './compose.js'
import { Cache, Fetcher, type BlockHolder, type BlockKeeping, type FetchTiming, type Wanted } from './fetch/index.js'
import { FileTable, OF_SECRET_CHATS } from './file-table.js'
import type { MediaHome } from './home.js'
import type { Ending, Keeper } from './keeper.js'
import { releasesSecretFile } from './release-steps.js'
import { Releases } from './releases.js'
import { renewFiles } from './secret-renewal.js'
import { sweepDrafts } from './sweep.js'
import type { Transfers } from './transfers.js'
import type { UploadTiming } from './upload-types.js'
import { Uploader } from './uploader.js'

/** What they are kept with. */
export interface SecretFilesParts {
  readonly kv: KeyValueStore
  readonly keys: RecordKeys
  readonly keeper: Keeper
  readonly blobs: BlockKeeping
  readonly look: Look
  /** The home relays of this account, which hold each file for a time. */
  readonly homes: () => readonly MediaHome[]
  /** Who has a file: of the accounts that are named, or of this one when none is. */
  readonly holders: (wanted: Wanted) => readonly BlockHolder[]
  /** Where files on their way are told of, while they are. */
  readonly transfers: Transfers
  readonly now: () => number
  readonly log: NodeLog
  readonly timing?: Partial<UploadTiming> | undefined
  readonly fetchTiming?: Partial<FetchTiming> | undefined
}

/** For whom the own store of blocks keeps them: those on their way, and those that came. */
export const SECRET_SENT = 'secret'
const SECRET_CAME = 'secret cache'
/** The same as the store knows them: what is kept for these alone is in no backup. */
export const SECRET_OWNERS: readonly Uint8Array[] = [SECRET_SENT, SECRET_CAME].map(nameBytes)

const TIDY_MS = 6 * 3_600_000
const NOTHING = new Uint8Array(32)

/** See the file's head. */
export class SecretFiles {
  readonly #parts: SecretFilesParts
  readonly #table: FileTable
  readonly #uploader: Uploader
  readonly #cache: Cache
  readonly #fetcher: Fetcher
  readonly #releases: Releases
  readonly #turns = new Turns()
  readonly #taking = new Serial()
  readonly #ending = new AbortController()
  #tidying: NodeJS.Timeout | undefined
  #unwatch: Array<() => void> = []

  private constructor (parts: SecretFilesParts, cache: Cache) {
    this.#parts = parts
    this.#cache = cache
    const { kv, keys, keeper, homes, transfers, log, timing, holders, blobs, fetchTiming } = parts
    const turns = this.#turns
    const table = this.#table = new FileTable(kv, keys, OF_SECRET_CHATS)
    this.#fetcher = new Fetcher({
      cache, blobs, holders, log, timing: fetchTiming, flightChunks: LIMITS.secretFlightChunks,
      report: (root, coming) => {
        if (coming === null) transfers.forget(root, 'download')
        else transfers.report(root, { direction: 'download', ...coming })
      }
    })
    const forget = async (root: Cid): Promise<void> => { await this.#fetcher.forget(root, new NotFoundError('the message with this file is gone')) }
    // An update would stay after the message.
    const updates = { write: async (ops: readonly KeyValueOp[]) => { await kv.batch(ops) } }
    this.#uploader = new Uploader({ table, keeper, transfers, updates, homes, turns, log, timing, shelf: { adopt: async (root, size) => { await cache.adopt(root, size) }, forget } })
    this.#releases = new Releases({ table, turns, log, release: releasesSecretFile({ table, keeper, forget, homes, log }) })
  }

  /** Finds out what is here. @throws CorruptError */
  static async open (parts: SecretFilesParts): Promise<SecretFiles> {
    return new SecretFiles(parts, await Cache.open({ ...parts, limit: LIMITS.secretCacheBytes, kind: 'secretCached', owner: SECRET_CAME }))
  }

  /** Begins to bring what waits, and to let go of what is over. Call it again when the homes change. */
  start (): void {
    this.#uploader.start()
    this.#releases.start()
    for (const unwatch of this.#unwatch) unwatch()
    this.#unwatch = this.#parts.homes().map(home => home.onConnected(() => {
      this.#releases.kick()
      this.#tidySoon()
    }))
    this.#tidying ??= setInterval(() => { this.#tidySoon() }, TIDY_MS).unref()
    this.#tidySoon()
  }

  /** Ends what is under way; it goes on at the next start. */
  async stop (): Promise<void> {
    clearInterval(this.#tidying)
    this.#ending.abort()
    for (const unwatch of this.#unwatch.splice(0)) unwatch()
    await Promise.all([this.#uploader.stop(), this.#releases.stop(), this.#fetcher.close()])
  }

  /** Takes a file in. @throws as addFile */
  async add (wanted: MediaDraft, bytes: AsyncIterable<Uint8Array>, options: Ending = {}): Promise<Added> {
    const { keeper, look, now } = this.#parts
    return await addFile({ table: this.#table, keeper, turns: this.#turns, secret: null, look, now }, wanted, bytes, options)
  }

  /**
   * Makes the body of a line with files that were added, and hands it to `keep` with the changes that go with it: from
   * then on the line has the files. Two lines never take the same one.
   *
   * @throws NotFoundError for an id of nothing, TooLargeError for more than albumItems, BadInputError; what `keep` throws: then it may be tried again
   */
  async take <T> (ids: readonly string[], said: TextBody, place: { readonly chat: Uint8Array, readonly id: EntryId }, keep: (body: Uint8Array, ops: KeyValueOp[]) => Promise<T>): Promise<T> {
    const table = this.#table
    const holders = this.#parts.homes().map(({ peer, addrs }): Holder => ({ peer, addrs: [...addrs].slice(0, LIMITS.addressesPerRelay) }))
    if (new Set(ids).size < ids.length) throw new BadInputError('a file is named twice')
    return await this.#taking.run(async () => {
      const { body, ops } = await composeFiles({
        table, holders, smaller: this.#parts.look.smaller,
        // Bringing it needs no key, and its hash would tell which file it is.
        spent: ({ file, draft }) => [table.delDraft(draft), table.put({ ...file, key: NOTHING, sha256: NOTHING, addedAt: this.#parts.now() })]
      }, ids, said)
      return await keep(encodeBody(fitting(body)), [...ops, ...filesOf(body).map(({ root }) => table.use(root, placeOf(place.chat), place.id))])
    })
  }

  /** Has the files of a line brought to a home relay. See {@link bringFiles}. */
  bring (body: Uint8Array, settled: (outcome: Brought) => void): () => void { return bringFiles(this.#uploader, body, settled) }

  /** The changes that let go of a line's files; call {@link letGo} once they are durable. */
  dropped (chat: Uint8Array, { own, id, body }: { readonly own: boolean, readonly id: EntryId | null, readonly body: Body }): KeyValueOp[] {
    const table = this.#table
    return filesOf(body).flatMap(({ root }) => [...own && id !== null ? [table.unuse(root, placeOf(chat), id)] : [], table.release(root)])
  }

  /** What no line has any more is let go of. */
  letGo (): void { this.#releases.kick() }

  /** A file's bytes. @throws as {@link Fetcher.read}; NotFoundError when its line goes meanwhile */
  read (wanted: Wanted, range: { readonly start: number, readonly end: number }, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.#fetcher.read(wanted, range, signal ?? this.#ending.signal)
  }

  /** Where a file's bytes are, as this node knows. */
  async stateOf ({ root, size }: Pick<MediaFile, 'root' | 'size'>): Promise<MediaState> {
    const [file, cached] = [await this.#table.file(root), this.#cache.of(root)]
    const whole = mediaLayout(size).sealedBytes
    // Until a relay has it, all of it is here.
    const bytes = cached?.bytes ?? (file?.homes.length === 0 ? whole : 0)
    return { here: bytes >= whole ? size : Math.min(size, bytes), held: file !== undefined && file.homes.length > 0, transfer: this.#parts.transfers.of(root) }
  }

  #tidySoon (): void {
    const { now, log, homes } = this.#parts
    const failed = (error: unknown): void => { log('info', 'media.sweep', { code: error instanceof PetrelError ? error.code : InternalError.code }) }
    sweepDrafts(this.#table, now(), LIMITS.secretDraftKeptMs).then(found => { if (found > 0) this.#releases.kick() }, failed)
    renewFiles({ table: this.#table, uploader: this.#uploader, homes, now, turns: this.#turns, signal: this.#ending.signal }).catch(failed)
  }
}

/** The table of files names a chat's log where a line of a secret chat has its group's id. */
function placeOf (chat: Uint8Array): LogId {
  const place = new Uint8Array(34)
  place.set(chat)
  return place
}

/** Without its pictures where it would be too long with them. @throws BadInputError */
function fitting (body: MediaBody | AlbumBody): MediaBody | AlbumBody {
  if (encodeBody(body).length <= LIMITS.secretBodyBytes) return body
  const bare = body.kind === 'media' ? { ...body, file: withoutThumb(body.file) } : { ...body, items: body.items.map(item => ({ ...item, file: withoutThumb(item.file) })) }
  if (encodeBody(bare).length > LIMITS.secretBodyBytes) throw new BadInputError('the text with its formatting is too long for one message: split it')
  return bare
}

function withoutThumb ({ thumb: _thumb, ...file }: MediaBody['file']): MediaBody['file'] { return file }
