import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { base32Text, CODEC, cidOf, cidText, encodeLeaf, leafFor, LIMITS, ROLE } from '../../src/protocol/wire/index.js'
import { createRelay, operator } from '../../src/relay/index.js'
import { serveAdmin } from '../../src/relay/operator/server.js'
import { adminSocketPath } from '../../src/relay/operator/socket-path.js'
import { copyRelay } from '../../src/relay/operator/copies.js'
import { backupStore, openLevelStore } from '../../src/store/index.js'
import { data, newKey, TestLog } from './kit/world.js'
import { Scene } from './kit/real.js'

/** Appends an entry whose hash is not the chain's: what the store alone cannot see. */
async function lieInLog (path: string, log: Uint8Array): Promise<void> {
  const store = await openLevelStore(path)
  const item = data('lie')
  await store.logs.append([{
    log, id: item.id,
    build: (head, now) => ({ leaf: encodeLeaf(leafFor(item, head.seq + 1, now)), payload: item.payload, hash: new Uint8Array(32), isCommit: false })
  }])
  await store.close()
}

describe('relay: what its operator does', () => {
  const scene = new Scene()
  afterEach(() => scene.end())

  it('makes, lists and revokes tokens, whether the relay runs or not, and each admits as often as it says', async () => {
    const directory = await scene.directory()
    const { token, id } = await operator.createToken(directory, { uses: 2, label: 'friends' })
    const closed = await operator.listTokens(directory)
    assert.deepEqual(closed.map(one => [one.id, one.label, one.uses, one.used]), [[id, 'friends', 2, 0]])
    assert.ok(!JSON.stringify(closed).includes(token))
    const relay = await scene.relay({ directory, admission: 'token' })
    const [ann, bob] = [await scene.person(), await scene.person()]
    const annPhone = await ann.dial(relay)
    assert.equal((await annPhone.open(ann)).role, ROLE.guest)
    assert.equal((await annPhone.open(ann, { token })).role, ROLE.hosted)
    // Who is hosted already uses no token up.
    assert.equal((await annPhone.open(ann, { token })).role, ROLE.hosted)
    assert.deepEqual((await operator.listTokens(directory)).map(one => one.used), [1])
    const bobPhone = await bob.dial(relay)
    assert.equal((await bobPhone.open(bob, { token })).role, ROLE.hosted)
    assert.deepEqual(await operator.listTokens(directory), [])
    const other = await operator.createToken(directory)
    await assert.rejects(operator.revokeToken(directory, 'zzz'), { code: 'ERR_NOT_FOUND' })
    await operator.revokeToken(directory, other.id.slice(0, 5))
    await assert.rejects(bobPhone.open(await scene.person(), { token: other.token }), { code: 'ERR_FORBIDDEN' })
    await assert.rejects(operator.createToken(directory, { uses: 0 }), { code: 'ERR_BAD_INPUT' })
  })

  it('sees how the relay is, and its sessions without whole ids', async () => {
    const relay = await scene.relay()
    const directory = scene.directories[0]!
    const ann = await scene.person()
    const phone = await ann.dial(relay)
    await phone.open(ann)
    const status = await operator.status(directory)
    assert.deepEqual([status.state, status.peerId, status.sessions, status.accounts, status.admission], ['ready', relay.peerId, 1, 1, 'open'])
    const [session] = await operator.sessions(directory)
    assert.equal(session?.role, 'hosted')
    assert.ok(ann.host.peerId.startsWith(session.device) && session.device.length < 16)
    await relay.stop()
    await assert.rejects(operator.status(directory), { code: 'ERR_NOT_RUNNING' })
  })

  it('takes a log down and up again, and reads reports', async () => {
    const relay = await scene.relay()
    const directory = scene.directories[0]!
    const ann = await scene.person()
    const phone = await ann.dial(relay)
    await phone.open(ann)
    const log = new TestLog(relay.key)
    await phone.createLog(log)
    await phone.proveAll(log)
    const name = base32Text(log.id)
    await operator.takedown(directory, name, { reason: 'spam' })
    await assert.rejects(phone.appendOne(log.id, data()), { code: 'ERR_FORBIDDEN' })
    assert.equal((await operator.listTakedowns(directory)).length, 1)
    await operator.liftTakedown(directory, name)
    await phone.appendOne(log.id, data())
    await assert.rejects(operator.takedown(directory, 'bnonsense', { reason: 'x' }), { code: 'ERR_BAD_INPUT' })
    await phone.report(log.id, 'look at this')
    const file = cidText(cidOf(CODEC.raw, Uint8Array.of(1)))
    const { log: none, ...down } = await operator.takedown(directory, file, { reason: 'court order' })
    assert.deepEqual([none, down.file, (await operator.listTakedowns(directory)).map(takedown => takedown.file)], [undefined, file, [file]])
    await operator.liftTakedown(directory, file)
    await assert.rejects(operator.liftTakedown(directory, file), { code: 'ERR_NOT_FOUND' })
    const [report] = await operator.listReports(directory)
    assert.deepEqual([report?.log, report?.note], [name, 'look at this'])
    await operator.dropReport(directory, report!.id)
    assert.deepEqual(await operator.listReports(directory), [])
  })

  it('has a door that only the relay\'s owner may open, and that bears nonsense', async () => {
    const relay = await scene.relay()
    const path = adminSocketPath(scene.directories[0]!)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const say = (text: string): Promise<string> => new Promise((resolve, reject) => {
      const socket = createConnection(path)
      let answer = ''
      socket.on('data', part => { answer += part.toString() }).on('error', reject).on('close', () => { resolve(answer) })
      socket.end(text)
    })
    for (const [text, code] of [['{}\n', 'ERR_BAD_INPUT'], ['nonsense\n', 'ERR_BAD_INPUT'], ['{"command":"__proto__"}\n', 'ERR_BAD_INPUT'], ['{"command":"takedown","args":7}\n', 'ERR_BAD_INPUT'], ['x'.repeat(LIMITS.adminLineBytes + 10), 'ERR_BAD_INPUT']] as const) {
      assert.equal((JSON.parse(await say(text)) as { error: { code: string } }).error.code, code)
    }
    assert.equal((await operator.status(scene.directories[0]!)).peerId, relay.peerId)
  })

  it('notices that whoever asked has gone, and answers who has only said all', async () => {
    const directory = await scene.directory()
    const asked = Promise.withResolvers<AbortSignal>()
    const server = await serveAdmin(directory, async (command, _args, signal) => {
      if (command === 'gone') asked.resolve(signal)
      await new Promise(resolve => { setTimeout(resolve, command === 'gone' ? 60_000 : 1200).unref(); signal.addEventListener('abort', resolve) })
      return command
    }, error => { throw error })
    const socket = createConnection(adminSocketPath(directory))
    socket.write('{"command":"gone"}\n')
    const signal = await asked.promise
    const noticed = new Promise(resolve => { signal.addEventListener('abort', resolve) })
    socket.destroy()
    await noticed
    const patient = createConnection({ path: adminSocketPath(directory), allowHalfOpen: true })
    patient.end('{"command":"patient"}\n')
    assert.deepEqual(JSON.parse(Buffer.concat(await patient.toArray() as Buffer[]).toString()), { ok: 'patient' })
    await server.close()
  })

  it('works where the directory\'s path is too long for a socket', async () => {
    const directory = join(await scene.directory(), 'a'.repeat(90))
    const relay = await scene.relay({ directory })
    assert.equal((await operator.status(directory)).peerId, relay.peerId)
  })

  it('leaves no backup behind whose maker has gone, also when all of it was copied already', async () => {
    const directory = await scene.directory()
    await operator.createToken(directory, {})
    const place = await scene.directory()
    const gone = new AbortController()
    const copying = copyRelay(directory, join(place, 'copy'), async to => {
      await backupStore(join(directory, 'store'), to)
      gone.abort()
    }, gone.signal)
    await assert.rejects(copying, { code: 'ERR_ABORTED' })
    assert.deepEqual(await readdir(place), [])
  })

  it('backs a running relay up, and restores it to another place with all it held', async () => {
    const directory = await scene.directory()
    const relay = await scene.relay({ directory })
    const ann = await scene.person()
    const phone = await ann.dial(relay)
    await phone.open(ann)
    const log = new TestLog(relay.key)
    await phone.createLog(log)
    await phone.proveAll(log)
    await phone.append(log.id, [data('a'), data('b')])
    const copy = join(await scene.directory(), 'copy')
    const report = await operator.backup(directory, copy)
    assert.deepEqual([report.directory, report.logs, report.entries], [copy, 1, 2])
    await assert.rejects(operator.backup(directory, copy), { code: 'ERR_EXISTS' })
    await phone.appendOne(log.id, data('after the backup'))
    await relay.stop()

    const restored = join(await scene.directory(), 'restored')
    await operator.restore(copy, restored)
    await assert.rejects(operator.restore(copy, restored), { code: 'ERR_EXISTS' })
    assert.ok((await operator.doctor(restored)).ok)
    const again = await scene.relay({ directory: restored })
    assert.equal(again.peerId, relay.peerId)
    assert.ok((await again.status()).store.copied !== undefined)
    const back = await ann.dial(again)
    await back.open(ann)
    await back.proveAll(log)
    assert.equal((await back.read(log.id)).entries.length, 2)
  })

  it('asks the doctor, who finds a readable key and a damaged store, running or not', async () => {
    const directory = await scene.directory()
    const relay = await scene.relay({ directory })
    const ann = await scene.person()
    const phone = await ann.dial(relay)
    await phone.open(ann)
    const log = new TestLog(relay.key)
    await phone.createLog(log)
    await phone.proveAll(log)
    await phone.append(log.id, [data('a'), data('b')])
    const running = await operator.doctor(directory)
    assert.deepEqual(running.checks.filter(check => !check.ok), [])
    assert.match(running.checks.find(({ check }) => check === 'store')!.detail, /^1 logs, 2 entries/)
    assert.match(running.checks.find(({ check }) => check === 'listening')!.detail, /\/ip4\/127\.0\.0\.1\/tcp/)
    await chmod(join(directory, 'identity.key'), 0o640)
    assert.equal((await operator.doctor(directory)).checks.find(({ check }) => check === 'identity')!.ok, false)
    await relay.stop()
    await chmod(join(directory, 'identity.key'), 0o600)
    assert.ok((await operator.doctor(directory)).ok)
    await lieInLog(join(directory, 'store'), log.id)
    const sick = (await operator.doctor(directory)).checks.find(({ check }) => check === 'store')!
    assert.match(sick.detail, /chain breaks at entry 3/)
    assert.equal(sick.ok, false)
  })

  it('makes no relay where a command was given the wrong directory', async () => {
    const directory = await scene.directory()
    const log = base32Text(new TestLog(newKey().key).id)
    for (const ask of [() => operator.listTokens(directory), () => operator.doctor(directory), () => operator.takedown(directory, log, { reason: 'x' })]) {
      await assert.rejects(ask, { code: 'ERR_NOT_FOUND' })
    }
    assert.deepEqual(await readdir(directory), [])
  })

  it('refuses to start with a new key beside an old store', async () => {
    const directory = await scene.directory()
    await (await scene.relay({ directory })).stop()
    await rm(join(directory, 'identity.key'))
    await assert.rejects(createRelay({ directory }), { code: 'ERR_CORRUPT' })
    await mkdir(join(directory, 'x'), { recursive: true })
    await writeFile(join(directory, 'identity.key'), 'short', { mode: 0o600 })
    await assert.rejects(createRelay({ directory }), { code: 'ERR_CORRUPT' })
  })
})
