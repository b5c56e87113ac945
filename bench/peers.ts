/**
 * The same work on what people would otherwise run: entries of 1 KiB from many senders, acknowledged, kept, and given to
 * somebody who follows. A relay beside Redis (a stream, fsync before each answer), NATS JetStream (fsync before each answer,
 * and as it comes), ejabberd and Prosody (mod_mam) and Mosquitto (persistence, QoS 1), each where it is installed (`apt-get
 * install redis-server nats-server ejabberd erlang-p1-sqlite3 prosody mosquitto`), in turns. A figure's value is the relay's,
 * its reference the other's. What each says with its acknowledgement differs, and stands in each line: the relay's word is
 * that the entry is on the disk (fsync). None of the others seals the connection here or signs what it acknowledges; the relay
 * does. One JSON line a figure. Run: npm run bench -- peers
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare, median, round, say, sized, spread } from './kit/figures.js'
import { ejabberd } from './peers/ejabberd.js'
import { mosquitto } from './peers/mosquitto.js'
import { nats, natsUnsynced } from './peers/nats.js'
import { hasProgram, LeftOut, type Candidate, type Figures, type Peer } from './peers/peer.js'
import { petrel } from './peers/petrel.js'
import { prosody } from './peers/prosody.js'
import { redis } from './peers/redis.js'

const ROUNDS = sized(3, 1)
const FIGURES = [['perSecond', 'entries', 'entries/s'], ['us', 'cpu', 'us/entry'], ['ack', 'to acknowledgement p50', 'ms'], ['ack99', 'to acknowledgement p99', 'ms'], ['shown', 'to delivery p50', 'ms'], ['shown99', 'to delivery p99', 'ms']] as const

/** One that runs, and what its rounds found. */
interface Entrant extends Peer { readonly name: string, readonly found: Figures[] }

/** Begins one, or says what it takes to have it. */
async function enter ({ name, program, package: of = '', make }: Candidate, home: string): Promise<Entrant | undefined> {
  if (program !== undefined && !hasProgram(program)) {
    console.error(`${name} is not installed: left out. To have it beside the relay: apt-get install ${of}`)
    return undefined
  }
  const dir = join(home, name)
  await mkdir(dir)
  try {
    return { name, found: [], ...await make(dir) }
  } catch (error) {
    if (!(error instanceof LeftOut)) throw error
    console.error(`${name} is left out: ${error.message}`)
    return undefined
  }
}

const home = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'petrel-bench-peers-'))
const peers: Entrant[] = []
try {
  for (const candidate of [petrel, redis, nats, natsUnsynced, ejabberd, prosody, mosquitto]) {
    const entrant = await enter(candidate, home)
    if (entrant !== undefined) peers.push(entrant)
  }
  for (let i = 0; i <= ROUNDS; i++) for (const peer of peers) {
    const figures = await peer.run().catch((error: unknown) => { throw new Error(`${peer.name} failed`, { cause: error }) })
    // The first round warms up.
    if (i > 0) peer.found.push(figures)
  }
  const of = (entrant: Entrant | undefined, figure: string): number[] => entrant?.found.map(figures => figures[figure] ?? 0) ?? []
  const [ours, ...others] = peers
  for (const [figure, what, unit] of others.length > 0 ? [] : FIGURES) say({ name: `peers/none/${what}`, value: round(median(of(ours, figure))), unit, spread: spread(of(ours, figure)) })
  for (const other of others) for (const [figure, what, unit] of FIGURES) {
    const { name, says, settings } = other
    compare(`peers/${name}/${what}`, unit, of(ours, figure), of(other, figure), figure === 'perSecond' ? 'more' : 'less', { itAcknowledges: says, itsSettings: settings, ...figure === 'perSecond' ? { note: `its word: ${says} (${settings})` } : {} })
  }
} finally {
  for (const peer of peers) await peer.end()
  await rm(home, { recursive: true, force: true, maxRetries: 5 })
}
