import assert from 'node:assert/strict'
import { decodeCaps, decodeLeaf, encodeCaps, encodeLeaf, ENTRY_KIND, entryHash, handOver, LIMITS, peerIdText, RIGHT, signAccountDeletion, type pb, type PetrelError } from '../../src/protocol/wire/index.js'
import { bring, control, copyFrom, copyOf, termOrder, upTo, type Copy } from './kit/moves.js'
import { newEpoch } from './kit/people.js'
import { codes, commit, provesEpoch } from './kit/start.js'
import { data, newKey, Person, Pushes, TestLog, World, type Client } from './kit/world.js'

interface Scene { a: World, b: World, ann: Person, old: Client, next: Client, log: TestLog, copy: () => Promise<Copy> }

/** Two homes; Ann is hosted at both, and her log at the first holds texts and a commit. */
async function scene (options: { a?: object, b?: object } = {}): Promise<Scene> {
  const [a, b] = [await World.create(options.a), await World.create(options.b)]
  const ann = new Person()
  const [old, next] = [await a.client(ann), await b.client(ann)]
  const log = await a.log(old)
  await old.append(log.id, [data('one'), data('two', { erasers: [] })])
  await old.appendOne(log.id, commit(log, 0, log.nextEpoch()))
  await provesEpoch(old, log)
  await old.append(log.id, [data('four'), data('five')])
  return { a, b, ann, old, next, log, copy: () => copyOf(old, log, a.home.key) }
}

/** Moves the log to the second home with its first one's consent. */
async function moved (options: { a?: object, b?: object } = {}): Promise<Scene & { order: Uint8Array, whole: Copy }> {
  const parts = await scene(options)
  const order = termOrder(parts.log, await parts.copy(), parts.b.home.key, 2, 'agreement')
  await parts.old.appendOne(parts.log.id, control(order, { expectHead: 5 }))
  return { ...parts, order, whole: await parts.copy() }
}


const facts = (world: World, term: number): object => ({ code: 'ERR_MOVED', details: { home: peerIdText(world.home.key), addrs: ['/dns4/there.example/tcp/1'], term } })

