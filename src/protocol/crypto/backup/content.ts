/** What a backup says, chunk by chunk, and in which order. BACKUP.md gives the format. Pure. */
import { cidShape, CorruptError, decodeCbor, encodeCbor, keyShape, LIMITS, sameBytes, shape, type Cid, type KeyBytes } from '../../wire/index.js'

/** Whose home it is of. Its device's own key is not in it: that never leaves the device. */
export interface BackupHome {
  readonly account: KeyBytes
  /** The device that made the backup. */
  readonly device: KeyBytes
  readonly name: string
  /** The account's manifest then, as signed bytes. */
  readonly manifest: Uint8Array
  /** 32 bytes: what the node's store is sealed with, and what its keys are made from. */
  readonly storeKey: Uint8Array
  /** The format of the store whose records follow. */
  readonly store: number
  /** Whether the blocks of files that were here are in it. */
  readonly media: boolean
}

/** A key of the store's and its value, opened. */
export type BackupRecord = readonly [key: Uint8Array, value: Uint8Array]
/** A block of a file, by its name. */
export type BackupBlock = readonly [cid: Cid, bytes: Uint8Array]

/** A chunk's content. */
export type BackupContent =
  | { readonly kind: 'home', readonly home: BackupHome }
  | { readonly kind: 'records', readonly records: readonly BackupRecord[] }
  /** All records have been. The counts and the last block's name are of what stands before this chunk: with them a backup that was cut off goes on. */
  | { readonly kind: 'blocks', readonly records: number, readonly before: number, readonly last: Cid | null, readonly blocks: readonly BackupBlock[] }
  | { readonly kind: 'end', readonly records: number, readonly blocks: number }

const homeShape = shape.struct({
  account: keyShape, device: keyShape, name: shape.text(LIMITS.nameBytes), manifest: shape.bytes({ min: 1, max: LIMITS.manifestBytes }), storeKey: shape.bytes(32), store: shape.uint(undefined, 1), media: shape.bool
})
const recordsShape = shape.array(shape.tuple(shape.bytes({ min: 1, max: LIMITS.storeKeyBytes }), shape.bytes({ max: LIMITS.storeValueBytes })), LIMITS.backupChunkItems)
const blocksShape = shape.array(shape.tuple(cidShape, shape.bytes({ max: LIMITS.blobBytes })), LIMITS.backupChunkItems)
const kindShape = shape.struct({ kind: shape.text(16) })
const shapes = {
  home: shape.struct({ kind: shape.literal('home'), home: homeShape }),
  records: shape.struct({ kind: shape.literal('records'), records: recordsShape }),
  blocks: shape.struct({ kind: shape.literal('blocks'), records: shape.uint(), before: shape.uint(), last: shape.nullable(cidShape), blocks: blocksShape }),
  end: shape.struct({ kind: shape.literal('end'), records: shape.uint(), blocks: shape.uint() })
} as const

/** A content's bytes. */
export function encodeBackupContent (content: BackupContent): Uint8Array { return encodeCbor(content) }

/** A content from its bytes. @throws BadInputError for what is none, TooLargeError */
export function decodeBackupContent (bytes: Uint8Array): BackupContent {
  const value = decodeCbor(bytes, LIMITS.backupSealedBytes)
  const { kind } = kindShape(value, 'chunk')
  if (kind === 'home') return shapes.home(value, 'chunk')
  if (kind === 'records') return shapes.records(value, 'chunk')
  return kind === 'blocks' ? shapes.blocks(value, 'chunk') : shapes.end(value, 'chunk')
}

/** How far somebody has read a backup. */
export interface BackupStanding {
  /** What was read last: the home, some of the records, some of the blocks, or all. */
  readonly at: 'start' | BackupContent['kind']
  readonly records: number
  readonly blocks: number
  /** The last block's name: they stand in ascending order. */
  readonly last: Cid | null
}

/** Before the first chunk. */
export const BACKUP_START: BackupStanding = { at: 'start', records: 0, blocks: 0, last: null }

/** What may follow what. */
const FOLLOWS: Readonly<Record<BackupStanding['at'], readonly BackupContent['kind'][]>> = {
  start: ['home'], home: ['records', 'blocks', 'end'], records: ['records', 'blocks', 'end'], blocks: ['blocks', 'end'], end: []
}

/** Takes note of the next chunk. @throws CorruptError when it may not come there, or the end tells of more or less than there was */
export function afterContent (standing: BackupStanding, content: BackupContent): BackupStanding {
  const { records, blocks, last } = standing
  if (!FOLLOWS[standing.at].includes(content.kind)) throw new CorruptError(`the backup is in no order: ${content.kind} after ${standing.at}`)
  switch (content.kind) {
    case 'home': return { ...standing, at: content.kind }
    case 'records': return { ...standing, at: content.kind, records: records + content.records.length }
    case 'blocks':
      requireCounts({ records: content.records, blocks: content.before }, standing)
      if ((content.last === null) !== (last === null) || (content.last !== null && last !== null && !sameBytes(content.last, last))) throw new CorruptError('the backup lost blocks')
      return { at: content.kind, records, blocks: blocks + content.blocks.length, last: lastOf(content.blocks, last) }
    case 'end':
      requireCounts(content, standing)
      return { ...standing, at: content.kind }
  }
}

function requireCounts (said: { readonly records: number, readonly blocks: number }, { records, blocks }: BackupStanding): void {
  if (said.records !== records || said.blocks !== blocks) throw new CorruptError(`the backup says that it has ${said.records} records and ${said.blocks} blocks, and has ${records} and ${blocks}`)
}

function lastOf (blocks: readonly BackupBlock[], before: Cid | null): Cid | null {
  let last = before
  for (const [cid] of blocks) {
    if (last !== null && Buffer.compare(last, cid) >= 0) throw new CorruptError('the backup\'s blocks are in no order')
    last = cid
  }
  return last
}
