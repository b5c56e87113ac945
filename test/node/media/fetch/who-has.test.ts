import assert from 'node:assert/strict'
import { whoHas, type WhoHasParts } from '../../../../src/node/media/fetch/who-has.js'
import { LIMITS, peerIdText, QuotaError, signCertificate, signerFromSeed, signManifest, type Block, type Cid, type KeyBytes } from '../../../../src/protocol/wire/index.js'
import { TestFile } from './kit.js'

const signer = (n: number): ReturnType<typeof signerFromSeed> => signerFromSeed(new Uint8Array(32).fill(n))
const key = (n: number): KeyBytes => signer(n).key
const [ME, RELAY, CONTACT, PHONE, STRANGER, HOME] = [1, 2, 3, 4, 5, 6].map(key) as [KeyBytes, KeyBytes, KeyBytes, KeyBytes, KeyBytes, KeyBytes]
const file = new TestFile(3 * LIMITS.chunkBytes)

/** A node with these relays and links, and what was dialed and leased. */
class Node {
  readonly made: string[] = []
  readonly leases: number[] = []
  held = 0
  refusal: Error | undefined
  readonly #links = new Map<string, { peer: KeyBytes, state: 'connected' | 'waiting', lastError: null, onState: () => () => void }>()
  readonly parts: WhoHasParts

  constructor ({ relays, links }: { relays: readonly KeyBytes[], links: readonly KeyBytes[] }) {
    for (const peer of links) this.#link(peer)
    const cert = signCertificate({ v: 1, account: CONTACT, device: PHONE, time: 0 }, signer(3))
    const manifest = signManifest({ v: 1, account: CONTACT, generation: 1, version: 1, prev: null, devices: [{ key: PHONE, cert }], revoked: [], relays: [], inbox: null, keyPackages: [], time: 0 }, signer(3))
    const parts = {
      account: { relays: relays.map(peer => ({ peer, address: 'a' })), isOwn: (peer: KeyBytes) => peerIdText(peer) === peerIdText(ME) },
      contacts: { get: (account: KeyBytes) => peerIdText(account) === peerIdText(CONTACT) ? { manifest } : undefined },
      pool: {
        links: () => [...this.#links.values()],
        link: (peer: KeyBytes) => {
          if (!this.#links.has(peerIdText(peer))) this.made.push(peerIdText(peer))
          return this.#link(peer)
        }
      },
      onHeld: () => { this.held++ },
      blobsOf: () => ({
        lease: async (_root: Cid, size: number) => {
          this.leases.push(size)
          if (this.refusal !== undefined) throw this.refusal
          await Promise.resolve()
        },
        get: (cids: readonly Cid[]) => this.#blocks(cids)
      })
    }
    // Only what is asked of them is there.
    this.parts = parts as unknown as WhoHasParts
  }

  #link (peer: KeyBytes): { peer: KeyBytes, state: 'connected' | 'waiting', lastError: null, onState: () => () => void } {
    const known = this.#links.get(peerIdText(peer)) ?? { peer, state: 'connected' as const, lastError: null, onState: () => () => undefined }
    this.#links.set(peerIdText(peer), known)
    return known
  }

  async * #blocks (cids: readonly Cid[]): AsyncGenerator<Block> { for (const cid of cids) yield await Promise.resolve({ cid, bytes: file.block(cid)! }) }

  asks (members: readonly KeyBytes[], at: readonly KeyBytes[]): Array<[string, number]> {
    const wanted = { file: { root: file.root, key: file.key, size: file.size, sha256: file.sha256, at: at.map(peer => ({ peer, addrs: ['/ip4/192.0.2.1/tcp/1'] })) }, members }
    return whoHas(this.parts, wanted).map(({ name, rank }) => [name, rank])
  }
}

describe('who is asked for a file', () => {
  it('is the own relay and the members\' nodes that are there, and then a relay that the message names and this node knows', () => {
    const node = new Node({ relays: [RELAY, ME], links: [RELAY, PHONE, HOME] })
    assert.deepEqual(node.asks([CONTACT], [HOME, ME]), [[peerIdText(RELAY), 0], [peerIdText(PHONE), 0], [peerIdText(HOME), 1]])
    assert.deepEqual(node.asks([], [HOME]), [[peerIdText(RELAY), 0], [peerIdText(HOME), 1]], 'another chat\'s people are not asked')
  })

  it('is nobody whom a message names and this node does not know, where there is an own relay to go there', () => {
    const node = new Node({ relays: [RELAY], links: [RELAY] })
    assert.deepEqual(node.asks([CONTACT], [STRANGER]), [[peerIdText(RELAY), 0]])
    assert.deepEqual(node.made, [])
  })

  it('is whom the message names when there is no own relay', () => {
    const node = new Node({ relays: [ME], links: [] })
    assert.deepEqual(node.asks([CONTACT], [STRANGER, ME]), [[peerIdText(STRANGER), 0]])
    assert.deepEqual(node.made, [peerIdText(STRANGER)])
  })

  it('is told once that it is to keep the file, and asked for blocks though it will not', async () => {
    const node = new Node({ relays: [RELAY], links: [RELAY] })
    const { signal } = new AbortController()
    const [holder] = whoHas(node.parts, { file: { root: file.root, key: file.key, size: file.size, sha256: file.sha256, at: [] }, members: [] })
    assert.ok(holder !== undefined)
    node.refusal = new QuotaError('full')
    for (let i = 0; i < 2; i++) for await (const { bytes } of holder.get([file.root], { signal })) assert.deepEqual(bytes, file.block(file.root))
    assert.deepEqual(node.leases, [file.layout.sealedBytes])
    assert.deepEqual([holder.problem?.code, node.held], ['ERR_QUOTA', 0])
    node.refusal = undefined
    const [again] = whoHas(node.parts, { file: { root: file.root, key: file.key, size: file.size, sha256: file.sha256, at: [] }, members: [] })
    for await (const _ of again!.get([file.root], { signal })) assert.equal(node.held, 1)
  })

  it('is asked to keep the file again when it had too much to do for now', async () => {
    const node = new Node({ relays: [RELAY], links: [] })
    const { signal } = new AbortController()
    const [holder] = whoHas(node.parts, { file: { root: file.root, key: file.key, size: file.size, sha256: file.sha256, at: [] }, members: [] })
    node.refusal = new QuotaError('too many wait', { details: { retryMs: 5 } })
    await assert.rejects(Array.fromAsync(holder!.get([file.root], { signal })), { code: 'ERR_QUOTA' })
    assert.deepEqual([holder!.problem, node.held], [null, 0])
    node.refusal = undefined
    assert.equal((await Array.fromAsync(holder!.get([file.root], { signal }))).length, 1)
    assert.deepEqual([node.leases.length, node.held], [2, 1])
  })
})
