/**
 * What happens in a simulated world: people meet and write to each other while the network drops and stalls and machines
 * crash, until it is calm; then everything must come to rest.
 */
import type { ChatSession } from '../../src/node/chats/index.js'
import type { NodeCore } from '../../src/node/core.js'
import { NotFoundError, peerIdText, sameBytes } from '../../src/protocol/wire/index.js'
import { insist } from './insist.js'
import { intrude } from './intruder.js'
import { SimPerson } from './person.js'
import { SimRelay } from './relay.js'
import { renewLeaf } from './renew.js'
import { MOST_REST_MS, untilRest } from './rest.js'
import { Storm } from './storm.js'
import type { World } from './world.js'

/** Texts that a node has taken: each in this order, from one person in one chat. */
export interface Sent { readonly from: SimPerson, readonly to: SimPerson, readonly texts: string[] }

/** Everybody and everything of one run. */
export interface Scene {
  readonly world: World
  readonly relays: SimRelay[]
  readonly people: SimPerson[]
  readonly sent: Sent[]
  /** What somebody could do without the key for it. */
  readonly intrusions: string[]
}

/** Tells the story. The scene at its end is at rest. @throws Error when it does not come to rest */
export async function tell (world: World): Promise<Scene> {
  const { random } = world
  const many = random.chance(0.15)
  const relays = Array.from({ length: random.between(1, many ? 3 : 2) }, (_, i) => new SimRelay(world, `r${i}`))
  for (const relay of relays) await relay.start()
  const people = Array.from({ length: many ? random.between(3, 5) : random.between(2, 3) }, (_, i) => new SimPerson(world, `p${i}`, random.between(-120_000, 120_000)))
  const scene: Scene = { world, relays, people, sent: [], intrusions: [] }
  world.network.latency = { least: 0.2, most: random.pick([2, 20, 80]) }
  const storm = new Storm(scene)
  const earlyStorm = random.chance(0.3)
  for (const person of people) await person.start()
  if (earlyStorm) storm.begin()
  await Promise.all(people.map(async person => {
    const home = random.pick(relays)
    await insist(world, person, async () => await person.ask(async node => await node.addRelay(home.address)))
  }))
  const pairs = people.slice(1).map((person, i): [SimPerson, SimPerson] => [people[random.between(0, i)]!, person])
  await Promise.all(pairs.map(async ([a, b]) => { await introduce(world, a, b) }))
  storm.begin()
  const moving = random.chance(0.3) ? moveAbout(scene, ...random.pick(pairs)) : undefined
  const intruding = random.chance(0.2) ? await begun(new SimPerson(world, 'mallory', 0), async mallory => { await intrude(scene, mallory) }) : undefined
  await Promise.all([...pairs.flatMap(([a, b]) => [write(scene, a, b), write(scene, b, a)]), intruding?.(), moving])
  await storm.end()
  await untilRest(world, async () => await restless(scene))
  return scene
}

async function begun (person: SimPerson, act: (person: SimPerson) => Promise<void>): Promise<() => Promise<void>> {
  await person.start()
  return async () => { await act(person) }
}

/** Two become contacts. */
export async function introduce (world: World, a: SimPerson, b: SimPerson): Promise<void> {
  const { link } = await insist(world, b, async () => await b.ask(async node => await node.createInvite()))
  await insist(world, a, async () => await a.ask(async node => await node.addContact(link)))
}

/** The chat of one person with another, as the one has it. */
export function chatWith (one: SimPerson, other: SimPerson): ChatSession | undefined { return one.core.chats.directWith(other.account.key) }

async function write (scene: Scene, from: SimPerson, to: SimPerson): Promise<void> {
  const { world, sent } = scene
  const { random } = world
  const texts: string[] = []
  sent.push({ from, to, texts })
  const count = random.between(1, 5)
  const pause = random.pick([20, 400, 2500])
  for (let i = 0; i < count; i++) {
    await world.pause(random.next() * pause)
    const text = `${from.place} to ${to.place} ${i}`
    await insist(world, from, async () => { await untilChat(world, from, to) })
    await insist(world, from, async () => await from.ask(async node => {
      await node.send(peerIdText(to.account.key), text, { idempotencyKey: text, wait: 'queued' })
    }))
    texts.push(text)
    if (random.chance(0.15)) {
      await insist(world, from, async () => { await from.ask(async (_node, core) => { await renewLeaf(core.chats.directWith(to.account.key)) }) })
      // A chat looks for what it has to commit when it connects.
      from.cut()
    }
  }
}

/** Whoever was added hears of the chat by a letter. */
async function untilChat (world: World, from: SimPerson, to: SimPerson): Promise<void> {
  const until = world.now + MOST_REST_MS
  while (chatWith(from, to) === undefined) {
    if (world.now > until) throw new Error(`${from.place} never hears of the chat with ${to.place}`)
    await world.pause(300)
  }
}

/** One of two moves their chat to a relay of its own; that one may then be gone for good, and they go back without it. */
async function moveAbout (scene: Scene, ...pair: [SimPerson, SimPerson]): Promise<void> {
  const { world, relays } = scene
  const { random } = world
  const [mover, other] = random.chance(0.5) ? pair : [pair[1], pair[0]]
  const spare = new SimRelay(world, 'spare')
  await spare.start()
  relays.push(spare)
  await insist(world, mover, async () => { await untilChat(world, mover, other) })
  await insist(world, mover, async () => await mover.ask(async node => await node.addRelay(spare.address)))
  const move = async (to: (core: NodeCore) => string, lost: boolean): Promise<void> => {
    await insist(world, mover, async () => await mover.ask(async (node, core) => await node.moveChat(peerIdText(other.account.key), { to: to(core), lost })))
  }
  await move(() => spare.address, false)
  await world.pause(random.next() * 4000)
  if (random.chance(0.5)) return
  relays.splice(relays.indexOf(spare), 1)
  spare.vanish()
  world.note('spare is gone')
  await move(core => core.account.home!.address, true)
}

/** Why the scene is not at rest, or undefined when it is. */
async function restless ({ people, relays, sent }: Scene): Promise<string | undefined> {
  for (const { core, place } of people) if (core.post.pending() > 0) return `${place} has letters to post`
  for (const { from, to } of sent) {
    const session = chatWith(from, to)
    if (session === undefined) return `${from.place} has no chat with ${to.place}`
    const { chat } = session
    const waiting = chat.outbox.all().filter(item => item.error === null).length
    const home = relays.find(r => sameBytes(r.signer.key, chat.home.peer))
    if (home === undefined) return `${from.place} has not heard where its chat with ${to.place} is`
    const head = await home.services.store.logs.head(chat.log).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined
      throw error
    })
    if (head === undefined) return `the chat of ${from.place} with ${to.place} has not come to its home yet`
    const doing = `${from.place} with ${to.place}: stage ${chat.record.stage}, ${waiting} wait, ${chat.cursor.seq} of ${head.seq} read, in term ${chat.cursor.term} of ${chat.home.term}${chat.path.isMirror ? ' at a mirror' : ''}`
    // Whoever raised an alarm rests: the verdict will say so.
    if (chat.cursor.alarm !== null) continue
    if (chat.record.stage !== 'ready' || waiting > 0 || chat.cursor.seq !== head.seq || chat.record.commit !== null) return doing
  }
  return undefined
}