describe('relay: a log that moves by agreement', () => {
  it('ends at its old home with the owner\'s order: appends are sent on, reads go on', async () => {
    const { a, b, old, log, ann } = await moved()
    await assert.rejects(old.appendOne(log.id, data('late')), facts(b, 2))
    assert.deepEqual(codes(await old.append(log.id, [commit(log, 3, newEpoch()), data()])), ['ERR_MOVED', 'ERR_CONFLICT'])
    await assert.rejects(old.appendOne(log.id, control(log.order({ op: 'void', log: log.id, seq: 3, caps: log.caps() }))), facts(b, 2))
    const { entries, head } = await old.read(log.id)
    assert.deepEqual([entries.length, head.term, head.seq], [6, 1, 6])
    assert.deepEqual([a.set.whereabouts.moved, a.set.ledger.logs], [1, 1])
    await a.restart()
    const again = await a.client(ann)
    await again.proveAll(log)
    await assert.rejects(again.appendOne(log.id, data('late')), facts(b, 2))
    assert.equal(a.set.whereabouts.moved, 1)
  })

  it('tells who may not append nothing of where it went', async () => {
    const { a, log } = await moved()
    const eve = await a.client(new Person())
    await assert.rejects(eve.appendOne(log.id, data()), { code: 'ERR_FORBIDDEN' })
  })

  it('gives the first receipt of what was there before', async () => {
    const { old, log, copy, b } = await scene()
    const item = data('again')
    const { receipt } = await old.appendOne(log.id, item)
    const order = termOrder(log, await copy(), b.home.key, 2, 'agreement')
    const first = await old.appendOne(log.id, control(order))
    assert.deepEqual((await old.appendOne(log.id, item)), { receipt, duplicate: true })
    assert.equal(first.receipt.term, 1)
  })

  it('is refused unless the order fits: owner, log, term, end, hash, home, and no eraser', async () => {
    const { a, b, old, log, copy } = await scene()
    const at = await copy()
    const other = new TestLog(a.home.key)
    const tries: Array<[Uint8Array, string]> = [
      [termOrder(log, at, b.home.key, 2, 'agreement', newKey()), 'ERR_PROOF'],
      [termOrder(other, at, b.home.key, 2, 'agreement', log.owner), 'ERR_PROOF'],
      [termOrder(log, at, b.home.key, 3, 'agreement'), 'ERR_CONFLICT'],
      [termOrder(log, upTo(at, 4), b.home.key, 2, 'agreement'), 'ERR_CONFLICT'],
      [termOrder(log, { ...at, hashes: [...at.hashes.slice(0, 5), new Uint8Array(32)] }, b.home.key, 2, 'agreement'), 'ERR_PROOF'],
      [termOrder(log, at, a.home.key, 2, 'agreement'), 'ERR_BAD_INPUT'],
      [termOrder(log, at, b.home.key, 2, 'takeover'), 'ERR_UNSUPPORTED']
    ]
    for (const [order, code] of tries) await assert.rejects(old.appendOne(log.id, control(order)), { code })
    await assert.rejects(old.appendOne(log.id, control(termOrder(log, at, b.home.key, 2, 'agreement'), { erasers: [new Uint8Array(32)] })), { code: 'ERR_BAD_INPUT' })
    await old.appendOne(log.id, data('still here'))
  })

  it('sends who follows it on, once they have its last entry', async () => {
    const { a, b, ann, old, log, copy } = await scene()
    const pushes = new Pushes()
    const laptop = await a.client(ann, ann.laptop, pushes)
    await provesEpoch(laptop, log)
    await laptop.follow(log.id, 3)
    await pushes.until(() => pushes.texts.length === 2)
    const order = termOrder(log, await copy(), b.home.key, 2, 'agreement')
    await old.appendOne(log.id, control(order))
    await pushes.until(() => pushes.ended.length === 1)
    assert.deepEqual(pushes.entries.at(-1)!.entries.at(-1)!.payload, order)
    assert.deepEqual({ code: pushes.ended[0]!.error.code, details: pushes.ended[0]!.error.details }, facts(b, 2))
    // Who comes later gets all of it, and the same.
    await laptop.follow(log.id, 0)
    await pushes.until(() => pushes.ended.length === 2)
    assert.equal(pushes.entries.at(-1)!.head.seq, 6)
  })

  it('lives at its new home from the last page on: whole, with the keys of now, in the new term', async () => {
    const { b, next, log, ann, order, whole, a } = await moved()
    const { seq, head } = await bring(next, log, order, whole.entries)
    assert.deepEqual([seq, head!.term, head!.seq, head!.hash], [6, 2, 6, whole.hashes[6]])
    await next.proveAll(log)
    const { receipt } = await next.appendOne(log.id, data('seven'))
    assert.deepEqual([receipt.term, receipt.seq], [2, 7])
    const copy = await copyOf(next, log, a.home.key)
    assert.deepEqual(copy.entries.slice(0, 6), whole.entries)
    // The former keys read what they could read at the old home.
    const laptop = await b.client(ann, ann.laptop)
    await laptop.prove(laptop.proof(log.id, RIGHT.read, log.epochs[0]!.read))
    const past = await laptop.read(log.id)
    assert.deepEqual([past.entries.length, past.head.type, past.head.term], [3, 'receipt', 2])
    const [refused] = await laptop.tryProve(laptop.proof(log.id, RIGHT.append, log.epochs[0]!.append))
    assert.equal(refused!.code, 'ERR_FORBIDDEN')
    await assert.rejects(next.appendOne(log.id, commit(log, 0, newEpoch())), { code: 'ERR_CONFLICT', details: { head: 7, lastCommit: 3 } })
    await next.appendOne(log.id, commit(log, 3, log.nextEpoch()))
  })

  it('attests adopted entries with the times they had', async () => {
    const { a, b, next, log, order, whole } = await moved()
    b.clock.advance(60_000)
    await bring(next, log, order, whole.entries)
    await next.prove(next.proof(log.id, RIGHT.read, log.epochs[0]!.read))
    const { head } = await next.read(log.id)
    assert.equal(head.time, a.clock.now())
  })

  it('answers the id of an adopted entry with a receipt of its own term', async () => {
    const { next, log, order, whole, old } = await moved()
    const id = (await old.read(log.id)).entries[0]
    await bring(next, log, order, whole.entries)
    await next.proveAll(log)
    const { receipt, duplicate } = await next.appendOne(log.id, data('one', { id: copyId(id!.leaf) }))
    assert.deepEqual([duplicate, receipt.term, receipt.seq, receipt.hash], [true, 2, 1, whole.hashes[1]])
  })

  it('keeps what was erased erased', async () => {
    const { next, log, order, whole } = await moved()
    const { payload: _erased, ...bare } = whole.entries[1]!
    await bring(next, log, order, whole.entries.map((entry, i) => (i === 1 ? bare : entry)))
    await next.proveAll(log)
    assert.equal((await next.read(log.id)).entries[1]!.payload, undefined)
  })

  it('is found again by repeating its last page, also when the answer was lost', async () => {
    const { b, ann, next, log, order, whole } = await moved()
    const first = await bring(next, log, order, whole.entries)
    await b.restart()
    const again = await b.client(ann)
    const { seq, head } = await again.adopt({ genesis: log.genesisBytes, action: order, after: 0, entries: whole.entries, done: true })
    assert.deepEqual([seq, head!.hash, head!.term], [first.seq, first.head!.hash, 2])
    const other = await b.client(new Person())
    await assert.rejects(other.adopt({ genesis: log.genesisBytes, action: order }), { code: 'ERR_CONFLICT' })
  })

  it('comes back to its first home, which goes on from what it has', async () => {
    const { a, old, next, log, order, whole } = await moved()
    await bring(next, log, order, whole.entries)
    await next.proveAll(log)
    await next.append(log.id, [data('seven'), data('eight')])
    const back = termOrder(log, await copyOf(next, log, a.home.key), a.home.key, 3, 'agreement')
    await next.appendOne(log.id, control(back))
    const all = await copyOf(next, log, a.home.key)
    assert.equal((await old.adopt({ genesis: log.genesisBytes, action: back })).seq, 6)
    const { head } = await bring(old, log, back, all.entries)
    assert.deepEqual([head!.term, head!.seq], [3, 9])
    const { receipt } = await old.appendOne(log.id, data('ten'))
    assert.deepEqual([receipt.term, receipt.seq, a.set.whereabouts.moved], [3, 10, 0])
    // The owner key and the read key are as they were; a duplicate of the first term is attested in the third.
    const first = await old.appendOne(log.id, data('one', { id: copyId(all.entries[0]!.leaf) }))
    assert.deepEqual([first.duplicate, first.receipt.term], [true, 3])
    await assert.rejects(next.appendOne(log.id, data()), { code: 'ERR_MOVED' })
  })

  it('may be moved on with a new owner key, as its last commit says', async () => {
    const { b, old, next, log, copy } = await scene()
    const heir = newKey()
    await old.appendOne(log.id, commit(log, 3, log.nextEpoch(), { caps: handOver(log.id, { ...log.caps(), owner: heir.key }, log.owner) }))
    await old.prove(old.proof(log.id, RIGHT.owner, heir), old.proof(log.id, RIGHT.append, log.epoch.append))
    const at = await copy()
    await assert.rejects(old.appendOne(log.id, control(termOrder(log, at, b.home.key, 2, 'agreement'))), { code: 'ERR_PROOF' })
    const order = termOrder(log, at, b.home.key, 2, 'agreement', heir)
    await old.appendOne(log.id, control(order))
    assert.equal((await bring(next, log, order, (await copy()).entries)).head!.seq, 7)
  })

  it('goes on through a void of the term before', async () => {
    const { b, old, next, log, copy } = await scene()
    const good = log.epoch
    await old.appendOne(log.id, commit(log, 3, newEpoch()))
    await old.appendOne(log.id, control(log.order({ op: 'void', log: log.id, seq: 6, caps: log.caps(good) })))
    const order = termOrder(log, await copy(), b.home.key, 2, 'agreement')
    await old.appendOne(log.id, control(order))
    await bring(next, log, order, (await copy()).entries)
    await next.proveAll(log)
    await assert.rejects(next.appendOne(log.id, commit(log, 6, newEpoch())), { code: 'ERR_CONFLICT', details: { head: 8, lastCommit: 7 } })
    await next.appendOne(log.id, data('with the keys that the void put back'))
  })
})

