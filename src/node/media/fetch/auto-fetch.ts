/** Small pictures and voice notes are fetched by themselves, so that they are here when the person looks. */
import type { MediaFile, Update } from '../../../protocol/api/index.js'
import { AbortedError, LIMITS, NotFoundError, PetrelError, toPetrelError, UnavailableError } from '../../../protocol/wire/index.js'
import type { NodeLog } from '../../log.js'
import type { UpdateLog } from '../../updates/index.js'
import type { Fetcher, Wanted } from './fetcher.js'

/** What it works with. */
export interface AutoFetchParts {
  readonly updates: UpdateLog
  readonly fetcher: Pick<Fetcher, 'fetch'>
  /** A file of a message, by the message's place. @throws NotFoundError when it is not there any more */
  readonly find: (chat: string, message: string, item: number) => Promise<Wanted>
  /** Bytes of the largest file that is fetched by itself; 0: none is. */
  readonly limit: number
  readonly log: NodeLog
  /** Waits. @throws AbortedError */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Its cursor in the updates: after a restart it goes on where it was. */
const CONSUMER = 'petrel: fetches by itself'
/** How often one file is tried while nobody who has it can be reached. */
const TRIES = 5
/** Files at once: the line is the person's. */
const AT_ONCE = 2

/** See the file's head. */
export class AutoFetch {
  readonly #parts: AutoFetchParts
  readonly #ending = new AbortController()
  #running: Promise<void> | undefined

  constructor (parts: AutoFetchParts) { this.#parts = parts }

  /** Begins. The first time ever it begins with what comes from then on. */
  start (): void { this.#running ??= this.#run().catch((error: unknown) => { if (!this.#ending.signal.aborted) this.#parts.log('warn', 'media.auto', { code: toPetrelError(error).code }) }) }

  /** Ends what is under way; it goes on at the next start. */
  async stop (): Promise<void> {
    this.#ending.abort(new AbortedError('the node is stopping'))
    await this.#running
  }

  async #run (): Promise<void> {
    const { updates, limit } = this.#parts
    const { signal } = this.#ending
    const cursor = await updates.cursor(CONSUMER)
    if (limit === 0 || cursor === 0) await updates.acknowledge(CONSUMER, updates.last)
    if (limit === 0) return
    const busy = new Set<Promise<void>>()
    /** What is done is acknowledged when everything before it is. */
    const open = new Set<number>()
    let seen = await updates.cursor(CONSUMER)
    for await (const update of updates.read(seen, { follow: true, signal, isWanted: mayHaveFiles })) {
      const files = this.#wantedOf(update)
      seen = update.n
      if (files.length === 0) continue
      while (busy.size >= AT_ONCE) await Promise.race(busy)
      open.add(update.n)
      const work = this.#fetchAll(files).then(async () => {
        open.delete(update.n)
        await updates.acknowledge(CONSUMER, open.size === 0 ? seen : Math.min(...open) - 1)
      }).finally(() => { busy.delete(work) })
      work.catch(() => undefined)
      busy.add(work)
    }
  }

  #wantedOf ({ event }: Update): Array<{ chat: string, message: string, item: number }> {
    if (event.type !== 'message' || event.message.own || event.message.deleted) return []
    const { chat, id, media } = event.message
    const isWanted = ({ as, size }: MediaFile): boolean => (as === 'photo' || as === 'voice') && size <= this.#parts.limit
    return media.flatMap((file, item) => isWanted(file) ? [{ chat, message: id, item }] : [])
  }

  async #fetchAll (files: ReadonlyArray<{ chat: string, message: string, item: number }>): Promise<void> {
    for (const { chat, message, item } of files) await this.#fetch(chat, message, item)
  }

  /** What does not come is left for when somebody asks for it. */
  async #fetch (chat: string, message: string, item: number): Promise<void> {
    const { fetcher, find, log, pause } = this.#parts
    const { signal } = this.#ending
    for (let tries = 1; ;) {
      try {
        await fetcher.fetch(await find(chat, message, item), signal)
        return
      } catch (error) {
        if (signal.aborted) throw error
        if (error instanceof NotFoundError) return
        log('debug', 'media.auto.failed', { code: error instanceof PetrelError ? error.code : 'ERR_INTERNAL', tries })
        if (!(error instanceof UnavailableError) || tries === TRIES) return
        await pause(LIMITS.mediaAutoRetryMs * 2 ** (tries - 1), signal)
        // A relay that has too much to do for now has not failed: a node that asks for many files comes to each in time.
        if (!isBusy(error)) tries++
      }
    }
  }
}

/** Whether an update's event, as JSON, may be of a message with files. A text that says the same has its quotes escaped. */
function mayHaveFiles (json: string): boolean { return json.includes('"media":[{') }

/** Whether nobody gave a file because a relay asks for some time. */
function isBusy ({ cause }: UnavailableError): boolean { return cause instanceof PetrelError && cause.details.retryMs !== undefined }
