/** Blocks at a relay: the calls about them, and the stream by which they come and go. */
import { decodeCid, LIMITS, METHOD, pb, ProofError, type Block, type Cid } from '../../protocol/wire/index.js'
import type { BlobClient, GetOptions, PutOptions } from '../../relay/net/index.js'
import { decoded, type Caller } from './caller.js'
import type { LinkCore } from './link-core.js'
import type { BlobHolder, HeldBlob, LeaseOptions, LinkBlobs, LinkCallOptions } from './types.js'

/** See {@link LinkBlobs}. */
export class RelayBlobs implements LinkBlobs {
  readonly #core: LinkCore
  readonly #caller: Caller
  readonly #open: () => Promise<BlobClient>
  #client: BlobClient | undefined
  #opening: Promise<BlobClient> | undefined

  /** @param open - opens a stream of blocks over the link's connection */
  constructor (core: LinkCore, caller: Caller, open: () => Promise<BlobClient>) {
    this.#core = core
    this.#caller = caller
    this.#open = open
  }

  async begin (upload: Uint8Array, bytes: number, options?: LinkCallOptions): Promise<void> {
    await this.#caller.call({ method: METHOD.beginUpload, body: pb.BeginUploadRequest.encode({ upload, bytes }) }, options)
  }

  async finish (upload: Uint8Array, root: Cid, size: number, { keepMs, ...options }: LeaseOptions = {}): Promise<Cid[]> {
    const reply = await this.#caller.call({ method: METHOD.finishUpload, body: pb.FinishUploadRequest.encode({ upload, root, size, ...keepMs === undefined ? {} : { keepMs } }) }, options)
    return decoded('answer to the end of an upload', () => pb.FinishUploadReply.decode(reply, { limits: { missing: LIMITS.cidsPerCall } })).missing.map(cid => decodeCid(cid))
  }

  async cancel (upload: Uint8Array, options?: LinkCallOptions): Promise<void> {
    await this.#caller.call({ method: METHOD.cancelUpload, body: pb.CancelUploadRequest.encode({ upload }) }, options)
  }

  async has (cids: readonly Cid[], upload?: Uint8Array, options?: LinkCallOptions): Promise<boolean[]> {
    const body = pb.HasBlocksRequest.encode({ cids: [...cids], ...upload === undefined ? {} : { upload } })
    const reply = await this.#caller.call({ method: METHOD.hasBlocks, body }, options)
    const { here } = decoded('list of blocks', () => pb.HasBlocksReply.decode(reply))
    if (here.length !== Math.ceil(cids.length / 8)) throw new ProofError(`the relay was asked for ${cids.length} blocks, and told of ${here.length * 8}`)
    return cids.map((_, i) => ((here[i >> 3] ?? 0) >> (i & 7) & 1) === 1)
  }

  async lease (root: Cid, size: number, sources: readonly BlobHolder[] = [], { keepMs, ...options }: LeaseOptions = {}): Promise<{ held: boolean, have: number }> {
    const body = pb.LeaseRequest.encode({ root, size, sources: sources.map(({ peer, addrs }) => ({ peer, addrs: [...addrs] })), ...keepMs === undefined ? {} : { keepMs } })
    const reply = await this.#caller.call({ method: METHOD.lease, body }, options)
    const { state, have } = decoded('answer to a lease', () => pb.LeaseReply.decode(reply))
    return { held: state === 1, have }
  }

  async release (root: Cid, options?: LinkCallOptions): Promise<void> {
    await this.#caller.call({ method: METHOD.release, body: pb.ReleaseRequest.encode({ root }) }, options)
  }

  async leases (after: Cid | null, options?: LinkCallOptions): Promise<{ leases: HeldBlob[], more: boolean }> {
    const reply = await this.#caller.call({ method: METHOD.listLeases, body: pb.ListLeasesRequest.encode({ after: after ?? new Uint8Array(0) }) }, options)
    const { leases, more } = decoded('list of leases', () => pb.ListLeasesReply.decode(reply, { limits: { leases: LIMITS.leasesPerPage } }))
    return { leases: leases.map(({ root, size, state }) => ({ root: decodeCid(root), size, held: state === 1 })), more }
  }

  async put (upload: Uint8Array, blocks: AsyncIterable<Block>, options: PutOptions = {}): Promise<void> {
    await (await this.#stream(options.signal)).put(upload, blocks, options)
  }

  async * get (cids: readonly Cid[], options: GetOptions = {}): AsyncGenerator<Block> {
    yield * (await this.#stream(options.signal)).get(cids, options)
  }

  /** Ends the stream. */
  async close (): Promise<void> { await this.#client?.close() }

  async #stream (signal: AbortSignal | undefined): Promise<BlobClient> {
    await this.#core.whenReady(Infinity, signal)
    if (this.#client?.isClosed === false) return this.#client
    // Opened for all who wait, so none of them can end it.
    this.#opening ??= this.#open().finally(() => { this.#opening = undefined })
    this.#client = await this.#opening
    return this.#client
  }
}
