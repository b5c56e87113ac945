import assert from 'node:assert/strict'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { restoreBackup, saveBackup, verifyBackup } from '../../../src/node/backup/index.js'
import { openCore } from '../../../src/node/core.js'
import { createNode } from '../../../src/node/index.js'
import { runNode } from '../../../src/node/node.js'
import { cardOfWords, recoverHome, unlockOfWords, type RecoverOptions } from '../../../src/node/recovery/index.js'
import { newPhrase } from '../../../src/protocol/crypto/index.js'
import { until, World, type Person } from '../world.js'

/** Asks again until it is so: of what another node does about a relay's word nothing is told. */
async function eventually (isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise(resolve => { setTimeout(resolve, 500) })
}

describe('an account that is recovered from its 24 words', function () {
  this.timeout(60_000)
  let world: World
  let ada: Person
  let bob: Person
  before(async () => {
    world = await World.make()
    ;[ada, bob] = [await world.person('ada'), await world.person('bob')]
    await world.introduce(ada, bob)
    const chat = (await ada.node.listChats())[0]!.id
    await ada.node.send(chat, 'from ada', { wait: 'delivered' })
    await bob.node.send(chat, 'from bob', { wait: 'delivered' })
    await ada.node.close()
    const core = await openCore({ dir: ada.dir })
    ada.node = runNode(core)
    await ada.node.renameContact('bob', 'Bobby')
    await core.vault.published(core.vault.waiting())
    await ada.node.close()
  })
  after(async () => { await world.close() })

  const recover = async (name: string, over: Partial<RecoverOptions> = {}) => await recoverHome({ dir: join(world.dir, name), unlock: { kind: 'keyfile' }, words: ada.words, relays: [world.address], revokeOthers: () => true, ...over })
  /** The directory is as it was: not there. */
  const nothing = async (name: string): Promise<void> => { await assert.rejects(readdir(join(world.dir, name)), { code: 'ENOENT' }) }

  it('has its people and its name again, as a new device', async () => {
    const found = await recover('again', { revokeOthers: () => false })
    assert.deepEqual([found.name, found.contacts, found.devices, found.generation], ['ada', 1, 1, 2])
    const node = await createNode({ dir: join(world.dir, 'again') })
    world.people.set('again', { name: 'again', dir: join(world.dir, 'again'), words: ada.words, node })
    assert.equal((await node.identity()).account, found.account)
    assert.deepEqual((await node.listContacts()).map(({ alias }) => alias), ['Bobby'])
    // A chat is shown as far as the relay can be asked.
    await node.createInvite()
    const said = async (): Promise<unknown[]> => (await node.showChat('Bobby')).messages.filter(({ kind }) => kind === 'text').map(({ text, own }) => [text, own])
    await eventually(async () => (await said().catch(() => [])).length === 2)
    assert.deepEqual(await said(), [['from ada', true], ['from bob', false]])
    await node.send('Bobby', 'back', { wait: 'delivered' })
    assert.equal((await bob.node.showChat('ada')).messages.at(-1)?.text, 'back')
    // It is let in at the relay, which the account's own records name, and can be written to.
    assert.deepEqual((await node.listRelays()).map(({ address }) => address), [world.address])
    const { link } = await node.createInvite()
    const eve = await world.person('eve')
    await eve.node.addContact(link)
    await until(node, event => event.type === 'chat' && event.change === 'joined' && event.title === 'eve')
    const { id } = (await node.listChats()).find(chat => chat.title === 'eve')!
    await node.send(id, 'it is me again', { wait: 'delivered' })
    // Its machine goes by the name of another device's.
    const names = (await node.listDevices()).map(({ name }) => name)
    assert.deepEqual(names, [`${hostname()} 2`, hostname()])
  })

  it('ends in the middle without a home, and begins anew', async () => {
    const ending = new AbortController()
    await assert.rejects(recover('middle', { revokeOthers: () => false, signal: ending.signal, onStep: step => { if (step === 'letting-in') ending.abort() } }), { code: 'ERR_ABORTED' })
    await nothing('middle')
    assert.equal((await recover('middle', { revokeOthers: () => false })).name, 'ada')
    await assert.rejects(recover('middle'), { code: 'ERR_EXISTS' })
  })

  it('goes by its name on the other devices before it has run once', async () => {
    const { device } = await recover('attic', { revokeOthers: () => false, deviceName: 'attic' })
    const { node } = world.people.get('again')!
    await until(node, event => event.type === 'device' && event.change === 'added' && event.device === device && event.name === 'attic')
    assert.equal((await node.listDevices()).find(one => one.device === device)?.name, 'attic')
  })

  it('takes a card of its own words alone, and the doctor tells whether there is one', async () => {
    const { node } = bob
    assert.equal((await node.doctor()).find(({ check }) => check === 'recovery')?.ok, true)
    const card = async (words: string): Promise<string> => Buffer.from((await cardOfWords(words, 1)).card).toString('base64')
    await assert.rejects(card(ada.words).then(async own => { await node.setRecoveryCard(own) }), { code: 'ERR_PROOF' })
    await node.setRecoveryCard(await card(bob.words))
  })

  it('lets a home in that was restored from a backup, which the words open too', async () => {
    const file = join(world.dir, 'ada.backup')
    const core = await openCore({ dir: ada.dir })
    const node = runNode(core)
    // What the device did that came meanwhile is here: the backup has it too.
    await eventually(async () => (await node.listContacts()).length === 2 && (await node.showChat('Bobby')).messages.at(-1)?.text === 'back')
    const { messages } = await node.showChat('Bobby')
    await saveBackup({ path: file, force: false, source: () => node.backup() })
    // Whatever was changed after the backup goes before what it has.
    await node.renameContact('Bobby', 'Robert')
    await core.vault.published(core.vault.waiting())
    await node.close()
    const dir = join(world.dir, 'restored')
    await assert.rejects(verifyBackup(file, await unlockOfWords(newPhrase())), { code: 'ERR_DECRYPT' })
    const { device } = await restoreBackup({ file, unlock: await unlockOfWords(ada.words), dir, homeUnlock: { kind: 'keyfile' } })
    const alone = await createNode({ dir })
    assert.deepEqual((await alone.listContacts()).map(({ alias }) => alias).sort(), ['Bobby', null].sort())
    assert.equal((await alone.showChat('Bobby')).messages.length, messages.length)
    await alone.close()
    const found = await recover('restored', { relays: [], revokeOthers: () => false })
    assert.equal(found.device, device)
    const again = await createNode({ dir })
    world.people.set('restored', { name: 'restored', dir, words: ada.words, node: again })
    assert.deepEqual((await again.listContacts()).map(({ alias }) => alias).sort(), ['Robert', null].sort())
    await again.send('Robert', 'from a backup', { wait: 'delivered' })
    assert.equal((await bob.node.showChat('ada')).messages.at(-1)?.text, 'from a backup')
  })

  it('refuses wrong words, another account\'s and relays that are not there, and leaves nothing behind', async () => {
    const words = ada.words.split(' ')
    // One order in 256 has a checksum that holds by chance: these words have none.
    const swapped = [...Array.from({ length: 22 }, () => 'abandon'), 'art', 'abandon'].join(' ')
    await assert.rejects(recover('swapped', { words: swapped }), { code: 'ERR_BAD_INPUT', message: /checksum|one is wrong or two are swapped/ })
    await assert.rejects(recover('short', { words: words.slice(1).join(' ') }), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(stat(join(world.dir, 'swapped')), { code: 'ENOENT' })
    await assert.rejects(recover('other', { words: newPhrase() }), { code: 'ERR_NOT_FOUND', message: /another account/ })
    await nothing('other')
    const gone = world.address.replace(/\/tcp\/\d+\//, '/tcp/1/')
    await assert.rejects(recover('gone', { relays: [gone] }), { code: 'ERR_UNAVAILABLE' })
    await nothing('gone')
    const [mine, key] = [join(world.dir, 'mine'), join(world.dir, 'mine', 'the key')]
    await mkdir(mine, { mode: 0o700 })
    await writeFile(join(mine, 'note'), 'keep this')
    await assert.rejects(recover('mine/new/home', { relays: [gone], unlock: { kind: 'keyfile', path: key } }), { code: 'ERR_UNAVAILABLE' })
    assert.deepEqual(await readdir(mine), ['note'])
    await assert.rejects(recover('lost', { unlock: { kind: 'keyfile', path: join(world.dir, 'nowhere', 'key') } }), { code: 'ERR_NOT_FOUND', message: /no directory/ })
    await nothing('lost')
    await assert.rejects(recover('none', { relays: ['nonsense'] }), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(recover('ada'), { code: 'ERR_EXISTS' })
    await assert.rejects(recover('bob'), { code: 'ERR_BAD_INPUT', message: /another account/ })
  })

  it('ends every other device where all of them are said to be lost, and is written to by new people', async () => {
    const old = await createNode({ dir: ada.dir })
    await old.createInvite()
    const found = await recover('alone')
    assert.equal(found.devices, 0)
    await eventually(async () => await old.listContacts().then(() => false, () => true))
    await old.close()
    // A device that is out stays out, also for the words.
    await assert.rejects(recover('ada'), { code: 'ERR_FORBIDDEN', message: /another directory/ })
    const dir = join(world.dir, 'alone')
    const node = await createNode({ dir })
    world.people.set('alone', { name: 'alone', dir, words: ada.words, node })
    // Key packages that an ended device has signed count no more.
    const { link } = await node.createInvite()
    const zoe = await world.person('zoe')
    await eventually(async () => await zoe.node.addContact(link).then(() => true, () => false))
    await until(node, event => event.type === 'chat' && event.change === 'joined' && event.title === 'zoe')
  })
})
