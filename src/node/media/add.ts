/** Adds files: each is sealed and whole in the own store before it has an id to be sent by. The same file again is not stored again. */
import { createHash } from 'node:crypto'
import type { MediaDraft } from '../../protocol/api/index.js'
import { fileKey, systemRandom } from '../../protocol/crypto/index.js'
import type { MediaKind, Thumbnail } from '../../protocol/message/index.js'
import { base32Text, BadInputError, cutText, DIGEST_LENGTH, labelBytes, LIMITS, QuotaError, sameBytes, sha256, type Cid, type Digest } from '../../protocol/wire/index.js'
import type { KeyValueOp, Turns } from '../../store/index.js'
import { encodeDraft, UPLOAD_ID_BYTES, type Draft, type FileFacts, type FileRecord, type SourceRecord } from './file-record.js'
import { draftTurn, type FileTable, type SourceName } from './file-table.js'
import { ingest, type Staged } from './ingest.js'
import type { Ending, Keeper } from './keeper.js'
import { blobBytes } from './upload.js'
import { bytesOf, sourceOf, type Source } from './staged.js'

/** What a file tells about itself, and the file without what it should not tell. */
export interface Probed extends Omit<FileFacts, 'name'> { readonly as: MediaKind, readonly stripped?: Source, readonly notes: readonly string[] }

/** Looks into files. `head` are its first bytes. */
export interface Look {
  /** Whether there is anything to look into; else what it is by its first bytes. */
  sniff: (head: Uint8Array, name: string | undefined) => { readonly as: MediaKind, readonly type: string | undefined, readonly probe: boolean }
  /** @throws BadInputError for what is damaged and cannot be cleaned of what it may tell */
  probe: (source: Source, wanted: { readonly name?: string, readonly type?: string, readonly as?: MediaKind, readonly keepMetadata: boolean } & Ending) => Promise<Probed>
  /** A thumbnail in fewer bytes; null where it cannot be made. */
  smaller: (thumb: Thumbnail, bytes: number) => Promise<Thumbnail | null>
  /** Ends what looking has started. */
  close: () => Promise<void>
}

/** What adding works with. */
export interface AddParts {
  readonly table: FileTable
  readonly keeper: Keeper
  readonly turns: Turns
  /** The account's media secret; null: every file gets a random key, and none is known from before. */
  readonly secret: (() => Promise<Uint8Array>) | null
  readonly look: Look
  readonly now: () => number
}

/** A file that was added. */
export interface Added { readonly file: FileRecord, readonly draft: Draft, readonly notes: readonly string[] }

// Enough to tell every format that is looked into.
const HEAD_BYTES = 4096

/**
 * Adds a file. The bytes are read at the store's pace, and not at all when the same file is here already.
 *
 * @throws BadInputError, ConflictError, TooLargeError as {@link ingest}; ReadOnlyError when the disk is full; AbortedError
 */
export async function addFile (parts: AddParts, wanted: MediaDraft, bytes: AsyncIterable<Uint8Array>, options: Ending = {}): Promise<Added> {
  const claimed = digestOf(wanted.sha256)
  if (claimed === null || parts.secret === null) return await take(parts, wanted, claimed, bytes, options)
  // Two at once of the same file: the second finds what the first has brought.
  return await parts.turns.run(`add ${base32Text(claimed)}`, options.signal, async () => await known(parts, wanted, claimed) ?? await take(parts, wanted, claimed, bytes, options))
}

function digestOf (text: string | undefined): Digest | null {
  if (text === undefined) return null
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new BadInputError('a SHA-256 is 64 hexadecimal digits')
  return new Uint8Array(Buffer.from(text, 'hex')).subarray(0, DIGEST_LENGTH)
}

function nameOf ({ keepMetadata = false, as, size }: MediaDraft, digest: Digest): SourceName { return { sha256: digest, size, keepMetadata, as: as ?? null } }

/** The same file, asked for in the same way, when it is whole here or at a home. */
async function known (parts: AddParts, wanted: MediaDraft, digest: Digest): Promise<Added | undefined> {
  const source = await parts.table.source(nameOf(wanted, digest))
  if (source === undefined) return undefined
  return await inTurn(parts, source.root, async () => {
    const file = await parts.table.file(source.root)
    return file !== undefined && (file.homes.length > 0 || await parts.keeper.hold(file.root, blobBytes(file))) ? await drafted(parts, file, wanted, source, []) : undefined
  })
}

