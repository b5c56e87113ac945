/**
 * A group in a simulated world: people are added, promoted and removed, several change it at once and all write, while
 * the network drops and stalls and machines crash; its log may be moved, and taken over from below what members have. At
 * the end all members have one state and one transcript.
 */
import assert from 'node:assert/strict'
import type { ChatSession } from '../../src/node/chats/index.js'
import { ownerKeyHolders } from '../../src/protocol/message/index.js'
import { BadInputError, ForbiddenError, NotFoundError, peerIdText, RateLimitError, sameBytes, signerFromSeed, UnavailableError } from '../../src/protocol/wire/index.js'
import { insist } from './insist.js'
import { SimPerson } from './person.js'
import { SimRelay } from './relay.js'
import { MOST_REST_MS, untilRest } from './rest.js'
import { failed, heldBack, setSlow } from './slow.js'
import { introduce } from './story.js'
import { Storm, type Shore } from './storm.js'
import type { World } from './world.js'

/** A group and what its people did. */
interface Scene extends Shore {
  readonly owner: SimPerson
  /** What each had taken by its node, in order; a text that its node refused is not there. */
  readonly texts: Map<SimPerson, string[]>
  /** Changes that must show at the end. */
  readonly titles: string[]
  readonly removed: SimPerson[]
  /** What its author took back for all, by id; undefined where nobody does. */
  readonly erased: Set<string> | undefined
  /** Slow mode comes and goes. */
  readonly isSlow: boolean
}

const TITLE = 'Birds'

/** Plays a group and judges it. @throws Error that says what does not hold */
export async function playGroup (world: World): Promise<void> { await play(world) }

/** The same, and people take back what they said. */
export async function playErasing (world: World): Promise<void> { await play(world, { erased: new Set() }) }

/** The same, and slow mode comes and goes; people take back what they said in some. */
export async function playSlow (world: World): Promise<void> { await play(world, { isSlow: true, ...world.random.chance(0.3) ? { erased: new Set() } : {} }) }

async function play (world: World, { erased, isSlow = false }: { readonly erased?: Set<string>, readonly isSlow?: boolean } = {}): Promise<void> {
  const { random } = world
  const relays = Array.from({ length: random.between(1, 2) }, (_, i) => new SimRelay(world, `r${i}`))
  for (const relay of relays) await relay.start()
  const people = Array.from({ length: random.between(3, 5) }, (_, i) => new SimPerson(world, `p${i}`, random.between(-120_000, 120_000)))
  world.network.latency = { least: 0.2, most: random.pick([2, 20, 80]) }
  for (const person of people) await person.start()
  for (const person of people) await person.ask(async node => await node.addRelay(random.pick(relays).address))
  const [owner, second] = people as [SimPerson, SimPerson]
  for (const other of people.slice(1)) await introduce(world, owner, other)
  for (const other of people.slice(2)) await introduce(world, second, other)
  const scene: Scene = { world, relays, people, owner, texts: new Map(people.map(one => [one, []])), titles: [], removed: [], erased, isSlow }
  const storm = new Storm(scene)
  storm.begin()
  await found(scene)
  const moving = random.chance(0.35) ? moveAbout(scene) : undefined
  const slowing = isSlow ? setSlow(world, owner, () => idOf(owner)) : undefined
  await Promise.all([change(scene), ...people.map(async person => { await write(scene, person) }), moving, slowing])
  await storm.end()
  await untilRest(world, async () => await restless(scene))
  await judge(scene)
}

/** Somebody's side of the group. */
export function groupOf ({ core }: SimPerson): ChatSession | undefined { return core.chats.all().find(({ chat }) => !chat.record.direct) }

function idOf (owner: SimPerson): string { return groupOf(owner)!.chat.id }

/** The owner makes it with the second, whatever crashes: making one twice would be two groups. */
async function found ({ world, owner, people: [, second] }: Scene): Promise<void> {
  const name = peerIdText(second!.account.key)
  await insist(world, owner, async () => {
    if (groupOf(owner) === undefined) await owner.ask(async node => await node.createGroup(TITLE, { members: [name] }))
    await owner.ask(async node => await node.addMembers(idOf(owner), [name]))
  })
  await insist(world, owner, async () => await owner.ask(async node => await node.editMember(idOf(owner), name, { rights: ['changeInfo', 'inviteUsers', 'banUsers'] })))
}

