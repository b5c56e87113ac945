/**
 * README's table from the figures of `npm run bench`: `npm run bench -- --readme` runs them and writes it;
 * `node scripts/bench-table.mjs FILE` writes it from lines that `npm run bench -- --json > FILE` printed. What has no figure
 * gets no row.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const README = join(dirname(dirname(fileURLToPath(import.meta.url))), 'README.md')
const MARKS = ['<!-- figures: npm run bench -- --readme -->', '<!-- end of figures -->']
const LOOP = 'a bare loop of libp2p and a store'
const PROMISES = 'that loop, with the same promises'
/** What a row says, the figure it shows, and what its reference is. `$1` is what the figure's name has there. */
const ROWS = [
  ['Relay, entries of 1 KiB, on the disk before `✓`, pushed to a follower: 16 senders × 32 in flight', /^relay\/16 × 32\/entries$/, LOOP],
  ['the same, 64 × 4', /^relay\/64 × 4\/entries$/, LOOP],
  ['the same, 64 × 1', /^relay\/64 × 1\/entries$/, LOOP],
  ['the same, 1 × 1: until `✓`, half of them', /^relay\/1 × 1\/to acknowledgement p50$/, LOOP],
  ['Beside what keeps the same promises and does nothing else: 16 × 32', /^relay\/16 × 32\/promises\/entries$/, PROMISES],
  ['the same, 64 × 4', /^relay\/64 × 4\/promises\/entries$/, PROMISES],
  ['the same, 64 × 1', /^relay\/64 × 1\/promises\/entries$/, PROMISES],
  ['the same, 1 × 1: until `✓`, half of them', /^relay\/1 × 1\/promises\/to acknowledgement p50$/, PROMISES],
  ['The same work, 16 × 32, by what others run: on the disk (fsync) as well', /^peers\/redis\/entries$/, 'Redis, not sealed'],
  ['on the disk (fsync) as well, a stream for each sender', /^peers\/nats\/entries$/, 'NATS JetStream, not sealed'],
  ['on the disk (fsync) as well, a copy for the sender and one for the receiver', /^peers\/ejabberd\/entries$/, 'ejabberd with its archive in SQLite, not sealed'],
  ['written without fsync', /^peers\/nats-unsynced\/entries$/, 'NATS JetStream as it comes, not sealed'],
  ['written without fsync', /^peers\/prosody\/entries$/, 'Prosody with its archive, not sealed'],
  ['kept in memory when it is acknowledged', /^peers\/mosquitto\/entries$/, 'Mosquitto, not sealed'],
  ['A message from node to relay to node, three processes: until `✓`', /^message\/stored\/p50$/, 'its writes and seals alone'],
  ['the same, until `✓✓`', /^message\/delivered\/p50$/, 'its writes and seals alone'],
  ['the same, 128 in flight', /^message\/128 in flight\/shown$/],
  ['A home\'s processor time to hand four entries to $1 readers by gossip', /^fanout\/(100|1000)\/cpu of the home$/, 'by a push to each'],
  ['$1 messages to a device that was away, for each second of processor time', /^catchup\/(\d+)$/, 'hashing and decrypting them alone'],
  ['Processor time of a call in a log of $1 entries', /^growth\/(100000|1000000) entries\/cpu$/, 'of 1,000'],
  ['The same at a relay of $1 logs', /^growth\/(10000|100000) logs\/cpu$/, 'of 10'],
  ['A relay\'s memory for each of $1 devices that are connected', /^connections\/(2000)\/memory$/, 'a bare libp2p host'],
  ['All of 1,000 devices served again after a relay was killed', /^connections\/restart with 1000, all served$/],
  ['A large file to a relay, from disk to disk', /^media\/upload$/, 'a bare libp2p stream'],
  ['the same from a relay', /^media\/download$/, 'a bare libp2p stream'],
  ['`petrel send` to a running daemon', /^person\/send$/, 'Node\'s own start'],
  ['A daemon\'s start with $1 messages', /^person\/daemon ready, (\d+) messages$/, 'Node\'s own start']
]

const number = value => value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
const UNITS = { 'entries/s': '/s', 'messages/s': '/s', 'messages/processor s': '', 'us/call': 'µs', 'us/round': 'µs', 'KiB/device': 'KiB' }

/** The table, as Markdown. */
function tableOf (figures) {
  for (const [text, pattern] of ROWS) if (!figures.some(({ name }) => pattern.test(name))) console.error(`no figure for: ${text}`)
  const lines = ROWS.flatMap(([text, pattern, beside]) => figures.flatMap(({ name, value, unit, reference, ratio }) => {
    const found = pattern.exec(name)
    if (found === null) return []
    const shown = of => `${number(of)} ${UNITS[unit] ?? unit}`.trimEnd()
    const isCompared = beside !== undefined && typeof reference === 'number'
    const what = text.replace('$1', found[1] === undefined ? '' : number(Number(found[1])))
    return [`| ${what} | ${shown(value)} | ${isCompared ? `${beside}: ${shown(reference)}` : ''} | ${isCompared && typeof ratio === 'number' ? number(ratio) : ''} |`]
  }))
  return ['| What | Petrel | Beside | Part |', '|---|---|---|---|', ...lines].join('\n')
}

/** Puts it into README.md, in place of the last one, and says with what and when it was made. */
export function writeReadme (figures) {
  const readme = readFileSync(README, 'utf8')
  const [from, to] = MARKS.map(mark => readme.indexOf(mark))
  if (from === -1 || to < from) throw new Error(`README.md has no place for it: ${MARKS.join(' … ')}`)
  const when = new Date().toLocaleDateString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })
  const where = `Made in ${when} on a machine with ${cpus().length} cores, by Node ${process.versions.node.split('.')[0]}:`
  writeFileSync(README, `${readme.slice(0, from)}${MARKS[0]}\n${where}\n\n${tableOf(figures)}\n${readme.slice(to)}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path] = process.argv.slice(2)
  if (path === undefined) {
    console.error('which file has the figures? Make one: npm run --silent bench -- --json > FILE')
    process.exit(2)
  }
  writeReadme(readFileSync(path, 'utf8').split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line)))
}
