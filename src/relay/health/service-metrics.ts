/** The numbers the services keep about themselves. */
import type { Counter, Histogram, Metrics } from './metrics.js'

/** What is counted. */
export interface ServiceMetrics {
  /** Calls, by method and outcome (`ok` or an error's code). */
  readonly calls: Counter
  /** Seconds from a call's arrival to its answer, by method. */
  readonly callSeconds: Histogram
  /** Appended entries, by outcome. */
  readonly entries: Counter
  /** Of those the ones that were taken. */
  readonly entriesTaken: (n: number) => void
  readonly entryBytes: Counter
  /** Entries and bytes pushed to followers. */
  readonly pushedEntries: Counter
  readonly pushedBytes: Counter
  /** Statements under one signature: how well appends share an fsync. */
  readonly signed: Histogram
  readonly sessions: Counter
  /** Entries of append calls that were forwarded to other homes, by outcome. */
  readonly forwarded: Counter
  /** Entries that came from other homes to be mirrored. */
  readonly mirroredEntries: Counter
  /** Frames and bytes handed over by pipes. */
  readonly pipeFrames: Counter
  readonly pipeBytes: Counter
  /** Frames that were kept for devices that may be away, and their bytes. */
  readonly keptFrames: Counter
  readonly keptFrameBytes: Counter
  /** Blocks that were kept for somebody, given out or collected, and their bytes. */
  readonly blocks: Counter
  readonly blockBytes: Counter
  /** Entries and bytes published by gossip; batches of neighbours, by what came of them; neighbours that were cut off, by the reason. */
  readonly gossipEntries: Counter
  readonly gossipBytes: Counter
  readonly gossipHeard: Counter
  readonly gossipCutOff: Counter
}

/** Registers them. */
export function serviceMetrics (metrics: Metrics): ServiceMetrics {
  const entries = metrics.counter('petrel_relay_entries_total', 'Entries of append calls, by outcome.')
  return {
    calls: metrics.counter('petrel_relay_calls_total', 'Calls answered, by method and outcome.'),
    callSeconds: metrics.histogram('petrel_relay_call_seconds', 'Time from a call\'s arrival to its answer.', [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30]),
    entries,
    entriesTaken: entries.series({ outcome: 'ok' }),
    entryBytes: metrics.counter('petrel_relay_entry_bytes_total', 'Payload bytes of entries that were taken.'),
    pushedEntries: metrics.counter('petrel_relay_pushed_entries_total', 'Entries pushed to followers.'),
    pushedBytes: metrics.counter('petrel_relay_pushed_bytes_total', 'Bytes of pushes to followers.'),
    signed: metrics.histogram('petrel_relay_statements_per_signature', 'Receipts and heads that shared one signature.', [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]),
    sessions: metrics.counter('petrel_relay_sessions_opened_total', 'Sessions opened, by role.'),
    forwarded: metrics.counter('petrel_relay_forwarded_entries_total', 'Entries of append calls that were forwarded to the homes of mirrored logs, by outcome.'),
    mirroredEntries: metrics.counter('petrel_relay_mirrored_entries_total', 'Entries that came from other homes to be mirrored.'),
    pipeFrames: metrics.counter('petrel_relay_pipe_frames_total', 'Frames handed over by pipes.'),
    pipeBytes: metrics.counter('petrel_relay_pipe_bytes_total', 'Bytes handed over by pipes.'),
    keptFrames: metrics.counter('petrel_relay_kept_frames_total', 'Frames kept for devices until they have them.'),
    keptFrameBytes: metrics.counter('petrel_relay_kept_frame_bytes_total', 'Bytes of frames kept for devices.'),
    blocks: metrics.counter('petrel_relay_blocks_total', 'Blocks of files, by what became of them: kept, given, collected.'),
    blockBytes: metrics.counter('petrel_relay_block_bytes_total', 'Bytes of blocks of files that were kept or given.'),
    gossipEntries: metrics.counter('petrel_relay_gossip_entries_total', 'Entries published by gossip.'),
    gossipBytes: metrics.counter('petrel_relay_gossip_bytes_total', 'Bytes published by gossip.'),
    gossipHeard: metrics.counter('petrel_relay_gossip_heard_total', 'Batches from gossip, by what came of them.'),
    gossipCutOff: metrics.counter('petrel_relay_gossip_cut_off_total', 'Neighbours cut off for what they sent by gossip, by the reason.')
  }
}
