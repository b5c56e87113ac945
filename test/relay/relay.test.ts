import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, stat, chmod } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { peerIdText, ReadOnlyError, RIGHT, ROLE } from '../../src/protocol/wire/index.js'
import { createRelay, operator, type LogFields } from '../../src/relay/index.js'
import { MemoryDisk } from '../../src/store/memory/engine.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { data, Pushes, TestLog } from './kit/world.js'
import { Scene } from './kit/real.js'

describe('relay: a whole relay on loopback', () => {
  const scene = new Scene()
  afterEach(() => scene.end())

  it('hosts a log for one device, which another follows, and keeps all over a restart', async () => {
    const directory = await scene.directory()
    const relay = await scene.relay({ directory })
    const [ann, bob] = [await scene.person(), await scene.person()]
    const phone = await ann.dial(relay)
    assert.equal((await phone.open(ann)).role, ROLE.hosted)
    const log = new TestLog(relay.key)
    await phone.createLog(log)
    await phone.proveAll(log)
    const pushes = new Pushes()
    const friend = await bob.dial(relay, { onPush: pushes.handler })
    await friend.open(bob)
    await friend.prove(friend.proof(log.id, RIGHT.read, log.epoch.read), friend.proof(log.id, RIGHT.append, log.epoch.append))
    await friend.follow(log.id)
    const { receipt } = await phone.appendOne(log.id, data('over the wire'))
    await pushes.until(() => pushes.texts.length === 1)
    assert.deepEqual(pushes.texts, ['over the wire'])
    await relay.stop()
    assert.equal((await phone.channel.closed)?.code ?? 'closed', 'closed')

    const again = await scene.relay({ directory })
    assert.equal(again.peerId, relay.peerId)
    const back = await ann.dial(again)
    await back.open(ann)
    await back.proveAll(log)
    const { entries, head } = await back.read(log.id)
    assert.equal(entries.length, 1)
    assert.deepEqual(head.hash, receipt.hash)
  })

  it('refuses what one device proved when it is replayed by another over its own connection', async () => {
    const relay = await scene.relay()
    const [ann, eve] = [await scene.person(), await scene.person()]
    const phone = await ann.dial(relay)
    await phone.open(ann)
    const log = new TestLog(relay.key)
    await phone.createLog(log)
    const spy = await eve.dial(relay)
    await assert.rejects(spy.open(ann), { code: 'ERR_FORBIDDEN' })
    await spy.open(eve)
    const [error] = await spy.tryProve(phone.proof(log.id, RIGHT.read, log.epoch.read))
    assert.equal(error?.code, 'ERR_PROOF')
  })

  it('listens where it did last time unless told otherwise, or elsewhere when that port is taken', async () => {
    const directory = await scene.directory()
    const portOf = async (): Promise<string> => {
      const relay = await createRelay({ directory, http: false })
      const [address] = relay.addresses()
      await relay.stop()
      return /^\/ip4\/127\.0\.0\.1\/tcp\/(\d+)\//.exec(address!)![1]!
    }
    const first = await portOf()
    assert.equal(await portOf(), first)
    const taker = createServer().listen(Number(first), '127.0.0.1')
    await once(taker, 'listening')
    const second = await portOf()
    assert.notEqual(second, first)
    taker.close()
    assert.equal(await portOf(), second)
  })

  it('tells its clients to move, then stops', async () => {
    const relay = await scene.relay({ movedTo: ['/dns4/other.example/tcp/4001'] })
    const ann = await scene.person()
    let moved: readonly string[] = []
    const phone = await ann.dial(relay, { onMoved: notice => { moved = notice.relays } })
    await phone.open(ann)
    await relay.stop()
    await phone.channel.closed
    assert.deepEqual(moved, ['/dns4/other.example/tcp/4001'])
  })

  it('answers the health pages to this machine, and to no web page that found it', async () => {
    const relay = await scene.relay()
    const ann = await scene.person()
    await (await ann.dial(relay)).open(ann)
    const page = async (path: string, headers: Record<string, string> = {}): Promise<[number, string]> => {
      const response = await fetch(`${relay.healthUrl!}${path}`, { headers })
      return [response.status, await response.text()]
    }
    assert.deepEqual(await page('/livez'), [200, 'alive\n'])
    assert.deepEqual(await page('/readyz'), [200, 'ready\n'])
    const [status, text] = await page('/metrics')
    assert.equal(status, 200)
    assert.match(text, /^petrel_relay_calls_total\{method="openSession",outcome="ok"\} 1$/m)
    assert.match(text, /^petrel_relay_sessions 1$/m)
    for (const secret of [ann.host.peerId, peerIdText(ann.account.key), relay.peerId, '127.0.0.1']) assert.ok(!text.includes(secret))
    assert.equal((await page('/'))[0], 404)
    const { request } = await import('node:http')
    const foreign = await new Promise<number>((resolve, reject) => {
      request(`${relay.healthUrl!}/metrics`, { headers: { host: 'evil.example' } }, response => { response.resume(); resolve(response.statusCode ?? 0) }).on('error', reject).end()
    })
    assert.equal(foreign, 403)
  })

  it('says on a full disk that it takes nothing, serves what it has, and goes on when there is room again', async () => {
    const disk = new MemoryDisk()
    const store = await openMemoryStore({ disk, probeMs: 5 })
    const relay = await scene.relay({ store })
    const [ann, bob] = [await scene.person(), await scene.person()]
    const phone = await ann.dial(relay)
    await phone.open(ann)
    const log = new TestLog(relay.key)
    await phone.createLog(log)
    await phone.proveAll(log)
    await phone.appendOne(log.id, data('before'))
    const ready = async (): Promise<[number, string]> => {
      const response = await fetch(`${relay.healthUrl!}/readyz`)
      return [response.status, await response.text()]
    }
    const states: string[] = []
    const opened = new Promise<void>(resolve => {
      store.onState(state => { states.push(state); if (state === 'open') resolve() })
    })
    disk.beforeWrite = () => Promise.reject(new ReadOnlyError('the disk is full: free some space'))
    const lost = data('lost?')
    await assert.rejects(phone.appendOne(log.id, lost), { code: 'ERR_READ_ONLY', message: /the disk is full/ })
    const [status, reason] = await ready()
    assert.equal(status, 503)
    assert.match(reason, /the disk is full/)
    assert.equal((await relay.status()).state, 'read-only')
    const text = await (await fetch(`${relay.healthUrl!}/metrics`)).text()
    assert.match(text, /^petrel_relay_store_writable 0$/m)
    assert.equal((await phone.read(log.id)).entries.length, 1)
    const again = await ann.dial(relay)
    assert.equal((await again.open(ann)).role, ROLE.hosted)
    await assert.rejects((await bob.dial(relay)).open(bob), { code: 'ERR_READ_ONLY' })
    disk.beforeWrite = () => Promise.resolve()
    await opened
    assert.deepEqual(await ready(), [200, 'ready\n'])
    await again.proveAll(log)
    assert.equal((await again.appendOne(log.id, lost)).receipt.seq, 2)
    assert.deepEqual(states, ['read-only', 'open'])
  })

  it('keeps its key to itself, refuses one that others may read, and is never two', async () => {
    const directory = await scene.directory()
    const relay = await scene.relay({ directory })
    const key = join(directory, 'identity.key')
    assert.equal((await stat(key)).mode & 0o777, 0o600)
    assert.equal((await readFile(key)).length, 32)
    await assert.rejects(scene.relay({ directory }), { code: 'ERR_LOCKED' })
    await relay.stop()
    await chmod(key, 0o644)
    await assert.rejects(scene.relay({ directory }), { code: 'ERR_FORBIDDEN' })
  })

  it('logs no id of an account, no key and no token', async () => {
    const lines: string[] = []
    const log = (level: string, event: string, fields?: LogFields): void => { lines.push(JSON.stringify({ level, event, ...fields })) }
    const directory = await scene.directory()
    const { token } = await operator.createToken(directory)
    const relay = await scene.relay({ directory, admission: 'token', log })
    const ann = await scene.person()
    const phone = await ann.dial(relay)
    assert.equal((await phone.open(ann, { token })).role, ROLE.hosted)
    await relay.stop()
    const text = lines.join('\n')
    assert.ok(lines.length > 3)
    for (const secret of [token, peerIdText(ann.account.key), ann.host.peerId]) assert.ok(!text.includes(secret))
  })
})
