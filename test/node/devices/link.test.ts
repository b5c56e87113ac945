/** A new device that is let in, between real nodes: over a relay, and straight. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { restoreBackup, saveBackup } from '../../../src/node/backup/index.js'
import { createNode, linkHome, type LinkHomeOptions, type LinkingAccount, type PetrelNode } from '../../../src/node/index.js'
import { unlockOfWords } from '../../../src/node/recovery/index.js'
import { TEST_PASSWORD_COST } from '../../../src/protocol/crypto/password.js'
import { peerIdText } from '../../../src/protocol/wire/index.js'
import { until, World } from '../world.js'

/** The devices that a node has told of as new, by their names. */
async function added (node: PetrelNode): Promise<string[]> {
  const names: string[] = []
  for await (const { event } of node.receive({ after: 0 })) if (event.type === 'device' && event.change === 'added') names.push(event.name)
  return names
}

/** A device that waits in an empty home, and what the person sees there. */
class Waiting {
  readonly link: Promise<string>
  readonly asked: Promise<LinkingAccount>
  readonly linked: ReturnType<typeof linkHome>
  readonly dir: string
  #answer: (matches: boolean) => void = () => undefined

  constructor (dir: string, options: Partial<LinkHomeOptions> = {}) {
    const [link, asked, answer] = [Promise.withResolvers<string>(), Promise.withResolvers<LinkingAccount>(), Promise.withResolvers<boolean>()]
    this.dir = dir
    this.link = link.promise
    this.asked = asked.promise
    this.#answer = answer.resolve
    this.linked = linkHome({
      dir, unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST, name: 'phone', onLink: link.resolve, confirm: async who => { asked.resolve(who); return await answer.promise }, ...options
    })
    this.linked.catch(() => undefined)
  }

