/**
 * That no format can change in silence: each label, field, order of items and hash is changed once, in a copy, and the
 * vectors must notice.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { getBuiltinModule } from 'node:process'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import { context, type BuildContext, type Plugin } from 'esbuild'
import type { Chain } from './vectors.js'

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
  const items = array.slice(1, -1).split(/, (?![^(]*\))/)
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

type Copy = typeof import('./check.js') & typeof import('./vectors.js')

let change: Change | undefined
let builder: BuildContext

/** Puts the change into its file while the copy is put together. */
const changing: Plugin = {
  name: 'change',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[/]src[/]protocol[/].*[.]ts$/ }, ({ path }) => {
      if (change === undefined || path !== join(root, change.file)) return undefined
      const { from, to, at } = change
      const text = readFileSync(path, 'utf8')
      assert.equal(text.slice(at, at + from.length), from)
      return { contents: text.slice(0, at) + to + text.slice(at + from.length), loader: 'ts' }
    })
  }
}

/**
 * The code, and what holds it to the vectors, as it stands or with the one change. It is one function in memory: a
 * copy of the files that is imported would stay until the process ends, with a descriptor for each of them.
 */
async function copyWith (one?: Change): Promise<Copy> {
  change = one
  const { outputFiles, metafile } = await builder.rebuild()
  const needed = Object.values(metafile!.outputs)[0]!.imports.map(({ path }) => path).filter(path => !isBuiltin(path))
  const packages = new Map(await Promise.all(needed.map(async name => [name, await import(name) as object] as const)))
  const copy = { exports: {} }
  compileFunction(outputFiles![0]!.text, ['module', 'exports', 'require'])(copy, copy.exports, (name: string) => packages.get(name) ?? getBuiltinModule(name))
  return copy.exports as Copy
}

/** Whether the vectors hold for a copy. What it reads them with is its own: a link of theirs is then one to it as well. */
function vectorsHold (copy: Copy): boolean {
  const files = ['wire', 'message', 'vault-records'].map(copy.readVectors)
  const hashes = copy.readHashes()
  const chain = copy.readJson('chain') as unknown as Chain
  try {
    for (const { vectors, refused } of files) {
      for (const vector of vectors) copy.checkVector(vector)
      for (const bad of refused) copy.checkRefused(bad)
    }
    for (const one of hashes) copy.checkHash(one)
    copy.checkChain(chain)
    return true
  } catch {
    return false
  }
}

describe('the vectors', () => {
  before(async () => {
    builder = await context({
      stdin: { contents: "export * from './check.js'; export * from './vectors.js'", resolveDir: join(root, 'test/protocol') }, bundle: true, write: false, metafile: true, platform: 'node', format: 'cjs', packages: 'external', logLevel: 'silent',
      // Of all that is in it, only vectors.ts asks where it stands.
      define: { 'import.meta.url': JSON.stringify(new URL('vectors.ts', import.meta.url)) }, plugins: [changing]
    })
  })
  after(async () => { await builder.dispose() })

  it('hold for a copy of the code', async () => { assert.equal(vectorsHold(await copyWith()), true) })

  for (const [what, some] of Object.entries(all)) {
    it(`notice each changed ${what} (${some.length})`, async () => {
      assert.ok(some.length > 0)
      const unnoticed: string[] = []
      for (const one of some) {
        if (vectorsHold(await copyWith(one))) unnoticed.push(`${one.file}, at ${one.at}: ${one.from} → ${one.to}`)
      }
      assert.deepEqual(unnoticed, [])
    })
  }
})