describe('relay: a log that is taken over', () => {
  it('goes on at the new home, which appends the owner\'s order as its first entry', async () => {
    const { a, b, next, log, copy } = await scene()
    const held = upTo(await copy(), 4)
    const order = termOrder(log, held, b.home.key, 2, 'takeover')
    const { head } = await bring(next, log, order, held.entries)
    assert.deepEqual([head!.term, head!.seq], [2, 5])
    await next.proveAll(log)
    const { entries } = await next.read(log.id)
    assert.deepEqual(entries[4]!.payload, order)
    assert.equal(copyFrom(log, a.home.key, entries).hashes.length, 6)
    assert.equal((await next.appendOne(log.id, data('on'))).receipt.seq, 6)
    assert.deepEqual((await next.adopt({ genesis: log.genesisBytes, action: order, after: 4, done: true })).seq, 6)
  })

  it('takes nothing from whom knows another term, but says what it has of it', async () => {
    const { b, next, log, copy } = await scene()
    const held = upTo(await copy(), 4)
    await bring(next, log, termOrder(log, held, b.home.key, 2, 'takeover'), held.entries)
    await next.proveAll(log)
    const late = data('after five, which was taken back', { expectTerm: 1 })
    assert.deepEqual(codes(await next.append(log.id, [late, data('behind it')])), ['ERR_CONFLICT', 'ERR_CONFLICT'])
    await assert.rejects(next.appendOne(log.id, late), { code: 'ERR_CONFLICT', details: { head: 5, lastCommit: 3, term: 2 } })
    await assert.rejects(next.appendOne(log.id, commit(log, 3, newEpoch(), { expectTerm: 1 })), { code: 'ERR_CONFLICT' })
    assert.equal((await next.appendOne(log.id, data('two', { id: copyId(held.entries[1]!.leaf), expectTerm: 1 }))).receipt.seq, 2)
    assert.equal((await next.appendOne(log.id, data('five', { expectTerm: 2 }))).receipt.seq, 6)
  })

  it('needs no order that opened it when it holds a commit, and does need it else', async () => {
    const { b, next, log, copy } = await scene()
    const whole = await copy()
    const early = termOrder(log, upTo(whole, 2), b.home.key, 2, 'takeover')
    const request = { genesis: log.genesisBytes, action: early }
    await next.adopt({ ...request, entries: whole.entries.slice(0, 2) })
    await assert.rejects(next.adopt({ ...request, after: 2, done: true }), { code: 'ERR_PROOF' })
    const order = termOrder(log, whole, b.home.key, 2, 'takeover')
    const { head } = await next.adopt({ genesis: log.genesisBytes, action: order, entries: whole.entries, done: true })
    assert.equal(head!.seq, 6)
    await provesEpoch(next, log)
    const [refused] = await next.tryProve(next.proof(log.id, RIGHT.read, log.owner), next.proof(log.id, RIGHT.append, log.owner))
    assert.equal(refused!.code, 'ERR_FORBIDDEN')
  })

  it('is shown to its old home when that comes back, which closes and sends its people on', async () => {
    const { b, old, next, log, copy, a } = await scene()
    const held = upTo(await copy(), 4)
    const order = termOrder(log, held, b.home.key, 2, 'takeover')
    await bring(next, log, order, held.entries)
    await assert.rejects(old.order(log.id, termOrder(log, { ...held, hashes: [...held.hashes.slice(0, 4), new Uint8Array(32)] }, b.home.key, 2, 'takeover')), { code: 'ERR_PROOF' })
    await assert.rejects(old.order(log.id, termOrder(log, held, b.home.key, 2, 'takeover', newKey())), { code: 'ERR_PROOF' })
    // Who brings it back may hold a later owner key. The order says all; no other is taken from whom has proved nothing.
    const later = await a.client(new Person())
    await assert.rejects(later.order(log.id, termOrder(log, held, b.home.key, 2, 'takeover', newKey())), { code: 'ERR_PROOF' })
    await assert.rejects(later.order(log.id, log.order({ op: 'trim', log: log.id, seq: 1, hash: held.hashes[1]! })), { code: 'ERR_FORBIDDEN' })
    assert.equal((await later.order(log.id, order)).seq, 5)
    await assert.rejects(old.appendOne(log.id, data('late')), facts(b, 2))
    assert.equal((await old.read(log.id)).entries.length, 5)
    await assert.rejects(old.order(log.id, order), { code: 'ERR_CONFLICT' })
    assert.equal(a.set.whereabouts.moved, 1)
  })

  it('comes back to a home that holds another end of it, which is dropped for the owner\'s', async () => {
    const { a, b, old, next, log, copy } = await scene()
    const held = upTo(await copy(), 4)
    const order = termOrder(log, held, b.home.key, 2, 'takeover')
    await bring(next, log, order, held.entries)
    await next.proveAll(log)
    await next.appendOne(log.id, data('six of term 2'))
    const there = await copyOf(next, log, a.home.key)
    const back = termOrder(log, there, a.home.key, 3, 'agreement')
    await next.appendOne(log.id, control(back))
    const all = await copyOf(next, log, a.home.key)
    // The first home lives on in term 1 until it is told.
    await assert.rejects(old.adopt({ genesis: log.genesisBytes, action: back }), { code: 'ERR_CONFLICT' })
    await old.order(log.id, order)
    const request = { genesis: log.genesisBytes, action: back, open: log.open() }
    const { seq } = await old.adopt(request)
    assert.equal(seq, 5)
    assert.equal((await old.adopt({ ...request, after: seq, hash: all.hashes[seq]! })).seq, 0)
    assert.equal((await bring(old, log, back, all.entries)).head!.seq, 7)
    await old.proveAll(log)
    assert.deepEqual((await old.read(log.id)).entries, all.entries)
  })

  it('leaves out a term whose home never began it', async () => {
    const { a, old, log, whole } = await moved()
    // The second home is gone before anything was brought there: the first one goes on in term 3.
    const order = termOrder(log, whole, a.home.key, 3, 'takeover')
    const { head } = await bring(old, log, order, whole.entries)
    assert.deepEqual([head!.term, head!.seq], [3, 7])
    await old.appendOne(log.id, data('on'))
  })

  it('lets the owner bring a restored relay what it lost, in a new term', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    await phone.appendOne(log.id, data('in the backup'))
    const backup = world.backup()
    await phone.appendOne(log.id, data('acknowledged, and lost'))
    const held = await copyOf(phone, log, world.home.key)
    await world.restore(backup)
    const back = await world.client(ann)
    await back.proveAll(log)
    const order = termOrder(log, held, world.home.key, 2, 'takeover')
    await assert.rejects(back.adopt({ genesis: log.genesisBytes, action: order }), { code: 'ERR_CONFLICT' })
    await back.follow(log.id, 2)
    world.clock.advance(1)
    const { head } = await bring(back, log, order, held.entries)
    assert.deepEqual([head!.term, head!.seq, world.set.restored.behind], [2, 3, 0])
    assert.equal((await back.appendOne(log.id, data('on'))).receipt.seq, 4)
    assert.deepEqual((await back.read(log.id)).entries.slice(0, 2), held.entries)
  })
})

