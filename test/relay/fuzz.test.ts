import assert from 'node:assert/strict'
import fc from 'fast-check'
import { chainNext, chainStart, decodeGenesis, encodeLeaf, ENTRY_KIND, leafFor, LIMITS, METHOD, PetrelError, pb, RIGHT } from '../../src/protocol/wire/index.js'
import { data, newKey, Person, TestLog, World } from './kit/world.js'
import { newEpoch } from './kit/people.js'

const methods = Object.values(METHOD)
/** Refusals that a caller can cause. Neither a fault of the relay, nor damage in its store. */
const REFUSALS = new Set(['ERR_BAD_INPUT', 'ERR_TOO_LARGE', 'ERR_FORBIDDEN', 'ERR_NOT_FOUND', 'ERR_CONFLICT', 'ERR_SESSION', 'ERR_PROOF', 'ERR_UNSUPPORTED', 'ERR_ADMISSION', 'ERR_RATE', 'ERR_QUOTA', 'ERR_EXISTS'])

describe('relay: whatever is sent', () => {
  it('is answered, or refused with an error that blames the caller', async function () {
    this.timeout(120_000)
    const often = { perSecond: 1e6, burst: 1e6 }
    const world = await World.create({ rates: { sessions: often, calls: often } })
    const ann = new Person()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    const stranger = world.channel(new Person().phone)
    const good = await goodBodies(world)
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.constantFrom(...good), fc.nat(), fc.nat(255), fc.nat(40)).map(([bytes, at, value, cut]) => {
        const changed = bytes.slice(0, Math.max(0, bytes.length - (cut > 30 ? cut : 0)))
        if (changed.length > 0) changed[at % changed.length] = value
        return changed
      }),
      fc.record({ after: fc.maxSafeNat(), limit: fc.nat(), maxBytes: fc.nat() }).map(read => pb.ReadRequest.encode({ log: log.id, ...read })),
      fc.record({ right: fc.nat(300), key: fc.uint8Array({ minLength: 30, maxLength: 36 }) }).map(proof => pb.ProveRequest.encode({ proofs: [{ log: log.id, signature: new Uint8Array(64), ...proof }] }))
    )
    await fc.assert(fc.asyncProperty(fc.constantFrom(...methods), body, fc.constantFrom(phone, stranger), async (method, bytes, client) => {
      if (method === METHOD.closeSession) return
      try {
        await client.channel.call(method, bytes)
      } catch (error) {
        assert.ok(error instanceof PetrelError && REFUSALS.has(error.code), `${method} ${Buffer.from(bytes).toString('hex')}: ${String(error)}`)
      }
      world.clock.advance(50)
      await phone.open(ann).catch(() => undefined)
    }), { numRuns: 1500 * Number(process.env['FUZZ_RUNS'] ?? 1) })
    await phone.open(ann)
    await phone.proveAll(log)
    await phone.appendOne(log.id, data('and it still works'))
  })

  it('of too many items is refused before they are decoded', async () => {
    const world = await World.create()
    const phone = await world.client(new Person())
    const log = await world.log(phone)
    const empty = { id: new Uint8Array(0), kind: 0, payload: new Uint8Array(0), erasers: [] }
    const many = pb.AppendRequest.encode({ log: log.id, items: Array.from({ length: LIMITS.appendItems + 1 }, () => empty) })
    await assert.rejects(phone.channel.call(METHOD.append, many), { code: 'ERR_BAD_INPUT' })
    const proofs = Array.from({ length: LIMITS.proofsPerCall + 1 }, () => phone.proof(log.id, RIGHT.read, log.epoch.read))
    await assert.rejects(phone.tryProve(...proofs), { code: 'ERR_BAD_INPUT' })
  })
})

async function goodBodies (world: World): Promise<Uint8Array[]> {
  const ann = new Person()
  const phone = await world.client(ann)
  const log = await world.log(phone)
  const { encodeCaps } = await import('../../src/protocol/wire/index.js')
  const item = { id: new Uint8Array(16), kind: ENTRY_KIND.commit, payload: new Uint8Array(9), base: 0, caps: encodeCaps(log.caps(newEpoch())), erasers: [new Uint8Array(32)] }
  const other = new TestLog(newKey().key)
  const leaf = encodeLeaf(leafFor(data('brought', { kind: ENTRY_KIND.commit, base: 0, caps: other.caps() }), 1, 5))
  const action = other.order({ op: 'term', log: other.id, term: 2, home: world.home.key, addrs: ['/dns4/x/tcp/1'], seq: 1, hash: chainNext(chainStart(other.id, decodeGenesis(other.genesisBytes).home), leaf), by: 'takeover' })
  const brought = { genesis: other.genesisBytes, action, after: 0, entries: [{ leaf, payload: new Uint8Array(Buffer.from('brought')) }], open: other.open(), hash: new Uint8Array(32) }
  return [
    pb.OpenSessionRequest.encode({ account: ann.account.key, manifest: ann.bytes, token: 'petrel-token-x' }),
    pb.CreateLogRequest.encode({ genesis: log.genesisBytes, open: log.open() }),
    pb.AppendRequest.encode({ log: log.id, items: [item], pipeline: 1 }),
    pb.ProveRequest.encode({ proofs: [phone.proof(log.id, RIGHT.owner, log.owner)] }),
    pb.OwnerActionRequest.encode({ log: log.id, action: log.order({ op: 'trim', log: log.id, seq: 1, hash: new Uint8Array(32) }) }),
    pb.GrantRequest.encode({ log: log.id, grants: [{ key: ann.phone.key, expiresAt: 1 }] }),
    pb.PutManifestRequest.encode({ manifest: ann.bytes }),
    pb.PutKeyPackagesRequest.encode({ records: [ann.keyPackage('secret', { now: world.clock.now() })] }),
    pb.EraseRequest.encode({ log: log.id, seq: 1, secret: new Uint8Array(32) }),
    pb.ReportRequest.encode({ log: log.id, seq: 1, message: new Uint8Array(10), note: 'note' }),
    pb.LogRequest.encode({ log: log.id }),
    pb.AdoptLogRequest.encode({ ...brought, done: false }),
    pb.AdoptLogRequest.encode({ ...brought, done: true }),
    pb.PipeAddressesRequest.encode({ addresses: [new Uint8Array(32)] }),
    pb.PipeSendRequest.encode({ address: new Uint8Array(32), frame: new Uint8Array(10) })
  ]
}
