/** The durable table of files: what was added here, what waits to be sent, which messages use what, and what relays are still to let go of. */
import type { MediaKind } from '../../protocol/message/index.js'
import { cidFromText, cidShape, cidText, decodeCbor, encodeCbor, ENTRY_ID_LENGTH, LIMITS, shape, sha256, type Cid, type Digest, type EntryId, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import type { RecordKeys } from '../records/index.js'
import { decodeDraft, decodeFile, decodeSource, encodeDraft, encodeFile, encodeSource, type Draft, type FileRecord, type SourceRecord } from './file-record.js'

/** A file as somebody has it before it is added, and how it is wanted: two that are equal in this give the same. */
export interface SourceName { readonly sha256: Digest, readonly size: number, readonly keepMetadata: boolean, readonly as: MediaKind | null }

const LOG_ID_BYTES = 34
const useShape = shape.struct({ v: shape.literal(1), root: cidShape, log: shape.bytes(LOG_ID_BYTES), id: shape.bytes(ENTRY_ID_LENGTH) })
const releaseShape = shape.struct({ v: shape.literal(1), root: cidShape })

/** See the file's head. */
export class FileTable {
  readonly kv: KeyValueStore
  readonly #keys: RecordKeys

  constructor (kv: KeyValueStore, keys: RecordKeys) {
    this.kv = kv
    this.#keys = keys
  }

  /** The file of a root, if it was added here. */
  async file (root: Cid): Promise<FileRecord | undefined> {
    const bytes = await this.kv.get(this.#keys.one('file', root))
    return bytes === undefined ? undefined : decodeFile(bytes)
  }

  /** The change that writes a file. */
  put (file: FileRecord): KeyValueOp { return { type: 'put', key: this.#keys.one('file', file.root), value: encodeFile(file) } }
  /** The change that drops one. */
  del (root: Cid): KeyValueOp { return { type: 'del', key: this.#keys.one('file', root) } }

  /** All files, in no promised order. */
  async * files (): AsyncGenerator<FileRecord> { for await (const [, bytes] of this.kv.iterate(this.#keys.all('file'))) yield decodeFile(bytes) }

  /** What came of a file when it was added before. */
  async source (name: SourceName): Promise<SourceRecord | undefined> {
    const bytes = await this.kv.get(this.#sourceKey(name))
    return bytes === undefined ? undefined : decodeSource(bytes)
  }

  /** The change that remembers what came of a file. */
  putSource (name: SourceName, source: SourceRecord): KeyValueOp { return { type: 'put', key: this.#sourceKey(name), value: encodeSource(source) } }

  /** The drafts of a file, by their numbers. */
  async drafts (root: Cid): Promise<Draft[]> {
    const drafts: Draft[] = []
    const range = { gte: this.#keys.numbered('draft', 1, root), lte: this.#keys.numbered('draft', LIMITS.draftsPerFile, root) }
    for await (const [, bytes] of this.kv.iterate(range)) drafts.push(decodeDraft(bytes))
    return drafts
  }

  /** All drafts, in no promised order. */
  async * allDrafts (): AsyncGenerator<Draft> { for await (const [, bytes] of this.kv.iterate(this.#keys.all('draft'))) yield decodeDraft(bytes) }

  /** A draft by its file and number. */
  async draft (root: Cid, n: number): Promise<Draft | undefined> {
    const bytes = await this.kv.get(this.#keys.numbered('draft', n, root))
    return bytes === undefined ? undefined : decodeDraft(bytes)
  }

  /** The change that writes a draft. */
  putDraft (draft: Draft): KeyValueOp { return { type: 'put', key: this.#keys.numbered('draft', draft.n, draft.root), value: encodeDraft(draft) } }
  /** The change that drops one. */
  delDraft ({ root, n }: Pick<Draft, 'root' | 'n'>): KeyValueOp { return { type: 'del', key: this.#keys.numbered('draft', n, root) } }

  /** The change that notes that a message uses a file. Noting it again changes nothing. */
  use (root: Cid, log: LogId, id: EntryId): KeyValueOp { return { type: 'put', key: this.#useKey(root, log, id), value: encodeCbor({ v: 1, root, log, id }) } }
  /** The change that forgets that. */
  unuse (root: Cid, log: LogId, id: EntryId): KeyValueOp { return { type: 'del', key: this.#useKey(root, log, id) } }

  /** The messages that use a file, at most `limit`. */
  async users (root: Cid, limit: number): Promise<Array<{ log: LogId, id: EntryId }>> {
    const users = []
    const range = { gte: this.#keys.numbered('use', 0, root), lte: this.#keys.numbered('use', Number.MAX_SAFE_INTEGER, root), limit }
    for await (const [, bytes] of this.kv.iterate(range)) {
      const { log, id } = useShape(decodeCbor(bytes, 256), 'use')
      users.push({ log, id })
    }
    return users
  }

  /** The change that has every relay of this account let go of a file, unless something uses it. */
  release (root: Cid): KeyValueOp { return { type: 'put', key: this.#keys.one('release', root), value: encodeCbor({ v: 1, root }) } }
  /** The change that ends that. */
  released (root: Cid): KeyValueOp { return { type: 'del', key: this.#keys.one('release', root) } }
  /** The files that are to be let go of. */
  async releases (): Promise<Cid[]> {
    const roots = []
    for await (const [, bytes] of this.kv.iterate(this.#keys.all('release'))) roots.push(releaseShape(decodeCbor(bytes, 128), 'release').root)
    return roots
  }

  #sourceKey ({ sha256: digest, size, keepMetadata, as }: SourceName): Uint8Array { return this.#keys.one('source', digest, encodeCbor([size, keepMetadata, as])) }

  // A number in place of the log and the id: one message has one place among a file's users.
  #useKey (root: Cid, log: LogId, id: EntryId): Uint8Array {
    const digest = sha256(Uint8Array.of(...log, ...id))
    return this.#keys.numbered('use', new DataView(digest.buffer, digest.byteOffset).getUint32(0) * 2 ** 16 + new DataView(digest.buffer, digest.byteOffset).getUint16(4), root)
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
