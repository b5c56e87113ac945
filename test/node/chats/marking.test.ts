/** How seldom a group is told what its members have received and read. The clock is the test's own. */
import assert from 'node:assert/strict'
import { mock } from 'node:test'
import type { Chat } from '../../../src/node/chats/index.js'
import { startCursor } from '../../../src/node/chats/cursor.js'
import { Marking } from '../../../src/node/chats/marking.js'
import { decodeBody } from '../../../src/protocol/message/index.js'
import { randomSeed, signerFromSeed, type KeyBytes } from '../../../src/protocol/wire/index.js'

const account = (): KeyBytes => signerFromSeed(randomSeed()).key

/** A log that only counts, and its members' sides of it. */
class Talk {
  seq = 0
  readonly marks: Array<{ at: number, by: number, delivered: number, read: number }> = []
  readonly sides: Array<{ chat: Chat, marking: Marking }> = []

  constructor (members: number, over: { direct?: boolean, hasReceipts?: boolean, joined?: boolean } = {}) {
    const list = Array.from({ length: members }, () => ({ account: account(), manifest: new Uint8Array() }))
    for (const [by, { account: me }] of list.entries()) {
      const chat = {
        record: { direct: over.direct ?? false, stage: 'ready', joined: over.joined === true ? { term: 1, seq: 0, hash: new Uint8Array(32) } : null, members: list },
        cursor: startCursor(new Uint8Array(32)), deps: { me, device: { key: me }, now: () => Date.now(), log: () => undefined }, outbox: { hasMark: false, size: 0 }, isBlocked: false, hasReceipts: over.hasReceipts ?? true, id: 'talk'
      }
      const marking = new Marking(chat as unknown as Chat, async (_id, bytes) => {
        const body = decodeBody(bytes)
        assert.ok(body.kind === 'mark')
        this.seq++
        this.marks.push({ at: Date.now(), by, delivered: body.delivered, read: body.read })
        chat.cursor = { ...chat.cursor, seq: this.seq, runs: chat.cursor.runs.with({ device: me, devSeq: 1, entry: new Uint8Array(32), at: this.seq }), marks: [{ account: me, delivered: body.delivered, read: body.read }] }
      })
      marking.start()
      this.sides.push({ chat: chat as unknown as Chat, marking })
    }
  }

  /** Somebody writes; all others receive it, and read it if they are looking. */
  async write (by: number, reads: boolean): Promise<void> {
    const at = ++this.seq
    for (const [i, { chat, marking }] of this.sides.entries()) {
      chat.cursor = { ...chat.cursor, seq: at, ...i === by ? {} : { received: at }, ...reads ? { read: at } : {} }
      await marking.look()
    }
  }

  stop (): void { for (const { marking } of this.sides) marking.stop() }
}

describe('what members of a group tell of their reading', () => {
  beforeEach(() => { mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_790_000_000_000 }) })
  afterEach(() => { mock.timers.reset() })

  const run = async (ms: number): Promise<void> => {
    mock.timers.tick(ms)
    await Promise.resolve()
  }

  it('is no storm: of 20 who read 100 messages in 50 s, none speaks more than once in 10 s, and all has been told at the end', async () => {
    const talk = new Talk(20)
    const start = Date.now()
    for (let n = 0; n < 100; n++) {
      await talk.write(n % 20, true)
      await run(500)
    }
    const last = Math.max(...talk.sides.map(({ chat }) => chat.cursor.received))
    for (let n = 0; n < 30; n++) await run(1000)
    const seconds = (Date.now() - start) / 1000
    assert.ok(talk.marks.length <= 20 * (seconds / 10 + 1) && talk.marks.length >= 20, String(talk.marks.length))
    for (let by = 0; by < 20; by++) {
      const own = talk.marks.filter(mark => mark.by === by)
      for (const [i, { at }] of own.entries()) assert.ok(i === 0 || at - own[i - 1]!.at >= 10_000, `${by} spoke twice too soon`)
      assert.ok(own.at(-1)!.read >= last - 1)
    }
    talk.stop()
  })

  it('does not come from all at the same moment', async () => {
    const talk = new Talk(50)
    await talk.write(0, false)
    for (let n = 0; n < 60; n++) await run(100)
    assert.equal(talk.marks.length, 49)
    assert.ok(new Set(talk.marks.map(({ at }) => at)).size > 10)
    talk.stop()
  })

  it('is told at once in a direct chat', async () => {
    const talk = new Talk(2, { direct: true })
    for (let n = 1; n <= 3; n++) {
      await talk.write(0, true)
      assert.equal(talk.marks.filter(mark => mark.by === 1).length, n)
    }
    talk.stop()
  })

  it('is not told in a large group, but by a newcomer, once', async () => {
    for (const joined of [false, true]) {
      const talk = new Talk(8, { hasReceipts: false, joined })
      for (let n = 0; n < 20; n++) {
        await talk.write(0, true)
        await run(5000)
      }
      assert.equal(talk.marks.length, joined ? 8 : 0)
      assert.ok(talk.marks.every(mark => mark.read === 0), 'what was read is nobody\'s business')
      talk.stop()
    }
  })

  it('is that somebody has come back, once, of whatever size the group and though nobody writes', async () => {
    for (const hasReceipts of [false, true]) {
      const talk = new Talk(5, { hasReceipts, joined: true })
      for (let n = 0; n < 5; n++) {
        await talk.write(0, true)
        await run(20_000)
      }
      const [, { chat, marking }] = talk.sides as [unknown, Talk['sides'][number]]
      const before = talk.marks.length
      chat.record = { ...chat.record, joined: { term: 1, seq: talk.seq + 2, hash: new Uint8Array(32) } }
      for (const seq of [1, 2, 2]) {
        chat.cursor = { ...chat.cursor, seq: talk.seq + seq }
        await marking.look()
      }
      talk.seq += 2
      for (let n = 0; n < 5; n++) {
        await run(20_000)
        await marking.look()
      }
      assert.deepEqual(talk.marks.slice(before).map(({ by, delivered }) => [by, delivered]), [[1, talk.seq - 1]])
      talk.stop()
    }
  })
})
