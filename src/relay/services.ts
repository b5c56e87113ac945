/** The relay's services put together, without a host: a whole relay serves them to the world, a node to its own channels. */
import { randomBytes } from 'node:crypto'
import type { KeyBytes, PetrelError, Signer } from '../protocol/wire/index.js'
import { systemClock, type Clock, type Store } from '../store/index.js'
import { Accounts } from './accounts/accounts.js'
import { Deletion } from './accounts/deletion.js'
import { KeyPackages } from './accounts/key-packages.js'
import { Manifests } from './accounts/manifests.js'
import { BlobStreams, type OpenSource } from './blob-streams/index.js'
import { BlobService } from './blobs/index.js'
import { mapKey } from './bytes-text.js'
import type { Directory } from './dht/index.js'
import { Metrics } from './health/metrics.js'
import { GossipSeat } from './gossip/seat.js'
import { serviceMetrics, type ServiceMetrics } from './health/service-metrics.js'
import { silentLogger, type Logger } from './logger.js'
import { Appender } from './logs/append.js'
import { Attester } from './logs/attester.js'
import type { LogContext } from './logs/context.js'
import { Erasures } from './logs/erasures.js'
import { Follows } from './logs/follows.js'
import { Grants } from './logs/grants.js'
import { LogService } from './logs/log-service.js'
import { decodeMeta, type LogMeta } from './logs/meta.js'
import { Removal } from './logs/removal.js'
import { Restored } from './logs/restored.js'
import { Scrubber } from './logs/scrubber.js'
import { Adoptions } from './logs/adoptions.js'
import { Whereabouts } from './logs/whereabouts.js'
import { SignedTime } from './logs/signed-time.js'
import type { DialHome } from './mirrors/dial.js'
import { Forward } from './mirrors/forward.js'
import { Mirrors } from './mirrors/mirrors.js'
import { recordKey } from './record-keys.js'
import { serviceOptions, type PartialServiceOptions, type ServiceOptions } from './options.js'
import type { Peer } from './peer.js'
import { QuotaLedger } from './quota.js'
import { KeyedBuckets } from './rate-limit.js'
import { Reports } from './reports.js'
import { Door } from './session/admission.js'
import { KeptFrames } from './pipes/kept-frames.js'
import { KeptPipes } from './pipes/kept-pipes.js'
import { Pipes } from './pipes/pipes.js'
import { Prover } from './session/prove.js'
import { SeenDevices } from './session/seen.js'
import { Sessions } from './session/sessions.js'
import { Tokens } from './session/tokens.js'
import { Takedowns } from './takedown.js'

/** What the services are made of. */
export interface ServiceParts {
  readonly store: Store
  /** Signs receipts and heads. Its key is the home in every log's genesis here. */
  readonly signer: Signer
  readonly clock?: Clock
  readonly random?: (length: number) => Uint8Array
  readonly log?: Logger
  readonly metrics?: Metrics
  /** Where manifests of accounts that are not hosted here are looked up; told each hosted one that changed. */
  readonly directory?: Directory
  /** How this relay reaches the homes of logs that it mirrors. Default: it mirrors none. */
  readonly dial?: DialHome
  /** Told each device whose session was ended: revoked, or its account deleted. */
  readonly onRevoked?: (device: KeyBytes) => void
  /** Who keeps blocks. Default: a service of its own over the store; one that is given is closed by whoever gave it. */
  readonly blobs?: BlobService
  /** How blobs that are leased here are fetched from those who have them. Default: they are not. */
  readonly openSource?: OpenSource
  /** Accounts that are hosted whatever the admission is: a node's own. */
  readonly hosts?: readonly KeyBytes[]
}

