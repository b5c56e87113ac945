/** How a node reaches relays: its homes under its own name, others as a visitor. */
import { peerIdText, sameBytes, toPetrelError, UnavailableError, type KeyBytes } from '../protocol/wire/index.js'
import type { Host } from '../relay/net/index.js'
import type { Account } from './account/index.js'
import { Runs } from './devices/index.js'
import { createRelayPool, hostDialer, throughHome, Visitor, type RelayPool } from './gateway/index.js'
import type { OpenHome } from './home/index.js'
import { shortId, type NodeLog } from './log.js'
import type { NodeOptions } from './options.js'
import { waysTo, type LanMode, type OwnHome } from './own-home/index.js'
import type { Vault } from './records/index.js'
import { storeSecret } from './store-secrets.js'

/** How a node reaches relays. */
export interface Reach {
  readonly pool: RelayPool
  readonly visitor: Visitor
  /** Relays that are being made homes, and where: linked to under this account's own name already. */
  readonly joining: Map<string, string>
}

/** What that is made of. */
interface ReachParts {
  readonly home: OpenHome
  readonly host: Host
  readonly account: Account
  readonly options: Pick<NodeOptions, 'timing'>
  readonly log: NodeLog
  readonly own: OwnHome | null
  readonly lan: LanMode | null
  readonly vault: Vault
}

/** The links of a node that is put together; none is there yet. */
export function reachOf ({ home, host, account, options, log, own, lan, vault }: ReachParts): Reach {
  const runs = new Runs(vault)
  const joining = new Map<string, string>()
  const isHome = (peer: KeyBytes): boolean => joining.has(peerIdText(peer)) || account.relays.some(r => sameBytes(r.peer, peer))
  const through = throughHome(host, () => {
    // Any that is there will do: the first may be gone for good.
    const relays = account.relays.filter(r => !account.isOwn(r.peer))
    const relay = relays.find(r => pool.link(r.peer, [r.address]).state === 'connected') ?? relays[0]
    if (relay === undefined) throw new UnavailableError('other relays are reached through one\'s own: add a relay first (petrel relays add ADDRESS)')
    return { address: relay.address, ready: async ready => { await pool.link(relay.peer, [relay.address]).ready(ready) } }
  })
  const visitor = new Visitor({
    secret: storeSecret(home.storeKey, 'visits'),
    through,
    ways: (relay, addrs) => waysTo({ lan: lan !== null, hasRelay: account.relays.some(r => !account.isOwn(r.peer)), heard: lan?.heard(relay) ?? [], addrs })
  })
  const pool = createRelayPool({
    dialer: hostDialer(host),
    account: account.key,
    manifest: () => account.manifest.bytes,
    homeAddrs: peer => {
      if (account.isOwn(peer)) return account.addrsOf(account.ownRelay)
      const address = joining.get(peerIdText(peer)) ?? account.relays.find(r => sameBytes(r.peer, peer))?.address
      return address === undefined ? undefined : [address]
    },
    runs: async relay => await runs.next(relay),
    onManifest: (peer, bytes) => {
      account.takeManifest(bytes).catch((error: unknown) => { log('error', 'account.manifest', { relay: shortId(peerIdText(peer)), code: toPetrelError(error).code }) })
    },
    token: peer => account.relays.find(r => sameBytes(r.peer, peer))?.token ?? undefined,
    visitor: peer => {
      if (account.isOwn(peer) && own !== null) return { account: account.key, manifest: account.manifest.bytes, dialer: own.dialer }
      return isHome(peer) ? undefined : visitor.identityFor(peer)
    },
    ...(options.timing === undefined ? {} : { timing: options.timing }),
    log: ({ event, relay, error }) => {
      log('debug', `link.${event}`, { relay: shortId(relay), code: error?.code })
      if (event === 'connected') void lan?.look()
    }
  })
  return { pool, visitor, joining }
}
