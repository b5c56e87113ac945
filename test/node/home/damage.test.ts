import assert from 'node:assert/strict'
import { chmod, cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { TEST_PASSWORD_COST } from '../../../src/protocol/crypto/password.js'
import { BadInputError, CorruptError, DecryptError, LockedError, NotFoundError, PetrelError } from '../../../src/protocol/wire/index.js'
import { connect } from '../../../src/node/client/index.js'
import { createHome, createNode, type PetrelNode, type Unlock } from '../../../src/node/index.js'
import { Process, petrel } from '../../ledger/processes.js'
import { World } from '../world.js'
import { allFiles } from './helpers.js'

const PASSPHRASE: Unlock = { kind: 'passphrase', passphrase: 'a passphrase of bob' }
const TEXTS = ['one', 'two', 'three', 'four']

describe('a home that is not as it was left', () => {
  let world: World
  /** A home with a contact, a chat and messages; no test changes it. */
  let good: string
  /** A copy of it, for the test. */
  let home: string
  let relay: string

  before(async () => {
    world = await World.make()
    const alice = await world.person('alice')
    good = join(world.dir, 'good')
    await createHome({ dir: good, name: 'bob', unlock: PASSPHRASE, kdfCost: TEST_PASSWORD_COST })
    const bob = { name: 'bob', dir: good, words: '', node: await createNode({ dir: good, unlock: PASSPHRASE }) }
    await bob.node.addRelay(world.address)
    await world.introduce(alice, bob)
    for (const text of TEXTS) await alice.node.send('bob', text, { wait: 'delivered' })
    await bob.node.close()
    relay = world.relay.peerId
    await alice.node.close()
    world.people.clear()
    // What is shown must come from the home alone.
    await world.relay.stop()
  })
  after(async () => { await rm(world.dir, { recursive: true }) })
  beforeEach(async () => {
    home = join(world.dir, 'home')
    await cp(good, home, { recursive: true })
  })
  afterEach(async () => { await rm(home, { recursive: true, force: true }) })

  const run = async (unlock: Unlock = PASSPHRASE): Promise<PetrelNode> => await createNode({ dir: home, unlock })

  /** What the person sees in a home that opens. */
  async function look (node: PetrelNode): Promise<string[]> {
    try {
      const updates: string[] = []
      for await (const { event } of node.receive({ after: 0 })) if (event.type === 'message') updates.push(event.message.text)
      assert.deepEqual((await node.listContacts()).map(c => c.name), ['alice'])
      assert.deepEqual((await node.listRelays()).map(r => r.peer), [relay])
      const shown = (await node.showChat('alice')).messages.map(m => m.text)
      assert.deepEqual(shown, updates)
      return shown
    } finally {
      await node.close()
    }
  }

  /** The home does not open, with these words, and every file of it stays as it is. */
  async function refuses (type: new (...args: never[]) => PetrelError, message: RegExp, unlock: Unlock = PASSPHRASE): Promise<void> {
    const before = await files()
    await assert.rejects(run(unlock), (error: Error) => {
      assert.ok(error instanceof type, String(error))
      assert.match(error.message, message)
      assert.ok(!error.message.includes(PASSPHRASE.kind === 'passphrase' ? PASSPHRASE.passphrase : ''))
      return true
    })
    assert.deepEqual(await files(), before)
  }

  /** Every file but Level's own notes of when it was opened. */
  async function files (): Promise<Array<{ path: string, bytes: Buffer }>> { return (await allFiles(home)).filter(({ path }) => !/LOG(\.old)?$/.test(path)) }

  it('shows everything when nothing is wrong with it', async () => { assert.deepEqual(await look(await run()), TEXTS) })

  it('with a wrong passphrase, another way to unlock or an altered keystore stays as it is, and opens once that is right', async () => {
    await refuses(DecryptError, /the passphrase is wrong, or its keystore was altered/, { kind: 'passphrase', passphrase: 'of somebody else' })
    await refuses(BadInputError, /opens with a passphrase, not with its key file/, { kind: 'keyfile' })
    const path = join(home, 'keystore')
    const keystore = await readFile(path)
    for (const at of [10, keystore.length >> 1, keystore.length - 1]) {
      const altered = Buffer.from(keystore)
      altered[at]! ^= 1
      await writeFile(path, altered)
      await refuses(PetrelError, /keystore/)
    }
    await writeFile(path, keystore)
    assert.deepEqual(await look(await run()), TEXTS)
  })

  it('does not take another keystore for its own, whoever put it there', async () => {
    const other = join(world.dir, 'other')
    await createHome({ dir: other, name: 'mallory', unlock: PASSPHRASE, kdfCost: TEST_PASSWORD_COST })
    await cp(join(other, 'keystore'), join(home, 'keystore'))
    await assert.rejects(run(), { code: DecryptError.code, message: /does not open under this key/ })
    await cp(join(good, 'keystore'), join(home, 'keystore'))
    assert.deepEqual(await look(await run()), TEXTS)
  })

  it('without its keystore says so, and is not made anew over what is there', async () => {
    await rm(join(home, 'keystore'))
    await refuses(NotFoundError, /no Petrel identity/)
    await assert.rejects(createHome({ dir: home, name: 'bob', unlock: PASSPHRASE, kdfCost: TEST_PASSWORD_COST }), { code: 'ERR_EXISTS', message: /keystore is missing: put the keystore back.*nothing was changed/ })
  })

  it('that others can write to, or whose keystore others can read, says what to run', async () => {
    await chmod(home, 0o770)
    await refuses(BadInputError, /other users can write .*chmod 700/)
    await chmod(home, 0o700)
    await chmod(join(home, 'keystore'), 0o640)
    await refuses(BadInputError, /other users can read or write the keystore .*chmod 600/)
    await chmod(join(home, 'keystore'), 0o600)
    await (await run()).close()
  })

  it('that lost CURRENT, its database or its marker is not opened as an empty one', async () => {
    const store = join(home, 'store')
    for (const name of ['level/CURRENT', 'level', 'STORE']) {
      await rename(join(store, name), join(world.dir, 'away'))
      await refuses(CorruptError, /nothing was touched/)
      await rename(join(world.dir, 'away'), join(store, name))
    }
    assert.deepEqual(await look(await run()), TEXTS)
  })

  it('with a flipped bit in its store is named as damaged and left as it is', async () => {
    // Only in the very last record it cannot be told from a write that a crash cut short.
    const level = join(home, 'store', 'level')
    let opened = 0
    for (const file of (await readdir(level)).filter(name => name !== 'LOCK' && !name.startsWith('LOG'))) {
      const content = await readFile(join(level, file))
      for (const part of [0, 0.15, 0.5, 0.85]) {
        const altered = Buffer.from(content)
        altered[Math.floor(content.length * part)]! ^= 4
        await writeFile(join(level, file), altered)
        await refuses(CorruptError, /damaged.*(restore from a backup or run doctor)/)
      }
      await writeFile(join(level, file), content)
      opened++
    }
    assert.ok(opened >= 3)
    assert.deepEqual(await look(await run()), TEXTS)
  })

  it('with a record that was altered or moved by somebody who can write checksums shows nothing in its place', async () => {
    const path = join(home, 'store', 'level')
    const db = new ClassicLevel<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' })
    await db.open({ createIfMissing: false })
    const rows = await db.iterator({ gte: Uint8Array.of(0xc0, 0, 0x74), lt: Uint8Array.of(0xc0, 0, 0x75) }).all()
    assert.ok(rows.length >= TEXTS.length)
    // Two messages change places.
    await db.batch([{ type: 'put', key: rows.at(-1)![0], value: rows.at(-2)![1] }, { type: 'put', key: rows.at(-2)![0], value: rows.at(-1)![1] }])
    await db.close()
    const node = await run()
    try {
      await assert.rejects(node.showChat('alice'), { code: CorruptError.code, message: /is not what was written: restore from a backup or run doctor/ })
      assert.deepEqual((await node.listContacts()).map(c => c.name), ['alice'], 'and the rest can be read')
    } finally {
      await node.close()
    }
  })

  it('that is in use opens for nobody else, who is told whose it is, and the first goes on', async () => {
    const first = await run()
    await assert.rejects(run(), { code: LockedError.code, message: /is in use by this process/, details: { pid: process.pid } })
    assert.deepEqual(await look(first), TEXTS)
  })

  it('that a daemon runs on is refused to a second one, by name and exit code, and the first goes on', async () => {
    const secret = join(world.dir, 'passphrase')
    await writeFile(secret, 'a passphrase of bob', { mode: 0o600 })
    const daemon = new Process('daemon', 'run', '--home', home, '--passphrase-file', secret)
    await daemon.start()
    try {
      await assert.rejects(petrel(home, 'daemon', 'run', '--passphrase-file', secret), (error: Error) => {
        assert.match(error.message, new RegExp(`"code":"${LockedError.code}".*is in use by process ${daemon.pid}: stop it first \\(petrel daemon stop\\)`, 's'))
        return true
      })
      await assert.rejects(run(), { code: LockedError.code, details: { pid: daemon.pid } })
      const client = await connect({ socketPath: (daemon.ready.ready as { socket: string }).socket })
      assert.deepEqual((await client.listContacts()).map(c => c.name), ['alice'])
      await client.close()
    } finally {
      await daemon.kill('SIGTERM')
    }
  })
})
