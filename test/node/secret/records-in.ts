/** What a home's closed store has of files of secret chats. */
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { RecordKeys, type RecordKind } from '../../../src/node/records/index.js'

const KINDS: readonly RecordKind[] = ['secretFile', 'secretDraft', 'secretUse', 'secretRelease', 'secretCached', 'secretKept']
/** A node's own records stand behind these bytes, and among them those of its blocks behind two more. */
const PLAIN = [0xc0, 0x00]
const BLOBS = [0x00, 0x62]

/** The kinds of record that are there: of files, and of blocks of any file. */
export async function recordsIn (dir: string): Promise<string[]> {
  const letters = KINDS.map((kind): [string, number[]] => [kind, [...new RecordKeys(new Uint8Array(32)).all(kind).gte]])
  const db = new ClassicLevel<Buffer, Buffer>(join(dir, 'store', 'level'), { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  const found = new Set<string>()
  for await (const key of db.keys()) for (const [kind, letter] of [...letters, ['block', BLOBS] as const]) if (key.subarray(0, 2 + letter.length).equals(Buffer.from([...PLAIN, ...letter]))) found.add(kind)
  await db.close()
  return [...found].sort()
}
