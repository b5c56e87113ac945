import assert from 'node:assert/strict'
import type { Chat } from '../../../src/node/chats/chat.js'
import { readFacts } from '../../../src/node/chats/about/fact-records.js'
import { learnHistory } from '../../../src/node/chats/about/refold.js'
import { PastDeletes, takesBack } from '../../../src/node/chats/past/past-deletes.js'
import type { Row } from '../../../src/node/chats/row.js'
import { Timeline, type NumberedRow } from '../../../src/node/chats/timeline.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import { encodeBody, type Body } from '../../../src/protocol/message/index.js'
import type { KeyValueStore } from '../../../src/store/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { fill, key } from '../../protocol/wire/kit.js'

/** As much of a chat as its history needs. */
function chatOver (kv: KeyValueStore): Chat {
  const [keys, log] = [new RecordKeys(fill(32)), fill(34)]
  return { deps: { kv, keys }, log, timeline: new Timeline(kv, keys, log) } as unknown as Chat
}

describe('an order to take back what is not opened yet', () => {
  const id = fill(16)
  const author = key(1).key

  it('stands beside those of any number of members who may not', async () => {
    const { kv } = await openMemoryStore()
    const chat = chatOver(kv)
    const add = async (deletes: PastDeletes, by: Uint8Array, seq: number, others = false): Promise<void> => { await kv.batch(await deletes.add(id, { seq, by, others })) }
    for (let n = 0; n < 40; n++) await add(new PastDeletes(chat), key(10 + n % 20).key, 900 - n)
    assert.equal((await new PastDeletes(chat).of(id)).length, 20)
    assert.equal(takesBack(await new PastDeletes(chat).of(id), 5, author), false)
    await add(new PastDeletes(chat), author, 7)
    assert.equal(takesBack(await new PastDeletes(chat).of(id), 5, author), true)
    // Of somebody who may take back anybody's, it says all there is to say.
    await add(new PastDeletes(chat), key(2).key, 6, true)
    await add(new PastDeletes(chat), author, 5)
    assert.deepEqual((await new PastDeletes(chat).of(id)).map(({ others }) => others), [true])
  })

  it('stands beside the next one of its batch', async () => {
    const { kv } = await openMemoryStore()
    const deletes = new PastDeletes(chatOver(kv))
    const ops = [...await deletes.add(id, { seq: 7, by: author, others: false }), ...await deletes.add(id, { seq: 8, by: key(2).key, others: false })]
    await kv.batch(ops)
    assert.equal(takesBack(await new PastDeletes(chatOver(kv)).of(id), 5, author), true)
  })
})

describe('what was told about a message before it was said', () => {
  const row = (n: number, kind: Row['kind'], id: Uint8Array, body: Body): NumberedRow => ({ seq: n, row: { kind, id, hash: fill(32), time: n, epoch: 1, from: key(1).key, device: key(2).key, at: n, body: encodeBody(body), note: null } })

  it('counts for nothing, and is not read again with each older page', async () => {
    const { kv } = await openMemoryStore()
    const chat = chatOver(kv)
    const id = fill(16, 9)
    let reads = 0
    const at = chat.timeline.at.bind(chat.timeline)
    chat.timeline.at = async seq => { reads++; return await at(seq) }
    const open = async (page: readonly NumberedRow[]): Promise<void> => {
      const lines = chat.timeline.change()
      for (const { seq, row: one } of page) lines.put(seq, one)
      const { ops, written } = await chat.timeline.write(lines)
      await written(kv.batch([...ops, ...await learnHistory(chat, page)]))
    }
    const reaction = (n: number): NumberedRow => row(n, 'other', fill(16, n).with(0, 200), { kind: 'reaction', target: id, emoji: ['🔥'] })
    await open([row(201, 'message', id, { kind: 'text', text: 'said' }), reaction(202)])
    const facts = await readFacts(chat, id)
    assert.equal(facts.reactions.length, 1)
    for (let to = 200; to > 0; to -= 20) await open(Array.from({ length: 20 }, (_, i) => reaction(to - 19 + i)))
    assert.deepEqual(await readFacts(chat, id), facts)
    // One look for the message itself with each page, and no more.
    assert.ok(reads <= 10, `${reads} rows were read`)
  })
})