/** The owner moves it to a relay of its own; that one may then be gone for good, with what others have read there, and the owner goes back without it. */
async function moveAbout ({ world, owner, relays }: Scene): Promise<void> {
  const { random } = world
  const spare = new SimRelay(world, 'spare')
  await spare.start()
  relays.push(spare)
  await insist(world, owner, async () => await owner.ask(async node => await node.addRelay(spare.address)))
  await world.pause(random.next() * 3000)
  await insist(world, owner, async () => await owner.ask(async node => await node.moveChat(idOf(owner), { to: spare.address })))
  await world.pause(random.next() * 8000)
  if (random.chance(0.3)) return
  // It is away for its owner before it is for the others.
  if (random.chance(0.6)) world.network.stall(owner.place, spare.place)
  await world.pause(random.next() * 4000)
  relays.splice(relays.indexOf(spare), 1)
  spare.vanish()
  world.note('spare is gone')
  await insist(world, owner, async () => await owner.ask(async (node, core) => await node.moveChat(idOf(owner), { to: core.account.home!.address, lost: true })))
}

/** Two admins change it at once: both add the others, both rename it; one of the members may be removed again. */
async function change (scene: Scene): Promise<void> {
  const { world, owner, people, titles, removed } = scene
  const { random } = world
  const [, second, ...others] = people as [SimPerson, SimPerson, ...SimPerson[]]
  const act = async (admin: SimPerson): Promise<void> => {
    await untilAdmin(scene, admin)
    for (const other of others) {
      await world.pause(random.next() * 1500)
      await insist(world, admin, async () => { await addTo(idOf(owner), admin, other) })
      const title = `${TITLE} of ${admin.place} with ${other.place}`
      titles.push(title)
      await insist(world, admin, async () => await admin.ask(async node => await node.editGroup(idOf(owner), { title })))
    }
  }
  await Promise.all([act(owner), act(second)])
  // A wish that a crash left behind would bring back whoever is removed now.
  await untilDone(world, second)
  await untilDone(world, owner)
  await changeHolders(scene)
  const gone = random.pick(others)
  if (random.chance(0.6)) {
    removed.push(gone)
    await insist(world, owner, async () => { await removeOnce(owner, gone) })
  }
}

/** Another may be made an admin, and the second may be one no more: so the log's owner key is others'. */
async function changeHolders ({ world, owner, people: [, second, ...others] }: Scene): Promise<void> {
  const { random } = world
  const edit = async (who: SimPerson, rights: string[]): Promise<void> => {
    await insist(world, owner, async () => {
      const isAdmin = groupOf(owner)!.chat.policy!.admins.some(({ account }) => sameBytes(account, who.account.key))
      if (isAdmin !== (rights[0] !== 'none')) await owner.ask(async node => await node.editMember(idOf(owner), peerIdText(who.account.key), { rights }))
    })
  }
  if (random.chance(0.5)) await edit(random.pick(others), ['deleteMessages', 'pinMessages'])
  if (random.chance(0.4)) await edit(second!, ['none'])
}

/** Who may hold the log's owner key has the one in force, and nobody else has one. */
function judgeKey ({ people, owner, removed }: Scene): void {
  const { chat } = groupOf(owner)!
  const holders = ownerKeyHolders(chat.policy!)
  for (const person of people) {
    const { ownerSeed } = groupOf(person)!.chat.record
    const mayHold = !removed.includes(person) && holders.some(account => sameBytes(account, person.account.key))
    assert.equal(ownerSeed !== null, mayHold, `${person.place} holds the owner key, or does not`)
    if (ownerSeed !== null) assert.ok(sameBytes(signerFromSeed(ownerSeed).key, chat.place.owner), `${person.place} holds the owner key in force`)
  }
}

/** @throws UnavailableError when it cannot be had now */
async function addTo (group: string, admin: SimPerson, other: SimPerson): Promise<void> {
  const name = peerIdText(other.account.key)
  const { members } = await admin.ask(async node => await node.addMembers(group, [name]))
  if (!members.some(({ account }) => account === name)) throw new UnavailableError('it was not added')
}

async function untilDone (world: World, admin: SimPerson): Promise<void> { while (!admin.isUp || (groupOf(admin)?.chat.record.intents?.length ?? 0) > 0) await world.pause(300) }

/** Whether somebody was removed from the group, as it knows. */
function isOut (person: SimPerson): boolean { return person.isUp && groupOf(person)?.chat.record.stage === 'out' }

async function removeOnce (owner: SimPerson, gone: SimPerson): Promise<void> {
  const isIn = groupOf(owner)!.chat.record.members.some(({ account }) => sameBytes(account, gone.account.key))
  if (isIn) await owner.ask(async node => await node.removeMembers(idOf(owner), [peerIdText(gone.account.key)]))
}

async function untilIn (world: World, person: SimPerson): Promise<void> {
  const until = world.now + MOST_REST_MS
  while (!person.isUp || groupOf(person) === undefined) {
    if (world.now > until) throw new Error(`${person.place} never hears of the group`)
    await world.pause(300)
  }
}

