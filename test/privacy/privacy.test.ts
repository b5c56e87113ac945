import assert from 'node:assert/strict'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { multiaddr } from '@multiformats/multiaddr'
import { operator } from '../../src/relay/index.js'
import { keyFromPeerId, sha256 } from '../../src/protocol/wire/index.js'
import { connections, KNOWS_PROCESSES } from './recorder.js'
import { filesBelow, Search, type Marker, type Place } from './search.js'
import { Scene, until, type Person, type RelayStand } from './scene.js'
import { openSecrets, phraseSecrets } from './secrets.js'

/** What people write and call each other, all of it private. */
const TEXTS = {
  'alice\'s name': 'Ada Quetzal-Montgolfier',
  'bob\'s name': 'Bo Kingfisher-Özdemir',
  'carol\'s name': 'Cleo Spoonbill 鷺沢',
  'alice\'s alias for bob': 'the Bosporus cormorant',
  'bob\'s alias for carol': 'a lesser-spotted stranger',
  'alice\'s text': 'The heron lands at dusk by the old weir',
  'alice\'s draft': 'dunlin, knot and stint',
  'alice\'s message for later': 'whimbrel at half past nine',
  'an entity\'s value': 'https://avocet.example/nest?id=77',
  'bob\'s answer': 'Größe: zwölf Ähren, 鷺が来る',
  'carol\'s text': 'Do you remember the pelican pier?',
  'a file\'s name': 'whimbrel-at-dawn.bin',
  'a file\'s text': 'the whimbrels came over the mud at a quarter to five',
  'a file\'s caption': 'Look: seven whimbrels 🐦',
  'an idempotency key': 'idempotent-oystercatcher',
  'a consumer\'s name': 'consumer-turnstone',
  'alice\'s passphrase': 'correct plover battery stint',
  'bob\'s passphrase': 'a wholly different ptarmigan'
}
/** More than one chunk, with words in each. */
const FILE = Buffer.from(`${TEXTS['a file\'s text']} `.repeat(7000))
async function * pieces (bytes: Uint8Array): AsyncGenerator<Uint8Array> { for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000) }

const IPS = { alice: '127.0.0.71', bob: '127.0.0.72', carol: '127.0.0.73', north: '127.0.0.81', south: '127.0.0.82' }

