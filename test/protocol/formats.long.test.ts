/**
 * That no format can change in silence: each label, field, order of items and hash is changed once, in a copy, and the
 * vectors must notice.
 */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sha256 } from './reference/proof.js'
import { manifestHash, wireFormats } from './reference/wire.js'
import { readJson, type Chain } from './vectors.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Change { file: string, from: string, to: string, at: number }

/** Every match of a pattern in a file's code, with what takes its place. */
function changes (file: string, pattern: RegExp, to: (match: RegExpMatchArray) => string): Change[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(pattern)].map(match => ({ file, from: match[0], to: to(match), at: match.index }))
}

/** Neighbours in an array that is written, changed for each other. */
function swaps (file: string, array: string): Change[] {
  const text = readFileSync(join(root, file), 'utf8')
  const at = text.indexOf(array)
  assert.ok(at >= 0 && text.indexOf(array, at + 1) < 0, `${file}: ${array} stands there ${at < 0 ? 'no more' : 'twice'}`)
  const items = array.slice(1, -1).split(', ')
  return items.slice(1).map((_, i) => ({ file, from: array, to: `${array[0]!}${items.with(i, items[i + 1]!).with(i + 1, items[i]!).join(', ')}${array.at(-1)!}`, at }))
}

/** Neighbouring lines that write one item each, changed for each other. */
function lineSwaps (file: string, lines: readonly string[]): Change[] {
  const text = readFileSync(join(root, file), 'utf8')
  return lines.slice(1).map((second, i) => {
    const from = `${lines[i]!}\n  ${second}\n`
    const at = text.indexOf(from)
    assert.ok(at >= 0 && text.indexOf(from, at + 1) < 0, `${file}: ${from} stands there ${at < 0 ? 'no more' : 'twice'}`)
    return { file, from, to: `${second}\n  ${lines[i]!}\n`, at }
  })
}

const wire = 'src/protocol/wire'
const message = 'src/protocol/message'
const sources = [wire, message].flatMap(folder => readdirSync(join(root, folder)).filter(name => name.endsWith('.ts') && !/^(index|shape|limits|errors|methods|gateway\.pb|labels)\.ts$/.test(name)).map(name => `${folder}/${name}`))

const all: Record<string, Change[]> = {
  label: changes(`${wire}/labels.ts`, /'petrel\/v1 [a-z ]+'/g, ([label]) => label.replace('v1', 'v2')),
  'field that is read': sources.flatMap(file => changes(file, /(?<=[{,] ?\n? *)(\w+): (?=(?:shape\.(?!Shape|open)|keyShape|cidShape|fileShape|albumItems|pixels|mediaType|digest|logId|agreementKey|entities|messageText|reply|forward|introduction|manifests|use,|caps[ ,}]|by[ ,}]|\(value, path\)))/g, ([whole]) => whole.replace(':', '_x:'))),
  version: sources.flatMap(file => changes(file, /shape\.literal\(1\)/g, () => 'shape.literal(2)')),
  'order of items': [
    ...swaps(`${wire}/log.ts`, '[1, leaf.seq, leaf.id, leaf.kind, leaf.base, leaf.caps, leaf.erasers, leaf.time, leaf.entry]'),
    ...lineSwaps(`${wire}/attest-batch.ts`, [
      'writer.head(MAJOR.uint, 1)', 'writer.text(s.type)', 'writer.bytes(s.log)', 'writer.head(MAJOR.uint, s.term)', 'writer.head(MAJOR.uint, s.seq)', "if (s.type === 'receipt') writer.bytes(s.prev)", 'writer.bytes(s.hash)',
      "if (s.type === 'receipt') writer.bytes(s.entry)", 'writer.head(MAJOR.uint, s.time)'
    ]),
    ...lineSwaps(`${wire}/attest-batch.ts`, ['writer.head(MAJOR.uint, index)', 'writer.head(MAJOR.uint, size)', 'writer.head(MAJOR.array, path)']), ...lineSwaps(`${wire}/attest-batch.ts`, ['writer.bytes(home.key)', 'writer.bytes(signature)']),
    ...swaps(`${wire}/attest.ts`, '[1, size, root]'),
    ...swaps(`${wire}/capability.ts`, '[1, c.log, c.right, c.verifier, c.prover, c.nonce]'), ...swaps(`${wire}/signed.ts`, '[body, signer.key, signer.sign(label, body)]'),
    ...swaps(`${message}/envelope.ts`, '[s.term, s.seq, s.hash]'), ...swaps(`${message}/commit.ts`, '[seen.term, seen.seq, seen.hash]'), ...swaps(`${message}/letter.ts`, '[at.term, at.seq, at.hash]')
  ],
  'order of what is read': [
    ...swaps(`${wire}/log.ts`, '[, seq, id, kind, base, caps, erasers, time, entry]').slice(1), ...swaps(`${wire}/attest.ts`, '[, type, log, term, seq, prev, hash, entry, time]').slice(1),
    ...swaps(`${wire}/attest.ts`, '[, type, log, term, seq, hash, time]').slice(1), ...swaps(`${message}/envelope.ts`, 'seen: [term, seq, hash]'.slice(6))
  ],
  hash: [
    ...changes(`${wire}/attest.ts`, /\(LABELS\.receiptNode, left, right\)/g, () => '(LABELS.receiptNode, right, left)'), ...changes(`${wire}/attest.ts`, /right === undefined \? left :/g, () => 'right === undefined ? nodeHash(left, left) :'),
    ...changes(`${wire}/log.ts`, /\(LABELS\.chainStart, log, home\)/g, () => '(LABELS.chainStart, home, log)'), ...changes(`${wire}/log.ts`, /\(LABELS\.chain, previous, leaf\)/g, () => '(LABELS.chain, leaf, previous)'),
    ...changes(`${wire}/log.ts`, /\(LABELS\.eraser, log, secret\)/g, () => '(LABELS.eraser, secret, log)'), ...changes(`${wire}/log.ts`, /return sha256\(payload\)/g, () => 'return labelledHash(LABELS.chain, payload)'),
    ...changes(`${wire}/hash.ts`, /\\0/g, () => '\\x01'), ...changes(`${wire}/manifest.ts`, /\(LABELS\.manifestHash, record\.body\)/g, () => '(LABELS.manifestHash, bytes)'), ...changes(`${wire}/key-package.ts`, /hash: sha256\(bytes\)/g, () => 'hash: sha256(signed.body)')
  ],
  tag: [...changes(`${wire}/ids.ts`, /0x(?:ed|ec|12), 0x(?:01|20)/g, ([tag]) => tag.replace(/..,/, 'ab,')), ...changes(`${wire}/cid.ts`, /=== 0x(?:12|20)|raw: 0x55|dagCbor: 0x71/g, ([tag]) => tag.replace(/..$/, 'ab'))],
  kind: changes(`${message}/body.ts`, /shape\.literal\('(\w+)'\)/g, ([, kind]) => `shape.literal('${kind!}2')`)
}

