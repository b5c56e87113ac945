/** Random lives of blobs: leases, uploads, pulls, crashes and disks that refuse, and what must hold throughout. */
import assert from 'node:assert/strict'
import { LIMITS, type Cid } from '../../../src/protocol/wire/index.js'
import { BlobService } from '../../../src/relay/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { SortedMap } from '../../../src/store/memory/sorted-map.js'
import type { KeyValueOp, Store } from '../../../src/store/index.js'
import { Random } from '../../simulation/random.js'
import { TestClock } from '../../store/support.js'
import { owner, testBlob, type TestBlob } from './world.js'

const CRASH = new Error('the machine stopped')

interface Upload { readonly id: Uint8Array, readonly who: string, readonly blob: TestBlob, readonly sent: Set<string> }

/** A disk that forgets at a crash what was not synced, from some write on. */
class ForgetfulDisk extends MemoryDisk {
  readonly #durable = new SortedMap()
  #pending: Array<readonly KeyValueOp[]> = []
  /** Writes it still takes. */
  left = Infinity

  constructor (content?: SortedMap) {
    super()
    for (const [key, value] of content?.slice({}) ?? []) {
      this.map.set(key, value)
      this.#durable.set(key, value)
    }
    this.beforeWrite = (ops, sync) => {
      if (this.left-- <= 0) return Promise.reject(CRASH)
      this.#pending.push(ops)
      if (sync) for (const earlier of this.#pending.splice(0)) apply(this.#durable, earlier)
      return Promise.resolve()
    }
  }

  /** What a crash leaves. */
  crash (random: Random): SortedMap {
    for (const ops of this.#pending.slice(0, random.between(0, this.#pending.length))) apply(this.#durable, ops)
    return this.#durable
  }
}

function apply (map: SortedMap, ops: readonly KeyValueOp[]): void {
  for (const op of ops) if (op.type === 'put') map.set(op.key, op.value); else map.delete(op.key)
}

const nameOf = (cid: Cid): string => Buffer.from(cid).toString('hex')

/** One schedule. What was promised is kept in `leases` and `uploads`; what may or may not have happened is in neither. */
export class Schedule {
  readonly #random: Random
  readonly #clock = new TestClock()
  readonly #blobs: TestBlob[]
  readonly #leases = new Map<string, { who: string, blob: TestBlob }>()
  readonly #uploads = new Map<string, Upload>()
  #disk = new ForgetfulDisk()
  /** Uploads and leases that somebody is at: their order with something else would be anybody's guess. */
  readonly #busy = new Set<string>()
  #store: Store | undefined
  #service: BlobService | undefined
  #isDown = false
  crashes = 0
  collected = 0

  constructor (seed: number) {
    this.#random = new Random(seed)
    // Few leaves, so that blobs share some, whole rows, and a leaf is a blob by itself.
    const leaf = (): string => `leaf ${this.#random.between(0, 6)}`
    this.#blobs = Array.from({ length: 8 }, () => testBlob(Array.from({ length: this.#random.between(1, 4) }, leaf), this.#random.chance(0.5) ? 10 : LIMITS.blobBytes))
  }

  /** Runs so many steps, some at the same time, and checks after each group. */
  async run (groups: number): Promise<void> {
    await this.#begin()
    for (let group = 0; group < groups; group++) {
      await Promise.all(Array.from({ length: this.#random.between(1, 5) }, () => this.#step()))
      if (this.#isDown || this.#random.chance(0.1)) await this.#restart()
      await this.#check(false)
    }
    await this.#restart()
    await this.#check(true)
    await this.#end()
  }

  async #begin (): Promise<void> {
    this.#isDown = false
    this.#store = await openMemoryStore({ clock: this.#clock, disk: this.#disk, sweepMs: 0 })
    this.#service = await BlobService.open({ store: this.#store, clock: this.#clock, onBlocks: (what, blocks) => { if (what === 'collected') this.collected += blocks } })
  }

  async #end (): Promise<void> {
    await this.#service?.close()
    await this.#store?.close()
  }

  /** A new process on what the disk holds. */
  async #restart (): Promise<void> {
    // The old process writes nothing more.
    this.#disk.left = 0
    const fresh = new ForgetfulDisk(this.#disk.crash(this.#random))
    const [service, store] = [this.#service, this.#store]
    this.#disk = fresh
    await service?.close().catch(() => undefined)
    await store?.close()
    await this.#begin()
  }

  /** From some write on, soon, nothing is written any more: the machine stops there. */
  #crashSoon (): void {
    if (this.#isDown) return
    this.#isDown = true
    this.crashes++
    this.#disk.left = this.#random.between(0, 6)
  }

  async #step (): Promise<void> {
    const service = this.#service
    if (service === undefined) return
    const blob = this.#random.pick(this.#blobs)
    const who = this.#random.pick(['anna', 'ben', 'cleo'])
    const kind = this.#random.between(0, 9)
    try {
      if (kind === 0) await this.#beginUpload(service, who, blob)
      else if (kind <= 3) await this.#withUpload(upload => this.#send(service, upload))
      else if (kind === 4) await this.#withUpload(upload => this.#alone(upload.who + nameOf(upload.blob.root), () => this.#finish(service, upload)))
      else if (kind === 5) await this.#alone(who + nameOf(blob.root), () => this.#pull(service, who, blob))
      else if (kind === 6) await this.#alone(who + nameOf(blob.root), () => this.#release(service, who, blob))
      else if (kind === 7) await this.#withUpload(upload => this.#cancel(service, upload))
      else if (kind === 8 && this.#random.chance(0.3)) this.#crashSoon()
      else await service.quiet()
    } catch (error) {
      if (!this.#isDown && (error as { code?: string }).code !== 'ERR_NOT_FOUND') throw error
    }
  }

  async #beginUpload (service: BlobService, who: string, blob: TestBlob): Promise<void> {
    const id = new Uint8Array(16)
    for (let i = 0; i < 16; i++) id[i] = this.#random.between(0, 255)
    await service.begin(owner(who), id, blob.size)
    this.#uploads.set(nameOf(id), { id, who, blob, sent: new Set() })
  }

  /** Some blocks of an upload, in any order, or those that are here already. */
  async #send (service: BlobService, upload: Upload): Promise<void> {
    const some = upload.blob.blocks.filter(() => this.#random.chance(0.6))
    if (this.#random.chance(0.3)) {
      const here = await service.hasBlocks(some.map(({ cid }) => cid), { owner: owner(upload.who), upload: upload.id })
      for (const [i, { cid }] of some.entries()) if (here[i] === true) upload.sent.add(nameOf(cid))
      return
    }
    await service.put(owner(upload.who), upload.id, some)
    for (const { cid } of some) upload.sent.add(nameOf(cid))
  }

  async #finish (service: BlobService, upload: Upload): Promise<void> {
    const { who, id, blob } = upload
    const { missing } = await service.finish(owner(who), id, blob.root, blob.size)
    const unsent = blob.blocks.filter(({ cid }) => missing.some(other => nameOf(other) === nameOf(cid)) && upload.sent.has(nameOf(cid)))
    assert.deepEqual(unsent, [], 'what was acknowledged for an open upload is missing at its end')
    if (missing.length > 0) return
    this.#leases.set(who + nameOf(blob.root), { who, blob })
    this.#uploads.delete(nameOf(id))
  }

  /** A lease, and some of what is missing fetched for it. */
  async #pull (service: BlobService, who: string, blob: TestBlob): Promise<void> {
    await service.lease(owner(who), blob.root, blob.size)
    this.#leases.set(who + nameOf(blob.root), { who, blob })
    for (;;) {
      const { missing, isHeld } = await service.check(blob.root)
      if (isHeld || this.#random.chance(0.3)) return
      const next = blob.blocks.filter(({ cid }) => missing.some(other => nameOf(other) === nameOf(cid)))
      await service.takeIn(blob.root, next.slice(0, this.#random.between(1, 3)))
    }
  }

  async #release (service: BlobService, who: string, blob: TestBlob): Promise<void> {
    // From here on it may be there or not.
    this.#leases.delete(who + nameOf(blob.root))
    await service.release(owner(who), blob.root)
  }

  async #cancel (service: BlobService, upload: Upload): Promise<void> {
    this.#uploads.delete(nameOf(upload.id))
    await service.cancel(owner(upload.who), upload.id)
  }

  /** What is promised is here; at the end, once all that is unsure was given up, nothing else is. */
  async #check (isEnd: boolean): Promise<void> {
    const [store, service] = [this.#store, this.#service]
    if (store === undefined || service === undefined || this.#isDown) return
    if (isEnd) {
      await this.#giveUpUnsure(service)
      await service.quiet()
    }
    const here = new Set<string>()
    for await (const { cid } of store.blobs.list()) here.add(nameOf(cid))
    const wanted = new Set<string>()
    for (const { who, blob } of this.#leases.values()) {
      const { leases } = await service.leases(owner(who), { limit: 100 })
      const lease = leases.find(({ root }) => nameOf(root) === nameOf(blob.root))
      assert.ok(lease !== undefined, 'a lease that was promised is gone')
      if (lease.state === 'held') for (const { cid } of blob.blocks) assert.ok(here.has(nameOf(cid)), 'a block of a blob that is held was taken')
      for (const { cid } of blob.blocks) wanted.add(nameOf(cid))
    }
    for (const { blob, sent } of this.#uploads.values()) {
      for (const name of sent) assert.ok(here.has(name), 'a block of an open upload was taken')
      // What a crash did not let be acknowledged may be kept for it as well.
      for (const { cid } of blob.blocks) wanted.add(nameOf(cid))
    }
    if (!isEnd) return
    assert.deepEqual([...here].filter(name => !wanted.has(name)), [], 'a block that nobody keeps is still here')
    await this.#checkSums(store, service)
  }

  async #giveUpUnsure (service: BlobService): Promise<void> {
    for (const who of ['anna', 'ben', 'cleo']) {
      for (const { root } of (await service.leases(owner(who), { limit: 100 })).leases) {
        if (!this.#leases.has(who + nameOf(root))) await service.release(owner(who), root)
      }
    }
    // Uploads of which nobody knows end by their time; those that are known are kept open by a block each.
    this.#clock.advance(LIMITS.uploadKeepMs - 1)
    for (const { who, id, blob, sent } of this.#uploads.values()) {
      const [first] = blob.blocks
      if (first === undefined) continue
      await service.begin(owner(who), id, blob.size)
      await service.put(owner(who), id, [first])
      sent.add(nameOf(first.cid))
    }
    this.#clock.advance(1)
    await service.expire()
  }

  /** The sums are those of what is kept, and nothing else is noted of blocks that are gone. */
  async #checkSums (store: Store, service: BlobService): Promise<void> {
    for (const who of ['anna', 'ben', 'cleo']) {
      const { leases } = await service.leases(owner(who), { limit: 100 })
      assert.equal(leases.length, [...this.#leases.values()].filter(lease => lease.who === who).length, `leases of ${who}`)
      const leased = leases.reduce((sum, { size, state }) => sum + (state === 'held' ? size : Math.max(size, LIMITS.comingLeaseBytes)), 0)
      const coming = [...this.#uploads.values()].filter(upload => upload.who === who).reduce((sum, { blob }) => sum + blob.size, 0)
      assert.equal(service.usage(owner(who)).bytes, leased + coming, `what ${who} is charged`)
      await service.endOwner(owner(who))
    }
    await service.quiet()
    const left: string[] = []
    for await (const [key] of store.kv.iterate()) left.push(Buffer.from(key).toString('hex'))
    assert.deepEqual([left, store.blobs.usage.blocks], [[], 0], 'nothing is left when everybody has gone')
  }

  async #withUpload (work: (upload: Upload) => Promise<void>): Promise<void> {
    const upload = [...this.#uploads.values()].at(this.#random.between(0, 100) % Math.max(1, this.#uploads.size))
    if (upload !== undefined) await this.#alone(nameOf(upload.id), () => work(upload))
  }

  async #alone (what: string, work: () => Promise<void>): Promise<void> {
    if (this.#busy.has(what)) return
    this.#busy.add(what)
    try { await work() } finally { this.#busy.delete(what) }
  }
}
