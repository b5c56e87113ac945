/**
 * `npm run demo`: a relay and two nodes, each its own process with its own home, driven by the `petrel`
 * command alone. Exit code 0 when everything held, 1 with what failed and the ends of the logs.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sunset } from './picture.js'
import { readAll, spellings, idBytes, hexRows } from './search.js'
import { Stage, StepFailed, type Running } from './stage.js'

const ALICE = 'Alice of the looking glass'
const BOB = 'Bob from the bakery'
const HELLO = 'hello Bob, this is Alice'
const QUESTION = 'are you there? the key is under the flowerpot'
const ANSWER = 'I am now. Moved the key.'
const PICTURE = 'sunset over the bakery.png'
const CAPTION = 'the view from here'
const EXCERPT_ROWS = 5

const say = (who: string, what: string, mark = ''): void => { console.log(`${who.padEnd(14)}${mark === '' ? what : `${what.padEnd(58)}${mark}`}`) }

type Fields = Readonly<Record<string, unknown>>

function requireThat (holds: boolean, what: string): asserts holds {
  if (!holds) throw new StepFailed(what)
}

/** A field that must be an object. */
function part (value: Fields | undefined, name: string): Fields {
  const found = value?.[name]
  requireThat(typeof found === 'object' && found !== null, `"${name}" is missing in what petrel printed`)
  return found as Fields
}

/** A field that must be a text. */
function textOf (value: Fields, name: string): string {
  const found = value[name]
  requireThat(typeof found === 'string', `"${name}" is missing in what petrel printed`)
  return found
}

/** One person: a home, and a node that runs or not. */
class Person {
  readonly #stage: Stage
  readonly #name: string
  readonly #home: string[]
  #node: Running | undefined

  constructor (stage: Stage, name: string) {
    this.#stage = stage
    this.#name = name
    this.#home = ['--home', stage.path(name)]
  }

