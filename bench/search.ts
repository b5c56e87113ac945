/**
 * Search over 100,000 messages: what the index costs beside the store's own write of the messages, and how long searches
 * take. One JSON line per figure. `npx tsx bench/search.ts [messages] [directory]`
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Row, Searched } from '../src/node/chats/index.js'
import { Timeline } from '../src/node/chats/timeline.js'
import { RecordKeys } from '../src/node/records/index.js'
import type { Wanted } from '../src/node/search/lookup.js'
import { parseQuery, Search } from '../src/node/search/index.js'
import { recordCipher } from '../src/protocol/crypto/index.js'
import { decodeBody, encodeBody } from '../src/protocol/message/index.js'
import { base32Text, ed25519Key, type LogId } from '../src/protocol/wire/index.js'
import { openLevelStore } from '../src/store/index.js'
import { sayEach, sized } from './kit/figures.js'

const messages = Number(process.argv[2] ?? sized(100_000, 500))
const home = await mkdtemp(join(process.argv[3] ?? tmpdir(), 'petrel-bench-'))
const PEOPLE = Array.from({ length: 20 }, () => ed25519Key(randomBytes(32)))
const PER_BATCH = 64

function report (name: string, figures: Record<string, number>): void { sayEach(`search/${name}`, figures) }
function round (value: number, places = 2): number { return Math.round(value * 10 ** places) / 10 ** places }
function quantile (times: readonly number[], q: number): number { return round(times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * q)] ?? 0) }

// A fixed course of numbers, so that two runs are about the same words.
let seed = 1
function random (): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
  return seed / 2 ** 31
}

const SYLLABLES = ['ka', 'to', 'mi', 'ren', 'sol', 'va', 'pe', 'tri', 'lo', 'na', 'gu', 'shi', 'bar', 'de', 'fo', 'hin']
/** A word by its rank: the first ones are short. */
function word (rank: number): string {
  let [text, n] = ['', rank + 1]
  while (n > 0) {
    text += SYLLABLES[n % SYLLABLES.length] ?? ''
    n = Math.floor(n / SYLLABLES.length)
  }
  return text
}

/** Ranks as in what people write (Zipf): the most frequent word is in one of a dozen, most words are rare. */
function rank (): number { return Math.floor(40_000 ** random()) - 1 }
function sentence (): string { return Array.from({ length: 3 + Math.floor(random() * 18) }, () => word(rank())).join(' ') }

class Talk implements Searched {
  readonly id: string
  seq = 0
  readonly timeline: Timeline
  readonly log: LogId

  constructor (log: LogId, makeTimeline: (log: LogId, isNew: (seq: number) => boolean) => Timeline) {
    this.log = log
    this.id = base32Text(log)
    this.timeline = makeTimeline(log, seq => seq > this.seq)
  }

  async at (seq: number): Promise<Row | undefined> { return await this.timeline.at(seq) }
  async many (seqs: readonly number[]): Promise<Array<Row | undefined>> { return await this.timeline.many(seqs) }
  runs (from: number, to: number): ReturnType<Timeline['runs']> { return this.timeline.runs(from, to) }
  editedBy: Searched['editedBy'] = async () => await Promise.resolve([])
  bodies: Searched['bodies'] = async rows => rows.map(({ body }) => body === null ? null : decodeBody(body))
}

