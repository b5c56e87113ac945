/** Making a home that is a new device of an account: it shows a link, waits, and is there once it was let in. */
import { systemRandom, openLinkWelcome as unseal, vaultDeviceKeys } from '../../../protocol/crypto/index.js'
import { formatDeviceLink, LINK_SECRET_BYTES, openLinkWelcome, signDeviceCard, type LinkWelcome } from '../../../protocol/message/index.js'
import { AbortedError, LIMITS, openManifest, PetrelError, ProofError, sameBytes, UnavailableError, type KeyBytes } from '../../../protocol/wire/index.js'
import { createHost } from '../../../relay/net/index.js'
import { createRelayPool, hostDialer, relayKeyOf, type LinkTiming, type RelayLink } from '../../gateway/index.js'
import { checkName, type MakeHomeOptions } from '../../home/index.js'
import { shareableAddresses } from '../../own-home/index.js'
import { beginDevice, type DeviceMaking } from './device-making.js'
import { directWire } from './direct.js'
import { isTimeout, meetAsNew } from './meeting.js'
import type { Host as LinkHost } from './new-side.js'
import { passingAccount } from './stranger.js'
import { pipeWire, type LinkWire, type OnLinkFrame } from './wire.js'

/** Addresses of its own that a new device's link names: the QR must stay small. */
const DIRECT_ADDRESSES = 2

/** Who wants to let this device in. */
export interface LinkingAccount { readonly account: KeyBytes, readonly accountName: string, readonly device: KeyBytes, readonly deviceName: string, readonly words: readonly string[] }

/** How to make a home that is a new device. */
export interface LinkHomeOptions extends MakeHomeOptions {
  /** What this device is called. */
  readonly name: string
  /** Home relays of the account, as multiaddrs: the other device meets this one there. Default: those that a restored home knows. */
  readonly relays?: readonly string[]
  /** Where this device listens itself, as multiaddrs. Default: on all interfaces unless there are relays. */
  readonly listen?: readonly string[]
  /** Shows the link. */
  readonly onLink: (link: string) => void
  /** Shows who has come, and asks the person whether the same words stand there. */
  readonly confirm: (account: LinkingAccount) => Promise<boolean>
  /** How long it waits, ms. Default LIMITS.linkMs. */
  readonly forMs?: number
  readonly timing?: Partial<LinkTiming>
}

/** A home that is a device of the account. */
export interface LinkedHome { readonly account: KeyBytes, readonly accountName: string, readonly device: KeyBytes }

/**
 * Makes a home in an empty directory that is a new device of an account, once a device of that account has let it in.
 * Until then nothing is there, but perhaps a key file. A home that was restored from a backup is let in where it lies.
 *
 * @throws ExistsError when a home is there, and was let in; BadInputError for one that is of another account than the
 * device that answers; UnavailableError when no relay can be reached; ForbiddenError when it was
 * refused on either device; DeadlineError, AbortedError
 */
export async function linkHome (options: LinkHomeOptions): Promise<LinkedHome> {
  const name = checkName(options.name)
  const making = await beginDevice(options)
  try {
    return await waitForAccount({ ...options, name }, making)
  } finally {
    await making.close()
  }
}

async function waitForAccount (options: LinkHomeOptions, making: DeviceMaking): Promise<LinkedHome> {
  const { random = systemRandom, signal, confirm, forMs, name, onLink } = options
  const keys = await vaultDeviceKeys(making.deviceSeed)
  const card = signDeviceCard({ v: 1, device: making.device.key, kem: keys.kem.public, reader: keys.reader.key, time: Date.now() }, making.device)
  const secret = random(LINK_SECRET_BYTES)
  const ways = await openWays(options.relays === undefined || options.relays.length === 0 ? { ...options, relays: making.relays } : options, making, secret)
  let linked: LinkedHome | undefined
  try {
    onLink(formatDeviceLink({ device: making.device.key, secret, at: ways.at }))
    await meetAsNew({
      facts: { device: making.device, name, card }, signal, forMs, wire: ways.wire,
      confirm: async ({ offer, words }) => {
        making.requireOf(offer.account)
        return await confirm({ account: offer.account, accountName: offer.accountName, device: offer.device, deviceName: offer.deviceName, words })
      },
      take: async (from, sealed) => {
        const welcome = await opened(keys.kem.private, from, sealed)
        if (welcome === undefined) return false
        const { manifest, accountName, relays } = welcome
        await making.finish({ account: from.offer.account, name: accountName, manifest, first: { relays, deviceName: name } })
        linked = { account: from.offer.account, accountName, device: making.device.key }
        return true
      }
    })
    if (linked === undefined) throw new UnavailableError('the linking ended without a word')
    return linked
  } finally {
    await ways.close()
  }
}