async function take (parts: AddParts, wanted: MediaDraft, claimed: Digest | null, bytes: AsyncIterable<Uint8Array>, options: Ending): Promise<Added> {
  const { keeper, look } = parts
  const { head, all } = await peek(bytes)
  const { probe, as, type } = look.sniff(head, wanted.name)
  const staged = await stage(parts, all, wanted.size, claimed, options)
  const there = claimed === null ? await known(parts, wanted, staged.sha256) : undefined
  if (there !== undefined) {
    await keeper.drop(staged.upload)
    return there
  }
  // What is to be shown as something is looked at, whatever it seems to be.
  if (!probe && (wanted.as === undefined || wanted.as === 'file')) return await keep(parts, wanted, staged, staged.sha256, { root: staged.root, as: wanted.as ?? as, facts: { ...type === undefined ? {} : { type } }, notes: [] })
  const { name, type: said, as: wish } = wanted
  const { stripped, as: kind, notes, ...facts } = await look.probe(sourceOf(keeper, staged), {
    keepMetadata: wanted.keepMetadata ?? false, ...options, ...name === undefined ? {} : { name }, ...said === undefined ? {} : { type: said }, ...wish === undefined ? {} : { as: wish }
  }).catch(async (error: unknown) => {
    // What may not be sent as it is does not stay.
    if (error instanceof BadInputError) await keeper.drop(staged.upload).catch(() => undefined)
    throw error
  })
  const final = stripped === undefined ? staged : await stage(parts, bytesOf(stripped, options), stripped.size, await digestOfSource(stripped, options), options)
  const added = await keep(parts, wanted, final, staged.sha256, { root: final.root, as: kind, facts, notes })
  // What was taken in first has served.
  if (final !== staged) await keeper.drop(staged.upload)
  return added
}

/** The first bytes, and all of them. */
async function peek (bytes: AsyncIterable<Uint8Array>): Promise<{ head: Uint8Array, all: AsyncIterable<Uint8Array> }> {
  const rest = bytes[Symbol.asyncIterator]()
  const pieces: Uint8Array[] = []
  let length = 0
  while (length < HEAD_BYTES) {
    const next = await rest.next()
    if (next.done === true) break
    pieces.push(next.value)
    length += next.value.length
  }
  const all = async function * (): AsyncGenerator<Uint8Array> {
    yield * pieces
    pieces.length = 0
    yield * { [Symbol.asyncIterator]: () => rest }
  }
  return { head: new Uint8Array(Buffer.concat(pieces)), all: all() }
}

async function digestOfSource (source: Source, options: Ending): Promise<Digest> {
  const hash = createHash('sha256')
  for await (const piece of bytesOf(source, options)) hash.update(piece)
  return new Uint8Array(hash.digest())
}

/** What nobody has read before gets a key of its own: one that follows from its hash must not seal before the hash is known. */
async function stage ({ keeper, secret }: AddParts, bytes: AsyncIterable<Uint8Array>, size: number, digest: Digest | null, options: Ending): Promise<Staged> {
  const known = secret === null ? null : digest
  const key = known === null || secret === null ? systemRandom(32) : fileKey(await secret(), known)
  const upload = sha256(Uint8Array.of(...labelBytes('upload'), ...key)).subarray(0, UPLOAD_ID_BYTES)
  return await ingest(keeper, { bytes, size, sha256: digest, key, upload, again: known !== null }, options)
}

/** Writes what is known of a file, then ends its upload: what has a record and is not whole after a crash is seen as not being here. */
async function keep (parts: AddParts, wanted: MediaDraft, staged: Staged, original: Digest, source: SourceRecord): Promise<Added> {
  const { table, keeper, now } = parts
  const { root, key, size, sha256: digest, upload } = staged
  const added = await inTurn(parts, root, async () => {
    const before = await table.file(root)
    const file: FileRecord = before ?? { root, key, size, sha256: digest, upload, addedAt: now(), homes: [] }
    return await drafted(parts, file, wanted, source, [table.put(file), ...table.putSource(nameOf(wanted, original), source)])
  })
  await keeper.finish(upload, root, blobBytes(added.file))
  return added
}

/** Nothing lets go of the file meanwhile. */
async function inTurn <T> ({ turns }: AddParts, root: Cid, work: () => Promise<T>): Promise<T> { return await turns.run(draftTurn(root), undefined, work) }

/** A draft of a file: the one that says the same, or a new one. */
async function drafted ({ table, now }: AddParts, file: FileRecord, wanted: MediaDraft, source: SourceRecord, ops: readonly KeyValueOp[]): Promise<Added> {
  const { as, notes } = source
  const { root } = file
  const facts = factsOf(wanted, source)
  const drafts = await table.drafts(root)
  const free = Array.from({ length: LIMITS.draftsPerFile }, (_, i) => i + 1).find(n => !drafts.some(one => one.n === n))
  const same = drafts.find(one => sameBytes(encodeDraft({ root, n: one.n, as: one.as, facts: one.facts, usedAt: 0 }), encodeDraft({ root, n: one.n, as, facts, usedAt: 0 })))
  const n = same?.n ?? free
  if (n === undefined) throw new QuotaError(`this file was added under ${LIMITS.draftsPerFile} names already and never sent: send it under one of them first`)
  const draft: Draft = { root, n, as, facts, usedAt: now() }
  await table.kv.batch([...ops, table.putDraft(draft)])
  return { file, draft, notes }
}

function factsOf ({ name, type }: MediaDraft, { facts }: SourceRecord): FileFacts {
  const bare = cutText((name ?? '').toWellFormed().split(/[\\/]/).at(-1) ?? '', LIMITS.fileNameBytes)
  const said = facts.type ?? type
  return { ...facts, ...bare === '' ? {} : { name: bare }, ...said === undefined ? {} : { type: cutText(said.toWellFormed(), LIMITS.mediaTypeBytes) } }
}
