/**
 * `npm run demo`: a relay and two nodes, each its own process with its own home, driven by the `petrel`
 * command alone. Exit code 0 when everything held, 1 with what failed and the ends of the logs.
 */
import { readAll, spellings, idBytes, hexRows } from './search.js'
import { Stage, StepFailed, type Running } from './stage.js'

const ALICE = 'Alice of the looking glass'
const BOB = 'Bob from the bakery'
const HELLO = 'hello Bob, this is Alice'
const QUESTION = 'are you there? the key is under the flowerpot'
const ANSWER = 'I am now. Moved the key.'
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

  /** Sends, waits, and gives the message. */
  async send (to: string, text: string, wait: 'stored' | 'delivered', key: string): Promise<Fields> {
    const [sent] = await this.petrel('send', to, text, '--wait', wait, '--idempotency-key', key)
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
  say('relay', `${files.count} files, ${files.bytes} bytes: no text, no name. What it holds of the message (${sealed.file}):`)
  for (const row of hexRows({ ...sealed, at: sealed.at + idBytes(textOf(message, 'id')).length }, EXCERPT_ROWS)) console.log(`                ${row}`)
}

async function play (stage: Stage): Promise<void> {
  const [alice, bob] = await setUp(stage)
  const [invite] = await bob.petrel('invite', '--expires', '1h')
  await alice.petrel('contacts', 'add', textOf(part(invite, 'invite'), 'link'), 'bob')
  say('alice', 'added bob by his invite link')
  await alice.send('bob', HELLO, 'delivered', 'demo-1')
  requireThat((await bob.received()).join() === HELLO, 'bob did not receive the first message')
  say('alice → bob', HELLO, '✓✓')

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