describe('relay: a log that is being brought', () => {
  it('serves nobody before it is whole, and survives a restart in the middle', async () => {
    const { b, ann, next, log, order, whole } = await moved()
    await bring(next, log, order, whole.entries.slice(0, 4), { done: false, page: 2 })
    for (const what of [next.read(log.id), next.head(log.id), next.follow(log.id), next.appendOne(log.id, data()), next.erase(log.id, 1, new Uint8Array(32)), next.order(log.id, order)]) {
      await assert.rejects(what, { code: 'ERR_NOT_FOUND' })
    }
    const [refused] = await next.tryProve(next.proof(log.id, RIGHT.owner, log.owner))
    assert.equal(refused!.code, 'ERR_NOT_FOUND')
    assert.equal(b.set.whereabouts.coming, 1)
    await b.restart()
    assert.equal(b.set.whereabouts.coming, 1)
    const again = await b.client(ann)
    assert.equal((await again.adopt({ genesis: log.genesisBytes, action: order })).seq, 4)
    assert.equal((await bring(again, log, order, whole.entries)).head!.seq, 6)
    assert.equal(b.set.whereabouts.coming, 0)
  })

  it('goes on from where it ends: a page that begins elsewhere changes nothing', async () => {
    const { next, log, order, whole } = await moved()
    const first = { genesis: log.genesisBytes, action: order, open: log.open() }
    assert.equal((await next.adopt({ ...first, entries: whole.entries.slice(0, 3) })).seq, 3)
    assert.equal((await next.adopt({ ...first, after: 5, entries: whole.entries.slice(5), done: true })).seq, 3)
    assert.equal((await next.adopt({ ...first, after: 0, entries: whole.entries.slice(0, 2) })).seq, 3)
    assert.equal((await next.adopt({ ...first, after: 3, entries: whole.entries.slice(3), done: true })).head!.seq, 6)
  })

  it('is charged to the account that brings it, within its quota, and the old home\'s copy can be given up', async () => {
    const { a, old, next, log, order, whole, b, ann } = await moved({ b: { quota: { accountBytes: 400 } } })
    await assert.rejects(bring(next, log, order, whole.entries), { code: 'ERR_QUOTA' })
    const { logs, bytes } = await next.usage()
    assert.deepEqual([logs, bytes > 0 && bytes <= 400], [1, true])
    await b.restart({ quota: { accountBytes: 10_000 } })
    const again = await b.client(ann)
    assert.equal((await bring(again, log, order, whole.entries)).head!.seq, 6)
    await assert.rejects(again.drop(log.id), { code: 'ERR_CONFLICT' })
    const eve = await a.client(new Person())
    await assert.rejects(eve.drop(log.id), { code: 'ERR_FORBIDDEN' })
    await old.drop(log.id)
    assert.deepEqual([(await old.usage()).bytes, a.set.ledger.bytes, a.set.whereabouts.moved], [0, 0, 0])
    await assert.rejects(old.createLog(log), { code: 'ERR_EXISTS' })
    // One that lives here goes for who has its owner key too.
    await again.prove(again.proof(log.id, RIGHT.owner, log.owner))
    await again.drop(log.id)
    assert.equal(b.set.ledger.bytes, 0)
    await assert.rejects(again.head(log.id), { code: 'ERR_NOT_FOUND' })
    await assert.rejects(bring(again, log, order, whole.entries), { code: 'ERR_EXISTS' })
    // Its numbers never start again in a term that is over; a later one may come.
    await assert.rejects(old.adopt({ genesis: log.genesisBytes, action: termOrder(log, whole, a.home.key, 2, 'takeover') }).then(() => old.drop(log.id)).then(() => old.createLog(log)), { code: 'ERR_EXISTS' })
  })

  it('can be given up in the middle, and begun anew', async () => {
    const { next, log, order, whole, b } = await moved()
    await bring(next, log, order, whole.entries.slice(0, 4), { done: false })
    await next.drop(log.id)
    assert.deepEqual([b.set.ledger.logs, b.set.whereabouts.coming], [0, 0])
    assert.equal((await bring(next, log, order, whole.entries)).head!.seq, 6)
  })

  it('is not brought, nor served, while the operator has it down, also when its copy was given up', async () => {
    const { a, old, next, log, order, whole, b } = await moved()
    await a.set.takedowns.takeDown(log.id, 'court order 17')
    await old.drop(log.id)
    const back = termOrder(log, whole, a.home.key, 3, 'takeover')
    const down = { code: 'ERR_FORBIDDEN', details: { takenDown: true, reason: 'court order 17' } }
    await assert.rejects(bring(old, log, back, whole.entries), down)
    assert.equal((await a.set.takedowns.list()).length, 1)
    await a.set.takedowns.lift(log.id)
    await assert.rejects(a.set.takedowns.lift(log.id), { code: 'ERR_NOT_FOUND' })
    assert.equal((await bring(old, log, back, whole.entries)).head!.seq, 7)
    // One that is on its way may be taken down too.
    await bring(next, log, order, whole.entries.slice(0, 3), { done: false })
    await b.set.takedowns.takeDown(log.id, 'court order 18')
    await assert.rejects(bring(next, log, order, whole.entries), { code: 'ERR_FORBIDDEN' })
  })

  it('goes with its payer\'s account, and its numbers do not start again', async () => {
    const { b, ann, next, log, order, whole } = await moved()
    await bring(next, log, order, whole.entries)
    await next.deleteAccount(signAccountDeletion({ account: ann.account.key, relay: b.home.key, time: 1 }, ann.phone))
    assert.equal(b.set.ledger.logs, 0)
    const again = await b.client(new Person())
    await assert.rejects(again.adopt({ genesis: log.genesisBytes, action: order }), { code: 'ERR_EXISTS', details: { term: 2 } })
  })
})

