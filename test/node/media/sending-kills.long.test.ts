import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRelay } from '../../ledger/ledger.js'
import { Daemon, petrel } from '../../ledger/processes.js'
import { TcpProxy } from '../../net/proxy.js'
import { hexOf, inPieces, someBytes } from './files.js'

const MIB = 1024 * 1024
const SIZE = 96 * MIB
/** What may be on its way at a kill, and what a connection costs beside the blocks. */
const PER_KILL = 8 * MIB
const KILLS = 6

describe('a file on its way while node and relay are killed', () => {
  it('arrives once and as it was, and little more goes over the network than it is large', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'petrel-kills-'))
    const { relay, address } = await startRelay(dir)
    const proxy = await TcpProxy.before(Number(/\/tcp\/(\d+)/.exec(address)![1]))
    const [alice, bob] = [new Daemon(join(dir, 'alice')), new Daemon(join(dir, 'bob'))]
    try {
      for (const [who, name, at] of [[alice, 'alice', proxy.address(address)], [bob, 'bob', address]] as const) {
        await petrel(who.home, 'init', '--name', name, '--no-input')
        await who.start()
        await who.ask(async p => await p.addRelay(at))
      }
      const { link } = await bob.ask(async p => await p.createInvite())
      await alice.ask(async p => await p.addContact(link))
      await bob.ask(async p => { for await (const { event } of p.receive({ follow: true })) if (event.type === 'chat' && event.change === 'joined') return })
      const bytes = someBytes(SIZE)
      const { file } = await alice.ask(async p => await p.addMedia({ name: 'film.bin', size: SIZE, sha256: hexOf(bytes) }, inPieces(bytes, MIB)))
      const before = proxy.sent
      await alice.ask(async p => await p.send('bob', 'the film', { media: [file.id], idempotencyKey: 'k', wait: 'queued' }))
      // Each kill comes when a further part of it has gone.
      for (let kill = 0; kill < KILLS; kill++) {
        while (proxy.sent - before < (kill + 1) * SIZE / (KILLS + 2)) await new Promise(resolve => setTimeout(resolve, 10))
        const victim = [alice, relay][kill % 2]!
        await victim.kill()
        await victim.start()
      }
      await alice.ask(async p => await p.send('bob', 'the film', { media: [file.id], idempotencyKey: 'k', wait: 'delivered' }))
      const again = proxy.sent - before - SIZE
      assert.ok(again < KILLS * PER_KILL, `${(again / MIB).toFixed(1)} MiB more than the file`)
      const messages = await bob.ask(async p => (await p.showChat('alice')).messages)
      assert.deepEqual(messages.map(m => m.text), ['the film'])
      const hash = createHash('sha256')
      await bob.ask(async p => { for await (const piece of p.readMedia('alice', messages[0]!.id)) hash.update(piece) })
      assert.equal(hash.digest('hex'), hexOf(bytes))
    } finally {
      await Promise.all([alice.disconnect(), bob.disconnect()])
      await Promise.all([relay, alice, bob].map(async one => { await one.kill('SIGTERM') }))
      await proxy.close()
      await rm(dir, { recursive: true, force: true })
    }
  })
})
