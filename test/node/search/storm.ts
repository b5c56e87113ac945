/** Anything that can happen to a chat and its index, in any order, with kills: then search and a look at every row are compared. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isIn } from '../../../src/node/search/query.js'
import { decodeBody } from '../../../src/protocol/message/index.js'
import type { MemoryDisk } from '../../../src/store/memory/engine.js'
import { copyOf } from '../small-world.js'
import { History, wanted, type Talk } from './kit.js'

/** What a look at every row finds, the newest first. */
async function plainly (talk: Talk, query: string): Promise<string[]> {
  const texts: string[] = []
  for await (const { row } of talk.timeline.range(0, talk.seq)) {
    const body = row.kind === 'message' && row.body !== null ? decodeBody(row.body) : undefined
    if (body?.kind === 'text' && isIn(wanted(query).clauses, [body.text])) texts.unshift(body.text)
  }
  return texts
}

/** What a kill at the n-th write of the index leaves. */
async function killed (history: History, n: number): Promise<History> {
  let left = n
  let copy: MemoryDisk | undefined
  history.disk.beforeWrite = async () => { if (--left === 0) copy = copyOf(history.disk) }
  await history.texts('sea')
  history.disk.beforeWrite = async () => undefined
  return await history.again(copy)
}

/** So many courses of events. */
export async function storms (runs: number): Promise<void> {
  const say = fc.record({ op: fc.constant('say' as const), words: fc.array(fc.constantFrom('sea', 'seal', 'the', 'Land', '東京'), { minLength: 1, maxLength: 3 }), many: fc.constantFrom(1, 1, 3, 300) })
  const at = fc.integer({ min: 1, max: 700 })
  const step = fc.oneof({ weight: 4, arbitrary: say }, fc.record({ op: fc.constantFrom('erase' as const, 'change' as const, 'cut' as const), at }), fc.record({ op: fc.constantFrom('search' as const, 'restart' as const, 'rebuild' as const), at }), fc.record({ op: fc.constant('kill' as const), at: fc.integer({ min: 1, max: 4 }) }))
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 14 }), async steps => {
    let history = await History.open()
    for (const one of steps) {
      const [talk] = history.chats as [Talk]
      if (one.op === 'say') await talk.say(...Array.from({ length: one.many }, (_, i) => [...one.words, i].join(' ')))
      else if (one.op === 'search') await history.texts('sea')
      else if (one.op === 'rebuild') await history.search.index.rebuild(undefined)
      else if (one.op === 'restart') history = await history.again()
      else if (one.op === 'kill') history = await killed(history, one.at)
      else if (one.op === 'cut') await talk.cut(Math.max(0, talk.seq - one.at))
      else if (talk.seq > 0) {
        const seq = (one.at % talk.seq) + 1
        if (one.op === 'erase') await talk.erase(seq)
        else await talk.set(seq, talk.row({ kind: 'text', text: 'seals change' }))
      }
    }
    const [talk] = history.chats as [Talk]
    for (const query of ['sea', 'the', '"the sea"', '京', 'land sea']) assert.deepEqual(await history.texts(query), await plainly(talk, query), query)
  }), { numRuns: runs * Number(process.env.FUZZ_RUNS ?? 1) })
}
