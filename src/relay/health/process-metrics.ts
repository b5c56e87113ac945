/** Numbers about the process and the parts around the services. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { StoreState } from '../../store/index.js'
import type { Metrics } from './metrics.js'

/** Where the numbers come from. */
export interface ProcessSources {
  readonly connections: () => number
  readonly channels: () => number
  readonly sessions: () => number
  readonly follows: () => number
  readonly accounts: () => number
  readonly logs: () => number
  readonly bytes: () => number
  readonly behind: () => number
  readonly moved: () => number
  readonly coming: () => number
  readonly mirrors: () => { readonly logs: number, readonly broken: number, readonly homes: number, readonly connected: number }
  readonly media: () => { readonly leases: number, readonly bytes: number, readonly blocks: number, readonly storedBytes: number, readonly diskBytes: number, readonly uploads: number, readonly coming: number }
  readonly reports: () => number
  readonly storeState: () => StoreState
}

/** Registers them. Returns the way to stop measuring. */
export function processMetrics (metrics: Metrics, sources: ProcessSources): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  metrics.gauge('petrel_relay_connections', 'Open libp2p connections.', sources.connections)
  metrics.gauge('petrel_relay_channels', 'Open gateway channels.', sources.channels)
  metrics.gauge('petrel_relay_sessions', 'Open sessions.', sources.sessions)
  metrics.gauge('petrel_relay_follows', 'Logs followed, by all sessions together.', sources.follows)
  metrics.gauge('petrel_relay_accounts', 'Hosted accounts.', sources.accounts)
  metrics.gauge('petrel_relay_logs', 'Logs kept here.', sources.logs)
  metrics.gauge('petrel_relay_log_bytes', 'Bytes of all logs.', sources.bytes)
  metrics.gauge('petrel_relay_logs_behind', 'Logs that take no appends because the restored backup lacks what was acknowledged in them.', sources.behind)
  metrics.gauge('petrel_relay_logs_moved', 'Logs kept here to be read, that live elsewhere now.', sources.moved)
  metrics.gauge('petrel_relay_logs_coming', 'Logs that are being brought here.', sources.coming)
  metrics.gauge('petrel_relay_mirrors', 'Logs of other homes that are mirrored here.', () => sources.mirrors().logs)
  metrics.gauge('petrel_relay_mirrors_broken', 'Mirrored logs whose home was caught lying.', () => sources.mirrors().broken)
  metrics.gauge('petrel_relay_mirror_homes', 'Other homes whose logs are mirrored here.', () => sources.mirrors().homes)
  metrics.gauge('petrel_relay_mirror_homes_connected', 'Of those, the ones that can be reached now.', () => sources.mirrors().connected)
  metrics.gauge('petrel_relay_media_leases', 'Files kept for accounts, shared ones counted for each.', () => sources.media().leases)
  metrics.gauge('petrel_relay_media_charged_bytes', 'Bytes that accounts are charged for files and open uploads.', () => sources.media().bytes)
  metrics.gauge('petrel_relay_media_coming', 'Files that are being fetched for accounts.', () => sources.media().coming)
  metrics.gauge('petrel_relay_media_uploads', 'Uploads that are open.', () => sources.media().uploads)
  metrics.gauge('petrel_relay_media_blocks', 'Blocks of files that are stored.', () => sources.media().blocks)
  metrics.gauge('petrel_relay_media_stored_bytes', 'Bytes of those blocks.', () => sources.media().storedBytes)
  metrics.gauge('petrel_relay_media_disk_bytes', 'What they take on the disk, with what is deleted there and not given back yet.', () => sources.media().diskBytes)
  metrics.gauge('petrel_relay_reports', 'Reports that wait for the operator.', sources.reports)
  metrics.gauge('petrel_relay_store_writable', '1 while the store takes writes, else 0.', () => (sources.storeState() === 'open' ? 1 : 0))
  metrics.gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss())
  metrics.gauge('nodejs_heap_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed)
  metrics.gauge('process_cpu_seconds', 'CPU time used since the start.', () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6 })
  metrics.gauge('nodejs_eventloop_delay_seconds', 'How late the event loop runs, since the last look.', () => {
    const values = [[{ quantile: '0.5' }, delay.percentile(50) / 1e9], [{ quantile: '0.99' }, delay.percentile(99) / 1e9]] as const
    delay.reset()
    return values
  })
  return () => { delay.disable() }
}

/** Registers the numbers of the relays' DHT. */
export function directoryMetrics (metrics: Metrics, directory: { readonly peers: number, readonly forks: number, readonly published: number, readonly records: { readonly count: number } }): void {
  metrics.gauge('petrel_relay_dht_peers', 'Relays that the DHT knows.', () => directory.peers)
  metrics.gauge('petrel_relay_dht_manifests', 'Manifests kept for the DHT.', () => directory.records.count)
  metrics.gauge('petrel_relay_dht_published', 'Times a hosted account\'s manifest was put and another relay took it, since the start.', () => directory.published)
  metrics.gauge('petrel_relay_dht_forks', 'Manifests that contradicted the one that was held, since the start.', () => directory.forks)
}

/** Registers the numbers of visits. Returns what counts their bytes. */
export function visitMetrics (metrics: Metrics, open: () => number): (count: number) => void {
  metrics.gauge('petrel_relay_visits', 'Visits of hosted people to other relays, being carried now.', open)
  const bytes = metrics.counter('petrel_relay_visit_bytes_total', 'Bytes of visits, both ways.')
  return count => { bytes.add(count) }
}
