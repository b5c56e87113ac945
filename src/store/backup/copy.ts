/** A consistent copy of a store, open or closed. */
import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ExistsError, NotFoundError } from '../../protocol/wire/index.js'
import { throwIfAborted } from '../abort.js'
import { syncDirectory } from '../atomic-file.js'
import { makeDirectory } from '../make-directory.js'
import { copySegments } from '../blob/index.js'
import type { Abortable } from '../contract.js'
import type { Pair } from '../engine.js'
import { FORMAT } from '../format.js'
import { DATABASE, findStore, LevelEngine, levelEngineParts, SEGMENTS, writeMarker, type Marker } from '../level/index.js'

/** Where a copy comes from. */
export interface CopySource {
  readonly marker: Marker
  /** All pairs as they lie on the disk, of one moment. */
  readonly pairs: AsyncIterable<Pair[]>
  /** The directory of the blocks' segments, from which nothing is removed meanwhile. */
  readonly segments: string
}

const STEP_BYTES = 1024 * 1024

async function exists (path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false)
}

/**
 * Copies a store into a new directory, which is a store itself: whole and synced when this resolves, absent when it
 * rejects. Records stay sealed as they are; the key is not needed.
 *
 * @param now milliseconds to mark the copy with
 * @throws ExistsError when there is anything at `target`; AbortedError
 */
export async function copyInto (source: CopySource, target: string, now: number, options: Abortable = {}): Promise<void> {
  if (await exists(target)) throw new ExistsError(`there is something at ${target} already: name a new directory`)
  const parent = dirname(target)
  await makeDirectory(parent, 0o777)
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`
  let copy = temporary
  try {
    await mkdir(temporary, { mode: 0o700 })
    await fill(source, temporary)
    await copySegments(source.segments, join(temporary, SEGMENTS), options)
    await writeMarker(temporary, { ...source.marker, stage: 'ready', copied: now })
    await syncDirectory(temporary)
    // A rename takes an empty directory's place without a word, but never a full one's.
    if (await exists(target)) throw new ExistsError(`something came to ${target} meanwhile: name a new directory`)
    await rename(temporary, target)
    copy = target
    await syncDirectory(parent)
  } catch (error) {
    await rm(copy, { recursive: true, force: true })
    throw error
  }
}

async function fill (source: CopySource, directory: string): Promise<void> {
  const engine = await LevelEngine.open(levelEngineParts(directory), true)
  try {
    for await (const pairs of source.pairs) {
      await engine.write(sink => { for (const [key, value] of pairs) sink.put(key, value) }, true)
    }
  } finally {
    await engine.close()
  }
  await syncDirectory(join(directory, DATABASE))
}

/**
 * Copies the closed store at `path` to the new directory `target`: a backup, or the restoring of one. For a store
 * that is open in this process use its own `backup`.
 *
 * @throws ExistsError when there is anything at `target`; NotFoundError when no store is at `path`
 * @throws LockedError when the store is open; CorruptError, FormatError as opening does
 */
export async function backupStore (path: string, target: string, options: Abortable & { now?: number } = {}): Promise<void> {
  const found = await findStore(path, FORMAT)
  if (found.kind === 'nothing' || found.marker.stage === 'new') throw new NotFoundError(`there is no store at ${path}`)
  const engine = await LevelEngine.open(levelEngineParts(path), false)
  try {
    await copyInto({ marker: found.marker, pairs: allPairs(engine, options.signal), segments: join(path, SEGMENTS) }, target, options.now ?? Date.now(), options)
  } finally {
    await engine.close()
  }
}

async function * allPairs (engine: LevelEngine, signal: AbortSignal | undefined): AsyncGenerator<Pair[], void, undefined> {
  const scan = engine.scan({})
  try {
    for (;;) {
      throwIfAborted(signal)
      const pairs = await scan.next(STEP_BYTES)
      if (pairs.length === 0) return
      yield pairs
    }
  } finally {
    await scan.close()
  }
}
