/** The account's newest manifest, from relays that a person names and those that it names itself. Asked under a stranger's name. */
import { AbortedError, chooseManifest, NotFoundError, openManifest, ProofError, sameBytes, toPetrelError, type CheckedManifest, type KeyBytes, type PetrelError } from '../../protocol/wire/index.js'
import { atRelay, relayKeyOf, type RelayLink, type RelayPool } from '../gateway/index.js'

interface Asked { readonly manifests: readonly CheckedManifest[], readonly failure: PetrelError | null }

/** How long a relay that only the manifest names may take: it may be gone. */
const OTHERS_MS = 10_000

/**
 * Looks for an account at relays by their addresses, and then at the homes that its manifest names: the highest one counts.
 *
 * @throws NotFoundError when none of the relays knows it: the words are another account's, or it lives elsewhere
 * @throws UnavailableError when none of them can be reached; ProofError when one answers with what does not hold
 */
export async function findAccount (pool: RelayPool, account: KeyBytes, addresses: readonly string[], signal: AbortSignal | undefined): Promise<CheckedManifest> {
  const named = await Promise.all(addresses.map(async address => await ask(pool.link(relayKeyOf(address), [address]), account, signal)))
  const first = chooseManifest(named.flatMap(({ manifests }) => manifests))?.best
  if (first === undefined) throw named.find(({ failure }) => failure !== null && !(failure instanceof NotFoundError))?.failure ?? unknown()
  const asked = addresses.map(address => relayKeyOf(address))
  const others = first.manifest.relays.filter(({ peer, addrs }) => addrs.length > 0 && !asked.some(one => sameBytes(one, peer)))
  const limit = AbortSignal.timeout(OTHERS_MS)
  const more = await Promise.all(others.map(async ({ peer, addrs }) => await ask(pool.link(peer, addrs), account, signal === undefined ? limit : AbortSignal.any([signal, limit]))))
  if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
  return chooseManifest([...named, ...more].flatMap(({ manifests }) => manifests))?.best ?? first
}

function unknown (): NotFoundError { return new NotFoundError('no relay that was named knows an account of these words: they are another account\'s, or it lives at another relay (--relay)') }

/** What one relay knows, or the relays that it knows in turn, where it looks for strangers. */
async function ask (link: RelayLink, account: KeyBytes, signal: AbortSignal | undefined): Promise<Asked> {
  try {
    const bytes = await atRelay(link, signal === undefined ? {} : { signal }, async options => {
      try {
        return [await link.getManifest(account, options)]
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error
        return await link.findManifest(account, options).catch(() => { throw error })
      }
    })
    const manifests = bytes.map(openManifest)
    if (manifests.some(({ manifest }) => !sameBytes(manifest.account, account))) throw new ProofError('the relay answered with another account\'s manifest')
    return { manifests, failure: null }
  } catch (error) {
    return { manifests: [], failure: toPetrelError(error) }
  }
}