/** Where this device waits: at relays, and where it listens itself. */
interface Ways { readonly at: string[], readonly wire: (onFrame: OnLinkFrame) => LinkWire, readonly close: () => Promise<void> }

/** @throws UnavailableError when a relay is not there, or this device cannot listen */
async function openWays ({ relays = [], listen = relays.length > 0 ? [] : ['/ip4/0.0.0.0/tcp/0'], timing, signal }: LinkHomeOptions, making: DeviceMaking, secret: Uint8Array): Promise<Ways> {
  const host = await createHost({ role: 'node', seed: making.deviceSeed, serves: listen.length > 0, listen })
  const { account, manifest } = passingAccount(making.device.key)
  const pool = createRelayPool({ dialer: hostDialer(host), account, manifest: () => manifest, token: () => undefined, ...timing === undefined ? {} : { timing } })
  // Frames that come before anybody takes them are said again.
  let take: OnLinkFrame = () => undefined
  const wires: LinkWire[] = []
  const stops: Array<() => Promise<void>> = [async () => { await pool.close() }, async () => { await host.stop() }]
  const close = async (): Promise<void> => {
    for (const wire of wires) wire.close()
    for (const stop of stops) await stop().catch(() => undefined)
  }
  try {
    for (const address of relays) {
      const link = pool.link(relayKeyOf(address), [address])
      await atOnce(link, signal)
      wires.push(pipeWire(link, secret, 'new', frame => { take(frame) }))
    }
    if (listen.length > 0) {
      const direct = await directWire(host, secret, frame => { take(frame) })
      wires.push(direct)
      stops.unshift(async () => { await direct.stop() })
    }
    const at = [...relays, ...shareableAddresses(host.addresses(), []).slice(0, DIRECT_ADDRESSES)]
    return { at, close, wire: onFrame => { take = onFrame; return { send: frame => { for (const wire of wires) wire.send(frame) }, close: () => undefined } } }
  } catch (error) {
    await close()
    throw error
  }
}

/** Waits for a session at a relay, but not for ever: the person has typed its address. */
async function atOnce (link: RelayLink, signal: AbortSignal | undefined): Promise<void> {
  try {
    await link.ready({ signal: AbortSignal.any([AbortSignal.timeout(LIMITS.linkRelayMs), ...signal === undefined ? [] : [signal]]) })
  } catch (error) {
    if (!(error instanceof AbortedError) || (signal?.aborted === true && !isTimeout(signal))) throw error
    throw new UnavailableError(`the relay does not answer: ${link.lastError?.message ?? 'is its address right?'}`, { cause: error })
  }
}

/** What was handed over, if it is for this device and from the one whose words were compared. */
async function opened (privateKey: Uint8Array, { offer, transcript }: LinkHost, sealed: Uint8Array): Promise<LinkWelcome | undefined> {
  try {
    const welcome = openLinkWelcome(await unseal(privateKey, sealed, transcript), transcript, offer.device)
    const { manifest } = openManifest(welcome.manifest)
    if (!sameBytes(manifest.account, offer.account)) throw new ProofError('the manifest is another account\'s')
    return welcome
  } catch (error) {
    // Whoever has seen the link can send something in its place.
    if (error instanceof PetrelError) return undefined
    throw error
  }
}
