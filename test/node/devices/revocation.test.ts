/** What follows a revocation, killed between any two steps; and a device that learns that it is put out, or copied. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createNode, linkHome, type PetrelNode } from '../../../src/node/index.js'
import { Revocation, STEPS, type RevocationStep } from '../../../src/node/devices/revocation.js'
import { RecordKeys, Vault } from '../../../src/node/records/index.js'
import { TEST_PASSWORD_COST } from '../../../src/protocol/crypto/password.js'
import { randomSeed, signerFromSeed } from '../../../src/protocol/wire/index.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { halt } from '../../store/halt.js'
import { eventually } from '../small-world.js'
import { until, World } from '../world.js'

const signal = new AbortController().signal
/** Longer than the first pause after which what has failed is tried again. */
const QUIET_MS = 1500

describe('what follows a revocation', () => {
  /** The steps on a disk, with a life that may end at one of them. */
  async function life (disk: MemoryDisk, done: RevocationStep[], dieAt?: RevocationStep): Promise<Revocation> {
    const store = await openMemoryStore({ disk })
    const device = signerFromSeed(randomSeed())
    const vault = await Vault.open(store.kv, new RecordKeys(new Uint8Array(32)), signer.key, device)
    const deed = (step: RevocationStep) => async (): Promise<void> => {
      done.push(step)
      if (step === dieAt) throw new Error('the disk went away')
    }
    return new Revocation(vault, { vault: deed('vault'), keys: deed('keys'), media: deed('media'), chats: deed('chats') })
  }
  const signer = signerFromSeed(randomSeed())

  it('is done in its order, each step once, and then nothing is left', async () => {
    const done: RevocationStep[] = []
    const one = await life(new MemoryDisk(), done)
    assert.equal(one.pending, null)
    await one.begin()
    assert.match(one.pending ?? '', /vault.*inbox.*files.*chats/)
    await one.goOn(signal)
    assert.deepEqual(done, [...STEPS])
    assert.equal(one.pending, null)
    await one.goOn(signal)
    assert.deepEqual(done, [...STEPS])
  })

  it('goes on at the step where a life ended', async () => {
    for (const [i, dieAt] of STEPS.entries()) {
      const disk = new MemoryDisk()
      const done: RevocationStep[] = []
      const first = await life(disk, done, dieAt)
      await first.begin()
      await assert.rejects(first.goOn(signal))
      const second = await life(disk, done)
      assert.deepEqual(second.left, STEPS.slice(i))
      await second.goOn(signal)
      assert.deepEqual(done, [...STEPS.slice(0, i + 1), ...STEPS.slice(i)])
    }
  })

  it('begins anew for a device that is revoked while the steps run', async () => {
    const done: RevocationStep[] = []
    const one = await life(new MemoryDisk(), done)
    await one.begin()
    const running = one.goOn(signal)
    await one.begin()
    await running
    assert.deepEqual(done.filter(step => step === 'vault').length, 2)
    assert.deepEqual(one.left, [])
  })
})

/** A device that has stopped says why, and nothing that would not help it: it needs no relay, and has published what it had to. */
async function saysNothingBut (node: PetrelNode, why: RegExp): Promise<void> {
  const { warnings, stopped } = await node.status()
  assert.notEqual(stopped, null)
  assert.equal(warnings.length, 1, warnings.join('; '))
  assert.match(warnings[0]!, why)
  const bad = (await node.doctor()).filter(({ ok }) => !ok)
  assert.deepEqual(bad.map(({ check, message }) => [check, message]), [['device', warnings[0]]])
}

