import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Stream } from '@libp2p/interface'
import { cidOf, CODEC, LIMITS, type Cid, type PetrelError } from '../../../src/protocol/wire/index.js'
import type { BlobGuest, Coming } from '../../../src/relay/net/index.js'
import { BlobOutbox } from '../../../src/relay/net/blob/outbox.js'
import { Serving } from '../../../src/relay/net/blob/serving.js'
import { Share } from '../../../src/relay/net/blob/share.js'

const turn = async (): Promise<void> => { await new Promise(resolve => { setImmediate(resolve) }) }
const cids = (count: number): Cid[] => Array.from({ length: count }, (_, at) => cidOf(CODEC.raw, Uint8Array.of(at, at >> 8)))

/** Serving to somebody who reads nothing. */
function deaf (guest: Partial<BlobGuest>): { serving: Serving, outbox: BlobOutbox, broken: PetrelError[], ending: AbortController } {
  const broken: PetrelError[] = []
  const ending = new AbortController()
  const stream = { addEventListener: () => undefined, removeEventListener: () => undefined, send: () => false, writeBufferLength: 1 }
  const outbox = new BlobOutbox(stream as unknown as Stream, { writeStallMs: 60_000, onBroken: error => {
    broken.push(error)
    serving.end()
    ending.abort()
  } })
  const all: BlobGuest = { put: async () => { await Promise.resolve() }, get: async () => await Promise.resolve(undefined), ...guest }
  const serving = new Serving({ guest: all, outbox, signal: ending.signal, share: new Share(LIMITS.blobReadsBytes), waitMs: 60_000, onSent: () => undefined })
  return { serving, outbox, broken, ending }
}

function wantedAndTakenBack (serving: Serving): Array<WeakRef<Cid>> {
  const held: Array<WeakRef<Cid>> = []
  for (let id = 2; id < 12; id++) {
    const wanted = cids(LIMITS.blobWants - 8)
    held.push(...wanted.map(cid => new WeakRef(cid)))
    serving.want({ kind: 'want', id, cids: wanted, first: false })
    serving.cancel(id)
  }
  return held
}

function collect (): void {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  assert.ok(typeof gc === 'function')
  gc()
}

describe('serving blocks to who does not read', () => {
  it('what was taken back is held no more, though nothing leaves', async () => {
    const block = new Uint8Array(LIMITS.blobBytes)
    const { serving, outbox } = deaf({ get: async () => await Promise.resolve(block) })
    serving.want({ kind: 'want', id: 1, cids: cids(8), first: false })
    while (outbox.bulkBytes < LIMITS.blobReadAheadBytes) await turn()
    const held = wantedAndTakenBack(serving)
    await turn()
    collect()
    assert.equal(held.filter(ref => ref.deref() !== undefined).length, 0)
    outbox.close()
  })

  it('answers that say that nothing is there pile up to a bound, and then the stream ends', async () => {
    const { serving, outbox, broken } = deaf({})
    let most = 0
    let asked = 0
    for (let id = 1; id <= 20 && broken.length === 0; id++) {
      serving.want({ kind: 'want', id, cids: cids(LIMITS.blobWants), first: false })
      asked += LIMITS.blobWants
      while (serving.busy) {
        most = Math.max(most, outbox.waiting)
        await turn()
      }
    }
    assert.deepEqual(broken.map(({ code }) => code), ['ERR_UNAVAILABLE'])
    assert.ok(most <= LIMITS.blobSmallBytes && asked >= 4 * LIMITS.blobWants, `${asked} were answered`)
    assert.equal(outbox.waiting, 0)
  })

  it('whether somebody brings a block is asked before anything is made to wait with, and who takes it back waits no more', async () => {
    const [late, never] = cids(2)
    const given: number[] = []
    const waited = Promise.withResolvers<AbortSignal>()
    const coming = (...all: [Cid]): Coming | undefined => {
      given.push(all.length)
      return all[0] === late ? async signal => { waited.resolve(signal); return await new Promise(() => undefined) } : undefined
    }
    const { serving, outbox } = deaf({ coming })
    serving.want({ kind: 'want', id: 1, cids: [never!, late!], first: false })
    const signal = await waited.promise
    assert.deepEqual([given, signal.aborted], [[1, 1], false])
    serving.cancel(1)
    assert.deepEqual([signal.aborted, serving.busy], [true, false])
    outbox.close()
  })
})