describe('relay: lies about a log that is brought', () => {
  const first = (log: TestLog, action: Uint8Array): { genesis: Uint8Array, action: Uint8Array, open: Uint8Array } => ({ genesis: log.genesisBytes, action, open: log.open() })

  it('are refused: another chain, a number left out, a payload exchanged, keys exchanged', async () => {
    const { next, log, order, whole } = await moved()
    const at = { ...first(log, order) }
    const { entries } = whole
    const other = { ...entries[1]!, payload: new Uint8Array(Buffer.from('zwei')) }
    await assert.rejects(next.adopt({ ...at, entries: [entries[1]!] }), { code: 'ERR_PROOF' })
    await assert.rejects(next.adopt({ ...at, entries: [entries[0]!, entries[2]!] }), { code: 'ERR_PROOF' })
    const based = { ...entries[2]!, leaf: encodeLeaf({ ...decodeLeaf(entries[2]!.leaf), seq: 2, base: 1 }) }
    const bare = { ...entries[1]!, leaf: encodeLeaf({ ...decodeLeaf(entries[1]!.leaf), kind: ENTRY_KIND.commit }) }
    for (const entry of [other, based, bare]) await assert.rejects(next.adopt({ ...at, after: 1, entries: [entry] }), { code: 'ERR_PROOF' })
    await next.drop(log.id)
    for (const leaf of [new Uint8Array(), entries[0]!.leaf.subarray(1)]) await assert.rejects(next.adopt({ ...at, entries: [{ leaf }] }), { code: 'ERR_BAD_INPUT' })
    // A chain that holds together, and is not the one that the owner signed.
    const forged = forgedChain(whole)
    await assert.rejects(next.adopt({ ...at, entries: forged, done: true }), { code: 'ERR_PROOF', message: /not the one/ })
    // Nothing of it is left to go on from.
    assert.equal((await bring(next, log, order, entries)).head!.seq, 6)
  })

  it('are refused: a commit that gives the log another owner key, which the one before has not signed', async () => {
    const { next, log, order, whole } = await moved()
    const { entries } = whole
    const leaf = decodeLeaf(entries[2]!.leaf)
    const usurped = { ...entries[2]!, leaf: encodeLeaf({ ...leaf, caps: encodeCaps({ ...decodeCaps(leaf.caps!), owner: newKey().key }) }) }
    await assert.rejects(next.adopt({ ...first(log, order), entries: [entries[0]!, entries[1]!, usurped] }), { code: 'ERR_PROOF', message: /has not signed that/ })
  })

  it('are refused: an order by another than the owner, for another home, log or purpose', async () => {
    const { a, b, next, log, whole } = await moved()
    const held = upTo(whole, 5)
    const tries: Array<[Uint8Array, string]> = [
      [termOrder(log, held, a.home.key, 2, 'takeover'), 'ERR_BAD_INPUT'],
      [termOrder(new TestLog(a.home.key), held, b.home.key, 2, 'takeover', log.owner), 'ERR_PROOF'],
      [log.open(), 'ERR_BAD_INPUT']
    ]
    for (const [action, code] of tries) await assert.rejects(next.adopt(first(log, action)), { code })
    await assert.rejects(bring(next, log, termOrder(log, held, b.home.key, 2, 'takeover', newKey()), held.entries), { code: 'ERR_PROOF', message: /owner key/ })
    await assert.rejects(next.adopt({ ...first(log, termOrder(log, held, b.home.key, 2, 'takeover')), open: log.open(newKey()) }), { code: 'ERR_PROOF' })
  })

  it('are refused: an end that is not the order\'s', async () => {
    const { b, next, log, order, whole } = await moved()
    await next.adopt({ ...first(log, order), entries: whole.entries.slice(0, 5) })
    const at = { ...first(log, order), after: 5 }
    await assert.rejects(next.adopt({ ...at, done: true }), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(next.adopt({ ...at, entries: whole.entries.slice(5) }), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(next.adopt({ ...at, entries: [{ ...whole.entries[5]!, payload: log.order({ op: 'term', log: log.id, term: 2, home: b.home.key, addrs: [], seq: 5, hash: whole.hashes[5]!, by: 'agreement' }) }], done: true }), { code: 'ERR_PROOF' })
    assert.equal((await bring(next, log, order, whole.entries)).head!.seq, 6)
  })

  it('are refused before memory is taken: pages over their size', async () => {
    const { next, log, order, whole } = await moved()
    const many = Array.from({ length: LIMITS.readItems + 1 }, () => ({ leaf: new Uint8Array(1) }))
    await assert.rejects(next.adopt({ ...first(log, order), entries: many }), { code: 'ERR_BAD_INPUT' })
    const large = Array.from({ length: 2 }, () => ({ leaf: whole.entries[0]!.leaf, payload: new Uint8Array(LIMITS.readBytes / 2 + 1) }))
    await assert.rejects(next.adopt({ ...first(log, order), entries: large }), { code: 'ERR_TOO_LARGE' })
  })

  it('cannot hide or replace a log that lives here, nor a copy that others read', async () => {
    const { a, b, old, log, ann, copy, order, whole, next } = await moved()
    const eve = new Person()
    const evil = await a.client(eve)
    const mine = newKey()
    await assert.rejects(evil.adopt(first(log, termOrder(log, whole, a.home.key, 9, 'takeover', mine))), { code: 'ERR_FORBIDDEN' })
    assert.equal((await copy()).entries.length, 6)
    await bring(next, log, order, whole.entries)
    const there = await b.client(eve)
    await assert.rejects(there.adopt(first(log, termOrder(log, whole, b.home.key, 9, 'takeover', mine))), { code: 'ERR_CONFLICT' })
    const guests = await World.create({ admission: 'closed' })
    const guest = await guests.client(ann)
    await assert.rejects(guest.adopt(first(log, termOrder(log, whole, guests.home.key, 9, 'takeover'))), { code: 'ERR_ADMISSION' })
    await old.read(log.id)
  })

  it('comes back to a home whose copy ends before the owner key was handed on, by who shows the handovers', async () => {
    const { a, log, order, whole, next } = await moved()
    await bring(next, log, order, whole.entries)
    await next.proveAll(log)
    const [heir, last] = [newKey(), newKey()]
    const handed = [handOver(log.id, { ...log.caps(log.nextEpoch()), owner: heir.key }, log.owner), handOver(log.id, { ...log.caps(log.nextEpoch()), owner: last.key }, heir)]
    await next.appendOne(log.id, commit(log, 3, log.epochs.at(-2)!, { caps: handed[0]! }))
    await next.prove(next.proof(log.id, RIGHT.append, log.epochs.at(-2)!.append))
    await next.appendOne(log.id, commit(log, 7, log.epoch, { caps: handed[1]! }))
    await next.prove(next.proof(log.id, RIGHT.read, log.epoch.read))
    const all = await copyOf(next, log, a.home.key)
    const back = termOrder(log, all, a.home.key, 3, 'takeover', last)
    // Not the account that pays for the copy there.
    const bob = await a.client(new Person())
    const page = { genesis: log.genesisBytes, action: back }
    const bytes = handed.map(caps => encodeCaps(caps))
    const forged = encodeCaps(handOver(log.id, { ...log.caps(), owner: last.key }, last))
    for (const handovers of [[], [bytes[0]!], [bytes[1]!], [forged], [bytes[1]!, bytes[0]!]]) await assert.rejects(bob.adopt({ ...page, handovers }), { code: 'ERR_FORBIDDEN' })
    await assert.rejects(bob.adopt({ ...page, handovers: [Uint8Array.of(1)] }), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(bob.adopt({ ...page, handovers: Array.from({ length: LIMITS.handoversPerCall + 1 }, () => bytes[0]!) }), { code: 'ERR_BAD_INPUT' })
    assert.deepEqual(await bob.adopt({ ...page, handovers: bytes }), { seq: 6 })
    assert.deepEqual((({ term, seq }) => [term, seq])((await bring(bob, log, back, all.entries)).head!), [3, 9])
  })

  it('cannot keep the owner out: who brings it with the owner\'s key goes before, and who stops makes room', async () => {
    const { b, log, order, whole, next } = await moved()
    const eve = await b.client(new Person())
    const false1 = termOrder(log, upTo(whole, 5), b.home.key, 9, 'takeover', newKey())
    await eve.adopt({ ...first(log, false1), entries: whole.entries.slice(0, 1) })
    assert.equal((await bring(next, log, order, whole.entries)).head!.seq, 6)
    assert.equal((await eve.usage()).logs, 0)
  })

  it('of two that bring one log with the owner\'s order the first goes on, until it stops for long', async () => {
    const { b, log, order, whole, next } = await moved()
    const bob = await b.client(new Person())
    await next.adopt({ ...first(log, order), entries: whole.entries.slice(0, 1) })
    await assert.rejects(bob.adopt(first(log, order)), (error: PetrelError) => error.code === 'ERR_CONFLICT' && error.details.retryMs === LIMITS.adoptIdleMs)
    b.clock.advance(LIMITS.adoptIdleMs)
    const again = await b.client(new Person())
    assert.equal((await bring(again, log, order, whole.entries)).head!.seq, 6)
  })
})

const copyId = (leaf: Uint8Array): Uint8Array => decodeLeaf(leaf).id

/** Other entries in the same number, chained, with the real ending. */
function forgedChain ({ entries }: Copy): pb.WireEntry[] {
  const forged = entries.slice(0, 5).map((entry, i): pb.WireEntry => i !== 1 ? entry : withPayload(entry, 'zwei'))
  return [...forged, entries[5]!]
}

function withPayload (entry: pb.WireEntry, words: string): pb.WireEntry {
  const payload = new Uint8Array(Buffer.from(words))
  return { leaf: encodeLeaf({ ...decodeLeaf(entry.leaf), entry: entryHash(payload) }), payload }
}