describe('a device', () => {
  let world: World
  let ann: PetrelNode
  before(async () => {
    world = await World.make()
    ann = (await world.person('ann', { deviceName: 'laptop' })).node
  })
  after(async () => { await world.close() })

  /** Links a device and starts its node. */
  async function linked (name: string): Promise<{ node: PetrelNode, dir: string }> {
    const dir = join(world.dir, name)
    const [link, asked] = [Promise.withResolvers<string>(), Promise.withResolvers<undefined>()]
    const home = linkHome({ dir, unlock: { kind: 'keyfile' }, kdfCost: TEST_PASSWORD_COST, name, relays: [world.address], onLink: link.resolve, confirm: async () => { asked.resolve(undefined); return true } })
    const { id } = await ann.approveDevice(await link.promise)
    await asked.promise
    await ann.confirmDevice(id, true)
    await home
    const node = await createNode({ dir })
    world.people.set(name, { name, dir, words: '', node })
    return { node, dir }
  }

  it('that is revoked is out of its own interface and of the relay at once, says so, and stays out when it starts again', async () => {
    const { node, dir } = await linked('phone')
    const [own] = await node.listDevices()
    assert.equal(own!.current, true)
    const updates = node.receive({ follow: true })[Symbol.asyncIterator]()
    const ended = (async () => { for (;;) if ((await updates.next()).done === true) return })()
    // It may end before anybody waits for that.
    ended.catch(() => undefined)
    const revoked = await ann.revokeDevice('phone')
    assert.equal(revoked.revoked, true)
    await assert.rejects(ended, { code: 'ERR_FORBIDDEN', details: { revoked: true } })
    await assert.rejects(node.listChats(), { code: 'ERR_FORBIDDEN', details: { revoked: true } })
    await saysNothingBut(node, /revoked.*devices link/)
    await eventually(async () => (await node.peers()).length === 0)
    for (const bytes of [node.backup(), node.readMedia('bob', 'x'), node.readSecretMedia('bob', 'x')]) await assert.rejects(Array.fromAsync(bytes), { code: 'ERR_FORBIDDEN', details: { revoked: true } })
    await assert.rejects(node.addMedia({ name: 'x', size: 1 }, (async function * () {})()), { details: { revoked: true } })
    await node.close()
    const again = await createNode({ dir })
    await assert.rejects(again.listChats(), { details: { revoked: true } })
    await again.close()
    world.people.delete('phone')
    await assert.rejects(ann.revokeDevice((await ann.identity()).device), { code: 'ERR_BAD_INPUT' })
  })

  it('whose home was copied is found out: the copy that comes second stops before it has sent anything', async () => {
    const bob = await world.person('bob')
    await world.introduce(bob, world.people.get('ann')!)
    await bob.node.close()
    const copy = join(world.dir, 'copy of bob')
    await cp(bob.dir, copy, { recursive: true })
    await world.wake(bob)
    await bob.node.createInvite()
    await bob.node.close()
    const said: string[] = []
    const clone = await createNode({ dir: copy, log: (level, event) => { if (level !== 'debug') said.push(event) } })
    await until(clone, e => e.type === 'device' && e.change === 'cloned').catch(() => undefined)
    await assert.rejects(clone.createInvite(), { code: 'ERR_FORBIDDEN', details: { cloned: true } })
    await eventually(async () => (await clone.peers()).length === 0)
    await saysNothingBut(clone, /another copy of this home.*devices link/)
    // It tries nothing again, which chats did after a second, the account's record after five.
    await new Promise(resolve => { setTimeout(resolve, QUIET_MS) })
    assert.deepEqual(said.slice(said.indexOf('device.stopped')), ['device.stopped'])
    await clone.close()
    await world.wake(bob)
    await bob.node.createInvite()
  })

  it('whose home was copied while it ran stops, and so does the copy, as soon as both are there', async () => {
    const cem = await world.person('cem')
    await cem.node.close()
    world.people.delete('cem')
    const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'copied-child.ts'), cem.dir], { stdio: ['pipe', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const said = async (): Promise<string> => JSON.parse((await lines.next()).value ?? '""') as string
    try {
      assert.equal(await said(), 'is there')
      const copy = join(world.dir, 'copy of cem')
      // A store whose files change under the copy would be a damaged one.
      await halt(child)
      await cp(cem.dir, copy, { recursive: true })
      child.kill('SIGCONT')
      await rm(join(copy, 'pid'))
      const clone = await createNode({ dir: copy })
      await Array.fromAsync(clone.receive({ follow: true })).catch(() => undefined)
      const words = [(await clone.status()).warnings[0] ?? '', await said()]
      await assert.rejects(clone.createInvite(), { code: 'ERR_FORBIDDEN', details: { cloned: true } })
      assert.equal(await said(), 'ERR_FORBIDDEN')
      // The relay goes on with the one that was there last, whichever that was, and with no other.
      assert.deepEqual([/another copy of this home.*Go on with the other copy/, /another copy of this home.*This is the one that goes on/].map(told => words.filter(one => told.test(one)).length), [1, 1], words.join('\n'))
      await clone.close()
      child.stdin.end()
      assert.deepEqual(await exited, [0, null])
    } finally {
      child.kill('SIGKILL')
    }
  })
})