/** All services, wired. */
export interface ServiceSet {
  readonly options: ServiceOptions
  readonly store: Store
  readonly clock: Clock
  readonly home: KeyBytes
  readonly log: Logger
  readonly metrics: ServiceMetrics
  readonly peers: Set<Peer>
  readonly ledger: QuotaLedger
  readonly restored: Restored
  readonly scrubber: Scrubber
  readonly accounts: Accounts
  readonly manifests: Manifests
  readonly keyPackages: KeyPackages
  readonly deletion: Deletion
  readonly tokens: Tokens
  readonly seen: SeenDevices
  readonly sessions: Sessions
  readonly prover: Prover
  readonly grants: Grants
  readonly logs: LogService
  readonly appender: Appender
  readonly adoptions: Adoptions
  readonly removal: Removal
  readonly whereabouts: Whereabouts
  readonly follows: Follows
  readonly pipes: Pipes
  /** Pipes to devices that may be away. */
  readonly keptPipes: KeptPipes
  readonly frameScrubber: Scrubber
  readonly blobs: BlobService
  readonly blobStreams: BlobStreams
  /** Ends the blobs' work, if it was begun here, and what is fetched. */
  readonly closeBlobs: () => Promise<void>
  /** What the log services share. */
  readonly context: LogContext
  /** Gossip, once a host has it; until then, and without, everything comes by the logs. */
  readonly gossip: GossipSeat
  readonly reports: Reports
  readonly takedowns: Takedowns
  readonly mirrors: Mirrors
  readonly forward: Forward
  readonly directory: Directory | undefined
  /** Fetches of key packages, look-ups of accounts, and reports, by device. */
  readonly rates: { readonly keyPackages: KeyedBuckets, readonly oneTimePackages: KeyedBuckets, readonly strangersPackages: KeyedBuckets, readonly lookups: KeyedBuckets, readonly reports: KeyedBuckets }
}

/**
 * Wires the services over an open store, and reads what they count: sizes of logs, accounts, reports.
 *
 * @throws CorruptError when a log's head does not decode
 */
export async function wireServices (parts: ServiceParts, given: PartialServiceOptions = {}): Promise<ServiceSet> {
  const { store, signer, clock = systemClock, random = (length: number) => new Uint8Array(randomBytes(length)), log = silentLogger } = parts
  const options = serviceOptions(given)
  const metrics = serviceMetrics(parts.metrics ?? new Metrics())
  const peers = new Set<Peer>()
  const whereabouts = new Whereabouts()
  const ledger = await ledgerOf(store, options, (name, meta) => { whereabouts.note(name, meta) })
  const restored = await Restored.of(store, clock, log, () => new KeyPackages(store.records).forgetOneTime())
  const attester = new Attester(signer, { onBatch: (size: number) => { metrics.signed.observe(size) } })
  const scrubbing = { records: store.records, clock, log, delayMs: options.scrubMs }
  const scrubber = new Scrubber({ ...scrubbing, notes: 'scrub', scrub: async (id, signal) => { await store.logs.scrub(id, signal) } })
  const frameScrubber = new Scrubber({ ...scrubbing, notes: 'scrubFrames', scrub: async (account, signal) => { await store.records.scrub(recordKey('keptFrame', account), signal) } })
  const time = await SignedTime.of(clock, store.records, log)
  const context: LogContext = { store, clock, time, home: signer.key, attester, ledger, log, restored, scrubber, whereabouts, erasures: new Erasures(store) }
  const follows = new Follows(context, {
    graceMs: options.followGraceMs,
    onPush: (entries, bytes) => { metrics.pushedEntries.add(entries); metrics.pushedBytes.add(bytes) }
  })
  const pipes = new Pipes(clock, { onFrame: bytes => { metrics.pipeFrames.add(1); metrics.pipeBytes.add(bytes) } })
  const keptFrames = new KeptFrames(store.records, clock)
  const keptPipes = new KeptPipes({ frames: keptFrames, scrubber: frameScrubber, clock, handMs: options.handMs, onKept: bytes => { metrics.keptFrames.add(1); metrics.keptFrameBytes.add(bytes) } })
  const grants = new Grants(context, () => peers)
  const gossip = new GossipSeat()
  const logs = logParts(context, options, grants, follows, removal => new Mirrors({
    context, removal, follows, signer, gossip, dial: parts.dial,
    random: () => new DataView(random(4).buffer).getUint32(0) / 2 ** 32,
    onEntries: count => { metrics.mirroredEntries.add(count) }
  }))
  const people = peopleParts({ store, clock, random, log }, options, parts.directory, (peer, why) => {
    follows.endAll(peer, why)
    pipes.endAll(peer)
    keptPipes.endAll(peer)
    parts.onRevoked?.(peer.device)
  })
  const blobs = parts.blobs ?? await openBlobs({ store, clock, log }, options, metrics)
  const blobStreams = new BlobStreams({ blobs, sessions: people.sessions, home: signer.key, clock, log, random, rates: options.rates, openSource: parts.openSource })
  const deletion = new Deletion({ store, home: signer.key, ledger, removal: logs.removal, mirrors: logs.mirrors, blobs, keptFrames, ...people })
  const set: ServiceSet = {
    options, store, clock, home: signer.key, log, metrics, peers, ledger, restored, scrubber, whereabouts, grants, follows, pipes, keptPipes, frameScrubber, context, gossip, deletion, blobs, blobStreams,
    closeBlobs: async () => {
      await blobStreams.close()
      if (parts.blobs === undefined) await blobs.close()
    },
    ...logs, ...people,
    reports: new Reports(store.records, clock, random, options.reports),
    takedowns: new Takedowns(store, clock, name => { follows.wake(name) }),
    directory: parts.directory,
    rates: { keyPackages: new KeyedBuckets(options.rates.keyPackages), oneTimePackages: new KeyedBuckets(options.rates.oneTimePackages), strangersPackages: new KeyedBuckets(options.rates.strangersPackages), lookups: new KeyedBuckets(options.rates.lookups), reports: new KeyedBuckets(options.rates.reports) }
  }
  await Promise.all([set.accounts.recover(), set.reports.recover(), scrubber.recover(), frameScrubber.recover()])
  for (const account of parts.hosts ?? []) if (await set.accounts.hostedSince(account) === undefined) await set.accounts.host(account, clock.now())
  await set.mirrors.recover()
  await deletion.resume()
  blobStreams.begin()
  return set
}