try {
  const store = await openLevelStore(join(home, 'store'), { cipher: recordCipher(randomBytes(32)) })
  const keys = new RecordKeys(randomBytes(32))
  const talks: Talk[] = []
  const search = await Search.open({ kv: store.kv, keys, log: () => undefined, chats: () => talks })
  for (let n = 0; n < 40; n++) {
    talks.push(new Talk(Uint8Array.from([0x12, 0x20, ...randomBytes(32)]), (log, isNew) => new Timeline(store.kv, keys, log, seq => search.changed(log, seq, isNew(seq)))))
  }
  const [large] = talks
  if (large === undefined) throw new Error('no chat')
  let [time, plain] = [1_700_000_000_000, 0]

  // Half of all in one chat, the others in forty. Rows alone: a node writes entries, cursors and updates beside them.
  const start = performance.now()
  for (let done = 0; done < messages;) {
    const talk = random() < 0.5 ? large : talks[Math.floor(random() * talks.length)] ?? large
    const count = Math.min(PER_BATCH, messages - done)
    const lines = talk.timeline.change()
    for (let i = 1; i <= count; i++) {
      const text = sentence()
      plain += Buffer.byteLength(text)
      time += 1000
      const row: Row = { kind: 'message', id: randomBytes(16), hash: randomBytes(32), time, epoch: 1, from: PEOPLE[Math.floor(random() * PEOPLE.length)] ?? null, device: null, at: time, body: encodeBody({ kind: 'text', text }), note: null }
      lines.put(talk.seq + i, row)
    }
    const { ops, written } = await talk.timeline.write(lines)
    await written(store.kv.batch(ops))
    talk.seq += count
    done += count
  }
  const stored = performance.now() - start
  report('rows written', { messages, usPerMessage: round(stored * 1000 / messages), plaintextBytesPerMessage: round(plain / messages) })

  const cpu = process.cpuUsage()
  const indexing = performance.now()
  await search.index.rebuild(undefined)
  const took = performance.now() - indexing
  const { user, system } = process.cpuUsage(cpu)
  let [records, bytes] = [0, 0]
  for await (const [key, value] of store.kv.iterate(keys.all('search'))) { records++; bytes += key.length + value.length }
  report('index made anew', { messages, usPerMessage: round(took * 1000 / messages), cpuUsPerMessage: round((user + system) / messages), ofRows: round(took / stored), records, bytesPerMessage: round(bytes / messages), rssMB: Math.round(process.memoryUsage().rss / 1e6) })

  const single: number[] = []
  for (let i = 0; i < 200; i++) {
    const lines = large.timeline.change()
    lines.put(large.seq + 1, { kind: 'message', id: randomBytes(16), hash: randomBytes(32), time, epoch: 1, from: PEOPLE[0] ?? null, device: null, at: time, body: encodeBody({ kind: 'text', text: sentence() }), note: null })
    const { ops, written } = await large.timeline.write(lines)
    await written(store.kv.batch(ops))
    large.seq++
    const at = performance.now()
    await search.index.ready({ mostMs: 10_000 })
    single.push(performance.now() - at)
  }
  report('index follows one message', { p50Ms: quantile(single, 0.5), p99Ms: quantile(single, 0.99) })

  const base: Wanted = { clauses: [], from: null, kind: null, since: 0, until: Infinity }
  const queries: Record<string, () => Wanted> = {
    'a frequent word': () => ({ ...base, clauses: parseQuery(`${word(Math.floor(random() * 20))} `) }),
    'a rare word': () => ({ ...base, clauses: parseQuery(word(5_000 + Math.floor(random() * 30_000))) }),
    'a word that is nowhere': () => ({ ...base, clauses: parseQuery(`${word(rank())}q`) }),
    'two words': () => ({ ...base, clauses: parseQuery(`${word(Math.floor(random() * 200))} ${word(Math.floor(random() * 200))}`) }),
    'two words side by side': () => ({ ...base, clauses: parseQuery(`"${word(Math.floor(random() * 50))} ${word(Math.floor(random() * 50))}"`) }),
    'the beginning of a word': () => ({ ...base, clauses: parseQuery(word(rank()).slice(0, 3)) }),
    'a word of one person': () => ({ ...base, clauses: parseQuery(word(Math.floor(random() * 500))), from: PEOPLE[Math.floor(random() * PEOPLE.length)] ?? null }),
    'an old word': () => ({ ...base, clauses: parseQuery(word(Math.floor(random() * 500))), until: 1_700_000_000_000 + messages * 100 })
  }
  for (const [name, make] of Object.entries(queries)) {
    const [times, counts]: [number[], number[]] = [[], []]
    for (let i = 0; i < 150; i++) {
      const wanted = make()
      const at = performance.now()
      const { found } = await search.find(talks, wanted, { limit: 20, after: undefined })
      times.push(performance.now() - at)
      counts.push(found.length)
    }
    report(`search for ${name}`, { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), found: round(counts.reduce((sum, n) => sum + n, 0) / counts.length, 1) })
  }
  await store.close()
} finally {
  await rm(home, { recursive: true, force: true })
}
