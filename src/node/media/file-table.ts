/** The durable table of files: what was added here, what waits to be sent, which messages use what, and what relays are still to let go of. */
import type { MediaKind } from '../../protocol/message/index.js'
import { cidFromText, cidShape, cidText, decodeCbor, encodeCbor, ENTRY_ID_LENGTH, LIMITS, shape, sha256, type Cid, type Digest, type EntryId, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import type { RecordKeys, RecordKind } from '../records/index.js'
import { decodeDraft, decodeFile, decodeSource, encodeDraft, encodeFile, encodeSource, type Draft, type FileRecord, type SourceRecord } from './file-record.js'

/** A file as somebody has it before it is added, and how it is wanted: two that are equal in this give the same. */
export interface SourceName { readonly sha256: Digest, readonly size: number, readonly keepMetadata: boolean, readonly as: MediaKind | null }

/** The kinds of record that a table is made of. Without one for sources it does not remember what was added. */
export interface FileKinds { readonly file: RecordKind, readonly source: RecordKind | null, readonly draft: RecordKind, readonly use: RecordKind, readonly release: RecordKind }

/** Of files of chats. */
const OF_CHATS: FileKinds = { file: 'file', source: 'source', draft: 'draft', use: 'use', release: 'release' }
/** Of files of secret chats: in no backup, and off the disk at once when they are erased. */
export const OF_SECRET_CHATS: FileKinds = { file: 'secretFile', source: null, draft: 'secretDraft', use: 'secretUse', release: 'secretRelease' }

const LOG_ID_BYTES = 34
const useShape = shape.struct({ v: shape.literal(1), root: cidShape, log: shape.bytes(LOG_ID_BYTES), id: shape.bytes(ENTRY_ID_LENGTH) })
const releaseShape = shape.struct({ v: shape.literal(1), root: cidShape })

/** See the file's head. */
export class FileTable {
  readonly kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #kinds: FileKinds

  constructor (kv: KeyValueStore, keys: RecordKeys, kinds: FileKinds = OF_CHATS) {
    this.kv = kv
    this.#keys = keys
    this.#kinds = kinds
  }

  /** The file of a root, if it was added here. */
  async file (root: Cid): Promise<FileRecord | undefined> {
    const bytes = await this.kv.get(this.#keys.one(this.#kinds.file, root))
    return bytes === undefined ? undefined : decodeFile(bytes)
  }

  /** The change that writes a file. */
  put (file: FileRecord): KeyValueOp { return { type: 'put', key: this.#keys.one(this.#kinds.file, file.root), value: encodeFile(file) } }
  /** The change that drops one. */
  del (root: Cid): KeyValueOp { return { type: 'del', key: this.#keys.one(this.#kinds.file, root) } }

  /** All files, in no promised order. */
  async * files (): AsyncGenerator<FileRecord> { for await (const [, bytes] of this.kv.iterate(this.#keys.all(this.#kinds.file))) yield decodeFile(bytes) }

  /** What came of a file when it was added before. */
  async source (name: SourceName): Promise<SourceRecord | undefined> {
    const key = this.#sourceKey(name)
    const bytes = key === undefined ? undefined : await this.kv.get(key)
    return bytes === undefined ? undefined : decodeSource(bytes)
  }

  /** The changes that remember what came of a file. */
  putSource (name: SourceName, source: SourceRecord): KeyValueOp[] {
    const key = this.#sourceKey(name)
    return key === undefined ? [] : [{ type: 'put', key, value: encodeSource(source) }]
  }

  /** The drafts of a file, by their numbers. */
  async drafts (root: Cid): Promise<Draft[]> {
    const drafts: Draft[] = []
    const range = { gte: this.#keys.numbered(this.#kinds.draft, 1, root), lte: this.#keys.numbered(this.#kinds.draft, LIMITS.draftsPerFile, root) }
    for await (const [, bytes] of this.kv.iterate(range)) drafts.push(decodeDraft(bytes))
    return drafts
  }

  /** All drafts, in no promised order. */
  async * allDrafts (): AsyncGenerator<Draft> { for await (const [, bytes] of this.kv.iterate(this.#keys.all(this.#kinds.draft))) yield decodeDraft(bytes) }

  /** A draft by its file and number. */
  async draft (root: Cid, n: number): Promise<Draft | undefined> {
    const bytes = await this.kv.get(this.#keys.numbered(this.#kinds.draft, n, root))
    return bytes === undefined ? undefined : decodeDraft(bytes)
  }

  /** The change that writes a draft. */
  putDraft (draft: Draft): KeyValueOp { return { type: 'put', key: this.#keys.numbered(this.#kinds.draft, draft.n, draft.root), value: encodeDraft(draft) } }
  /** The change that drops one. */
  delDraft ({ root, n }: Pick<Draft, 'root' | 'n'>): KeyValueOp { return { type: 'del', key: this.#keys.numbered(this.#kinds.draft, n, root) } }

  /** The change that notes that a message uses a file. Noting it again changes nothing. */
  use (root: Cid, log: LogId, id: EntryId): KeyValueOp { return { type: 'put', key: this.#useKey(root, log, id), value: encodeCbor({ v: 1, root, log, id }) } }
  /** The change that forgets that. */
  unuse (root: Cid, log: LogId, id: EntryId): KeyValueOp { return { type: 'del', key: this.#useKey(root, log, id) } }

  /** The messages that use a file, at most `limit`. */
  async users (root: Cid, limit: number): Promise<Array<{ log: LogId, id: EntryId }>> {
    const users = []
    const range = { gte: this.#keys.numbered(this.#kinds.use, 0, root), lte: this.#keys.numbered(this.#kinds.use, Number.MAX_SAFE_INTEGER, root), limit }
    for await (const [, bytes] of this.kv.iterate(range)) {
      const { log, id } = useShape(decodeCbor(bytes, 256), 'use')
      users.push({ log, id })
    }
    return users
  }

  /** The change that has every relay of this account let go of a file, unless something uses it. */
  release (root: Cid): KeyValueOp { return { type: 'put', key: this.#keys.one(this.#kinds.release, root), value: encodeCbor({ v: 1, root }) } }
  /** The change that ends that. */
  released (root: Cid): KeyValueOp { return { type: 'del', key: this.#keys.one(this.#kinds.release, root) } }
  /** The files that are to be let go of. */
  async releases (): Promise<Cid[]> {
    const roots = []
    for await (const [, bytes] of this.kv.iterate(this.#keys.all(this.#kinds.release))) roots.push(releaseShape(decodeCbor(bytes, 128), 'release').root)
    return roots
  }

  #sourceKey ({ sha256: digest, size, keepMetadata, as }: SourceName): Uint8Array | undefined {
    const { source } = this.#kinds
    return source === null ? undefined : this.#keys.one(source, digest, encodeCbor([size, keepMetadata, as]))
  }

  // A number in place of the log and the id: one message has one place among a file's users.
  #useKey (root: Cid, log: LogId, id: EntryId): Uint8Array {
    const digest = sha256(Uint8Array.of(...log, ...id))
    return this.#keys.numbered(this.#kinds.use, new DataView(digest.buffer, digest.byteOffset).getUint32(0) * 2 ** 16 + new DataView(digest.buffer, digest.byteOffset).getUint16(4), root)
  }
}

/** The turn in which a file's drafts change, and what is here of it is let go of. Another one than that of its way to a relay, which takes long. */
export function draftTurn (root: Cid): string { return `draft ${cidText(root)}` }

/** A file's id as the API names it: its root's text, and a number when there are several drafts of it. */
export function mediaId ({ root, n }: Pick<Draft, 'root' | 'n'>): string { return n === 1 ? cidText(root) : `${cidText(root)}/${n}` }

/** What a file's id names. @throws BadInputError for what is no such id */
export function parseMediaId (text: string): { root: Cid, n: number } {
  const [name = '', n = '1'] = text.split('/', 2)
  return { root: cidFromText(name), n: /^[1-9][0-9]?$/.test(n) ? Number(n) : 0 }
}
