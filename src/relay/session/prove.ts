/** Proofs of capability: a device shows once per session that it holds a log's key. */
import {
  BadInputError, checkCapability, ForbiddenError, LIMITS, openDelegation, ProofError, QuotaError, RIGHT, sameBytes, toPetrelError,
  type KeyBytes, type PetrelError, type Right
} from '../../protocol/wire/index.js'
import { requireArrived, type ProvenKey, type ProvenKeys } from '../logs/access.js'
import type { LogContext } from '../logs/context.js'
import type { Grants } from '../logs/grants.js'
import { decodeMeta } from '../logs/meta.js'
import { replacedAt } from '../logs/old-keys.js'
import type { Rate } from '../options.js'
import { KeyedBuckets } from '../rate-limit.js'
import type { LogHead } from '../../store/index.js'
import type { NamedLog, Peer } from '../peer.js'

/** One proof: by the key's signature for this connection, or by the key's word that this relay may. */
export interface Proof { readonly log: NamedLog, readonly right: number, readonly key: KeyBytes, readonly signature: Uint8Array, readonly delegation?: Uint8Array | undefined }

const NAMES: Record<Right, keyof ProvenKeys> = {
  [RIGHT.append]: 'append', [RIGHT.read]: 'read', [RIGHT.mirror]: 'mirror', [RIGHT.owner]: 'owner'
}

/** Commits that one device may have looked through for keys of its past: a log's whole past at once, and a few thousand an hour more. */
const SEARCHES: Rate = { perSecond: 2, burst: LIMITS.oldEpochs }

/** See the file's head. */
export class Prover {
  readonly #context: LogContext
  readonly #grants: Grants
  readonly #catchUp: (log: string) => Promise<boolean>
  readonly #searches = new KeyedBuckets(SEARCHES)

  /** `catchUp` is asked when a key is not known: true when the log (map key) is a copy that has caught up with its home since. */
  constructor (context: LogContext, grants: Grants, catchUp: (log: string) => Promise<boolean>) {
    this.#context = context
    this.#grants = grants
    this.#catchUp = catchUp
  }

  /** Checks proofs, each on its own; an error stands for the one it is returned for. */
  async prove (peer: Peer, proofs: readonly Proof[]): Promise<Array<PetrelError | undefined>> {
    return await Promise.all(proofs.map(async proof => {
      try {
        await this.#proveOne(peer, proof)
        return undefined
      } catch (error) {
        return toPetrelError(error)
      }
    }))
  }

  /** @throws ProofError for a signature that does not hold here; ForbiddenError for a key that opens nothing; NotFoundError, QuotaError */
  async #proveOne (peer: Peer, proof: Proof): Promise<void> {
    const { log, right, key } = proof
    if (!isRight(right)) throw new BadInputError(`there is no right ${right}`)
    const session = peer.require(this.#context.clock.now())
    const until = this.#checkWord(peer, proof, right)
    const revision = this.#grants.revision
    const proven = await this.#keyFor(peer, log, right, key) ?? (await this.#catchUp(log.name) ? await this.#keyFor(peer, log, right, key) : undefined)
    if (proven === undefined) throw new ForbiddenError('the key is not one the log knows for that right', { details: { right: NAMES[right] } })
    if (revision !== this.#grants.revision && proven.expires !== undefined && await this.#grants.find(log, key) === undefined) throw new ForbiddenError('the grant was taken back')
    if (peer.session !== session) throw new ForbiddenError('the session ended while its proof was checked')
    const most = peer.bounds.capabilities
    if (peer.capabilities >= most) throw new QuotaError(`this session proves at most ${most} capabilities`, { details: { max: most } })
    peer.prove(log.name, NAMES[right], until === undefined ? proven : { ...proven, until })
  }

  /** Checks that the key has spoken for this peer. Returns until when, for a right that it lends. */
  #checkWord (peer: Peer, { log, key, signature, delegation: lent }: Proof, right: Right): number | undefined {
    const { home, clock } = this.#context
    if (lent === undefined) {
      // The nonce is this connection's: a proof from another one is worth nothing here.
      const claim = { log: log.log, right, verifier: home, prover: peer.device, nonce: peer.channel.localHello.nonce }
      if (!checkCapability(claim, key, signature)) throw new ProofError('the capability proof does not hold: it is for another log, right, device or connection')
      return undefined
    }
    const { delegation, key: signer } = openDelegation(lent)
    if (!sameBytes(signer, key) || !sameBytes(delegation.log, log.log) || delegation.right !== right) throw new ProofError('the delegation is of another key, log or right')
    // Not compared with this relay: a log that has moved here keeps its mirrors. A relay other than the named one gets nothing by it.
    if (!sameBytes(delegation.relay, peer.device)) throw new ProofError('the delegation is for another relay')
    const ahead = delegation.expires - clock.now()
    if (ahead <= 0) throw new ForbiddenError('the delegation has expired', { details: { delegation: 'expired' } })
    if (ahead > LIMITS.delegationMs + LIMITS.clockSkewMs) throw new BadInputError('the delegation would last longer than any may')
    return delegation.expires
  }

  async #keyFor (peer: Peer, log: NamedLog, right: Right, key: KeyBytes): Promise<ProvenKey | undefined> {
    const { logs } = this.#context.store
    const head = await logs.head(log.log)
    const meta = decodeMeta(head.meta)
    requireArrived(meta)
    switch (right) {
      case RIGHT.owner: return sameBytes(key, meta.owner) ? { key } : undefined
      case RIGHT.mirror: return [...meta.mirrors, ...meta.oldMirrors.map(old => old.key)].some(mirror => sameBytes(mirror, key)) ? { key } : undefined
      case RIGHT.append: {
        if (meta.kind !== 'inbox') return sameBytes(key, meta.append) ? { key } : undefined
        const expires = await this.#grants.find(log, key)
        return expires === undefined ? undefined : { key, expires }
      }
      case RIGHT.read: {
        if (sameBytes(key, meta.read)) return { key }
        const through = meta.oldReads.find(old => sameBytes(old.key, key))?.through ?? await this.#search(peer, log, head, key)
        return through === undefined ? undefined : { key, through }
      }
    }
  }

  /** A key that nobody knows has the whole log's commits read: so what a search read is paid for, and one goes on at a time. */
  async #search (peer: Peer, log: NamedLog, head: LogHead, key: KeyBytes): Promise<number | undefined> {
    const { clock, store } = this.#context
    return await peer.oneSearch(async () => {
      this.#searches.require(peer.name, 1, clock.now(), 'searches for old keys')
      const { through, steps } = await replacedAt(store.logs, log.log, head, key)
      this.#searches.spend(peer.name, steps, clock.now())
      return through
    })
  }
}

function isRight (right: number): right is Right { return Object.values(RIGHT).some(known => known === right) }