/** Until somebody knows that it may change the group. */
async function untilAdmin ({ world, owner }: Scene, admin: SimPerson): Promise<void> {
  await untilIn(world, admin)
  const mayAct = (): boolean => admin === owner || (admin.isUp && groupOf(admin)?.chat.policy?.admins.some(({ account }) => sameBytes(account, admin.account.key)) === true)
  while (!mayAct()) await world.pause(300)
}

async function write (scene: Scene, person: SimPerson): Promise<void> {
  const { world, owner, texts } = scene
  await untilIn(world, person)
  const pause = world.random.pick([100, 900, 3000])
  for (let i = 0; i < world.random.between(2, 6); i++) {
    await world.pause(world.random.next() * pause)
    const text = `${person.place} says ${i}`
    try {
      await insist(world, person, async () => isOut(person) ? undefined : await person.ask(async node => await node.send(idOf(owner), text, { idempotencyKey: text, wait: 'queued' })))
      if (isOut(person)) return
      texts.get(person)!.push(text)
      await meddle(scene, person)
    } catch (error) {
      // Who was removed cannot write any more.
      if (error instanceof ForbiddenError || (error instanceof RateLimitError && !scene.isSlow)) return
      throw error
    }
  }
}

/** Reacts to what somebody said, or says what it said itself another way. */
async function meddle (scene: Scene, person: SimPerson): Promise<void> {
  const { world, owner } = scene
  const { random } = world
  if (random.chance(0.5)) return
  if (isOut(person)) return
  const shown = await insist(world, person, async () => await person.ask(async node => await node.showChat(idOf(owner), { limit: 20 })))
  const there = shown.messages.filter(({ kind, seq }) => kind === 'text' && seq !== null)
  const isEdit = random.chance(0.4)
  const some = isEdit ? there.filter(({ own }) => own) : there
  if (some.length === 0) return
  const { id, text } = random.pick(some)
  if (isEdit && scene.erased !== undefined && random.chance(0.5)) {
    await erase(scene, person, { id, text })
    return
  }
  const mark = random.pick(['!', '!!', '!!!'])
  await insist(world, person, async () => isOut(person) ? undefined : await person.ask(async node => {
    if (isEdit) await node.editMessage(idOf(owner), id, `${bare(text)}${mark}`, { wait: 'queued' })
    else await node.react(idOf(owner), id, random.chance(0.2) ? [] : [random.pick(['👍', '❤', '😂'])], { wait: 'queued' })
  }).catch((error: unknown) => { if (!(error instanceof BadInputError)) throw error }))
}

/** Takes back for all what it said itself. */
async function erase ({ world, owner, texts, erased }: Scene, person: SimPerson, { id, text }: { id: string, text: string }): Promise<void> {
  await insist(world, person, async () => isOut(person) ? undefined : await person.ask(async node => { await node.deleteMessages(idOf(owner), [id], { wait: 'queued' }) }))
  if (isOut(person)) return
  erased?.add(id)
  texts.set(person, texts.get(person)!.filter(one => one !== bare(text)))
}

/** A text as it was said first. */
const bare = (text: string): string => text.replace(/!*$/, '')

/** Why the scene is not at rest, or undefined when it is. */
async function restless ({ people, relays, owner, removed }: Scene): Promise<string | undefined> {
  for (const person of people) {
    if (person.core.post.pending() > 0) return `${person.place} has letters to post`
    const session = groupOf(person)
    if (session === undefined) return `${person.place} has not heard of the group`
    const { chat } = session
    if (chat.cursor.alarm !== null || (chat.record.stage === 'out' && removed.includes(person))) continue
    const home = relays.find(relay => sameBytes(relay.signer.key, chat.home.peer))
    if (home === undefined && removed.includes(person)) continue
    if (home === undefined) return `${person.place} has not heard where the group is`
    const head = await home.services.store.logs.head(chat.log).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined
      throw error
    })
    if (head === undefined) return 'the group has not come to its home yet'
    const waiting = chat.outbox.all().filter(item => item.error === null).length
    const wishes = chat.record.intents?.length ?? 0
    const isBehind = chat.record.stage !== 'ready' || waiting > 0 || comesAgain(chat, removed) || chat.record.move !== undefined || wishes > 0 || chat.record.commit !== null || chat.cursor.seq !== head.seq
    if (isBehind) return `${person.place}: stage ${chat.record.stage}, ${waiting} wait, ${wishes} wishes, ${chat.back.size} to come again, ${chat.cursor.seq} of ${head.seq} read, in term ${chat.cursor.term} of ${chat.home.term}`
    if (!sameBytes(groupOf(owner)!.chat.record.policy!, chat.record.policy!)) return `${person.place} has another policy than the owner`
  }
  // A mark may have come since the first of them was looked at.
  const apart = people.find(person => !removed.includes(person) && !isWith(person, owner))
  return apart === undefined ? undefined : `${apart.place} is not where the owner is`
}