async function openBlobs (world: Omit<World, 'random'>, { quota, mediaRetentionMs }: ServiceOptions, metrics: ServiceMetrics): Promise<BlobService> {
  return await BlobService.open({
    ...world, quota, ...mediaRetentionMs === undefined ? {} : { retentionMs: mediaRetentionMs },
    onBlocks: (what, blocks, bytes) => { metrics.blocks.add(blocks, { what }); metrics.blockBytes.add(bytes, { what }) }
  })
}

type World = Required<Pick<ServiceParts, 'store' | 'clock' | 'random' | 'log'>>

function logParts (context: LogContext, options: ServiceOptions, grants: Grants, follows: Follows, mirrorsOf: (removal: Removal) => Mirrors): Pick<ServiceSet, 'logs' | 'appender' | 'prover' | 'adoptions' | 'removal' | 'mirrors' | 'forward'> {
  const onChange = (name: string): void => {
    follows.wake(name)
    mirrors.changed(name)
  }
  const removal = new Removal(context, grants, name => { follows.wake(name) })
  const mirrors = mirrorsOf(removal)
  return {
    logs: new LogService(context, onChange), removal, adoptions: new Adoptions(context, removal, onChange),
    appender: new Appender(context, new KeyedBuckets(options.rates.requests)),
    prover: new Prover(context, grants, name => mirrors.catchUp(name)), mirrors, forward: new Forward(mirrors, context.clock)
  }
}

function peopleParts ({ store, clock, random, log }: World, options: ServiceOptions, directory: Directory | undefined, onEnd: (peer: Peer, why: PetrelError) => void): Pick<ServiceSet, 'accounts' | 'manifests' | 'keyPackages' | 'tokens' | 'seen' | 'sessions'> {
  const { records } = store
  const accounts = new Accounts(records)
  const tokens = new Tokens(records, clock, random)
  const keyPackages = new KeyPackages(records)
  const seen = new SeenDevices(records)
  const manifests = new Manifests(records, checked => {
    // Told first: a device that is put out by it can see for itself that it is.
    sessions.tell(checked)
    sessions.judgeAgain(checked)
    directory?.changed(checked.manifest.account)
    keyPackages.remove(checked.manifest.account, device => checked.manifest.devices.some(one => mapKey(one.key) === mapKey(device)))
      .catch((error: unknown) => { log('warn', 'key-packages.not-removed', { reason: error instanceof Error ? error.name : 'unknown' }) })
  })
  const sessions = new Sessions({
    clock, random, manifests, log, seen,
    door: new Door(options.admission, accounts, tokens),
    opens: new KeyedBuckets(options.rates.sessions),
    sessionMs: options.sessionMs,
    onEnd
  })
  return { accounts, manifests, keyPackages, tokens, seen, sessions }
}

/** The sums of all logs' sizes, from their heads; `onLog` is told each one. @throws CorruptError when one does not decode */
export async function ledgerOf (store: Store, options: ServiceOptions, onLog?: (name: string, meta: LogMeta) => void): Promise<QuotaLedger> {
  const ledger = new QuotaLedger(options.quota)
  for await (const { log, head } of store.logs.list()) {
    const meta = decodeMeta(head.meta)
    ledger.observe(meta.payerName, mapKey(log), head.bytes)
    onLog?.(mapKey(log), meta)
  }
  return ledger
}