describe('what two relays, their wires and the disks of three people hold', function () {
  this.timeout(120_000)
  let scene: Scene
  let [north, south]: RelayStand[] = []
  let [alice, bob, carol]: Person[] = []
  /** Everything private: texts, names, tokens, phrases, keys, capability secrets. */
  let secrets: Map<string, Marker>
  /** What homes hold once decrypted. */
  const decrypted: Place[] = []
  const atRelay = new Map<RelayStand, Place[]>()
  const atHome = new Map<Person, Place[]>()
  const sessions = new Map<RelayStand, Awaited<ReturnType<typeof operator.sessions>>>()
  /** Where each relay's own sockets led while everybody was there. */
  const farEnds = new Map<RelayStand, string[]>()

  before(async () => {
    scene = await Scene.open()
    ;[north, south] = await Promise.all([scene.relay('north', IPS.north), scene.relay('south', IPS.south)])
    const api = await scene.inProcess('carol', { shown: TEXTS['carol\'s name'], ip: IPS.carol })
    carol = api
    ;[alice, bob] = await Promise.all([
      scene.daemon('alice', { shown: TEXTS['alice\'s name'], ip: IPS.alice, passphrase: TEXTS['alice\'s passphrase'] }),
      scene.daemon('bob', { shown: TEXTS['bob\'s name'], ip: IPS.bob, passphrase: TEXTS['bob\'s passphrase'] })
    ])
    await talk(alice, bob, carol, north, south)
    for (const relay of [north, south]) {
      sessions.set(relay, await operator.sessions(relay.dir))
      atRelay.set(relay, await placesOf(relay))
      if (KNOWS_PROCESSES) farEnds.set(relay, connections().filter(c => c.from === relay.port && c.to !== 0).map(c => c.ip))
    }
    for (const person of scene.people) atHome.set(person, await filesBelow(person.dir))
    secrets = new Map<string, Marker>([...Object.entries(TEXTS), ['a file\'s SHA-256', sha256(FILE)], ['carol\'s API token', api.token], ['north\'s token', north.admission], ['south\'s token', south.admission]])
    for (const person of scene.people) {
      await person.stop()
      atHome.get(person)!.push(...(await filesBelow(person.dir)).map(p => ({ ...p, where: `${p.where} after its stop` })), person.said())
      const opened = await openSecrets(person.name, person.dir, person.unlock)
      decrypted.push(opened.plaintext)
      for (const all of [phraseSecrets(person.name, person.words), opened.secrets]) for (const [name, value] of all) secrets.set(name, value)
    }
  })
  after(async () => { await scene.close() })

  /** Everything of a relay that somebody who is not its people could get hold of. */
  async function placesOf (relay: RelayStand): Promise<Place[]> {
    const copy = join(scene.dir, 'elsewhere', relay.name)
    await cp(relay.dir, copy, { recursive: true, filter: path => !path.endsWith('.sock') })
    const pages = await Promise.all(['/metrics', '/readyz', '/livez'].map(async path => ({ where: path, bytes: new Uint8Array(await (await fetch(relay.health + path)).arrayBuffer()) })))
    const told = JSON.stringify([await operator.status(relay.dir), await operator.sessions(relay.dir), await operator.listTokens(relay.dir)])
    return [...await filesBelow(copy), { where: 'the database, record by record', bytes: await records(join(copy, 'store', 'level')) }, relay.said(), ...relay.recorder.traffic, ...pages, { where: 'the operator\'s commands', bytes: Buffer.from(told) }]
  }

  it('is told of by a search that finds each of it where it is in the clear', async () => {
    const search = new Search(secrets)
    // With the key of the home the same records are the texts, names, tokens and keys: so they are there, and the search sees them.
    const inClear = search.found(decrypted)
    // What is in a file stands nowhere but in its sealed blocks.
    for (const name of Object.keys(TEXTS).filter(n => !/passphrase|idempotency|consumer|file's text/.test(n))) assert.ok(inClear.has(name), `${name} is in no home`)
    for (const name of [...secrets.keys()].filter(n => /capability secret: (?!append|read)|invite|'s (inbox key|G_pq|MLS)|X-Wing|(north|south)'s token|media secret|key of the file|SHA-256/.test(n))) assert.ok(inClear.has(name), `${name} is in no home`)
    for (const right of ['append in', 'read in']) assert.ok([...secrets.keys()].some(n => n.includes(`capability secret: ${right}`)), right)
    // And wherever one is planted, in whatever form, it is found.
    await writeFile(join(scene.dir, 'elsewhere', 'north', 'planted'), Buffer.from(Object.values(TEXTS).join('\n')))
    assert.deepEqual([...search.found(await filesBelow(join(scene.dir, 'elsewhere', 'north')))].sort(), Object.keys(TEXTS).sort())
  })

  it('is there at all: the relays have logs, a debug log and traffic, the homes stores and logs', () => {
    for (const [relay, places] of atRelay) {
      assert.match(Buffer.from(relay.said().bytes).toString(), /"session\.opened"/)
      assert.ok(relay.recorder.traffic.length >= 4)
      for (const { where, bytes } of relay.recorder.traffic) assert.ok(Buffer.from(bytes).includes('/noise'), where)
      assert.match(Buffer.from(places.find(p => p.where === '/metrics')!.bytes).toString(), /petrel_relay_logs [1-9]/)
    }
    // A relay knows whom it serves: the search finds that.
    const served = new Search({ alice: keyFromPeerId(alice!.account) })
    assert.deepEqual([...served.found(atRelay.get(north!)!)], ['alice'])
    for (const [person, places] of atHome) assert.match(Buffer.from(places.find(p => p.where === 'daemon.log')!.bytes).toString(), /"level":"debug"/, person.name)
  })

  it('is no text, name, alias, token, phrase or key at a relay: not in its directory, its log, its pages or its traffic', () => {
    for (const places of atRelay.values()) assert.deepEqual(new Search(secrets).find(places), [])
  })

  it('is no text, name, alias, token, phrase or key on a person\'s disk: not in the store, the keystore, the log or the settings', () => {
    const search = new Search(secrets)
    for (const [person, places] of atHome) {
      // A home's own passphrase and words, and all that others have, must not be there either.
      assert.deepEqual(search.find(places), [], person.name)
    }
  })

  it('is no word of what somebody searches on their disk, though the search finds it', () => {
    // As they stand side by side in the index.
    const words = new Search({ index: 'whimbrel\nwhimbrels', word: 'whimbrels' })
    assert.ok(words.found(decrypted).has('index'), 'no index')
    for (const [person, places] of atHome) assert.deepEqual(words.find(places), [], person.name)
  })

  it('does not tell on a person\'s disk who it is and whom it knows', () => {
    const who = new Search(Object.fromEntries(scene.people.flatMap(p => [[`${p.name}'s account`, keyFromPeerId(p.account)], [`${p.name}'s device`, keyFromPeerId(p.device)], [`${p.name}'s account as text`, p.account]])))
    // A daemon says its own account when it is ready: to whoever started it, on its output.
    for (const [person, places] of atHome) assert.deepEqual(who.find(places.filter(p => p.where !== person.said().where)), [], person.name)
  })

  it('shows a stranger\'s relay neither the account nor the device nor the address of a person, only a relay and pseudonyms', () => {
    for (const [relay, strangers, own] of [[north!, [bob!], [alice!, carol!]], [south!, [alice!, carol!], [bob!]]] as const) {
      assert.deepEqual(new Search(identityOf(strangers)).find(atRelay.get(relay)!), [], relay.name)
      const open = sessions.get(relay)!
      assert.deepEqual(open.filter(s => s.role === 'hosted').map(s => s.account).sort(), own.map(p => p.account.slice(0, 12)).sort())
      const guests = open.filter(s => s.role === 'guest')
      assert.ok(guests.length > 0, 'nobody visits')
      for (const { account, device } of guests) for (const p of scene.people) assert.ok(!p.account.startsWith(account) && !p.device.startsWith(device))
    }
  })

  it('came to a relay from its own people and from other relays, and from nobody else', function () {
    if (!KNOWS_PROCESSES) this.skip()
    // One connection between the relays serves the visits of both sides' people, whoever made it.
    const [came, cameSouth] = [north!, south!].map(r => new Set(r.recorder.came))
    assert.deepEqual([...came!].filter(who => who !== 'south').sort(), ['alice', 'carol'])
    assert.deepEqual([...cameSouth!].filter(who => who !== 'north'), ['bob'])
    assert.ok(came!.has('south') || cameSouth!.has('north'))
  })

  it('passed the recorders, all of it', function () {
    if (!KNOWS_PROCESSES) this.skip()
    for (const ips of farEnds.values()) {
      assert.ok(ips.length > 0)
      for (const ip of ips) assert.ok(Object.values(IPS).includes(ip), ip)
    }
  })

  it('holds no IP address of anybody in a relay\'s files, log and pages', () => {
    const ips = new Search(Object.fromEntries(Object.entries(IPS).flatMap(([name, ip]) => [[name, ip], [`${name} as a multiaddr`, multiaddr(`/ip4/${ip}/tcp/1`).bytes.subarray(0, 6)]])))
    for (const places of atRelay.values()) assert.deepEqual(ips.find(places), [])
  })
})

/** A person's keys and place in the net, in all their forms. */
function identityOf (people: readonly Person[]): Map<string, Marker> {
  return new Map(people.flatMap(({ name, account, device }): Array<[string, Marker]> => [
    ...[[`${name}'s account`, account], [`${name}'s device`, device]].flatMap(([what, text]): Array<[string, Marker]> => [[`${what!} as text`, text!], [what!, keyFromPeerId(text!).subarray(2)]]),
    [`${name}'s address`, IPS[name as keyof typeof IPS]]
  ]))
}

/** Every key and value of a database. */
async function records (path: string): Promise<Uint8Array> {
  const db = new ClassicLevel<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open({ createIfMissing: false })
  const parts: Uint8Array[] = []
  for await (const pair of db.iterator()) parts.push(...pair)
  await db.close()
  return Buffer.concat(parts)
}

/** An invite and a chat across the relays, and a stranger who asks. */
async function talk (alice: Person, bob: Person, carol: Person, north: RelayStand, south: RelayStand): Promise<void> {
  await Promise.all([[alice, north], [bob, south], [carol, north]].map(async ([who, at]) => {
    await (who as Person).petrel.addRelay((at as RelayStand).address, { token: (at as RelayStand).admission })
  }))
  const { link } = await bob.petrel.createInvite()
  await alice.petrel.addContact(link, { alias: TEXTS['alice\'s alias for bob'] })
  await until(bob.petrel, e => e.type === 'chat' && e.change === 'joined')
  const sent = await alice.petrel.send(TEXTS['alice\'s alias for bob'], TEXTS['alice\'s text'], {
    wait: 'delivered', idempotencyKey: TEXTS['an idempotency key'], entities: [{ type: 'custom_emoji', offset: 4, length: 5, value: TEXTS['an entity\'s value'] }]
  })
  await alice.petrel.saveDraft(TEXTS['alice\'s alias for bob'], TEXTS['alice\'s draft'])
  await alice.petrel.send(TEXTS['alice\'s alias for bob'], TEXTS['alice\'s message for later'], { at: new Date(Date.now() + 86_400_000) })
  const { file } = await alice.petrel.addMedia({ name: TEXTS['a file\'s name'], size: FILE.length, type: 'application/octet-stream' }, pieces(FILE))
  const look = await alice.petrel.send(TEXTS['alice\'s alias for bob'], TEXTS['a file\'s caption'], { media: [file.id], wait: 'delivered' })
  const read = Buffer.concat(await Array.fromAsync(bob.petrel.readMedia(TEXTS['alice\'s name'], look.id)))
  assert.ok(read.equals(FILE))
  await bob.petrel.send(TEXTS['alice\'s name'], TEXTS['bob\'s answer'], { wait: 'delivered', replyTo: sent.id })
  await bob.petrel.readChat(TEXTS['alice\'s name'])
  await carol.petrel.addContact((await bob.petrel.identity()).link)
  await carol.petrel.send(TEXTS['bob\'s name'], TEXTS['carol\'s text'])
  await until(bob.petrel, e => e.type === 'request')
  const [request] = await bob.petrel.listRequests()
  await bob.petrel.acceptRequest(request!.id, { alias: TEXTS['bob\'s alias for carol'] })
  await until(bob.petrel, e => e.type === 'message' && e.message.text === TEXTS['carol\'s text'])
  await until(bob.petrel, e => e.type === 'messageState' && e.state === 'delivered')
  await alice.petrel.acknowledge(TEXTS['a consumer\'s name'], 1)
  for (const { petrel } of [alice, bob]) {
    while ((await petrel.searchMessages({ query: 'whimbrels' })).pending > 0);
    for (const query of ['whimbrels', 'zwölf']) assert.equal((await petrel.searchMessages({ query })).messages.length, 1, query)
  }
}