/** Whether something of what a takeover took back is still to come: what is sealed for an epoch that is over comes from nobody when its author was removed meanwhile, and is shown where it is. */
function comesAgain ({ back }: ChatSession['chat'], removed: readonly SimPerson[]): boolean {
  const isGone = (from: Uint8Array | null): boolean => from !== null && removed.some(({ account }) => sameBytes(account.key, from))
  return back.isUnderWay || back.open().length > 0 || back.all().some(({ row: { from } }) => !isGone(from))
}

function isWith (person: SimPerson, owner: SimPerson): boolean {
  const [one, other] = [groupOf(person)?.chat, groupOf(owner)?.chat]
  return one !== undefined && other !== undefined && sameBytes(one.cursor.hash, other.cursor.hash) && one.record.epoch === other.record.epoch
}

async function judge (scene: Scene): Promise<void> {
  const { people, owner, titles, removed, texts } = scene
  const { chat } = groupOf(owner)!
  const members = (session: ChatSession): string[] => session.chat.record.members.map(({ account }) => peerIdText(account)).sort()
  const expected = people.filter(person => !removed.includes(person)).map(person => peerIdText(person.account.key)).sort()
  assert.deepEqual(members(groupOf(owner)!), expected, 'who is a member')
  assert.ok(titles.length === 0 || titles.includes(chat.policy!.title), `the group is called ${chat.policy!.title}`)
  judgeKey(scene)
  // Before anything is waited for: a mark may be due.
  for (const person of people) if (!removed.includes(person)) assert.ok(isWith(person, owner), `${person.place} is where the owner is`)
  const whole = await transcript(owner, chat.id)
  const slow = scene.isSlow ? await heldBack(owner, chat.id) : new Set<number | null>()
  for (const person of people) {
    const side = groupOf(person)!.chat
    assert.equal(side.cursor.alarm, null, `${person.place}: somebody honest is accused (${side.cursor.alarm?.message ?? ''})`)
    const lost = scene.isSlow ? await failed(person, chat.id) : []
    const own = texts.get(person)!.filter(text => !lost.includes(text))
    if (removed.includes(person)) {
      assert.ok(side.record.stage === 'out' || isStranded(scene, person), `${person.place} was removed`)
    } else {
      assert.deepEqual(members(groupOf(person)!), expected, `${person.place} knows who is a member`)
      assert.deepEqual(whole.filter(line => line.text.startsWith(`${person.place} says`)).map(line => bare(line.text)), own, `${person.place}: what was taken stands there once and in order`)
    }
    const shown = await transcript(person, chat.id)
    const from = shown[0]?.seq ?? Infinity
    const upTo = side.cursor.seq
    // What others did with it after somebody was removed, that one does not see.
    const seen = removed.includes(person) ? ({ seq, id, text }: Line) => ({ seq, id, text: bare(text) }) : (line: Line) => line
    if (isStranded(scene, person)) {
      // What stood only at a home that is gone, its author called back: it stands further on, for those who may read there.
      for (const line of shown) assert.ok(whole.some(({ seq, id, text }) => id === line.id && bare(text) === bare(line.text) && seq! >= line.seq!), `${person.place} sees nothing that the owner does not: ${line.text}`)
      continue
    }
    // Who was removed does not hear what is taken back afterwards.
    const isLine = ({ id, seq }: Line): boolean => !(slow.has(seq) && seq! < (side.record.joined?.seq ?? 0)) && (!removed.includes(person) || scene.erased?.has(id) !== true)
    // A relay that is gone may have acknowledged what it never came to tell.
    assert.deepEqual(shown.filter(line => line.seq! <= upTo && isLine(line)).map(seen), whole.filter(line => line.seq! >= from && line.seq! <= upTo && isLine(line)).map(seen), `${person.place} sees what the owner sees`)
  }
}

/** Whether somebody was removed and does not know it: where it would have read that is gone, and nobody tells it of another place any more. */
function isStranded ({ relays, removed }: Scene, person: SimPerson): boolean {
  const { chat } = groupOf(person)!
  return removed.includes(person) && chat.record.stage !== 'out' && !relays.some(relay => sameBytes(relay.signer.key, chat.home.peer))
}

interface Line { seq: number | null, id: string, text: string, reactions: string[] }

async function transcript (one: SimPerson, chat: string): Promise<Line[]> {
  const { messages } = await one.node.showChat(chat, { limit: 500 })
  return messages.filter(({ kind, seq, state }) => kind === 'text' && seq !== null && state !== 'failed').map(({ seq, id, text, reactions }) => ({ seq, id, text, reactions: reactions.map(({ emoji, count }) => `${emoji} ${count}`).sort() }))
}