  async petrel (...args: string[]): Promise<Fields[]> { return await this.#stage.petrel(...this.#home, ...args) }

  async start (): Promise<void> { this.#node = await this.#stage.start(this.#name, ...this.#home, 'daemon', 'run') }

  async stop (): Promise<void> { await this.#node?.stop() }

  /** Sends, waits, and gives the message. `more` are arguments that say what goes with the text. */
  async send (to: string, text: string, wait: 'stored' | 'delivered', key: string, ...more: string[]): Promise<Fields> {
    const [sent] = await this.petrel('send', to, text, '--wait', wait, '--idempotency-key', key, ...more)
    requireThat(sent?.reached === true, `"${text}" is not ${wait}`)
    return part(sent, 'message')
  }

  /** The texts that arrived since the last time. */
  async received (): Promise<string[]> {
    const events = (await this.petrel('receive')).map(line => part(part(line, 'update'), 'event')).filter(event => event.type === 'message')
    return events.map(event => part(event, 'message')).filter(message => message.own === false).map(message => textOf(message, 'text'))
  }
}

/** Starts the relay and both nodes, and makes the relay their home. */
async function setUp (stage: Stage): Promise<[Person, Person]> {
  const relay = await stage.start('relay', 'relay', 'run', '--dir', stage.path('relay'))
  const addresses: unknown = part(relay.ready, 'relay').addresses
  const address: unknown = Array.isArray(addresses) ? addresses[0] : undefined
  requireThat(typeof address === 'string', 'the relay printed no address')
  say('relay', 'ready')
  const people = [['alice', ALICE], ['bob', BOB]] as const
  const [alice, bob] = await Promise.all(people.map(async ([name, shown]) => {
    const person = new Person(stage, name)
    await person.petrel('init', '--name', shown, '--no-input')
    await person.start()
    await person.petrel('relays', 'add', address)
    return person
  }))
  requireThat(alice !== undefined && bob !== undefined, 'somebody is missing')
  say('alice', 'ready')
  say('bob', 'ready')
  return [alice, bob]
}

/** Shows what the relay's disk holds of a message: its number and ciphertext, and no word of it. */
async function lookAtTheRelay (stage: Stage, message: Fields): Promise<void> {
  const files = await readAll(stage.path('relay'))
  const sealed = files.find(idBytes(textOf(message, 'id')))
  requireThat(sealed !== undefined, 'the message is not on the relay\'s disk')
  for (const text of [HELLO, QUESTION, 'flowerpot', ALICE, BOB]) {
    for (const needle of spellings(text)) requireThat(files.find(needle) === undefined, `the relay's disk holds "${text}" in the clear`)
  }
  say('relay', `${files.count} files, ${files.bytes} bytes: no text, no picture, no name. What it holds of the message (${sealed.file}):`)
  for (const row of hexRows({ ...sealed, at: sealed.at + idBytes(textOf(message, 'id')).length }, EXCERPT_ROWS)) console.log(`                ${row}`)
}

/** Sends a picture, saves it at the other side, and looks for it on the relay's disk. */
async function sendPicture (stage: Stage, alice: Person, bob: Person): Promise<void> {
  const picture = sunset(640, 480)
  const [from, to] = [stage.path(PICTURE), stage.path('saved')]
  await writeFile(from, picture)
  await mkdir(to)
  const message = await alice.send('bob', CAPTION, 'delivered', 'demo-picture', '--attach', from)
  say('alice → bob', `[${PICTURE}, ${Math.round(picture.length / 1024)} KiB] ${CAPTION}`, '✓✓')
  requireThat((await bob.received()).join() === CAPTION, 'bob did not receive the picture\'s message')
  const [got] = await bob.petrel('media', 'get', ALICE, textOf(message, 'id'), '--output', to)
  const saved = Array.isArray(got?.saved) ? part({ saved: got.saved[0] as unknown }, 'saved') : undefined
  requireThat(saved !== undefined, 'bob saved nothing')
  const bytes = await readFile(join(to, PICTURE))
  requireThat(bytes.equals(picture), 'bob\'s picture is not alice\'s')
  requireThat(createHash('sha256').update(picture).digest('hex') === saved.sha256, 'the message named another picture')
  say('bob', `saved "${PICTURE}", every chunk checked: the same ${bytes.length} bytes`)
  const files = await readAll(stage.path('relay'))
  requireThat(files.bytes > picture.length, 'the picture is not on the relay\'s disk')
  // Any stretch of the picture would do: none of it may be there as it is.
  const anywhere = [picture.subarray(0, 16), picture.subarray(40_000, 40_032), picture.subarray(-48, -16), createHash('sha256').update(picture).digest()]
  for (const needle of anywhere) requireThat(files.find(needle) === undefined, 'the relay\'s disk holds some of the picture in the clear')
  for (const needle of [...spellings(PICTURE), ...spellings(CAPTION)]) requireThat(files.find(needle) === undefined, 'the relay\'s disk holds the picture\'s name or caption')
}

async function play (stage: Stage): Promise<void> {
  const [alice, bob] = await setUp(stage)
  const [invite] = await bob.petrel('invite', '--expires', '1h')
  await alice.petrel('contacts', 'add', textOf(part(invite, 'invite'), 'link'), 'bob')
  say('alice', 'added bob by his invite link')
  await alice.send('bob', HELLO, 'delivered', 'demo-1')
  requireThat((await bob.received()).join() === HELLO, 'bob did not receive the first message')
  say('alice → bob', HELLO, '✓✓')

  await sendPicture(stage, alice, bob)

  await bob.stop()
  say('bob', 'stopped')
  const stored = await alice.send('bob', QUESTION, 'stored', 'demo-2')
  requireThat(stored.state === 'stored', 'the message is delivered although bob is away')
  say('alice → bob', QUESTION, '✓   stored on the relay as ciphertext')
  await lookAtTheRelay(stage, stored)

  await bob.start()
  say('bob', 'started again')
  // The same key gives the same message, and waits for it.
  const delivered = await alice.send('bob', QUESTION, 'delivered', 'demo-2')
  requireThat(delivered.id === stored.id, 'the message was sent twice')
  requireThat((await bob.received()).join() === QUESTION, 'bob did not receive exactly the second message')
  say('bob', `received "${QUESTION}"`, '✓✓')

  await bob.send(ALICE, ANSWER, 'delivered', 'demo-3')
  requireThat((await alice.received()).join() === ANSWER, 'alice did not receive the answer')
  say('bob → alice', ANSWER, '✓✓')
}

/** Runs the demo; a first Ctrl-C cleans up. */
async function main (): Promise<number> {
  const stage = await Stage.open()
  let over = false
  const interrupted = new Promise<number>(resolve => {
    const on = (signal: NodeJS.Signals, code: number): void => { process.once(signal, () => { over = true; resolve(code) }) }
    on('SIGINT', 130)
    on('SIGTERM', 143)
  })
  const started = performance.now()
  const played = play(stage).then(() => {
    console.log(`\nEverything held, in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
    return 0
  }, (error: unknown) => {
    // What ends because somebody ended the demo is no failure.
    if (!over) console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n${stage.logTails()}`)
    return 1
  })
  try {
    return await Promise.race([played, interrupted])
  } finally {
    await stage.close()
  }
}

main().then(code => { process.exitCode = code }, (error: unknown) => {
  console.error(`The demo could not begin or clean up: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
})