const chain = readJson('chain') as unknown as Chain

/** Whether the vectors hold for a copy of the code in which one thing is changed. */
async function vectorsHold (change?: Change): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-formats-'))
  try {
    for (const part of ['src', 'test/protocol/check.ts', 'test/protocol/adapters.ts', 'test/protocol/vault-record-adapters.ts', 'test/protocol/vectors.ts', 'test/protocol/reference', 'package.json', 'tsconfig.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
    for (const part of ['node_modules', 'test/vectors']) symlinkSync(join(root, part), join(folder, part))
    if (change !== undefined) {
      const { file, from, to, at } = change
      const text = readFileSync(join(root, file), 'utf8')
      assert.equal(text.slice(at, at + from.length), from)
      writeFileSync(join(folder, file), text.slice(0, at) + to + text.slice(at + from.length))
    }
    const module = async (name: string): Promise<object> => await import(pathToFileURL(join(folder, `test/protocol/${name}.ts`)).href) as object
    const copy = await module('check') as typeof import('./check.js')
    // The copy's own: a link of the vectors is then one to it as well.
    const { readVectors } = await module('vectors') as typeof import('./vectors.js')
    for (const { vectors, refused } of ['wire', 'message', 'vault-records'].map(readVectors)) {
      for (const vector of vectors) copy.checkVector(vector)
      for (const bad of refused) copy.checkRefused(bad)
      for (const vector of vectors.filter(v => v.format === 'manifest')) copy.checkHash(vector, manifestHash(wireFormats.manifest.take(vector.bytes, vector.context).bytes!))
      for (const vector of vectors.filter(v => v.format === 'key package')) copy.checkHash(vector, sha256(vector.bytes))
    }
    copy.checkChain(chain)
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('the vectors', () => {
  it('hold for a copy of the code', async () => { assert.equal(await vectorsHold(), true) })

  for (const [what, some] of Object.entries(all)) {
    it(`notice each changed ${what} (${some.length})`, async () => {
      assert.ok(some.length > 0)
      const unnoticed: string[] = []
      for (const change of some) {
        if (await vectorsHold(change)) unnoticed.push(`${change.file}, at ${change.at}: ${change.from} → ${change.to}`)
      }
      assert.deepEqual(unnoticed, [])
    })
  }
})
