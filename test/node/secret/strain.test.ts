/** A secret chat whose other device is a bad one, or cannot be reached for long. */
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { openSecret, sealSecret, secretListening, systemRandom } from '../../../src/protocol/crypto/index.js'
import { decodeBody, decodeSecret, encodeBody, encodeSecret, type SecretMessage, type UnknownSecret } from '../../../src/protocol/message/index.js'
import { LIMITS, sameBytes, UnavailableError, type EntryId } from '../../../src/protocol/wire/index.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import { SecretDelivery } from '../../../src/node/secret/delivery.js'
import { gotOne, NOTHING_GOT } from '../../../src/node/secret/numbers.js'
import { saidRow } from '../../../src/node/secret/lines.js'
import type { SecretRow } from '../../../src/node/secret/record.js'
import { SecretChat } from '../../../src/node/secret/secret-chat.js'
import { SecretStore } from '../../../src/node/secret/store.js'
import { readSecret } from '../../../src/node/verbs/secrets.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { NOW } from '../../protocol/crypto/mls/people.js'
import { pair, type Side } from '../../protocol/crypto/secret/pair.js'

const device = new Uint8Array(34).fill(7)
const AT = { got: NOTHING_GOT, at: NOW } as const

describe('a secret chat under strain', () => {
  let ann: Side
  let chat: SecretChat
  let delivery: SecretDelivery
  let doubt: string | null
  let clock: number
  let facts: () => Promise<Uint8Array[]>
  let records: SecretStore
  /** How often the disk was to be rid of something. */
  let erasures: number
  /** Bytes of each write. */
  let written: number[]
  /** What a home does with a frame, and what each look at the chats does. */
  let post: (frame: Uint8Array, address: Uint8Array) => void
  let looked: () => void

  beforeEach(async () => {
    const sides = await pair()
    ann = sides.ann
    doubt = null
    clock = NOW
    erasures = 0
    written = []
    looked = () => undefined
    const { kv } = await openMemoryStore()
    const keys = new RecordKeys(new Uint8Array(32))
    const store = records = new SecretStore({ kv, keys, store: { scrub: async () => undefined }, files: { dropped: () => [] } })
    facts = async () => {
      const found: Uint8Array[] = []
      for await (const [, value] of kv.iterate(keys.all('secretFact'))) found.push(value)
      return found
    }
    const { mls } = sides.bob.options
    chat = new SecretChat({
      store, now: () => NOW, steady: () => clock, log: () => undefined, mlsFor: () => mls, doubt: () => doubt, isUndecided: () => false, erased: () => { erasures++ }, changed: () => undefined, over: async () => { throw new Error('nobody else was asked') },
      updates: {
        write: async (ops: Parameters<typeof kv.batch>[0]) => {
          written.push(ops.reduce((sum, op) => sum + (op.type === 'put' ? op.value.length : 0), 0))
          await kv.batch(ops)
        }
      } as never
    }, {
      chat: sides.bob.session.mls.groupId, peer: device, device, manifest: new Uint8Array(), stage: 'open', createdAt: NOW, timer: 0, session: null, asked: null,
      next: 1, got: NOTHING_GOT, gapEpoch: null, theirs: NOTHING_GOT, read: 0, peerRead: 0, rows: 0, unread: 0
    }, sides.bob.session)
    delivery = new SecretDelivery({
      store, now: () => NOW, log: () => undefined, ownHomes: () => [], homesOf: () => [{ peer: device, addrs: [] }] as never, inboxKeyOf: () => undefined,
      chats: () => { looked(); return [chat] },
      pool: { link: () => ({ postPipe: async (address: Uint8Array, frame: Uint8Array) => { post(frame, address) } }) } as never
    })
  })
  afterEach(async () => { await delivery.stop() })

  const annSays = async (message: SecretMessage): Promise<{ epoch: number, frame: Uint8Array }> => {
    const { session, frame } = await sealSecret(ann.options, ann.session, encodeSecret(message))
    ann.session = session
    const at = chat.listening.find(({ address }) => sameBytes(address, frame.address))
    assert.ok(at !== undefined && await chat.take(at.epoch, frame.frame))
    return { epoch: at.epoch, frame: frame.frame }
  }

  /** The receipt that is due, if one is, which nobody ever gets. @returns whether one was */
  const losesReceipt = async (): Promise<boolean> => {
    if (await chat.receipt() === undefined) return false
    chat.receiptWent()
    return true
  }

  /** What the first of the frames that are kept for Ann says to her. */
  const annHears = async (): Promise<SecretMessage | UnknownSecret> => {
    for await (const { frame, address } of records.outs(chat.record.chat)) {
      const at = secretListening(ann.session).find(one => sameBytes(one.address, address))!
      const { session, plaintext } = await openSecret(ann.options, ann.session, at.epoch, frame)
      ann.session = session
      return decodeSecret(plaintext)
    }
    throw new Error('nothing is kept')
  }

  it('goes on however often a receipt could not be handed over', async () => {
    await annSays({ kind: 'accept', n: 1, ...AT })
    const went = Promise.withResolvers<{ frame: Uint8Array, address: Uint8Array }>()
    let tries = 0
    post = (frame, address) => {
      if (tries++ > LIMITS.secretGenerations + 10) { went.resolve({ frame, address }); return }
      delivery.kick()
      throw new UnavailableError('nobody is there')
    }
    delivery.start()
    const { frame, address } = await went.promise
    const at = secretListening(ann.session).find(one => sameBytes(one.address, address))!
    const { plaintext } = await openSecret(ann.options, ann.session, at.epoch, frame)
    assert.equal(decodeSecret(plaintext).got.through, 1)
  })

  it('tells with one receipt that several came, and with none when what it says itself tells it', async () => {
    const went = Promise.withResolvers<{ frame: Uint8Array, address: Uint8Array }>()
    let posts = 0
    post = (frame, address) => { posts++; went.resolve({ frame, address }) }
    delivery.start()
    for (let n = 1; n <= 3; n++) {
      await annSays({ kind: 'screenshot', n, ...AT })
      delivery.kick(chat)
    }
    const { frame, address } = await went.promise
    const at = secretListening(ann.session).find(one => sameBytes(one.address, address))!
    const { plaintext, session } = await openSecret(ann.options, ann.session, at.epoch, frame)
    ann.session = session
    assert.deepEqual([decodeSecret(plaintext).got.through, posts], [3, 1])
    await annSays({ kind: 'screenshot', n: 4, ...AT })
    delivery.kick(chat)
    await chat.say({ kind: 'screenshot' })
    assert.equal(chat.owesReceipt, false)
  })

  it('hands nothing to a device in doubt, not what was sealed before either', async () => {
    await chat.say({ kind: 'screenshot' })
    doubt = 'the contact has revoked the device'
    let frames = 0
    const one = Promise.withResolvers<undefined>()
    post = () => { frames++; one.resolve(undefined) }
    const again = Promise.withResolvers<undefined>()
    let looks = 0
    looked = () => {
      looks++
      if (looks === 1) queueMicrotask(() => { delivery.kick() })
      else again.resolve(undefined)
    }
    delivery.start()
    await again.promise
    await delivery.stop()
    assert.equal(frames, 0)
    doubt = null
    delivery.start()
    await one.promise
  })

  it('is read whole, however far back something is unread; and of a long one no more is looked at than must be', async () => {
    const line = (n: number, isRead: boolean): SecretRow => ({ ...saidRow(chat, { n, own: false, id: systemRandom(16), at: NOW, body: encodeBody({ kind: 'text', text: 'x' }), ttl: 60 }), readAt: isRead ? NOW : null })
    const unread = new Set([1, 2, 150, 300])
    const ops = Array.from({ length: 300 }, (_, i) => records.newRow(chat.record.chat, i + 1, line(i + 1, !unread.has(i + 1)))).flat()
    // One more is counted than is there: it was taken back.
    await chat.change({ rows: 300, unread: 5 }, { ops })
    const core = { secrets: { records, book: { all: () => [chat] }, time: () => NOW, look: () => undefined }, contacts: { nameOf: () => 'ann' } } as never
    const all = async (): Promise<number[]> => (await records.rows(chat.record.chat, Infinity, 1000)).filter(({ value }) => value.readAt === null).map(({ row }) => row)
    assert.deepEqual(await all(), [300, 150, 2, 1])
    await readSecret(core, 'ann')
    assert.deepEqual([await all(), chat.record.unread, chat.record.read], [[], 0, 300])
    await chat.change({ rows: 301, unread: 1 }, { ops: records.newRow(chat.record.chat, 301, line(301, false)) })
    let looks = 0
    const row = records.rows.bind(records)
    records.rows = async (...of) => { looks++; return await row(...of) }
    await readSecret(core, 'ann')
    assert.deepEqual([looks, chat.record.unread], [2, 0])
  })

  it('keeps little that is said about messages that have not come, and nothing of it once it is closed', async () => {
    // The first one is still on its way.
    let n = 1
    for (let i = 0; i < 5; i++) {
      const targets = Array.from({ length: 90 }, () => systemRandom(16))
      await annSays({ kind: 'said', n: ++n, id: systemRandom(16), body: encodeBody({ kind: 'delete', targets }), ttl: 0, ...AT })
    }
    const size = (await facts()).reduce((sum, value) => sum + value.length, 0)
    assert.ok(size > 0 && size <= LIMITS.secretFactsBytes + LIMITS.secretFacts * 64)
    await annSays({ kind: 'close', n: ++n, ...AT })
    assert.deepEqual(await facts(), [])
  })

  const edit = (target: EntryId, text: string): Uint8Array => encodeBody({ kind: 'edit', target, text })
  const isKept = async (word: string): Promise<boolean> => (await facts()).some(value => Buffer.from(value).includes(word))

  it('does not keep the words of an edit that comes when its message has gone already', async () => {
    const id = systemRandom(16)
    await annSays({ kind: 'said', n: 1, id, body: encodeBody({ kind: 'text', text: 'for a second' }), ttl: 1, ...AT })
    const [{ row, value } = assert.fail()] = await records.rows(chat.record.chat, Infinity, 1)
    await chat.change({}, { ops: records.dropRow(chat.record.chat, row, value) })
    await annSays({ kind: 'said', n: 2, id: systemRandom(16), body: edit(id, 'for a second or two'), ttl: 0, ...AT })
    assert.deepEqual(await facts(), [])
  })

  it('keeps what is said about a message until all before it are here, and then nothing of it', async () => {
    const [late, never] = [systemRandom(16), systemRandom(16)]
    await annSays({ kind: 'said', n: 3, id: systemRandom(16), body: edit(late, 'as it was corrected'), ttl: 0, ...AT })
    await annSays({ kind: 'said', n: 4, id: systemRandom(16), body: edit(never, 'of one that never came'), ttl: 0, ...AT })
    assert.ok(await isKept('as it was corrected') && await isKept('of one that never came'))
    await annSays({ kind: 'said', n: 2, id: late, body: encodeBody({ kind: 'text', text: 'as it was' }), ttl: 0, ...AT })
    assert.deepEqual([await isKept('as it was corrected'), await isKept('of one that never came'), erasures], [false, true, 0])
    const [{ value } = assert.fail()] = await records.rows(chat.record.chat, Infinity, 1)
    assert.deepEqual(decodeBody(value.body!), { kind: 'text', text: 'as it was corrected' })
    await annSays({ kind: 'gone', n: 5, numbers: [1], ...AT })
    assert.deepEqual([await facts(), erasures], [[], 1])
  })

  it('marks as read what was edited while it was looked for as it is then, and nothing that went', async () => {
    for (const n of [1, 2]) await annSays({ kind: 'said', n, id: systemRandom(16), body: encodeBody({ kind: 'text', text: 'as it was' }), ttl: 60, ...AT })
    const core = { secrets: { records, book: { all: () => [chat] }, time: () => NOW, look: () => undefined }, contacts: { nameOf: () => 'ann' } } as never
    const rows = records.rows.bind(records)
    let coming: Promise<void> | undefined
    records.rows = async (...of) => {
      records.rows = rows
      const page = await rows(...of)
      const [gone, edited] = page
      assert.ok(gone !== undefined && edited !== undefined)
      coming = chat.exclusive(async () => {
        const { chat: group } = chat.record
        const value = (await records.row(group, edited.row))!
        await chat.change({}, { ops: [...records.dropRow(group, gone.row, gone.value), await records.putRow(group, edited.row, { ...value, body: encodeBody({ kind: 'text', text: 'as it is' }) })] })
      })
      // It is done by then, unless it waits until the reading is over.
      for (let i = 0; i < 20; i++) await setImmediate()
      return page
    }
    await readSecret(core, 'ann')
    await coming
    const left = await rows(chat.record.chat, Infinity, 10)
    assert.deepEqual(left.map(({ value }) => [decodeBody(value.body!), value.readAt]), [[{ kind: 'text', text: 'as it is' }, NOW]])
  })

  it('is heard by the other, though a relay repeated one frame to it without end and lost each answer', async () => {
    const { epoch, frame } = await annSays({ kind: 'accept', n: 1, ...AT })
    let answers = 0
    for (let i = 0; i < LIMITS.secretGenerations + 50; i++) {
      if (await losesReceipt()) answers++
      assert.equal(await chat.take(epoch, frame), false)
      clock += LIMITS.secretRepeatMs / 10
    }
    assert.ok(answers > 1 && answers <= LIMITS.secretReceipts)
    await chat.say({ kind: 'screenshot' })
    assert.equal((await annHears()).kind, 'screenshot')
  })

  it('is heard by the other, though it was told ever more, and each receipt was lost', async () => {
    let lost = 0
    for (let n = 1; n <= LIMITS.secretReceipts * 2 + 20; n++) {
      await annSays({ kind: 'screenshot', n, ...AT })
      if (await losesReceipt()) lost++
    }
    // After some of them one is kept until it came; after as many more nothing is said until it has.
    assert.equal(lost, LIMITS.secretReceipts * 2)
    const { kind, got } = await annHears()
    assert.deepEqual([kind, got.through], ['gone', LIMITS.secretReceipts + 1])
    await annSays({ kind: 'screenshot', n: LIMITS.secretReceipts * 2 + 21, ...AT, got: { through: 1, later: [] } })
    assert.equal(chat.record.theirs.through, 1)
    await chat.receipt()
    assert.equal(chat.record.next, 3)
  })

  /** So many lines of one side, each of so many characters. */
  const lines = async (own: boolean, count: number, characters: number): Promise<void> => {
    const body = encodeBody({ kind: 'text', text: '€'.repeat(characters) })
    const ops = Array.from({ length: count }, (_, i) => records.newRow(chat.record.chat, i + 1, saidRow(chat, { n: i + 1, own, id: systemRandom(16), at: NOW, body, ttl: 60 })))
    await chat.change({ rows: count, ...own ? { next: count + 1 } : { unread: count } }, { ops: ops.flat() })
  }
  const begun = async (): Promise<number> => (await records.rows(chat.record.chat, Infinity, 10_000)).filter(({ value }) => value.readAt === NOW && value.goesAt === NOW + 60_000).length

  it('begins the time of all that was not read for long, here and there, however much that is', async () => {
    const core = { secrets: { records, book: { all: () => [chat] }, time: () => NOW, look: () => undefined }, contacts: { nameOf: () => 'ann' } } as never
    const count = LIMITS.secretUnacknowledged + 300
    await lines(false, count, 1)
    await readSecret(core, 'ann')
    assert.deepEqual([await begun(), chat.record.unread, chat.record.read], [count, 0, count])
    await lines(true, count, 1)
    await annSays({ kind: 'read', n: 1, through: count, ...AT })
    assert.deepEqual([await begun(), chat.record.peerRead, chat.record.begins], [count, count, null])
  })

  it('begins it in several writes where the lines are long, and goes on after a restart in between', async () => {
    const core = { secrets: { records, book: { all: () => [chat] }, time: () => NOW, look: () => undefined }, contacts: { nameOf: () => 'ann' } } as never
    const count = Math.ceil(2.5 * LIMITS.secretReadBytes / 12_000)
    const most = async (work: () => Promise<unknown>): Promise<number> => {
      written = []
      await work()
      return Math.max(...written)
    }
    await lines(false, count, 4000)
    assert.ok(await most(async () => { await readSecret(core, 'ann') }) < 2 * LIMITS.secretReadBytes)
    assert.deepEqual([await begun(), chat.record.unread], [count, 0])
    await lines(true, count, 4000)
    assert.ok(await most(async () => await annSays({ kind: 'read', n: 1, through: count, ...AT })) < 2 * LIMITS.secretReadBytes)
    assert.deepEqual([await begun(), chat.record.begins], [count, null])
    await lines(true, count, 1)
    await chat.change({ peerRead: count, begins: { after: 0, at: NOW } })
    await chat.tidy()
    assert.deepEqual([await begun(), chat.record.begins], [count, null])
  })

  it('can be closed however much waits for the other device, which takes that word too', async () => {
    await chat.change({ next: LIMITS.secretUnacknowledged + 1 })
    await assert.rejects(chat.say({ kind: 'screenshot' }), { code: 'ERR_QUOTA' })
    const n = await chat.say({ kind: 'close' })
    assert.ok(gotOne(NOTHING_GOT, n) !== undefined && gotOne(NOTHING_GOT, n + 1) === undefined)
  })

  it('takes no edit that would make a line larger than can be read again', async () => {
    const id = systemRandom(16)
    await annSays({ kind: 'said', n: 1, id, body: encodeBody({ kind: 'text', text: 'small', unknown: { later: 'a'.repeat(40_000) } } as never), ttl: 0, ...AT })
    await annSays({ kind: 'said', n: 2, id: systemRandom(16), body: encodeBody({ kind: 'edit', target: id, text: '€'.repeat(LIMITS.textUnits) }), ttl: 0, ...AT })
    assert.equal((await records.rows(chat.record.chat, Infinity, 10)).length, 1)
  })
})