  answer (matches: boolean): void { this.#answer(matches) }
}

describe('a new device', () => {
  let world: World
  let ann: PetrelNode
  let n = 0
  before(async () => {
    world = await World.make()
    const person = await world.person('ann', { deviceName: 'laptop' })
    ann = person.node
    await world.introduce(person, await world.person('bob'))
  })
  after(async () => { await world.close() })
  const waiting = (options: Partial<LinkHomeOptions> = {}): Waiting => new Waiting(join(world.dir, `device-${++n}`), { relays: [world.address], ...options })

  it('is heard by one whose relay had been tried at another address in vain: what it changes comes there', async () => {
    const person = await world.person('dora', { deviceName: 'desk' })
    const { node: dora } = person
    await world.introduce(person, world.people.get('bob')!)
    const nowhere = world.address.replace(/\/tcp\/\d+/, '/tcp/1')
    await assert.rejects(dora.addRelay(nowhere, { signal: AbortSignal.timeout(15_000) }), { code: 'ERR_UNAVAILABLE' })
    const fresh = waiting({ name: 'tablet' })
    const meeting = await dora.approveDevice(await fresh.link)
    fresh.answer(true)
    await dora.confirmDevice(meeting.id, true)
    await fresh.linked
    const tablet = await createNode({ dir: fresh.dir })
    try {
      await until(tablet, e => e.type === 'contact' && e.name === 'bob')
      await tablet.renameDevice('tablet', 'slate')
      await until(dora, e => e.type === 'device' && e.change === 'renamed' && e.name === 'slate')
    } finally {
      await tablet.close()
    }
  })

  it('shows the same words as the one that lets it in, and is the account\'s once the person has said yes on both', async () => {
    const fresh = waiting()
    const meeting = await ann.approveDevice(await fresh.link)
    const asked = await fresh.asked
    assert.deepEqual(meeting.words, asked.words)
    assert.deepEqual([meeting.name, asked.accountName, asked.deviceName], ['phone', 'ann', 'laptop'])
    fresh.answer(true)
    const device = await ann.confirmDevice(meeting.id, true)
    const linked = await fresh.linked
    assert.equal(device?.device, peerIdText(linked.device))
    assert.equal(peerIdText(linked.account), (await ann.identity()).account)
    const listed = await ann.listDevices()
    assert.deepEqual(listed.map(d => [d.name, d.current, d.revoked]), [['laptop', true, false], ['phone', false, false]])
    await until(ann, e => e.type === 'device' && e.change === 'added' && e.name === 'phone')
    const phone = await createNode({ dir: fresh.dir })
    try {
      assert.equal((await phone.identity()).account, (await ann.identity()).account)
      await until(phone, e => e.type === 'contact' && e.name === 'bob')
      assert.deepEqual((await phone.listContacts()).map(c => c.name), ['bob'])
      assert.deepEqual((await phone.listDevices()).map(d => [d.name, d.current]), [['phone', true], ['laptop', false]])
      await phone.renameDevice('laptop', 'desk')
      await until(ann, e => e.type === 'device' && e.change === 'renamed' && e.name === 'desk')
      await ann.renameContact('bob', 'Robert')
      await until(phone, e => e.type === 'contact' && e.name === 'Robert')
      const { updates: after } = await ann.status()
      await phone.blockContact('Robert', true)
      await until(ann, e => e.type === 'contact' && e.change === 'changed' && e.name === 'Robert', { after })
      assert.equal((await ann.listContacts())[0]!.blocked, true)
      assert.deepEqual([await added(ann), await added(phone)], [['phone'], []], 'each hears once of who came, and a new one of nobody')
    } finally {
      await phone.close()
    }
  })

  it('is let in where it lies, when it was restored from a backup, by a device of its own account alone', async () => {
    const { words } = world.people.get('ann')!
    const [file, dir] = [join(world.dir, 'ann.backup'), join(world.dir, 'restored')]
    await saveBackup({ path: file, force: false, source: () => ann.backup() })
    const { device } = await restoreBackup({ file, unlock: await unlockOfWords(words), dir, homeUnlock: { kind: 'keyfile' } })
    // What was changed since then goes before what the backup has.
    await ann.createGroup('since then')
    const other = new Waiting(dir, { relays: [world.address] })
    const met = await world.people.get('bob')!.node.approveDevice(await other.link).catch((error: unknown) => error)
    await assert.rejects(other.linked, { code: 'ERR_BAD_INPUT', message: /another account/ }, String(met))
    // It says so, shows where the account lives, and calls for no relay.
    const outside = await createNode({ dir })
    const { relays, warnings } = await outside.status()
    assert.deepEqual(relays.map(({ address, state, home }) => [address, state, home]), [[world.address, 'waiting', true]])
    assert.equal(warnings.length, 1, warnings.join('; '))
    assert.match(warnings[0]!, /devices link.*--recover/)
    await outside.close()
    // One that was let in when it was made is nobody's new device, whether it runs or not.
    await assert.rejects(new Waiting(world.people.get('bob')!.dir).linked, { code: 'ERR_EXISTS', message: /has let it in/ })
    // It knows the relay.
    const fresh = new Waiting(dir)
    const meeting = await ann.approveDevice(await fresh.link)
    await fresh.asked
    fresh.answer(true)
    assert.equal((await ann.confirmDevice(meeting.id, true))?.device, device)
    await fresh.linked
    await assert.rejects(new Waiting(dir, { relays: [world.address] }).linked, { code: 'ERR_EXISTS' })
    const node = await createNode({ dir })
    try {
      await until(node, e => e.type === 'chat' && e.title === 'since then')
      await node.send('since then', 'from a backup', { wait: 'stored' })
      assert.equal((await node.listContacts()).length, (await ann.listContacts()).length)
    } finally {
      await node.close()
    }
  })

  it('is nothing when the person says no on either, and leaves nothing behind', async () => {
    const before = (await ann.listDevices()).length
    const first = waiting()
    const met = await ann.approveDevice(await first.link)
    await first.asked
    assert.equal(await ann.confirmDevice(met.id, false), null)
    await assert.rejects(first.linked, { code: 'ERR_FORBIDDEN' })
    const second = new Waiting(first.dir, { relays: [world.address] })
    const again = await ann.approveDevice(await second.link)
    await second.asked
    second.answer(false)
    await assert.rejects(second.linked, { code: 'ERR_FORBIDDEN' })
    // Whether the answer here comes before that or behind it.
    await assert.rejects(ann.confirmDevice(again.id, true), { code: 'ERR_FORBIDDEN', message: /refused on the new device/ })
    await assert.rejects(readdir(first.dir), { code: 'ENOENT' })
    assert.equal((await ann.listDevices()).length, before)
    await assert.rejects(ann.confirmDevice(again.id, true), { code: 'ERR_NOT_FOUND' })
  })

  it('is met again by the same link, with the same words, by whoever comes when the first is gone; and not by two at once', async () => {
    const fresh = waiting({ name: 'twice' })
    const link = await fresh.link
    const both = await Promise.allSettled([ann.approveDevice(link), ann.approveDevice(link)])
    assert.deepEqual(both.map(one => one.status === 'fulfilled' ? 'met' : (one.reason as { code: string }).code), ['met', 'ERR_EXISTS'])
    const again = await ann.approveDevice(link)
    assert.deepEqual(again, both[0].status === 'fulfilled' ? both[0].value : undefined)
    assert.deepEqual((await fresh.asked).words, again.words)
    fresh.answer(true)
    assert.equal((await ann.confirmDevice(again.id, true))?.name, 'twice')
    await fresh.linked
    await assert.rejects(ann.approveDevice(link), { code: 'ERR_EXISTS', message: /one of this account already/ })
  })

  it('is met straight where both are in one network', async () => {
    const fresh = waiting({ relays: [], listen: ['/ip4/127.0.0.1/tcp/0'] })
    const meeting = await ann.approveDevice(await fresh.link)
    assert.deepEqual((await fresh.asked).words, meeting.words)
    fresh.answer(true)
    assert.notEqual(await ann.confirmDevice(meeting.id, true), null)
    await fresh.linked
  })

  it('does not wait at a relay that none can reach, nor for longer than it was told', async () => {
    const nobody = world.address.replace(/\/tcp\/\d+\//, '/tcp/1/')
    const aborted = new AbortController()
    const fresh = waiting({ relays: [nobody], signal: aborted.signal })
    aborted.abort()
    await assert.rejects(fresh.linked, { code: 'ERR_ABORTED' })
    const late = waiting({ forMs: 50 })
    await assert.rejects(late.linked, { code: 'ERR_DEADLINE' })
    await assert.rejects(waiting({ dir: late.dir, forMs: 50 }).linked, { code: 'ERR_DEADLINE' })
    // A person who gave it less time hears what did not happen, and what to do.
    await assert.rejects(waiting({ signal: AbortSignal.timeout(400) }).linked, { code: 'ERR_DEADLINE', message: /no device .* came in time, and nothing was changed.*devices approve/ })
    await assert.rejects(waiting({ relays: [nobody], signal: AbortSignal.timeout(50) }).linked, { code: 'ERR_UNAVAILABLE', message: /the relay does not answer/ })
  })
})
