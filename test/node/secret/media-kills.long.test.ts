/** A file of a secret chat that is large, while everything that carries it is killed. */
import assert from 'node:assert/strict'
import { execFile, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { partPath } from '../../../src/cli/saved-file.js'
import type { SecretLine } from '../../../src/protocol/api/index.js'
import { startRelay } from '../../ledger/ledger.js'
import { Daemon, petrel } from '../../ledger/processes.js'
import { TcpProxy } from '../../net/proxy.js'
import { someBytes } from '../media/files.js'
import { PETREL } from '../../cli/tmux.js'

const MIB = 1024 * 1024
/** MiB; a smaller one shows in a minute that the test itself is whole. */
const SIZE = Number(process.env.PETREL_SECRET_MIB ?? 1024) * MIB
const KILLS = 4
const LOOK_MS = 10

/** The file, which is never whole in memory: each MiB is another. */
function * film (): Generator<Uint8Array> {
  const piece = someBytes(MIB)
  for (let i = 0; i < SIZE / MIB; i++) {
    const one = Uint8Array.from(piece)
    new DataView(one.buffer).setUint32(0, i)
    yield one
  }
}

function hashOfFilm (): string {
  const hash = createHash('sha256')
  for (const piece of film()) hash.update(piece)
  return hash.digest('hex')
}

async function hashOfFile (path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}

describe('a large file of a secret chat while all that carries it is killed', () => {
  it('arrives as it was, and is saved as it was, whatever is killed in the sending and the saving', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'petrel-secret-kills-'))
    const { relay, address } = await startRelay(dir)
    const proxy = await TcpProxy.before(Number(/\/tcp\/(\d+)/.exec(address)![1]))
    const [ann, bob] = [new Daemon(join(dir, 'ann')), new Daemon(join(dir, 'bob'))]
    const sha256 = hashOfFilm()
    try {
      for (const [who, name, at] of [[ann, 'ann', proxy.address(address)], [bob, 'bob', address]] as const) {
        await petrel(who.home, 'init', '--name', name, '--no-input')
        await who.start()
        await who.ask(async p => await p.addRelay(at))
      }
      const { link } = await bob.ask(async p => await p.createInvite())
      await ann.ask(async p => await p.addContact(link))
      await bob.ask(async p => { for await (const { event } of p.receive({ after: 0, follow: true })) if (event.type === 'chat' && event.change === 'joined') return })
      const { id } = await ann.ask(async p => await p.startSecret('bob'))
      await bob.ask(async p => { for await (const { event } of p.receive({ after: 0, follow: true })) if (event.type === 'secret' && event.change === 'asked') return })
      await bob.ask(async p => await p.acceptSecret(id))
      await ann.ask(async p => { for await (const { event } of p.receive({ after: 0, follow: true })) if (event.type === 'secret' && event.change === 'accepted') return })

      const media = await sealed(ann, sha256)
      const before = proxy.sent
      await ann.ask(async p => await p.sendSecret(id, 'the film', { media: [media] }))
      for (let kill = 0; kill < KILLS; kill++) {
        while (proxy.sent - before < (kill + 1) * SIZE / (KILLS + 2)) await wait(LOOK_MS)
        const victim = [ann, relay][kill % 2]!
        await victim.kill()
        await victim.start()
      }
      let line: SecretLine | undefined
      await bob.ask(async p => {
        const look = async (): Promise<boolean> => { line = (await p.secretLines(id)).find(({ text }) => text === 'the film'); return line !== undefined }
        if (await look()) return
        for await (const { event } of p.receive({ after: 0, follow: true })) if (event.type === 'secret' && await look()) return
      })
      assert.ok(line?.id != null)

      await mkdir(join(dir, 'saved'))
      const path = join(dir, 'saved', 'film.bin')
      for (let kill = 0; kill < KILLS; kill++) {
        const saving = save(bob.home, id, line.id, path)
        await grows(partPath({ path, sha256 }), (kill + 1) * SIZE / (KILLS + 2), saving)
        if (kill % 2 === 0) saving.child.kill('SIGKILL')
        else await bob.kill()
        await saving.ended
        if (kill % 2 === 1) await bob.start()
      }
      assert.equal(await save(bob.home, id, line.id, path).ended, 0)
      assert.equal((await stat(path)).size, SIZE)
      assert.equal(await hashOfFile(path), sha256)
      assert.equal((await bob.ask(async p => await p.secretLines(id))).filter(({ text }) => text === 'the film').length, 1)
    } finally {
      await Promise.all([ann.disconnect(), bob.disconnect()])
      await Promise.all([relay, ann, bob].map(async one => { await one.kill('SIGTERM') }))
      await proxy.close()
      await rm(dir, { recursive: true, force: true })
    }
  })
})

/** Has a node take the file in, over a kill among it. */
async function sealed (ann: Daemon, sha256: string): Promise<string> {
  let isKilled = false
  return await ann.ask(async p => {
    const bytes = async function * (): AsyncGenerator<Uint8Array> {
      let at = 0
      for (const piece of film()) {
        yield piece
        at += piece.length
        if (isKilled || at < SIZE / 2) continue
        isKilled = true
        await ann.kill()
        await ann.start()
      }
    }
    return (await p.addMedia({ name: 'film.bin', size: SIZE, sha256, secret: true }, bytes())).file.id
  })
}

interface Saving { readonly child: ChildProcess, readonly ended: Promise<number | null> }

function save (home: string, secret: string, message: string, path: string): Saving {
  const child = execFile(process.execPath, [PETREL, '--home', home, 'secret', 'save', secret, message, '-o', path, '-q'])
  return { child, ended: new Promise(resolve => { child.once('exit', resolve) }) }
}

/** Resolves once a file has so many bytes. @throws when who writes it has ended before */
async function grows (path: string, bytes: number, { child }: Saving): Promise<void> {
  while (((await stat(path).catch(() => undefined))?.size ?? 0) < bytes) {
    assert.equal(child.exitCode, null, 'it is still being saved')
    await wait(LOOK_MS)
  }
}
