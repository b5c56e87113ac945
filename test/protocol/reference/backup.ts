/** A backup's file: written from BACKUP.md. What Argon2id gives is taken as given: its own vectors stand elsewhere. */
import { read, write, type Value, type ValueMap } from './cbor.js'
import { xopen, xseal } from './chacha.js'
import { must, same } from './format.js'
import { hash } from './proof.js'

const MAGIC = Buffer.from('petrel-backup\n')

const u32 = (n: number): Buffer => {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(n)
  return out
}

const chunkPlace = (headHash: Uint8Array, index: number, tag: Uint8Array): Uint8Array => write(['petrel/v1 backup chunk', headHash, index, tag])
const passphrasePlace = ({ salt, memoryKiB, passes, lanes }: ValueMap, id: Value): Uint8Array => write(['petrel/v1 backup passphrase', id, salt!, memoryKiB!, passes!, lanes!])

/** A backup of contents. `nonces`: of the file key, then of each chunk. */
export function makeBackup (head: { id: Uint8Array, time: number, way: ValueMap }, { secret, key, nonces, contents }: { secret: Uint8Array, key: Uint8Array, nonces: Uint8Array[], contents: ValueMap[] }): Buffer {
  const { id, time, way } = head
  const body = write({ v: 1, id, time, ways: [{ kind: 'passphrase', ...way, sealed: xseal(secret, nonces[0]!, key, passphrasePlace(way, id)) }] })
  const begin = Buffer.concat([MAGIC, u32(body.length), body])
  const headHash = hash('petrel/v1 backup head', begin)
  let tag: Uint8Array = new Uint8Array(0)
  const chunks = contents.map((content, i) => {
    const sealed = xseal(key, nonces[i + 1]!, write(content), chunkPlace(headHash, i, tag))
    tag = sealed.slice(-16)
    return Buffer.concat([u32(sealed.length), sealed])
  })
  return Buffer.concat([begin, ...chunks])
}

/** What a backup says. `secret`: what Argon2id makes of its passphrase. @throws for anything that is not a whole backup */
export function openBackup (bytes: Uint8Array, secret: Uint8Array): ValueMap[] {
  const file = Buffer.from(bytes)
  must(file.subarray(0, MAGIC.length).equals(MAGIC), 'no backup')
  const length = file.readUInt32BE(MAGIC.length)
  must(length <= 16 * 1024, 'a head too long')
  const begin = MAGIC.length + 4 + length
  must(begin <= file.length, 'cut off')
  const { v, id, ways } = read(file.subarray(MAGIC.length + 4, begin), length) as ValueMap
  must(v === 1, 'another format')
  const way = (ways as ValueMap[]).find(({ kind }) => kind === 'passphrase')
  must(way !== undefined, 'no passphrase opens it')
  const key = xopen(secret, way.sealed as Uint8Array, passphrasePlace(way, id!))
  const headHash = hash('petrel/v1 backup head', file.subarray(0, begin))
  const contents: ValueMap[] = []
  let tag: Uint8Array = new Uint8Array(0)
  for (let at = begin; contents.at(-1)?.kind !== 'end';) {
    must(at + 4 <= file.length, 'cut off')
    const end = at + 4 + file.readUInt32BE(at)
    must(end <= file.length, 'cut off')
    const sealed = file.subarray(at + 4, end)
    contents.push(read(xopen(key, sealed, chunkPlace(headHash, contents.length, tag)), sealed.length) as ValueMap)
    tag = sealed.subarray(-16)
    at = end
    must(contents.at(-1)!.kind !== 'end' || at === file.length, 'more behind the end')
  }
  requireOrder(contents)
  return contents
}

function requireOrder (contents: ValueMap[]): void {
  let [records, blocks] = [0, 0]
  let last: Uint8Array | null = null
  let before = ''
  const follows: Record<string, string[]> = { home: [''], records: ['home', 'records'], blocks: ['home', 'records', 'blocks'], end: ['home', 'records', 'blocks'] }
  for (const content of contents) {
    must(follows[content.kind as string]?.includes(before) === true, 'in no order')
    before = content.kind as string
    if (before === 'records') records += (content.records as Value[]).length
    if (before === 'blocks') {
      must(content.records === records && content.before === blocks && (content.last === last || same(content.last, last ?? undefined)), 'other counts')
      for (const [cid] of content.blocks as Uint8Array[][]) {
        must(last === null || Buffer.compare(last, cid!) < 0, 'blocks in no order')
        last = cid!
      }
      blocks += (content.blocks as Value[]).length
    }
    if (before === 'end') must(content.records === records && content.blocks === blocks, 'other counts')
  }
}

const fill = (length: number, from: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (from + i) % 256)

export const BACKUP_PASSPHRASE = 'correct horse'
export const BACKUP_SALT = fill(16, 0x10)

/** Backups, for others' implementations and our own. `secret` is what Argon2id makes of the passphrase, at the least cost. */
export function backupVectors (secret: Uint8Array): Value {
  const way = { salt: BACKUP_SALT, memoryKiB: 8, passes: 1, lanes: 1 }
  const passphrase = BACKUP_PASSPHRASE
  const key = fill(32, 0x40)
  const cid = (n: number): Uint8Array => Uint8Array.from([1, 0x55, 0x12, 0x20, ...fill(32, n)])
  const home: ValueMap = { kind: 'home', home: { account: Uint8Array.from([0xed, 1, ...fill(32, 1)]), device: Uint8Array.from([0xed, 1, ...fill(32, 2)]), name: 'Ada', manifest: fill(9, 3), storeKey: fill(32, 4), store: 2, media: true } }
  const records: ValueMap = { kind: 'records', records: [[fill(17, 5), fill(40, 6)], [fill(17, 7), new Uint8Array(0)]] }
  const cases: Array<[string, ValueMap[]]> = [
    ['nothing but a home', [{ ...home, home: { ...home.home as ValueMap, media: false } }, { kind: 'end', records: 0, blocks: 0 }]],
    ['records and blocks', [
      home, records, { kind: 'records', records: [[fill(25, 8), fill(5000, 9)]] }, { kind: 'blocks', records: 3, before: 0, last: null, blocks: [] },
      { kind: 'blocks', records: 3, before: 0, last: null, blocks: [[cid(1), fill(100, 1)], [cid(2), fill(1, 2)]] }, { kind: 'blocks', records: 3, before: 2, last: cid(2), blocks: [[cid(3), fill(3, 3)]] },
      { kind: 'end', records: 3, blocks: 3 }
    ]]
  ]
  const backups = cases.map(([note, contents]): ValueMap => {
    const nonces = [...contents.keys(), contents.length].map(n => fill(24, 16 * n))
    const head = { id: fill(16, 0x20), time: 1_700_000_000_000, way }
    return { note, passphrase, secret, key, id: head.id, time: head.time, salt: way.salt, memoryKiB: 8, passes: 1, lanes: 1, nonces, contents, bytes: makeBackup(head, { secret, key, nonces, contents }) }
  })
  return { about: 'BACKUP.md. A byte string is {"hex": …}. `secret` is Argon2id of the passphrase, `nonces` are that of the file key and those of the chunks, `contents` what the chunks say, `bytes` the file.', backups }
}
